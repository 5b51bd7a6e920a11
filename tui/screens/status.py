"""What is indexed, how fresh it is, and what is wrong."""

from textual.app import ComposeResult

from tui.screens.page import Page
from tui.widgets.reader import Reader


class StatusPage(Page):
    NAME = "status"

    def compose_body(self) -> ComposeResult:
        yield Reader(id="reader")
