"""Which screens there are. Each is imported when it is first shown: all at once they took 50 ms of the first paint."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.screens.page import Page

PAGES = {
    "search": "SearchPage", "ask": "AskPage", "learn": "LearnPage", "decisions": "DecisionsPage",
    "status": "StatusPage",
}  # fmt: skip
"""The class of each page by its name, in the order of their keys; it stands in the module of that name."""

PARTS = (
    "screens.links:LinksPage", "screens.problems:ProblemsPage", "screens.recall:RecallPage",
    "screens.tutor:TutorPage", "widgets.diff_dialog:DiffDialog", "widgets.row_list:RowList", "widgets.chips:Chips",
    "widgets.reader:Reader",
)  # fmt: skip
"""What else has keys that the user may choose."""


def page_class(name: str) -> "type[Page]":
    page: type[Page] = getattr(import_module(f"tui.screens.{name}"), PAGES[name])
    return page


def page_classes() -> "list[type[Page]]":
    return [page_class(name) for name in PAGES]


def part_classes() -> "list[type[DOMNode]]":
    """The parts, imported now."""
    return [getattr(import_module(f"tui.{module}"), name) for module, name in (part.split(":") for part in PARTS)]
