"""Quotes from one file: the passages that answer, letter for letter as they are on disk at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.answer.disk import is_rendered, read_now, shift, still_rendered
from kb.answer.selection import choose, judge, text_of
from kb.answer.windows import WHOLE_LINES, TextBlock, Window, code_blocks, prose_blocks, windows
from kb.model import StoredChunk
from kb.search.query import Query

LONG_FILE_LINES = 400
"""In a longer file only the surroundings of the best passage are looked at."""
AROUND_LINES = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """A range of lines with its text, and the chunk that led there."""

    chunk: StoredChunk
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A chunk that matched, at the lines where its text stands now."""

    chunk: StoredChunk
    start: int
    end: int
    score: float


def quote(query: Query, matched: Mapping[StoredChunk, float]) -> list[Passage]:
    """The passages to quote from the file of `matched` (its chunks with their scores); empty when the text is gone."""
    best = max(matched, key=lambda chunk: matched[chunk])
    if is_rendered(best):
        return [Passage(best, best.start, best.end, best.text)] if still_rendered(best) else []
    lines = read_now(best)
    if lines is None:
        return []
    placed = [
        Placed(chunk, chunk.start + moved, chunk.end + moved, score)
        for chunk, score in sorted(matched.items(), key=lambda item: -item[1])
        if (moved := shift(chunk, lines)) is not None
    ]
    # The best passage was rewritten since: what is left of the file may not be what was found.
    if not placed or placed[0].chunk != best:
        return []
    return [
        Passage(_nearest(placed, start), start, end, text_of(lines, start, end))
        for start, end in _ranges(query, lines, placed)
    ]


def _ranges(query: Query, lines: Sequence[str], placed: Sequence[Placed]) -> list[tuple[int, int]]:
    best = placed[0]
    blocks = _declarations(lines, placed) if best.chunk.kind == "code" else _paragraphs(lines, best)
    scores: dict[int, float] = {}
    for item in placed:
        for number in range(item.start, item.end + 1):
            scores[number] = max(scores.get(number, 0.0), item.score)
    # Context, decision and consequences are read together; sections of a note are not.
    found = windows(blocks, across=best.chunk.kind == "adr") or [Window((block,)) for block in blocks[:1]]
    judged = judge(query, lines, blocks, found, title=best.chunk.title, scores=scores)
    return choose(judged, lines) or [(best.start, min(best.end, best.start + WHOLE_LINES))]


def _paragraphs(lines: Sequence[str], best: Placed) -> list[TextBlock]:
    if len(lines) <= LONG_FILE_LINES:
        return prose_blocks(lines)
    # From the first line, then cut down: a start inside a fence would take text for code and code for text.
    first, last = best.start - AROUND_LINES, best.end + AROUND_LINES
    return [block for block in prose_blocks(lines) if block.end >= first and block.start <= last]


def _declarations(lines: Sequence[str], placed: Sequence[Placed]) -> list[TextBlock]:
    """A declaration is one block, so that a function is quoted whole; a very long one by its blank lines."""
    blocks: list[TextBlock] = []
    for item in sorted(placed, key=lambda item: item.start):
        if item.end - item.start < WHOLE_LINES:
            blocks.append(TextBlock(item.start, item.end, "code"))
        else:
            blocks.extend(code_blocks(lines, item.start, item.end))
    return blocks


def _nearest(placed: Sequence[Placed], start: int) -> StoredChunk:
    """The chunk in which a range begins, or the one nearest to it."""
    return min(placed, key=lambda item: 0 if item.start <= start <= item.end else abs(item.start - start)).chunk
