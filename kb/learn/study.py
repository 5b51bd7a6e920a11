"""Studies in the journal: which plan was shown, and what of it was read and answered. Nothing here goes by the clock.

A mark keeps the digest of what was read: when the file is another one today, it counts as unread again, and is told.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kb.errors import NotFoundError, StorageError
from kb.store.journal import Journal, crc_of

COLUMNS = ("key", "topic", "at", "turn", "knows", "outside", "plan", "seen")
MARK_COLUMNS = ("study", "item", "digest", "grade", "at")


@dataclass(frozen=True, slots=True)
class Mark:
    """What was done; `digest` is that of the file as it was then, `grade` empty for what was only read."""

    digest: str
    grade: str


@dataclass(frozen=True, slots=True)
class Study:
    """One topic under study: how its plan was asked for, and the plan as it was shown last."""

    id: int
    topic: str
    knows: tuple[str, ...]
    outside: str
    plan: dict[str, Any]
    seen: Mapping[str, str]
    """Digest of the text behind each item of the plan."""
    at: str
    """When it was looked at last."""
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def item(self, item: str) -> dict[str, Any]:
        """A reading or a question of the plan; NotFoundError where it has none of that name."""
        for stage in self.plan["stages"]:
            for found in (*stage["reading"], *stage["questions"]):
                if found["id"] == item:
                    return dict(found)
        raise NotFoundError(f"the plan of “{self.topic}” has no {item}", f"kb learn {self.topic!r}")


class Studies:
    """Writes and reads the tables `study` and `study_mark`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def get(self, topic: str) -> Study | None:
        """The study of a topic, None where there is none."""
        return self._one("SELECT * FROM study WHERE key = ?", (key_of_topic(topic),))

    def last(self) -> Study | None:
        """The study that was looked at last."""
        return self._one("SELECT * FROM study ORDER BY turn DESC LIMIT 1", ())

    def all(self) -> list[Study]:
        """Every study that fits its checksum, the one looked at last first; of the others `kb doctor` tells."""
        rows = self._journal.rows("SELECT * FROM study ORDER BY turn DESC")
        return [self._study(row) for row in rows if _fits(row)]

    def need(self, topic: str) -> Study:
        study = self.get(topic)
        if study is None:
            raise NotFoundError(f"“{topic}” is not under study", f'kb learn "{topic}"')
        return study

    def save(
        self, topic: str, *, knows: Sequence[str], outside: str, plan: Mapping[str, Any], seen: Mapping[str, str]
    ) -> None:
        """Keep the plan that is shown now; marks that were made before stay."""
        with self._journal.transaction():
            turn = int(self._journal.rows("SELECT coalesce(max(turn), 0) + 1 FROM study")[0][0])
            values = (
                key_of_topic(topic), topic, _now(), turn, json.dumps(list(knows)), outside, json.dumps(plan),
                json.dumps(dict(seen)),
            )  # fmt: skip
            sets = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[1:], "crc"))
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            self._journal.execute(
                f"INSERT INTO study ({', '.join(COLUMNS)}, crc) VALUES ({marks})"
                f" ON CONFLICT (key) DO UPDATE SET {sets}",
                (*values, crc_of(values)),
            )

    def mark(self, study: Study, item: str, *, digest: str, grade: str = "") -> None:
        """Keep that an item was done, in place of an earlier mark."""
        values = (study.id, item, digest, grade, _now())
        marks = ", ".join("?" * (len(MARK_COLUMNS) + 1))
        with self._journal.transaction():
            self._journal.execute(
                f"INSERT OR REPLACE INTO study_mark ({', '.join(MARK_COLUMNS)}, crc) VALUES ({marks})",
                (*values, crc_of(values)),
            )

    def unmark(self, study: Study, item: str) -> None:
        with self._journal.transaction():
            self._journal.execute("DELETE FROM study_mark WHERE study = ? AND item = ?", (study.id, item))

    def _one(self, sql: str, parameters: tuple[object, ...]) -> Study | None:
        rows = self._journal.rows(sql, parameters)
        if not rows:
            return None
        row = rows[0]
        if not _fits(row):
            raise StorageError(
                f"the journal is damaged: {self._journal.path} (the study of “{row['topic']}”)",
                "kb doctor --restore puts the last copy back; the damaged one is kept",
            )
        return self._study(row)

    def _study(self, row: Any) -> Study:
        found = self._journal.rows("SELECT * FROM study_mark WHERE study = ?", (row["id"],))
        marks = {
            mark["item"]: Mark(mark["digest"], mark["grade"])
            for mark in found
            # A mark that is damaged is none: reading twice does no harm.
            if mark["crc"] == crc_of(mark[name] for name in MARK_COLUMNS)
        }
        return Study(
            row["id"], row["topic"], tuple(json.loads(row["knows"])), row["outside"], json.loads(row["plan"]),
            json.loads(row["seen"]), row["at"], marks,
        )  # fmt: skip


def _fits(row: Any) -> bool:
    return bool(row["crc"] == crc_of(row[name] for name in COLUMNS))


def key_of_topic(topic: str) -> str:
    """Case and blanks make no other topic."""
    return " ".join(topic.casefold().split())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
