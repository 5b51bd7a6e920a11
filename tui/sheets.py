"""What the reader shows, as lines with a style each: a file around its cited lines, an answer, a few words.

Pure, and the only place that turns payloads into lines; the reader folds and draws them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kb.sanitize import for_terminal
from tui.entries import Entry, Place, one_line, shown_place, standing_of

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


def answer_sheet(payload: Mapping[str, Any], cwd: str) -> Sheet:
    """An `ask` payload: whole passages with their places, or that the notes do not hold it."""
    heading = one_line(payload["question"])
    notices = [Line(one_line(str(notice)), "dim") for notice in payload.get("notices") or []]
    if payload["status"] != "answered":
        return Sheet(heading, (*_not_found(payload, cwd), *notices))
    passages = [line for citation in payload["citations"] for line in _passage(citation, cwd)]
    written = _written(payload) if payload.get("mode") == "generated" else []
    return Sheet(heading, (*written, *passages, *notices))


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


def _passage(citation: Mapping[str, Any], cwd: str) -> list[Line]:
    status, standing = standing_of(citation)
    kind = " · ".join(word for word in (citation["kind"], status) if word)
    return [
        Line(one_line(citation["title"] or citation["path"]), "title"),
        Line(kind, standing or "dim"),
        *(Line(_shown(line), gutter="│ ", repeated=True) for line in _lines(citation["quote"])),
        Line(shown_place(citation, cwd), "place", gutter=f"[{citation['n']}] "),
        Line(""),
    ]


def _written(payload: Mapping[str, Any]) -> list[Line]:
    return [*(Line(_shown(line)) for line in _lines(payload["answer"])), Line("")]


def _not_found(payload: Mapping[str, Any], cwd: str) -> list[Line]:
    lines = [Line("Not in your notes.", "title")]
    if missing := payload.get("missing"):
        lines.append(Line(f"What lies nearest does not speak of: {one_line(', '.join(missing))}."))
    if nearest := payload.get("nearest"):
        lines += [Line(""), Line("Nearest:", "dim")]
        lines += [line for hit in nearest for line in _near(hit, cwd)]
    return lines


def _near(hit: Mapping[str, Any], cwd: str) -> list[Line]:
    status, standing = standing_of(hit)
    told = [Line(status, standing or "dim", gutter="  ")] if status else []
    title = Line(one_line(hit["title"] or hit["path"]), gutter="· ")
    return [title, *told, Line(shown_place(hit, cwd), "place", gutter="  ")]


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _shown(line: str) -> str:
    cut = line if len(line) <= MAX_LINE_CHARS else line[:MAX_LINE_CHARS] + " …"
    return for_terminal(cut, keep_newlines=False)
