"""When a card is asked again: FSRS, the one place that knows the package `fsrs`.

The clock is passed in and nothing is drawn by lot, so the same grades at the same times give the
same days. The package's optimizer is never touched: it would bring torch along.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Grade = Literal["again", "hard", "good", "easy"]
GRADES: tuple[Grade, ...] = ("again", "hard", "good", "easy")
"""From 1 to 4, as they are stored and typed."""

Phase = Literal["new", "learning", "review", "relearning"]
PHASES: tuple[Phase, ...] = ("new", "learning", "review", "relearning")
"""As they are stored; but for `new` these are the numbers of the package."""

SLIP = timedelta(days=1)
"""A last review that lies further ahead than this was dated by a clock that was set back since."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where a card stands in memory; `stability` (days) and `difficulty` are None until its first grade."""

    due: datetime
    phase: Phase = "new"
    step: int | None = None
    stability: float | None = None
    difficulty: float | None = None
    reviewed: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be asked: its time has come, or the clock it was set by cannot have been right."""
        return self.due <= now or (self.reviewed is not None and self.reviewed > now + SLIP)


def graded(schedule: Schedule, grade: Grade, now: datetime) -> Schedule:
    """Where a card stands after a grade; it is due later than `now`, whatever the clock did before."""
    # Deferred: some 70 ms, which listing cards does not need.
    from fsrs import Card, Rating, Scheduler, State

    now = now.astimezone(UTC)
    # A last review still to come would count as negative days: the clock was set back, no time has passed.
    reviewed = min(schedule.reviewed, now) if schedule.reviewed else None
    card = Card(
        card_id=1,
        state=State.Learning if schedule.phase == "new" else State(PHASES.index(schedule.phase)),
        step=schedule.step,
        stability=schedule.stability,
        difficulty=schedule.difficulty,
        due=schedule.due,
        last_review=reviewed,
    )
    after, _ = Scheduler(enable_fuzzing=False).review_card(card, Rating(GRADES.index(grade) + 1), now)
    return Schedule(after.due, PHASES[after.state.value], after.step, after.stability, after.difficulty, now)
