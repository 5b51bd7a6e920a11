"""The left pane: what was found or cited, two rows each."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.widgets import OptionList

from tui.entries import Entry
from tui.fold import clip, clip_start, columns

STANDING = {"": "dim", "good": "$text-success", "warn": "$text-warning"}

ROOMY = 72
"""Columns in which one row is enough for an entry."""
MARGIN = 2
"""Columns left and right of a row, as the style sheet pads it."""


class Results(OptionList):
    """Shows entries; which one is chosen is told by the messages of the option list."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self.entries: Sequence[Entry] = ()

    def show(self, entries: Sequence[Entry]) -> None:
        """Show new entries, the first one chosen."""
        self.entries = entries
        self._draw(0)

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor, None in an empty list."""
        place = self.highlighted
        return self.entries[place] if place is not None and place < len(self.entries) else None

    def move(self, rows: int) -> None:
        """Move the cursor without taking the focus from the input."""
        if self.entries:
            self.highlighted = min(max((self.highlighted or 0) + rows, 0), len(self.entries) - 1)

    def on_resize(self, _: events.Resize) -> None:
        # Rows are clipped to the width they were drawn for; the place in the list must survive.
        self._draw(self.highlighted)

    def _draw(self, cursor: int | None) -> None:
        room = max(self.scrollable_content_region.width - MARGIN, 12)
        self.set_options([prompt(entry, room) for entry in self.entries])
        self.highlighted = cursor if self.entries else None


def prompt(entry: Entry, room: int) -> Content:
    """The row or the two of an entry; a status is cut last, for it says whether the entry can be relied on."""
    if room >= ROOMY and entry.place is not None:
        return _one_row(entry, room)
    title = (entry.label + clip(entry.title, room - len(entry.label)), "bold")
    if entry.place is None:
        return Content.assemble(title)
    kind = f"{entry.kind} "
    if not entry.status:
        return Content.assemble(title, "\n", (kind, "dim"), clip_start(entry.shown, room - len(kind)))
    status = clip(entry.status, room - len(kind))
    left = room - len(kind) - columns(status) - 1
    place = f" {clip_start(entry.shown, left)}" if left >= 12 else ""
    return Content.assemble(title, "\n", (kind, "dim"), (status, STANDING[entry.standing]), place)


def _one_row(entry: Entry, room: int) -> Content:
    """Its end tells the standing where it warns, else the place, which the reader's title tells too."""
    kind = f"{entry.kind:<5}"
    warns = entry.standing == "warn"
    end = clip(entry.status, room // 2) if warns else clip_start(entry.shown, room // 3)
    title = clip(entry.label + entry.title, room - len(kind) - columns(end) - 2)
    gap = " " * (room - len(kind) - columns(title) - columns(end))
    return Content.assemble((kind, "dim"), (title, "bold"), gap, (end, STANDING[entry.standing if warns else ""]))
