"""Breaks long lines at spaces, so that prose can be read in a narrow pane; measures in terminal columns."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size

from tui.sheets import Line

LEAST = 8
"""Columns a folded row keeps, whatever the pane: below, every word would be cut to letters."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the screen."""

    gutter: str
    text: str
    line: Line


def folded(lines: Iterable[Line], width: int) -> list[Row]:
    """The rows that `lines` take in a pane of `width` columns."""
    rows: list[Row] = []
    for line in lines:
        first, *others = fold(line.text, width - columns(line.gutter))
        gutter = line.gutter if line.repeated else " " * columns(line.gutter)
        rows += [Row(line.gutter, first, line), *(Row(gutter, text, line) for text in others)]
    return rows


def fold(text: str, width: int) -> list[str]:
    """`text` in pieces of at most `width` columns, cut at spaces where there are any; at least one piece."""
    width = max(width, LEAST)
    pieces: list[str] = []
    # Measured whole for each piece, a paragraph of Chinese in one line would hold up the keys.
    while len(text) > 2 * width or columns(text) > width:
        cut = _fitting(text, width)
        # A cut at a space in the indent alone would put an empty row before the text.
        space = text.rfind(" ", 1, cut + 1)
        at = space if space > 0 and text[:space].strip() else cut
        pieces.append(text[:at])
        text = text[at:].removeprefix(" ")
    return [*pieces, text] if text or not pieces else pieces


def clip(text: str, width: int) -> str:
    """`text` with its end cut off to fit."""
    return text if columns(text) <= width else text[: _fitting(text, max(width - 1, 1))].rstrip() + "…"


def clip_start(text: str, width: int) -> str:
    """`text` with its beginning cut off to fit: of a path, the file and the line tell most."""
    if columns(text) <= width:
        return text
    backwards = text[::-1]
    return "…" + backwards[: _fitting(backwards, max(width - 1, 1))][::-1]


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def _fitting(text: str, width: int) -> int:
    """How many characters fit into `width` columns; at least one, or folding would never end."""
    if text.isascii():
        return width
    taken = 0
    for place, char in enumerate(text):
        taken += get_character_cell_size(char)
        if taken > width:
            return max(place, 1)
    return len(text)
