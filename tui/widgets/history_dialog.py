"""The earlier conversations, over the screen that goes on with one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.dialogue import when
from tui.entries import one_line
from tui.rows import Row
from tui.widgets.row_list import RowList


@dataclass(frozen=True, slots=True)
class Picked:
    """A conversation, to go on with or to forget."""

    conversation: int
    forget: bool = False


class HistoryDialog(ModalScreen[Picked | None]):
    """Ends with what was picked, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", id="history.close"),
        Binding("delete", "forget", "Forget", id="history.forget"),
    ]

    def __init__(self, conversations: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self._conversations = conversations

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Conversations"
            yield RowList[int](id="conversations")
            yield Static("Enter goes on · Del forgets · Esc closes", classes="hint", markup=False)

    def on_mount(self) -> None:
        self.listing.show([_row(conversation) for conversation in self._conversations], heading="")
        self.listing.focus()

    @property
    def listing(self) -> RowList[int]:
        return self.query_one("#conversations", RowList)

    @on(RowList.Opened)
    def picked(self) -> None:
        if (chosen := self.listing.chosen) is not None:
            self.dismiss(Picked(chosen))

    def action_forget(self) -> None:
        if (chosen := self.listing.chosen) is not None:
            self.dismiss(Picked(chosen, forget=True))


def _row(conversation: Mapping[str, Any]) -> Row[int]:
    turns = conversation["turns"]
    return Row(
        one_line(conversation["question"]),
        before=((f"{when(conversation['at'])}  ", "dim"),),
        after=((f"{turns} questions", "dim"),) if turns > 1 else (),
        target=conversation["conversation"],
    )
