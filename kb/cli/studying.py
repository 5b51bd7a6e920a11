"""A study session at the keyboard: item by item, each question before the text that answers it.

Every mark is in the journal before the next item is shown: a session may be broken off anywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.app.study_order import in_turn
from kb.cli.views.learn import answer_lines, question_lines, reading_lines
from kb.cli.views.page import Line, Page, Payload
from kb.errors import KbError

if TYPE_CHECKING:
    from kb.app.api import Api

READING = "Enter goes on, r shows it here, d done, q leaves"
QUESTION = "Think first. r reveals, Enter goes on, q leaves"
REVEALED = "Did you know it? y yes, p in part, n no, Enter goes on, q leaves"
GRADES = {"y": "right", "p": "partly", "n": "wrong"}


@dataclass
class Session:
    """`read` gives a line that was typed, None at the end of input; `say` is for prompts, `show` for items."""

    app: "Api"
    page: Page
    cwd: str
    read: Callable[[], str | None]
    say: Callable[[str], None]
    show: Callable[[list[Line]], None]

    def play(self, plan: Payload) -> None:
        """Go through what is not done yet."""
        for stage in plan["stages"]:
            items = [item for item in in_turn(stage) if not item["done"]]
            if not items:
                continue
            self.show([[], [(stage["name"], "title"), "  ", (stage["goal"], "dim")]])
            for item in items:
                ask = self._question if "prompt" in item else self._reading
                if not ask(plan["topic"], item):
                    self.say(f'kept: kb learn "{plan["topic"]}" --resume goes on here')
                    return
            self.show([[("Check: ", "dim"), stage["check"]]])
        self.say("all done")

    def _reading(self, topic: str, item: dict[str, Any]) -> bool:
        self.show([[], *reading_lines(item, self.page)])
        while (typed := self._typed(READING)) == "r":
            try:
                text = self.app.get(f"{item['abspath']}:{item['start']}-{item['end']}", cwd=self.cwd)["text"]
                self.show([["│ ", line] for line in text.split("\n")])
            except KbError as error:
                self.say(error.message)
        if typed == "d":
            self._mark(topic, item)
        return typed not in (None, "q")

    def _question(self, topic: str, item: dict[str, Any]) -> bool:
        self.show([[], *question_lines(item)])
        typed = self._typed(QUESTION)
        if typed == "r":
            try:
                told = self.app.study_reveal(topic, item["id"])
            except KbError as error:
                self.say(error.message)
                return True
            self.show(answer_lines(told, self.page))
            for notice in told["notices"]:
                self.say(notice)
            typed = self._typed(REVEALED)
            if typed in GRADES:
                self._mark(topic, item, grade=GRADES[typed])
        return typed not in (None, "q")

    def _mark(self, topic: str, item: dict[str, Any], *, grade: str = "") -> None:
        done = self.app.study_mark(topic, item["id"], grade=grade)["progress"]
        read = f"{done['reading_done']} of {done['reading']} read"
        self.say(f"{read}, {done['questions_done']} of {done['questions']} answered")

    def _typed(self, prompt: str) -> str | None:
        self.say(prompt)
        line = self.read()
        return None if line is None else line.strip().lower()
