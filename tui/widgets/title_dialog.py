"""Asks for one line, over the screen that wanted it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.widgets.line_input import LineInput


class TitleDialog(ModalScreen[str | None]):
    """Ends with the line, or with None where it was left or stayed empty."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel", id="dialog.cancel")]

    def __init__(self, heading: str, hint: str, *, value: str = "") -> None:
        super().__init__()
        self._value = value
        self._heading = heading
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = self._heading
            yield Static(self._hint, classes="hint", markup=False)
            yield LineInput(self._value, select_on_focus=False, id="title")

    @on(Input.Submitted)
    def told(self, event: Input.Submitted) -> None:
        self.dismiss(" ".join(event.value.split()) or None)
