"""The query and the filters in it: its text is the one truth, the chips show it and change it."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.filters import Asked, chips, parse, toggled
from tui.widgets.chips import Chips
from tui.widgets.line_input import LineInput


class Query(Vertical):
    """Tells what is asked, at each key and each chip."""

    @dataclass
    class Changed(Message):
        asked: Asked

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._sources: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        yield LineInput(placeholder="Search as you type", id="query")
        yield Chips(id="chips")

    def on_mount(self) -> None:
        self._show_chips()

    @property
    def input(self) -> Input:
        return self.query_one("#query", Input)

    @property
    def chips(self) -> Chips:
        return self.query_one("#chips", Chips)

    @property
    def asked(self) -> Asked:
        return parse(self.input.value, self._sources)

    def put(self, query: str) -> None:
        """Ask for this instead."""
        self.input.value = query
        self.input.cursor_position = len(self.input.value)

    def offer(self, sources: Sequence[str]) -> None:
        """Take the names of the sources: each can be a filter."""
        self._sources = sources
        self._show_chips()

    @on(Input.Changed)
    def text_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show_chips()
        self.post_message(self.Changed(self.asked))

    @on(Chips.Toggled)
    def filter_toggled(self, event: Chips.Toggled) -> None:
        event.stop()
        self.put(toggled(self.input.value, event.chip, self._sources))

    def _show_chips(self) -> None:
        self.chips.show(chips(self.asked, self._sources))
