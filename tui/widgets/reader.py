"""The right pane: a sheet, folded to its width, scrolled to its cited lines."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.fold import Row, clip_start, folded
from tui.sheets import Sheet, words_sheet

ABOVE = 3
"""Rows kept above the cited lines, so that they are seen in their place."""
CORNERS = 3
"""Columns that the border keeps for itself beside its title."""


class Reader(ScrollView, can_focus=True):
    """Draws only the rows that are seen: a long file costs no more than a short one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "reader--text", "reader--title", "reader--dim", "reader--place", "reader--good", "reader--warn",
        "reader--gutter", "reader--cited", "reader--cited-gutter",
    }  # fmt: skip

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="reader.down"),
        Binding("k", "scroll_up", "Up", show=False, id="reader.up"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.sheet: Sheet = words_sheet("", ())
        self._rows: list[Row] = []
        self._folded_to = 0

    def show(self, sheet: Sheet) -> None:
        """Show a sheet from its first cited line, or from its top."""
        self.sheet = sheet
        self.border_subtitle = Text(sheet.note)
        self.set_class(sheet.warned, "-warned")
        self._lay_out()
        self._scroll_to_cited()

    def scroll_pages(self, pages: int) -> None:
        """Scroll by pages at once, whoever has the focus."""
        height = self.scrollable_content_region.height
        self.scroll_to(y=round(self.scroll_y) + pages * max(height - 1, 1), animate=False, force=True)

    @property
    def seen(self) -> list[Row]:
        """The rows that are on the screen now."""
        top = round(self.scroll_y)
        return self._rows[top : top + self.scrollable_content_region.height]

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._folded_to = width
        heading = self.sheet.heading
        # As Text: a str would be read as markup.
        self.border_title = Text(clip_start(heading, max(width - CORNERS, 1)) if self.sheet.ends_matter else heading)
        self._rows = folded(self.sheet.lines, width) if width > 0 else []
        self.virtual_size = Size(max(width, 0), len(self._rows))
        self.refresh()

    def _scroll_to_cited(self) -> None:
        cited = next((place for place, row in enumerate(self._rows) if row.line.cited), None)
        top = self._top() if cited is None else cited - ABOVE
        self.scroll_to(y=max(top, 0), animate=False, immediate=True, force=True)

    def _top(self) -> int:
        opens = self.sheet.lines[self.sheet.opens_at] if self.sheet.opens_at else None
        return next((place for place, row in enumerate(self._rows) if row.line is opens), 0)

    def on_resize(self, _: events.Resize) -> None:
        if self.scrollable_content_region.width == self._folded_to:
            return  # only the height: the reader stays where the user scrolled it
        self._lay_out()
        self._scroll_to_cited()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + round(self.scroll_y)
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        gutter = "reader--cited-gutter" if row.line.cited else "reader--gutter"
        body = "reader--cited" if row.line.cited else f"reader--{row.line.style}"
        text = Text(end="", no_wrap=True)
        text.append(row.gutter, self.get_component_rich_style(gutter))
        text.append(row.text, self.get_component_rich_style(body))
        style = self.get_component_rich_style(body) if row.line.cited else self.rich_style
        return Strip(text.render(self.app.console)).adjust_cell_length(width, style)
