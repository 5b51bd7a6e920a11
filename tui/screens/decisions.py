"""Decisions with their status, and what belongs together."""

from textual.app import ComposeResult

from tui.screens.page import Page
from tui.widgets.reader import Reader


class DecisionsPage(Page):
    NAME = "decisions"

    def compose_body(self) -> ComposeResult:
        yield Reader(id="reader")
