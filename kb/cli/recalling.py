"""A round of cards at the keyboard: one card after the other until none is due, the time is over or the user leaves.

Every grade is in the journal before the next card is shown: a round may be broken off anywhere.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kb.cli.views.page import Line, Page, Payload
from kb.cli.views.recall import back_lines, front_lines, graded_lines, summary_lines
from kb.errors import KbError

if TYPE_CHECKING:
    from kb.app.api import Api

GRADES = {"1": "again", "2": "hard", "3": "good", "4": "easy"}
REVEAL = "Enter shows the answer, u undoes the last grade, q leaves"
GRADE = "1 again · 2 hard · 3 good · 4 easy · u undo · q leave"


@dataclass
class Round:
    """`read` gives a line that was typed, None at the end of input; `say` is for prompts, `show` for cards."""

    app: "Api"
    page: Page
    read: Callable[[], str | None]
    say: Callable[[str], None]
    show: Callable[[list[Line]], None]
    minutes: float
    limit: int = 0
    clock: Callable[[], float] = time.monotonic
    graded: list[Payload] = field(default_factory=list)
    _taken_back: Payload | None = None

    def play(self) -> None:
        """Ask until there is nothing more to ask."""
        ends = self.clock() + 60 * self.minutes
        while card := self._next():
            if not self._ask(card):
                break
            if self.clock() >= ends:
                self.say(f"{self.minutes:g} minutes are over; the rest waits")
                break
        self.show(summary_lines(self.graded, self.app.cards_due(limit=1), self.page))

    def _next(self) -> Payload | None:
        """Looked up anew for each card: what is graded "again" is due a minute later, in the same round."""
        if (card := self._taken_back) is not None:
            self._taken_back = None
            return card
        if self.limit and len(self.graded) >= self.limit:
            return None
        due = self.app.cards_due(limit=1)
        for notice in due["notices"]:
            self.say(notice)
        return due["cards"][0] if due["cards"] else None

    def _ask(self, card: Payload) -> bool:
        """Show one card and take its grade; False when the user leaves."""
        self.show(front_lines(card, self.page))
        typed = self._typed(REVEAL)
        if typed not in (None, "q", "u"):
            self.show(back_lines(card, self.page))
            while (typed := self._typed(GRADE)) not in (None, "q", "u", *GRADES):
                pass
        if typed == "u":
            self._undo()
        elif typed in GRADES:
            self._grade(card, GRADES[typed])
        return typed not in (None, "q")

    def _typed(self, prompt: str) -> str | None:
        self.say(prompt)
        line = self.read()
        return None if line is None else line.strip().lower()

    def _grade(self, card: Payload, grade: str) -> None:
        try:
            done = self.app.card_grade(card["id"], grade, seen=card["seen"])
        except KbError as error:
            self.say(error.message)
            return
        self.graded.append(done)
        self.show(graded_lines(done, self.page))

    def _undo(self) -> None:
        if not self.graded:
            self.say("nothing of this round to undo")
            return
        done = self.graded.pop()
        self._taken_back = self.app.card_undo(review=done["review"])["card"]
        self.say(f"taken back: {done['grade']}")
