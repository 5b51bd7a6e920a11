"""The pattern that a change would follow: the outline of the code to touch, or the commands that the notes show."""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.learn.model import Span
from kb.learn.reading import Entry
from kb.learn.spans import span_of

MOST_LINES = 24


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Lines letter for letter out of `span`, those between them left out."""

    span: Span
    lines: tuple[str, ...]


def skeleton(entries: Sequence[Entry]) -> Skeleton | None:
    """The outline of the first file to touch; without code the first commands or listing of the notes."""
    for entry in entries:
        if entry.material.file.kind == "code" and not entry.guards:
            return _outline(entry)
    for entry in entries:
        if (found := _fence(entry)) is not None:
            return found
    return None


def _outline(entry: Entry) -> Skeleton | None:
    """The line that declares each symbol."""
    material = entry.material
    shown: list[str] = []
    first, last = 0, 0
    for part in material.parts:
        lines = part.text.split("\n")
        for symbol in part.symbols:
            plain = symbol.rsplit(".", 1)[-1]
            line = next(
                (line for line in lines if plain in line and line.strip()[:2] not in ("//", "# ", "/*", "* ")), ""
            )
            if line and line not in shown and len(shown) < MOST_LINES:
                shown.append(line)
                first, last = first or part.start, part.end
    return Skeleton(span_of(material, first, last), tuple(shown)) if shown else None


def _fence(entry: Entry) -> Skeleton | None:
    for part in entry.material.parts:
        lines = part.text.split("\n")
        marks = [at for at, line in enumerate(lines) if line.lstrip().startswith(("```", "~~~"))]
        if len(marks) >= 2 and marks[1] > marks[0] + 1:
            start, end = marks[0] + 1, min(marks[1], marks[0] + 1 + MOST_LINES)
            return Skeleton(span_of(entry.material, part.start + start, part.start + end - 1), tuple(lines[start:end]))
    return None
