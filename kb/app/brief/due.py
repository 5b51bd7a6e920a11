"""Decisions in force whose day to be looked at again has come."""

from collections.abc import Iterator

from kb.app.api import Payload
from kb.app.brief.review import HINTS, ReviewDate, review_dates
from kb.app.brief.section import MOST_ITEMS, Morning, Section
from kb.decisions.edges import Decision
from kb.decisions.succession import NOT_IN_FORCE

WORDS = {"review": "to be reviewed since", "end": "valid until", "check": "to be validated since"}


def due(morning: Morning) -> Section | None:
    """The longest overdue first."""
    today = morning.now.astimezone().date()
    hinting = _hinting(morning)
    found = [
        (review, decision)
        for decision in morning.decisions.values()
        if decision.file_id in hinting
        and decision.status not in NOT_IN_FORCE
        and not morning.succession.is_gone(decision)
        for review in review_dates(_lines(morning, decision))
        if review.day <= today
    ]
    found.sort(key=lambda pair: (pair[0].day, pair[1].source, pair[1].path))
    items = tuple(_item(morning, review, decision) for review, decision in found[:MOST_ITEMS])
    return Section("due", "Decisions to look at again", items, len(found)) if items else None


def _lines(morning: Morning, decision: Decision) -> Iterator[tuple[int, str]]:
    for chunk in morning.ledger.passages.of_file(decision.file_id):
        yield from enumerate(chunk.text.split("\n"), chunk.start)


def _hinting(morning: Morning) -> set[int]:
    """The decisions that may set a day at all: to read all of them took most of the brief's time."""
    likely = " OR ".join(["c.text LIKE ?"] * len(HINTS))
    rows = morning.ledger.database.execute(
        f"SELECT DISTINCT c.file_id FROM chunk c JOIN file f ON f.id = c.file_id WHERE f.kind = 'adr' AND ({likely})",
        tuple(f"%{hint}%" for hint in HINTS),
    )
    return {int(row[0]) for row in rows}


def _item(morning: Morning, review: ReviewDate, decision: Decision) -> Payload:
    return {
        "text": f"{decision.title or decision.path}: {WORDS[review.sort]} {review.day.isoformat()}",
        "title": decision.title,
        "number": decision.number,
        "due": review.day.isoformat(),
        "evidence": review.evidence,
        **morning.standing(decision),
        **morning.place(decision.source, decision.path, start=review.line, end=review.line),
    }
