"""The ramp-up plan, the tutor and the cards."""

from textual.app import ComposeResult

from tui.screens.page import Page
from tui.widgets.reader import Reader


class LearnPage(Page):
    NAME = "learn"

    def compose_body(self) -> ComposeResult:
        yield Reader(id="reader")
