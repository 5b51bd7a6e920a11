"""One row of a list as parts with a style each, and how they share the width of a pane. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tui.fold import clip, columns
from tui.sheets import Style

T = TypeVar("T")
Part = tuple[str, Style]

GAP = "  "
BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
"""From 110 columns two panes stand beside each other; the screens are styled by these classes."""
ROOMY = 24
"""Columns that the text keeps before the last of the parts behind it is left out."""
LEAST = 8
"""Columns that the text keeps before the first of them is: that is the status, which says what may be relied on."""


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """`before` and `after` stand whole on both sides of `text`, which is cut to fit."""

    text: str
    style: Style = "text"
    before: tuple[Part, ...] = ()
    after: tuple[Part, ...] = ()
    target: T | None = None
    """What the row stands for, None on a row that cannot be chosen: a heading, a remark."""


def laid_out(row: Row[T], width: int) -> list[Part]:
    """The parts of a row in a pane of `width` columns, those behind the text at its right end."""
    left = width - _taken(row.before)
    after = list(row.after)
    while after and left - _taken(after) - len(GAP) * len(after) < _wanted(row.text, len(after)):
        after.pop()
    room = max(left - _taken(after) - len(GAP) * len(after), 1)
    text = clip(row.text, room)
    if not after:
        return [*row.before, (text, row.style)]
    behind = [part for last in after for part in ((GAP, "text"), last)]
    return [*row.before, (text, row.style), (" " * (room - columns(text)), "text"), *behind]  # type: ignore[list-item]


def _wanted(text: str, parts: int) -> int:
    return min(columns(text), ROOMY if parts > 1 else LEAST)


def _taken(parts: Iterable[Part]) -> int:
    return sum(columns(text) for text, _ in parts)
