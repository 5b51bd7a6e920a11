"""What was remembered and what was written, counted by the week; pure functions over rows.

Retention is true retention: the share of grades other than "again" among the cards that were in
review, which is what the schedule promises. First steps of new cards say nothing about memory.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from kb.kinds import Kind
from kb.learn.cards import Card, Review

Written = Literal["adr", "rfc", "til", "review"]
WRITTEN: tuple[Written, ...] = ("adr", "rfc", "til", "review")
"""What is counted: decisions, proposals, things learned, and design reviews."""

PROPOSALS = re.compile(r"(?:^|/)(?:rfcs?|peps?|keps?|teps?|oeps?|proposals|enhancements)(?:/|[-_ ]?\d+[^/]*$)")
REVIEWS = re.compile(r"(?:^|/)(?:(?:design|architecture)[-_ ]?)?reviews?/|(?:design|architecture)[-_ ]?review")
FORECAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Week:
    """From a Monday to the Sunday after it, by the clock of this machine."""

    monday: date

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def name(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    def __contains__(self, day: date) -> bool:
        return self.monday <= day <= self.sunday


def weeks_until(today: date, count: int) -> list[Week]:
    """The week of a day and those before it, the oldest first."""
    monday = today - timedelta(days=today.weekday())
    return [Week(monday - timedelta(weeks=back)) for back in reversed(range(count))]


def written_kind(kind: Kind, path: str, title: str) -> Written | None:
    """What a note counts as, None where it counts as nothing. A review of a decision, beside it, is a review."""
    place = path.lower()
    if kind != "code" and (REVIEWS.search(place) or REVIEWS.search(title.lower())):
        return "review"
    if kind == "adr":
        return "rfc" if PROPOSALS.search(place) else "adr"
    return "til" if kind == "til" else None


def written_in(notes: Iterable[tuple[Written, date]], weeks: Sequence[Week]) -> dict[str, Counter[Written]]:
    """How many notes of each kind have a day in each week, by its name."""
    found: dict[str, Counter[Written]] = {week.name: Counter() for week in weeks}
    for kind, day in notes:
        name = Week(day - timedelta(days=day.weekday())).name
        if name in found:
            found[name][kind] += 1
    return found


def retention(reviews: Iterable[Review]) -> float | None:
    """True retention, None where no card in review was graded."""
    grades = [review.grade != "again" for review in reviews if review.phase == "review"]
    return sum(grades) / len(grades) if grades else None


def forecast(cards: Iterable[Card], now: datetime) -> list[tuple[date, int]]:
    """How many cards fall due on each of the next days; the first holds what is overdue, too."""
    today = now.astimezone().date()
    days = Counter(
        today if card.is_due(now) else max(today, card.schedule.due.astimezone().date())
        for card in cards
        if not card.retired
    )
    return [(day, days[day]) for day in (today + timedelta(days=n) for n in range(FORECAST_DAYS))]
