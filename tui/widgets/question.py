"""The line in which a question is written; up and down bring back what was asked before."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_input import LineInput

STEPS = {"left_square_bracket": -1, "right_square_bracket": 1}


class Question(LineInput):
    """An input in which, while it is empty, `[` and `]` walk the citations: no question begins with them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(1)", "Earlier question", show=False, id="question.earlier"),
        Binding("down", "recall(-1)", "Later question", show=False, id="question.later"),
    ]

    @dataclass
    class Walked(Message):
        """Another citation is wanted."""

        step: int

    def __init__(self, *, placeholder: str, id: str) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self.earlier: list[str] = []
        """What was asked in this conversation, the newest last."""
        self._back = 0

    def put(self, text: str) -> None:
        """Put a text into the input, to be changed or sent."""
        self.value = text
        self.cursor_position = len(text)

    def sent(self, question: str) -> None:
        """Be empty for the next question, and remember this one."""
        self.earlier.append(question)
        self._back = 0
        self.put("")

    def action_recall(self, step: int) -> None:
        self._back = min(max(self._back + step, 0), len(self.earlier))
        self.put(self.earlier[-self._back] if self._back else "")

    async def _on_key(self, event: events.Key) -> None:
        if not self.value and event.key in STEPS:
            event.stop()
            event.prevent_default()
            self.post_message(self.Walked(STEPS[event.key]))
