"""The text behind an entry, asked and made into a sheet in one of the library's lanes."""

from typing import TYPE_CHECKING

from tui.entries import Entry
from tui.sheets import Sheet, file_sheet

if TYPE_CHECKING:
    from kb.app.api import Api

MOST_LINES = 2_000
"""Of a whole file: a standard of a hundred pages must not hold up the keys while it is folded."""


def sheet_of(kb: "Api", entry: Entry, cwd: str) -> Sheet:
    """The cited lines of an entry with those about them; the whole file where none is cited."""
    place = entry.place
    assert place is not None, "only a place can be read"
    ref = place.ref_around if place.end else f"{place.source}:{place.path}:1-{MOST_LINES}"
    return file_sheet(kb.get(ref, cwd=cwd), entry, place)
