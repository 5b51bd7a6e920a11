"""Blocks of code for a draft, letter for letter: a declaration, a fence of a note, before and after."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.answer.windows import FENCE
from kb.draft.binding import lines_of
from kb.draft.paper import Paper, marks
from kb.learn.pool import Material
from kb.model import StoredChunk

MOST_LINES = 24
BEFORE = re.compile(r"\b(?:before|instead of|wrong|bad|old|don't|do not|avoid)\b", re.IGNORECASE)
AFTER = re.compile(r"\b(?:after|now|better|right|good|new|do|instead)\b", re.IGNORECASE)


def example(paper: Paper, material: Material) -> tuple[tuple[int, ...], str] | None:
    """One declaration as it stands on the disk, whole; its first lines where it is long."""
    part = next((p for p in _by_score(material) if p.symbols and p.role == "declaration"), material.best)
    cites = paper.sources.cite(part, most=MOST_LINES)
    if not cites:
        return None
    text = paper.sources.citations[cites[0] - 1].quote
    longer = part.end - part.start + 1 > text.count("\n") + 1
    language = material.parts[0].language
    return cites, fenced([*text.split("\n"), *(["…"] if longer else [])], language)


def _by_score(material: Material) -> list[StoredChunk]:
    return sorted(material.parts, key=lambda part: (-material.scores.get(part.ordinal, 0.0), part.ordinal))


def fence(paper: Paper, material: Material, subject: str) -> Iterator[str]:
    """The block of code of a note that is nearest to the subject, with the note's name over it."""
    for part in _by_score(material):
        for start, end in _fences(part):
            if cites := paper.sources.cite(part, start, min(end, start + MOST_LINES)):
                yield f"As in “{material.file.title}” {marks(cites)}:"
                yield paper.sources.citations[cites[0] - 1].quote
                return


def pair(paper: Paper, material: Material) -> Iterator[str]:
    """Two blocks of one note, of which the first is called before or wrong, and the second after or better."""
    for part in material.parts:
        lines = dict(lines_of(part))
        found = [
            (start, end, next((lines[n] for n in range(start - 1, part.start - 1, -1) if lines[n].strip()), ""))
            for start, end in _fences(part)
        ]
        for (s1, e1, lead1), (s2, e2, lead2) in pairwise(found):
            if BEFORE.search(lead1) and AFTER.search(lead2) and not BEFORE.search(lead2):
                one, two = paper.sources.cite(part, s1, e1), paper.sources.cite(part, s2, e2)
                if one and two:
                    yield f"{lead1.strip()} {marks(one)}"
                    yield paper.sources.citations[one[0] - 1].quote
                    yield f"{lead2.strip()} {marks(two)}"
                    yield paper.sources.citations[two[0] - 1].quote
                    return


def _fences(part: StoredChunk) -> list[tuple[int, int]]:
    marks_at = [number for number, text in lines_of(part) if FENCE.match(text)]
    return [(a, b) for a, b in zip(marks_at[::2], marks_at[1::2], strict=False) if b > a + 1]


def fenced(lines: Sequence[str], language: str) -> str:
    fence = "```" if not any("```" in line for line in lines) else "~~~~"
    return "\n".join([f"{fence}{language}", *lines, fence])
