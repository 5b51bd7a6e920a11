"""Decisions in force whose day to be looked at again has come."""

from collections.abc import Iterator

from kb.app.api import Payload
from kb.app.brief.review import ReviewDate, review_dates
from kb.app.brief.section import MOST_ITEMS, Morning, Section
from kb.decisions.edges import Decision
from kb.decisions.succession import NOT_IN_FORCE

OVER = NOT_IN_FORCE | {"superseded", "deprecated", "reverted"}
WORDS = {"review": "to be reviewed since", "end": "valid until", "check": "to be validated since"}


def due(morning: Morning) -> Section | None:
    """The longest overdue first."""
    today = morning.now.astimezone().date()
    found = [
        (review, decision)
        for decision in morning.decisions.values()
        if _in_force(morning, decision)
        for review in review_dates(_lines(morning, decision))
        if review.day <= today
    ]
    found.sort(key=lambda pair: (pair[0].day, pair[1].source, pair[1].path))
    items = tuple(_item(morning, review, decision) for review, decision in found[:MOST_ITEMS])
    return Section("due", "Decisions to look at again", items, len(found)) if items else None


def _in_force(morning: Morning, decision: Decision) -> bool:
    if decision.status in OVER:
        return False
    # What was replaced only in part is still in force in the other.
    return decision.status == "partly superseded" or not morning.succession.in_force(decision.file_id)


def _lines(morning: Morning, decision: Decision) -> Iterator[tuple[int, str]]:
    for chunk in morning.ledger.passages.of_file(decision.file_id):
        yield from enumerate(chunk.text.split("\n"), chunk.start)


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
