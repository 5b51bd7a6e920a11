"""Chooses which windows of a file answer the question: named signals, fitted weights, no model.

What matches a question best is often the paragraph that asks it again; what answers
it comes after. So the opening of a file counts against a window, and code, asked
words that the title does not hold, and a good place count for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.answer.windows import TextBlock, Window
from kb.search.query import Query
from kb.terms import terms

WEIGHTS: Mapping[str, float] = {
    "coverage": 1.77,
    "beyond_title": 1.16,
    "opening": -1.43,
    "fence": -0.30,
    "inline_code": 1.72,
    "length": 0.55,
    "found": 1.49,
    "only_prose": -1.09,
    "position": 0.78,
}
"""Fitted on 2026-11-21 as a softmax over the windows of gold files (penalty .005), on the 77 answerable
development questions of two TIL collections whose crc32(id) % 3 is not 0; tests/bench/calibrate.py makes them again."""

PASSAGES = 2
SECOND_WITHIN = 1.0
"""A second passage is quoted when its score is this near to the first one's."""
ALL_LINES = 36
"""All passages of an answer together."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A window with its score; only differences within one file mean anything."""

    window: Window
    score: float


def judge(
    query: Query, lines: Sequence[str], blocks: Sequence[TextBlock], found: Sequence[Window], *,
    title: str, scores: Mapping[int, float],
) -> list[Judged]:  # fmt: skip
    """Score windows, best first; `scores` tells for each line how well the passage there matched."""
    measured = measure(query, lines, blocks, found, title=title, scores=scores)
    judged = [
        Judged(window, sum(WEIGHTS[name] * value for name, value in signals.items()))
        for window, signals in zip(found, measured, strict=True)
    ]
    return sorted(judged, key=lambda item: (-item.score, item.window.start))


def measure(
    query: Query, lines: Sequence[str], blocks: Sequence[TextBlock], found: Sequence[Window], *,
    title: str, scores: Mapping[int, float],
) -> list[dict[str, float]]:  # fmt: skip
    """The signals of each window, in the order given."""
    words = {block.start: frozenset(terms(text_of(lines, block.start, block.end))) for block in blocks}
    places = {block.start: number for number, block in enumerate(blocks)}
    matched = {block.start: max((scores.get(n, 0.0) for n in range(block.start, block.end + 1)), default=0.0)
               for block in blocks}  # fmt: skip
    best = max(matched.values(), default=0.0)
    opening = next((block.start for block in blocks if block.kind != "heading"), 0)
    titled = frozenset(terms(title))
    beyond = [term for term in query.terms if term.forms[0] not in titled]
    weight = sum(query.weight(term) for term in beyond)
    measured: list[dict[str, float]] = []
    for window in found:
        present = frozenset[str]().union(*(words[block.start] for block in window.blocks))
        content = [block for block in window.blocks if block.kind != "heading"]
        measured.append(
            {
                "coverage": query.coverage(present),
                "beyond_title": sum(query.weight(t) * t.coverage(present) for t in beyond) / weight if weight else 1.0,
                "opening": float(any(block.start == opening for block in window.blocks)),
                "fence": float(any(block.kind == "fence" for block in content)),
                "inline_code": float("`" in text_of(lines, window.start, window.end)),
                "length": window.length / 12,
                "found": max(matched[block.start] for block in window.blocks) - best,
                "only_prose": float(all(block.kind == "prose" for block in content)),
                "position": places[window.blocks[0].start] / len(blocks),
            }
        )
    return measured


def choose(judged: Sequence[Judged], lines: Sequence[str]) -> list[tuple[int, int]]:
    """Line ranges to quote: the best window, a second that is nearly as good; neighbours become one range."""
    if not judged:
        return []
    chosen = [judged[0].window]
    for item in judged[1:]:
        if item.score < judged[0].score - SECOND_WITHIN or len(chosen) == PASSAGES:
            break
        apart = item.window.start > chosen[0].end or item.window.end < chosen[0].start
        if apart and item.window.length + chosen[0].length <= ALL_LINES:
            chosen.append(item.window)
    ranges = sorted((window.start, window.end) for window in chosen)
    if len(ranges) == 2 and not any(line.strip() for line in lines[ranges[0][1] : ranges[1][0] - 1]):
        return [(ranges[0][0], ranges[1][1])]
    # The better passage comes first, wherever in the file it stands.
    return [(window.start, window.end) for window in chosen]


def text_of(lines: Sequence[str], start: int, end: int) -> str:
    return "\n".join(lines[start - 1 : end])
