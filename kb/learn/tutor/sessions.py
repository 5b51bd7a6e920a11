"""Keeps the tutor's sessions in the journal, whole after each step: a kill loses no more than a line being typed."""

import json
from typing import Any

from kb.errors import NotFoundError, StorageError, UsageError
from kb.learn.tutor.mastery import Noted, note
from kb.learn.tutor.state import Session, from_json, to_json
from kb.store.journal import Journal, crc_of

COLUMNS = ("topic", "at", "turn", "said", "state", "done")


def keep(journal: Journal, session: Session, noted: list[Noted], *, at: str) -> Session:
    """The session as it is now, with what the step taught, or neither; UsageError where another face went on first."""
    told = json.dumps(to_json(session), ensure_ascii=True)
    done = int(session.stage == "done")
    with journal.transaction():
        note(journal, noted, at=at)
        if not session.id:
            values = (session.topic, at, session.turn, "", told, done)
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            sql = f"INSERT INTO tutoring ({', '.join(COLUMNS)}, crc) VALUES ({marks})"
            number = journal.execute(sql, (*values, crc_of(values))).lastrowid
            return from_json(json.loads(told), session=int(number or 0))
        row = _row(journal, session.id)
        if row["turn"] != session.turn - 1:
            raise UsageError(
                f"session {session.id} went on elsewhere meanwhile", f"kb tutor --session {session.id} shows its step"
            )
        _write(journal, session.id, (row["topic"], row["at"], session.turn, "", told, done))
    return session


def hear(journal: Journal, session: Session, text: str) -> None:
    """What the learner said, before a model takes its time over it."""
    with journal.transaction():
        row = _row(journal, session.id)
        if row["turn"] == session.turn:
            _write(journal, session.id, (row["topic"], row["at"], row["turn"], text, row["state"], row["done"]))


def load(journal: Journal, number: int) -> tuple[Session, str]:
    """A session, with what was said to it and not answered yet; 0 is the last one that is not done."""
    row = _row(journal, number)
    if row["crc"] != crc_of(row[name] for name in COLUMNS):
        raise _damaged(row["id"])
    try:
        told = json.loads(row["state"])
    except ValueError as error:
        raise _damaged(row["id"]) from error
    return from_json(told, session=int(row["id"])), str(row["said"])


def _row(journal: Journal, number: int) -> Any:
    where, values = ("id = ?", (number,)) if number else ("done = 0", ())
    rows = journal.rows(f"SELECT * FROM tutoring WHERE {where} ORDER BY id DESC LIMIT 1", values)
    if not rows:
        what = f"there is no session {number}" if number else "no session of the tutor is open"
        raise NotFoundError(what, "kb tutor TOPIC begins one")
    return rows[0]


def _write(journal: Journal, number: int, values: tuple[object, ...]) -> None:
    sets = ", ".join(f"{name} = ?" for name in (*COLUMNS, "crc"))
    journal.execute(f"UPDATE tutoring SET {sets} WHERE id = ?", (*values, crc_of(values), number))


def _damaged(number: int) -> StorageError:
    return StorageError(
        f"the tutor's session {number} is damaged in the journal; it is left as it is",
        "kb tutor TOPIC begins a new one; kb doctor looks for more damage",
    )
