"""The sentences of a file that tell most of a subject, each with its lines: what a draft quotes and does not reword."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.answer.disk import is_rendered
from kb.answer.windows import FENCE, HEADING, ITEM
from kb.decisions.contradict import choice_of
from kb.learn.pool import Material
from kb.model import StoredChunk
from kb.terms import query_terms, terms

END = re.compile(r"(?<=[.!?])[\"”’)*_]*\s+(?=[A-Z`\"“*_\[(0-9])")
ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|resp)\.|\b[A-Z]\.)$")
SHORTEST, LONGEST = 24, 420
NOISE = re.compile(
    r"^\W*$|^\s*(?:<!--|\||>?\s*\*{0,2}(?:status|date|deciders?|decision-makers?|tags?|kind)\*{0,2}\s*:)", re.I
)
ASIDE = re.compile(r"^(?:see|for (?:more|details)|read|note that this (?:adr|document))\b|:$|^\[[^\]]*\]:", re.I)
"""Sentences that point elsewhere, or lead up to a list that is not quoted with them."""
LEAD = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s+|^\s*>\s?")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with the lines (as indexed) that it runs over."""

    part: StoredChunk
    start: int
    end: int
    text: str


def telling(material: Material, subject: str, *, most: int = 1, least: float = 0.0) -> list[Said]:
    """The sentences that speak of most words of a subject, the best first; each tells something that the others don't.

    `least` is the share of the subject's words that a sentence has to hold by itself or by its heading.
    """
    asked = query_terms(subject)
    found: list[tuple[float, int, Said]] = []
    for part in material.parts:
        if material.file.kind == "code" or part.role in ("metadata", "comment", "heading"):
            continue
        near = material.scores.get(part.ordinal, 0.0)
        heads = frozenset(terms(" ".join(part.trail[-1:])))
        for said in sentences(part):
            held = frozenset(terms(said.text))
            own = sum(term.coverage(held) for term in asked) / len(asked) if asked else 0.0
            headed = sum(term.coverage(held | heads) for term in asked) / len(asked) if asked else 0.0
            if headed >= least:
                found.append((own + headed / 2 + near, -len(found), said))
    found.sort(key=lambda item: item[:2], reverse=True)
    return _apart([said for *_, said in found], most)


def matching(material: Material, pattern: re.Pattern[str], *, most: int = 1) -> list[Said]:
    """The sentences that match, from the passage nearest to the subject on."""
    if material.file.kind == "code":
        return []
    parts = [material.best, *(part for part in material.parts if part is not material.best)]
    found = [s for part in parts if part.role != "metadata" for s in sentences(part) if pattern.search(s.text)]
    return _apart(found, most)


def decided(material: Material) -> Said | None:
    """The sentence by which a decision says what was chosen; None where it has none that can be quoted."""
    choice = choice_of(material.parts)
    if choice is None or choice.chosen is None:
        return None
    for part in material.parts:
        for said in sentences(part):
            if said.start <= choice.chosen.line <= said.end:
                return said
    return None


def sentences(part: StoredChunk) -> Iterator[Said]:
    """The sentences of a passage, without its headings, tables and code."""
    if is_rendered(part):
        return
    for start, lines in _paragraphs(part):
        yield from _cut(part, start, lines)


def _paragraphs(part: StoredChunk) -> Iterator[tuple[int, list[str]]]:
    """(first line, lines) of each paragraph and each item of a list."""
    fenced = part.role == "fence"
    start, lines = 0, list[str]()
    for number, line in enumerate(part.text.split("\n"), part.start):
        is_fence = FENCE.match(line) is not None
        breaks = is_fence or fenced or not line.strip() or HEADING.match(line) or NOISE.match(line)
        if lines and (breaks or ITEM.match(line)):
            yield start, lines
            lines = []
        fenced = not fenced if is_fence else fenced
        if not breaks:
            start = start if lines else number
            lines = [*lines, line]
    if lines:
        yield start, lines


def _cut(part: StoredChunk, start: int, lines: Sequence[str]) -> Iterator[Said]:
    joined = "\n".join(lines)
    begin = 0
    ends = [m for m in END.finditer(joined) if not ABBREVIATED.search(joined[: m.start()])]
    for stop, following in [*((m.start(), m.end()) for m in ends), (len(joined), len(joined))]:
        raw = joined[begin:stop]
        text = LEAD.sub("", " ".join(raw.split()))
        first = start + joined.count("\n", 0, begin + len(raw) - len(raw.lstrip()))
        last = start + joined.count("\n", 0, begin + len(raw.rstrip()))
        begin = following
        if SHORTEST <= len(text) <= LONGEST and not ASIDE.search(text):
            yield Said(part, first, last, text)


def _apart(found: Sequence[Said], most: int) -> list[Said]:
    """The first of them that do not mostly repeat one another."""
    chosen: list[tuple[Said, frozenset[str]]] = []
    for said in found:
        words = frozenset(terms(said.text))
        if all(len(words & other) < 0.6 * max(1, min(len(words), len(other))) for _, other in chosen):
            chosen.append((said, words))
        if len(chosen) == most:
            break
    return [said for said, _ in chosen]
