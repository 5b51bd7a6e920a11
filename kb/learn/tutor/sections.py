"""Sections of a text by their headings, on the lines of the file."""

import re
from collections.abc import Collection, Sequence

HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
FENCE = re.compile(r"^\s*(?:```|~~~)")


def section_of(lines: Sequence[str], names: Collection[str]) -> tuple[int, int] | None:
    """First and last line with text of the section under the first of `names` that is a heading; None without one.

    It ends at the next heading of any depth: consequences below an outcome tell what the choice was.
    """
    headings = headings_of(lines)
    for name in names:
        for place, (number, said) in enumerate(headings):
            if said.lower().strip(" :*_") == name:
                end = headings[place + 1][0] - 1 if place + 1 < len(headings) else len(lines)
                if (last := _last_written(lines, number + 1, end)) is not None:
                    return number, last
    return None


def section_around(lines: Sequence[str], start: int, end: int, *, most: int) -> tuple[int, int]:
    """The whole text where it is short, else the section around some lines, else those lines."""
    headings = [number for number, _ in headings_of(lines)]
    first = next((n for n, line in enumerate(lines, start=1) if line.strip()), start)
    # Front matter says nothing of the matter: a note begins with its title.
    body = headings[0] if headings and lines[first - 1].strip() == "---" else first
    above = max((number for number in headings if number <= start), default=body)
    below = min((number for number in headings if number > end), default=len(lines) + 1)
    for top, bottom in ((body, len(lines)), (above, below - 1)):
        last = _last_written(lines, top, bottom)
        if top <= start and last is not None and last >= end and last - top < most:
            return top, last
    return start, end


def headings_of(lines: Sequence[str]) -> list[tuple[int, str]]:
    """(line, text) of the headings; a comment in a block of shell code is none."""
    found, inside = list[tuple[int, str]](), False
    for number, line in enumerate(lines, start=1):
        if FENCE.match(line):
            inside = not inside
        elif not inside and (match := HEADING.match(line)):
            found.append((number, match[2]))
    return found


def _last_written(lines: Sequence[str], start: int, end: int) -> int | None:
    return next((n for n in range(min(end, len(lines)), start - 1, -1) if lines[n - 1].strip()), None)
