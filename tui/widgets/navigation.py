"""The first row: the five screens with their keys, and on its right who answers."""

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

TABS = {"search": "Search", "ask": "Ask", "learn": "Learn", "decisions": "Decisions", "status": "Status"}
"""The screens in the order of their keys, 1 to 5."""


class Navigation(Horizontal):
    """Shows which screen is seen; a click on a name goes there."""

    def __init__(self, here: str) -> None:
        super().__init__(id="navigation")
        self._here = here

    def compose(self) -> ComposeResult:
        for number, (name, label) in enumerate(TABS.items(), start=1):
            # The words are ours alone: no text from a file is read as markup here.
            tab = Static(
                Content.from_markup(f"[@click=app.go('{name}')][b]{number}[/b] {label}[/]"),
                classes="tab",
                id=f"tab-{name}",
            )
            tab.set_class(name == self._here, "-here")
            yield tab
        yield Static("", id="served", markup=False)

    def tell(self, index: Mapping[str, Any]) -> None:
        """Say who answered last, and what it has not read yet."""
        # Its room is the rest of the row, whatever it says: a layout at each key typed would draw the whole screen.
        self.query_one("#served", Static).update(served(index), layout=False)


def served(index: Mapping[str, Any]) -> str:
    """`daemon`, or `no daemon` with the time that the answer speaks for."""
    waiting = index.get("pending_changes") or index.get("pending") or 0
    behind = f"{waiting:,} to read · " if waiting else ""
    if index["daemon"]:
        return f"{behind}daemon"
    as_of = (index.get("as_of") or "")[:16].replace("T", " ")
    return f"{behind}no daemon" + (f" · as of {as_of}" if as_of else "")
