"""Two places beside each other, above each other where the screen is narrow; each scrolls by itself."""

from textual.app import ComposeResult
from textual.containers import Container

from tui.sheets import Sheet
from tui.widgets.reader import Reader


class Comparison(Container):
    """Shows two sheets."""

    def compose(self) -> ComposeResult:
        yield Reader(id="first")
        yield Reader(id="second")

    @property
    def first(self) -> Reader:
        return self.query_one("#first", Reader)

    @property
    def second(self) -> Reader:
        return self.query_one("#second", Reader)

    def show(self, first: Sheet, second: Sheet) -> None:
        self.first.show(first)
        self.second.show(second)
