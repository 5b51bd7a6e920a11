"""From passages to the lines that a learner reads: where to begin, where to end, and how long it takes."""

import math
import re
from collections.abc import Sequence

from kb.learn.model import Span
from kb.learn.pool import Material
from kb.model import StoredChunk

WHOLE_LINES = 80
"""A file up to this length is read as a whole."""
MOST_LINES = 120
WORDS_PER_MINUTE = 180
CODE_LINES_PER_MINUTE = 25
WORD = re.compile(r"\w+")


def span_of(material: Material, start: int, end: int) -> Span:
    file = material.file
    return Span(file.file_id, file.source, file.path, file.abspath, start, end)


def chunk_span(material: Material, part: StoredChunk) -> Span:
    return span_of(material, part.start, part.end)


def reading_span(material: Material) -> Span:
    """What to read of a file: all of a short one, else the section or the declarations around what was found."""
    if material.lines <= WHOLE_LINES:
        return span_of(material, 1, material.lines)
    best = material.best
    at = material.parts.index(best)
    first = last = at
    section = best.trail[:2]
    while first > 0 and _fits(material.parts, first - 1, last) and material.parts[first - 1].trail[:2] == section:
        first -= 1
    while last + 1 < len(material.parts) and _fits(material.parts, first, last + 1):
        if material.parts[last + 1].trail[:2] != section:
            break
        last += 1
    return span_of(material, material.parts[first].start, material.parts[last].end)


def minutes(material: Material, span: Span) -> int:
    """How long the lines take to read, at least one minute."""
    inside = [part for part in material.parts if part.end >= span.start and part.start <= span.end]
    if material.file.kind == "code":
        return max(1, math.ceil((span.end - span.start + 1) / CODE_LINES_PER_MINUTE))
    words = sum(len(WORD.findall(part.text)) for part in inside)
    return max(1, math.ceil(words / WORDS_PER_MINUTE))


def text_of(material: Material, span: Span) -> str:
    """The indexed text of the passages within a span."""
    return "\n".join(part.text for part in material.parts if span.start <= part.start and part.end <= span.end)


def _fits(parts: Sequence[StoredChunk], first: int, last: int) -> bool:
    return parts[last].end - parts[first].start < MOST_LINES
