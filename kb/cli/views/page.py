"""The words all views share: parts with a style, lines, the measures of the page, and places on it.

A view never writes and never colours: it names a style, so that every character from a file
passes through `kb.cli.output`, which cleans it before it adds the first escape sequence.
"""

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Payload: TypeAlias = dict[str, Any]
Style: TypeAlias = Literal["title", "dim", "place", "good", "warn", "bad"]
Part: TypeAlias = str | tuple[str, Style]
Line: TypeAlias = Sequence[Part]

NUMBERED = re.compile(r"^(?:[A-Za-z]+[-_ ]?)?(\d{1,5})(?!\d)")


@dataclass(frozen=True, slots=True)
class Page:
    """Where lines will stand; `wrap` is off where output is captured: a quote stays letter for letter."""

    width: int = 80
    wrap: bool = False
    cwd: str = ""


def plain(line: Line) -> str:
    """The text of a line without its styles."""
    return "".join(part if isinstance(part, str) else part[0] for part in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` and `right` at the two ends of a line of `width` columns, two spaces apart at least."""
    gap = width - columns(plain(left)) - columns(plain(right))
    return [*left, " " * max(gap, 2), *right]


def columns(text: str) -> int:
    """How many terminal columns `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def clip(text: str, width: int) -> str:
    """`text` on one line, cut with an ellipsis where it is wider than `width`."""
    text = " ".join(text.split())
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def clip_start(text: str, width: int) -> str:
    """The end of `text`, after an ellipsis where it is wider than `width`: of a path the end tells most."""
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 1:
        text = text[1:]
    return f"…{text}"


def pad(text: str, width: int) -> str:
    """`text` filled up with blanks to `width` columns."""
    return text + " " * max(width - columns(text), 0)


def shown_path(item: Mapping[str, Any], page: Page) -> str:
    """The path as it opens from here: relative below the current folder, else `source:path`, a REF."""
    path, abspath, source = str(item.get("path", "")), str(item.get("abspath") or ""), item.get("source")
    below = page.cwd.rstrip(os.sep) + os.sep
    if page.cwd and abspath.startswith(below):
        return abspath[len(below) :]
    return f"{source}:{path}" if source else abspath or path


def shown_place(item: Mapping[str, Any], page: Page) -> str:
    """`path:start-end`, or `path:line` where it is one line."""
    start, end = item.get("start"), item.get("end")
    if not start:
        return shown_path(item, page)
    return f"{shown_path(item, page)}:{start}" + (f"-{end}" if end and end != start else "")


def decision_name(path: str, number: int | None = None) -> str:
    """`ADR-0057` with the digits that the file's own name shows, empty where there is no number."""
    match = NUMBERED.match(path.rsplit("/", 1)[-1])
    if match:
        return f"ADR-{match[1]}"
    return f"ADR-{number:04d}" if number is not None else ""


def path_list(value: str | list[str] | None) -> list[str]:
    """`superseded_by` is a path, a list where there are several, or nothing."""
    if not value:
        return []
    return [value] if isinstance(value, str) else list(value)


def count(n: int, one: str, many: str = "") -> str:
    """`1 file`, `1,870 files`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`."""
    if value < 10:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
