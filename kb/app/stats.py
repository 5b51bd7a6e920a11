"""`kb stats`: what was remembered and what was written, by the week, against the targets in the configuration."""

from datetime import date
from typing import TYPE_CHECKING, cast

from kb.app.api import Payload
from kb.app.memory import Clock, utc_now
from kb.config import read_targets
from kb.errors import UsageError
from kb.kinds import Kind
from kb.learn.cards import Card, Cards, Review
from kb.learn.stats import WRITTEN, Week, Written, forecast, retention, weeks_until, written_in, written_kind

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex

MOST_WEEKS = 520
WRITTEN_FROM = "the date in each note, else the day of its first commit; notes with neither are counted as undated"
RECALL_FROM = "the grades in the journal; retention is the share not graded again, of cards in review"


def stats(opened: "OpenIndex", *, weeks: int, clock: Clock = utc_now) -> Payload:
    """The last `weeks` weeks with the current one, the oldest first, and what is due from now on."""
    if not 1 <= weeks <= MOST_WEEKS:
        raise UsageError(f"not a number of weeks: {weeks}", f"from 1 to {MOST_WEEKS}")
    now = clock()
    told = weeks_until(now.astimezone().date(), weeks)
    notes, undated = _notes(opened)
    written = written_in(notes, told)
    cards, reviews = _memory(opened)
    by_week = [(week, [review for review in reviews if _day(review) in week]) for week in told]
    return {
        "weeks": [
            {
                **_span(week),
                "written": {kind: written[week.name][kind] for kind in WRITTEN},
                **_recalled(inside),
            }
            for week, inside in by_week
        ],
        "targets": read_targets(opened.settings.config_file),
        "recall": {
            "cards": sum(not card.retired for card in cards),
            "new": sum(not card.retired and card.schedule.phase == "new" for card in cards),
            "due": sum(card.is_due(now) for card in cards),
            "retired": sum(bool(card.retired) for card in cards),
            **_recalled([review for _, inside in by_week for review in inside]),
            "forecast": [{"day": day.isoformat(), "cards": count} for day, count in forecast(cards, now)],
        },
        "undated": undated,
        "from": {"written": WRITTEN_FROM, "recall": RECALL_FROM},
    }


def _notes(opened: "OpenIndex") -> tuple[list[tuple[Written, date]], int]:
    """What each note counts as, and on which day; and how many of them have no day."""
    rows = opened.ledger.database.execute("SELECT kind, path, title, date FROM file WHERE kind <> 'code'")
    found: list[tuple[Written, date]] = []
    undated = 0
    for kind, path, title, day in rows:
        counted = written_kind(cast(Kind, kind), path, title)
        if counted is None:
            continue
        if day:
            found.append((counted, date.fromisoformat(day)))
        else:
            undated += 1
    return found, undated


def _memory(opened: "OpenIndex") -> tuple[list[Card], list[Review]]:
    """No journal is made by asking for its figures."""
    if not opened.settings.journal.exists():
        return [], []
    cards = Cards(opened.journal)
    return cards.all(), cards.reviews()


def _span(week: Week) -> Payload:
    return {"week": week.name, "from": week.monday.isoformat(), "until": week.sunday.isoformat()}


def _recalled(reviews: list[Review]) -> Payload:
    share = retention(reviews)
    return {
        "grades": len(reviews),
        "in_review": sum(review.phase == "review" for review in reviews),
        "retention": None if share is None else round(share, 4),
    }


def _day(review: Review) -> date:
    return review.at.astimezone().date()
