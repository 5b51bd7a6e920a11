"""Cards in the journal: made, graded, graded back and retired, each in one short transaction.

A row is always written as a whole, with a checksum over it: a letter that changed on the disk is
found by `kb doctor`, not learned by heart. A grade keeps what the card was before it, which is what
undo puts back. Nothing is ever deleted.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from kb.errors import NotFoundError, StorageError, UsageError
from kb.learn.anchoring import Anchor
from kb.learn.scheduling import GRADES, PHASES, Grade, Schedule, graded
from kb.store.journal import Journal, crc_of

Retired = Literal["", "gone", "user"]
"""Empty while a card is asked; `gone` with its text, and back with it, too; `user` for good."""

# In the order of the tables, which is that of their checksums.
COLUMNS = (
    "added", "origin", "front", "back", "source", "path", "raw", "start", "end", "quote", "digest", "above", "below",
    "file_digest", "seen", "changed", "retired", "due", "phase", "step", "stability", "difficulty", "reviewed",
)  # fmt: skip
REVIEW_COLUMNS = ("card", "at", "grade", "phase", "before", "undone")


@dataclass(frozen=True, slots=True)
class Card:
    """A question with its answer, bound to a text in a file; `raw` are the bytes of the path, by which it opens."""

    id: int
    added: datetime
    origin: str
    front: str
    back: str
    """Empty where the text itself is the answer."""
    source: str
    path: str
    raw: bytes
    anchor: Anchor
    file_digest: bytes
    """Of the whole file when it was last read: a file that was only renamed is known by it."""
    seen: str
    """Size and time of the file when it was last read."""
    changed: bool
    """Whether another text stands there now than the card is bound to."""
    retired: Retired
    schedule: Schedule

    def is_due(self, now: datetime) -> bool:
        return not self.retired and (self.changed or self.schedule.is_due(now))


@dataclass(frozen=True, slots=True)
class Review:
    """One grade that was given and not taken back; `phase` is that of the card before it."""

    card: int
    at: datetime
    grade: Grade
    phase: str


class Cards:
    """Writes and reads the tables `card` and `review`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def all(self) -> list[Card]:
        """Every card that fits its checksum; of the others `kb doctor` tells."""
        return [_card(row) for row in self._journal.rows("SELECT * FROM card ORDER BY id") if _fits(row, COLUMNS)]

    def get(self, card_id: int) -> Card:
        rows = self._journal.rows("SELECT * FROM card WHERE id = ?", (card_id,))
        if not rows:
            raise NotFoundError(f"there is no card {card_id}", "kb recall list")
        if not _fits(rows[0], COLUMNS):
            raise StorageError(f"card {card_id} is damaged: {self._journal.path}", "kb doctor")
        return _card(rows[0])

    def add(self, card: Card) -> tuple[Card, bool]:
        """Keep a new card; the one with this front and this text where there is one, which is asked again if it was
        retired. Returns it, and whether it was added."""
        with self._journal.transaction():
            same = self._journal.rows(
                "SELECT id FROM card WHERE digest = ? AND front = ? AND source = ? AND path = ?",
                (card.anchor.digest, card.front, card.source, card.path),
            )
            if same:
                return self._rewrite(self.get(same[0]["id"]), retired=""), False
            values = _values(card)
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            cursor = self._journal.execute(
                f"INSERT INTO card ({', '.join(COLUMNS)}, crc) VALUES ({marks})", (*values, crc_of(values))
            )
            return replace(card, id=cursor.lastrowid or 0), True

    def settle(self, looked_at: Iterable[tuple[Card, Card]]) -> None:
        """Keep what a look at the disk found: pairs of a card before and after. A grade given meanwhile stands."""
        with self._journal.transaction():
            for before, after in looked_at:
                if self.get(before.id) == before:
                    self._write(after)

    def retire(self, card_id: int) -> Card:
        with self._journal.transaction():
            return self._rewrite(self.get(card_id), retired="user")

    # Grades

    def last_review(self, card_id: int) -> int:
        """The id of a card's newest grade, 0 before the first."""
        sql = "SELECT max(id) AS newest FROM review WHERE card = ? AND undone = ''"
        return int(self._journal.rows(sql, (card_id,))[0]["newest"] or 0)

    def grade(
        self,
        card_id: int,
        grade: Grade,
        *,
        now: datetime,
        after: int | None = None,
        bound: Callable[[Card], Card] = lambda card: card,
    ) -> tuple[Card, int]:
        """The card after a grade, and the grade's id; `bound` gives it the text that was shown.

        `after` is the newest grade that the caller saw. The same call made twice, as when a daemon was lost before it
        could answer, grades once; UsageError where somebody else graded the card meanwhile.
        """
        with self._journal.transaction():
            card, newest = self.get(card_id), self.last_review(card_id)
            if card.retired == "user":
                raise UsageError(f"card {card_id} is retired", "kb recall list")
            if after is not None and after != newest:
                return self._graded_already(card, newest, after, grade)
            review = (card.id, _iso(now), GRADES.index(grade) + 1, PHASES.index(card.schedule.phase), _before(card), "")
            review_id = self._insert_review(review)
            schedule = graded(card.schedule, grade, now)
            return self._rewrite(bound(card), schedule=schedule), review_id

    def undo(self, *, now: datetime, review: int = 0) -> Card | None:
        """Take the newest grade back, or none where `review` was taken back already; None when there is no grade."""
        with self._journal.transaction():
            rows = self._journal.rows("SELECT * FROM review WHERE undone = '' ORDER BY id DESC LIMIT 1")
            known = self._journal.rows("SELECT * FROM review WHERE id = ?", (review,)) if review else []
            if known and known[0]["undone"]:
                return self.get(known[0]["card"])
            if review and (not rows or rows[0]["id"] != review):
                raise UsageError("another card was graded since", "kb recall: u takes the newest grade back")
            if not rows:
                return None
            row = dict(rows[0]) | {"undone": _iso(now)}
            crc = crc_of([row[name] for name in REVIEW_COLUMNS])
            self._journal.execute("UPDATE review SET undone = ?, crc = ? WHERE id = ?", (row["undone"], crc, row["id"]))
            return self._write(_undone(self.get(row["card"]), json.loads(row["before"])))

    def reviews(self) -> list[Review]:
        """Every grade that was not taken back, in the order in which they were given."""
        rows = self._journal.rows("SELECT * FROM review WHERE undone = '' ORDER BY id")
        return [
            Review(row["card"], _moment(row["at"]), GRADES[row["grade"] - 1], PHASES[row["phase"]])
            for row in rows
            if _fits(row, REVIEW_COLUMNS)
        ]

    def _graded_already(self, card: Card, newest: int, after: int, grade: Grade) -> tuple[Card, int]:
        rows = self._journal.rows(
            "SELECT id, grade FROM review WHERE card = ? AND id > ? AND undone = '' ORDER BY id", (card.id, after)
        )
        if [row["id"] for row in rows] == [newest] and GRADES[rows[0]["grade"] - 1] == grade:
            return card, newest
        raise UsageError(f"card {card.id} was graded elsewhere meanwhile", "kb recall")

    def _insert_review(self, values: tuple[object, ...]) -> int:
        marks = ", ".join("?" * (len(REVIEW_COLUMNS) + 1))
        cursor = self._journal.execute(
            f"INSERT INTO review ({', '.join(REVIEW_COLUMNS)}, crc) VALUES ({marks})", (*values, crc_of(values))
        )
        return cursor.lastrowid or 0

    def _rewrite(self, card: Card, **changes: Any) -> Card:
        return self._write(replace(card, **changes))

    def _write(self, card: Card) -> Card:
        values = _values(card)
        sets = ", ".join(f"{name} = ?" for name in (*COLUMNS, "crc"))
        self._journal.execute(f"UPDATE card SET {sets} WHERE id = ?", (*values, crc_of(values), card.id))
        return card


def _card(row: Any) -> Card:
    anchor = Anchor(row["start"], row["end"], row["quote"], row["above"], row["below"])
    schedule = Schedule(
        _moment(row["due"]), PHASES[row["phase"]], row["step"], row["stability"], row["difficulty"],
        _moment(row["reviewed"]) if row["reviewed"] else None,
    )  # fmt: skip
    return Card(
        row["id"], _moment(row["added"]), row["origin"], row["front"], row["back"], row["source"], row["path"],
        row["raw"], anchor, row["file_digest"], row["seen"], bool(row["changed"]), row["retired"], schedule,
    )  # fmt: skip


def _values(card: Card) -> list[Any]:
    """The columns of a card in their order."""
    text, when = card.anchor, card.schedule
    return [
        _iso(card.added), card.origin, card.front, card.back, card.source, card.path, card.raw, text.start, text.end,
        text.quote, text.digest, text.above, text.below, card.file_digest, card.seen, int(card.changed), card.retired,
        _iso(when.due), PHASES.index(when.phase), when.step, when.stability, when.difficulty,
        _iso(when.reviewed) if when.reviewed else None,
    ]  # fmt: skip


def _before(card: Card) -> str:
    """What a grade may change, as undo puts it back."""
    names = ("start", "end", "quote", "above", "below", "changed", "due", "phase", "step", "stability", "difficulty")
    values = dict(zip(COLUMNS, _values(card), strict=True))
    return json.dumps({name: values[name] for name in (*names, "reviewed")})


def _undone(card: Card, before: dict[str, Any]) -> Card:
    row = dict(zip(COLUMNS, _values(card), strict=True)) | before
    return _card({**row, "id": card.id})


def _fits(row: Any, columns: Iterable[str]) -> bool:
    return bool(row["crc"] == crc_of(row[name] for name in columns))


def _iso(moment: datetime) -> str:
    # Always with all digits: the text then sorts as the time does.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
