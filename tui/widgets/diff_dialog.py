"""Shows a change before it is written; ends with True where the user wants it."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.sheets import Sheet
from tui.widgets.reader import Reader

HINT = "y or A writes this into your files · Esc leaves them as they are"


class DiffDialog(ModalScreen[bool]):
    """Another key writes than the one that opened it: Enter that is held down must not change a note."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,A", "dismiss(True)", "Write it", key_display="y", id="diff.write"),
        Binding("escape,n,q", "dismiss(False)", "Leave it", key_display="Esc", id="diff.leave"),
    ]

    def __init__(self, heading: str, sheet: Sheet) -> None:
        super().__init__()
        self._heading = heading
        self._sheet = sheet

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = Text(self._heading)
            yield Reader(id="change")
            yield Static(HINT, classes="hint", markup=False)

    def on_mount(self) -> None:
        self.reader.show(self._sheet)
        self.reader.focus()

    @property
    def reader(self) -> Reader:
        return self.query_one("#change", Reader)
