"""A conversation over the notes."""

from textual.app import ComposeResult

from tui.screens.page import Page
from tui.widgets.reader import Reader


class AskPage(Page):
    NAME = "ask"

    def compose_body(self) -> ComposeResult:
        yield Reader(id="reader")
