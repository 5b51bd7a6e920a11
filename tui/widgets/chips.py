"""The row under the query: which filters there are and which are on, by key and by mouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.entries import one_line
from tui.filters import Chip
from tui.fold import clip, columns

MOST_COLUMNS = 24
"""What the words of one chip may take: the name of a source can be long."""
GAP = 1


class Chips(Widget, can_focus=True):
    """Tells what was toggled; that it is on is shown when the query says so."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Previous filter", show=False, id="filters.previous"),
        Binding("right,l", "step(1)", "Next filter", show=False, id="filters.next"),
        Binding("enter,space", "switch", "On or off", key_display="⏎", id="filters.toggle"),
    ]

    @dataclass
    class Toggled(Message):
        chip: Chip

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.chips: Sequence[Chip] = ()
        self.at = 0
        """Which chip the keys mean."""

    def show(self, chips: Sequence[Chip]) -> None:
        if chips == self.chips:
            return  # at nearly every key: nothing is to be drawn
        self.chips = chips
        self.at = min(self.at, max(len(chips) - 1, 0))
        self.refresh()

    def action_step(self, by: int) -> None:
        self.at = min(max(self.at + by, 0), max(len(self.chips) - 1, 0))
        self.refresh()

    def action_switch(self) -> None:
        if self.chips:
            self.post_message(self.Toggled(self.chips[self.at]))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        for number, start, words in self._placed() if offset else ():
            if offset is not None and start <= offset.x < start + columns(words):
                self.at = number
                self.action_switch()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render(self) -> Content:
        parts: list[str | tuple[str, str]] = []
        end = 0
        for number, start, words in self._placed():
            # The words between the chips teach how a filter is typed.
            parts += [(f"{self._lead(number):{start - end}}", "dim"), (words, self._style(number))]
            end = start + columns(words)
        return Content.assemble(*parts)

    def _style(self, number: int) -> str:
        under_keys = " bold underline" if self.has_focus and number == self.at else ""
        return ("reverse" if self.chips[number].on else "$text-muted") + under_keys

    def _lead(self, number: int) -> str:
        """The name of a filter, before the first chip of it."""
        name = self.chips[number].name
        if number and self.chips[number - 1].name == name:
            return ""
        return f"{'  ' if number else ''}{name}:"

    def _placed(self) -> list[tuple[int, int, str]]:
        """Number, column and words of the chips that are seen: those that fit, with the one that the keys mean."""
        room = self.content_size.width
        words = [f" {clip(one_line(chip.value), MOST_COLUMNS)} " for chip in self.chips]
        leads = [max(len(self._lead(number)), GAP) for number in range(len(words))]
        widths = [lead + columns(word) for lead, word in zip(leads, words, strict=True)]
        first = 0
        while first < self.at and sum(widths[first : self.at + 1]) > room:
            first += 1
        placed: list[tuple[int, int, str]] = []
        end = 0
        for number in range(first, len(words)):
            if end + widths[number] > room:
                break
            placed.append((number, end + leads[number], words[number]))
            end += widths[number]
        return placed
