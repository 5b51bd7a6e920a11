"""OpenAPI and Swagger documents by operation: what a reader asks for is a path and a method."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.readers.plain import blank_line_blocks
from ingest.readers.reading import Reading
from kb.model import Block

HEAD_LINES = 40
Mark = tuple[int, tuple[str, ...], str]
"""First line, trail and symbol of a block."""
MARK = re.compile(r"^\s*[\"']?(?:openapi|swagger)[\"']?\s*:\s*[\"']?\d")
KEY = re.compile(r"^(\s*)[\"']?([^\"':\s#{}][^\"':]{0,200}|/[^\"':]{0,300})[\"']?\s*:(?:\s*\{?\s*$|\s)")
TITLE = re.compile(r"^\s+[\"']?title[\"']?\s*:\s*[\"']?([^\"'\n]{1,200}?)[\"']?,?\s*$")
SECTIONS = frozenset({"paths", "components", "definitions", "webhooks"})
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def is_openapi(lines: Sequence[str]) -> bool:
    """True when the file says near its top that it is an OpenAPI or Swagger document."""
    return any(MARK.match(line) for line in lines[:HEAD_LINES])


def read_openapi(lines: Sequence[str], language: str) -> Reading:
    """A block per operation with trail (path, METHOD), one per schema, and blank-line blocks for the rest."""
    marks = _marks(lines)
    blocks: list[Block] = blank_line_blocks(lines[: marks[0][0] - 1] if marks else lines, role="declaration")
    for index, (start, trail, symbol) in enumerate(marks):
        end = marks[index + 1][0] - 1 if index + 1 < len(marks) else len(lines)
        while end > start and not lines[end - 1].strip():
            end -= 1
        blocks.append(Block(start=start, end=end, role="declaration", trail=trail, symbol=symbol))
    title = next((match.group(1) for line in lines[:HEAD_LINES] if (match := TITLE.match(line))), "")
    return Reading(blocks=tuple(blocks), title=title, language=language)


@dataclass(slots=True)
class _Place:
    """Where the scan is: the section, its indentation and that of the two levels below it (-1: not yet seen)."""

    section: str = ""
    base: int = -1
    first: int = -1
    second: int = -1
    path: str = ""
    path_line: int = 0


def _marks(lines: Sequence[str]) -> list[Mark]:
    """The lines at which an operation, a schema or a section starts, in order."""
    marks: list[Mark] = []
    place = _Place()
    for number, line in enumerate(lines, 1):
        match = KEY.match(line)
        if match is None:
            continue
        depth, key = len(match.group(1)), match.group(2)
        if place.section and depth > place.base:
            _inside(place, marks, number=number, depth=depth, key=key)
        elif key in SECTIONS and (place.base < 0 or depth == place.base):
            place = _Place(section=key, base=depth)
            marks.append((number, (key,), key))
        elif place.section:
            place = _Place(base=place.base)
            marks.append((number, (key,), key))
    return marks


def _inside(place: _Place, marks: list[Mark], *, number: int, depth: int, key: str) -> None:
    if place.first < 0 or depth == place.first:
        place.first, place.path, place.path_line = depth, key, number
        marks.append((number, (key,) if key.startswith("/") else (place.section, key), key))
        return
    if depth < place.first or (place.second >= 0 and depth != place.second):
        return
    place.second = depth
    if place.section in ("paths", "webhooks"):
        if key not in METHODS:
            return
        name = f"{key.upper()} {place.path}"
        # The path's own line goes with its first operation.
        start = marks.pop()[0] if marks[-1][0] == place.path_line == number - 1 else number
        marks.append((start, (place.path, key.upper()), name))
    elif place.section == "components":
        marks.append((number, (place.section, key), key))
