"""A list of one-line rows, of which only those that are seen are drawn: five thousand cost no more than ten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.rows import Row, T, laid_out

HEADING = 2
"""Rows above the one under the cursor that are brought into sight with it: its heading, or the row it goes on from."""


class RowList(ScrollView, Generic[T], can_focus=True):
    """Rows with a target can be chosen; the others are headings, which the cursor passes over."""

    # A bar below would take the last row away, after the cursor was brought into sight on it.
    DEFAULT_CSS = """
    RowList {
        overflow-x: hidden;
        scrollbar-gutter: stable;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="rows.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="rows.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="rows.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="rows.page_down"),
        Binding("home", "first", "First", show=False, id="rows.first"),
        Binding("end", "last", "Last", show=False, id="rows.last"),
        Binding("enter", "open", "Open", show=False, id="rows.open"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--text", "rows--title", "rows--dim", "rows--place", "rows--good", "rows--warn", "rows--cursor",
    }  # fmt: skip

    @dataclass
    class Told(Message):
        """Something that happened to a list."""

        of: "RowList[Any]"

        @property
        def control(self) -> "RowList[Any]":
            return self.of

    class Moved(Told):
        """The cursor came to stand on another row, or on the first one of new rows."""

    class Opened(Told):
        """Enter, or a double click, on the row under the cursor."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row[T]] = ()
        self.cursor: int | None = None

    def show(self, rows: Sequence[Row[T]], *, heading: str, cursor: int | None = None) -> None:
        """Show new rows, with the cursor on the given one or on the first that can be chosen."""
        # As Text: a str would be read as markup.
        self.border_title = Text(heading)
        self.rows = rows
        self.virtual_size = Size(self.scrollable_content_region.width, len(rows))
        self.cursor = None
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        if cursor is None:
            cursor = self._near(0, 1)
        if cursor is not None:
            self.choose(cursor)
        self.refresh()

    @property
    def chosen(self) -> T | None:
        """What the row under the cursor stands for, None in an empty list."""
        return None if self.cursor is None else self.rows[self.cursor].target

    @property
    def seen(self) -> Sequence[Row[T]]:
        """The rows that are on the screen now."""
        top = round(self.scroll_y)
        return self.rows[top : top + self.scrollable_content_region.height]

    def find(self, wanted: Callable[[T], bool]) -> int | None:
        """The first row whose target is wanted."""
        return next((n for n, row in enumerate(self.rows) if row.target is not None and wanted(row.target)), None)

    def choose(self, place: int) -> None:
        """Put the cursor on a row and bring it into sight, with what belongs to it."""
        self.cursor = place
        self._bring_into_sight()
        self.refresh()
        self.post_message(self.Moved(self))

    def move(self, rows: int) -> None:
        """Move the cursor without taking the focus from the input."""
        self.action_move(rows)

    def action_move(self, rows: int) -> None:
        if self.cursor is not None:
            step = 1 if rows > 0 else -1
            wanted = min(max(self.cursor + rows, 0), len(self.rows) - 1)
            target = self._near(wanted, step)
            if target is None:
                target = self._near(wanted, -step)
            if target is not None and target != self.cursor:
                self.choose(target)
            elif step < 0:
                self.scroll_to(y=0, animate=False)

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(self.scrollable_content_region.height - 1, 1))

    def action_first(self) -> None:
        self.action_move(-len(self.rows))

    def action_last(self) -> None:
        self.action_move(len(self.rows))

    def action_open(self) -> None:
        if self.cursor is not None:
            self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        if (offset := event.get_content_offset(self)) is None:
            return
        place = offset.y + round(self.scroll_y)
        if place < len(self.rows) and self.rows[place].target is not None:
            if place != self.cursor:
                self.choose(place)
            if event.chain == 2:
                self.action_open()

    def on_resize(self, _: events.Resize) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        self._bring_into_sight()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + round(self.scroll_y)
        if place >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        under_cursor = place == self.cursor
        text = Text(end="", no_wrap=True)
        for part, style in laid_out(self.rows[place], width):
            text.append(part, self.get_component_rich_style("rows--cursor" if under_cursor else f"rows--{style}"))
        blank = self.get_component_rich_style("rows--cursor") if under_cursor else self.rich_style
        return Strip(text.render(self.app.console)).adjust_cell_length(width, blank)

    def _near(self, place: int, step: int) -> int | None:
        """The row that can be chosen at `place` or beyond it."""
        while 0 <= place < len(self.rows):
            if self.rows[place].target is not None:
                return place
            place += step
        return None

    def _is_remark(self, place: int) -> bool:
        return 0 <= place < len(self.rows) and self.rows[place].target is None

    def _bring_into_sight(self) -> None:
        if self.cursor is None:
            return
        above = self.cursor
        while self._is_remark(above - 1) and self.cursor - above < HEADING:
            above -= 1
        below = self.cursor + 1 if self._is_remark(self.cursor + 1) else self.cursor
        top, height = round(self.scroll_y), self.scrollable_content_region.height
        if above < top:
            self.scroll_to(y=above, animate=False, immediate=True, force=True)
        elif height and below >= top + height:
            self.scroll_to(y=below - height + 1, animate=False, immediate=True, force=True)
