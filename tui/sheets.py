"""What the reader shows, as lines with a style each: a file around its cited lines, an answer, a few words.

Pure, and the only place that turns payloads into lines; the reader folds and draws them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kb.sanitize import for_terminal
from tui.entries import Entry, Place, one_line

Style = Literal["text", "title", "dim", "place", "good", "warn"]
BRIEF_ITEMS = 5
MAX_LINE_CHARS = 2_000
"""A longer line is cut: a minified file must not cost seconds to fold."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line before folding; `gutter` stands before its first row, blanks or itself before the others."""

    text: str
    style: Style = "text"
    gutter: str = ""
    cited: bool = False
    repeated: bool = False
    """True where every folded row has the gutter: the bar of a quote."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines under one heading; the reader scrolls to the first cited line."""

    heading: str
    lines: tuple[Line, ...]
    note: str = ""
    warned: bool = False
    """True where the note must not be overlooked: a replaced decision."""
    ends_matter: bool = False
    """True where the heading is a place: cut at its beginning, it still tells the file and the line."""
    opens_at: int = 0
    """The line that is on top at first, where none is cited."""


def file_sheet(payload: Mapping[str, Any], entry: Entry, place: Place) -> Sheet:
    """The lines of a file, those of `place` marked as cited."""
    lines = payload["text"].split("\n")
    first = payload["start"]
    digits = len(str(first + len(lines)))
    rows = (
        Line(_shown(line), gutter=f"{number:>{digits}} ", cited=place.start <= number <= place.end)
        for number, line in enumerate(lines, first)
    )
    note = " · ".join(word for word in (entry.kind, entry.status) if word)
    return Sheet(entry.shown, tuple(rows), note=note, warned=entry.standing == "warn", ends_matter=True)


def words_sheet(heading: str, lines: Iterable[str]) -> Sheet:
    """A sheet of the interface's own words."""
    return Sheet(heading, tuple(Line(line, "dim") for line in lines))


def brief_sheet(payload: Mapping[str, Any], keys: Iterable[str]) -> Sheet:
    """The morning brief, section by section, and under it the keys of an idle screen."""
    lines: list[Line] = []
    for section in payload["sections"]:
        lines.append(Line(one_line(section["title"]), "title"))
        items = section["items"][:BRIEF_ITEMS]
        lines += [Line(one_line(item["text"]), gutter="· ") for item in items]
        if (left := section["total"] - len(items)) > 0:
            lines.append(Line(f"and {left:,} more: kb brief", "dim", gutter="  "))
        lines.append(Line(""))
    return Sheet("Since yesterday" if lines else "kb", (*lines, *(Line(line, "dim") for line in keys)))


def _shown(line: str) -> str:
    cut = line if len(line) <= MAX_LINE_CHARS else line[:MAX_LINE_CHARS] + " …"
    return for_terminal(cut, keep_newlines=False)
