"""The line in which the tutor is answered; where a step is a choice, one key chooses."""

from dataclasses import dataclass

from textual import events
from textual.message import Message

from tui.widgets.question import Question


class Reply(Question):
    """An input in which, while it is empty, the number of a choice is an answer by itself."""

    @dataclass
    class Chosen(Message):
        """A choice was made, counted from 1."""

        number: int

    def __init__(self, *, placeholder: str, id: str) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self.of = 0
        """How many choices there are, 0 where words are expected."""

    async def _on_key(self, event: events.Key) -> None:
        if not self.value and event.key.isdecimal() and 1 <= int(event.key) <= self.of:
            event.stop()
            event.prevent_default()
            self.post_message(self.Chosen(int(event.key)))
