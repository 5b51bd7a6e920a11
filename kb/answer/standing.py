"""Sees to it that no replaced decision is quoted as if it held: what is in force comes with it, and before it.

Only a question about the past turns that round: there the decision of that time comes first, and what
took its place comes after it. Either way both are cited, and the faces label the old one.
"""

import re
from collections.abc import Iterator, Sequence

from kb.answer.disk import read_now, shift
from kb.answer.quoting import Passage, quote
from kb.answer.selection import text_of
from kb.answer.windows import WHOLE_LINES
from kb.decisions.edges import Decision
from kb.decisions.succession import Succession
from kb.model import StoredChunk
from kb.search.searcher import Found
from kb.store.passages import Passages

YEAR = re.compile(r"(?<![\w.-])((?:19|20)\d\d)(?:-(\d\d)(?:-(\d\d))?)?(?![\w-]|\.\d)")
WHEN = re.compile(
    r"[\s,]*\b(?:back\s+)?(?:in|during|around|as\s+of|by|(?:at|before)\s+the\s+end\s+of)\s+"
    r"(?:(?:early|mid|late|the\s+year|[a-z]{3,9})[\s-]+)?" + YEAR.pattern,
    re.IGNORECASE,
)
PAST = re.compile(
    r"\b(?:used to|previously|formerly|originally|initially|historically|back then|at (?:the|that) time|in the past|"
    r"once (?:used|had|did)|why did (?:we|you|they)|did we (?:use|have|choose|do)|was (?:our|the)|were (?:we|our)|"
    r"before (?:we|adr|the (?:change|move|switch))|earlier (?:decision|approach))\b",
    re.IGNORECASE,
)
OUTCOME = (
    "decision outcome", "decision", "decisions", "outcome", "resolution", "conclusion", "solution", "proposal",
    "proposed solution", "summary", "abstract", "overview",
)  # fmt: skip
"""Headings under which a decision says what was decided, the plainest first."""
ENDS = 2
"""A decision that was split among several: so many of them are quoted."""


class Standing:
    """Arranges the passages of one question by what holds today."""

    def __init__(self, found: Found, passages: Passages, succession: Succession, *, asked: str) -> None:
        """`asked` is the question in its own words, also where the search left the year out of it."""
        self._found = found
        self._asked = asked
        self._passages = passages
        self._succession = succession
        self._scores = {item.chunk.id: item.score for item in found.scored}

    def arrange(self, quoted: list[Passage]) -> Iterator[Passage]:
        """`quoted`, all of one file; with what is in force in its place, or was in force at the time asked about.

        Each is yielded as soon as it is read, in the order in which they are cited.
        """
        own = quoted[0].chunk.file_id
        if own not in self._succession.by_id:
            yield from quoted
        elif ends := self._succession.in_force(own):
            meant = was_meant(self._succession, own, self._asked)
            if meant:
                yield quoted[0]
            for end in ends[:ENDS]:
                if found := self._best_of(end.file_id):
                    yield found
            if not meant:
                yield quoted[0]
        else:
            earlier = self._earlier(own)
            before = [found for old in earlier[:1] if (found := self._best_of(old.file_id))]
            if before and was_meant(self._succession, before[0].chunk.file_id, self._asked):
                yield from (*before, quoted[0])
            else:
                yield from (*quoted, *before)

    def _earlier(self, own: int) -> list[Decision]:
        """What it took the place of: where it is asked for, or matched the question by itself."""
        older = self._succession.before(own)
        if meant := [old for old in older if was_meant(self._succession, old.file_id, self._asked)]:
            return meant
        near = {hit.chunk.file_id for hit in self._found.hits}
        return [old for old in older if old.file_id in near]

    def _best_of(self, file_id: int) -> Passage | None:
        """The passage of a decision that fits the question; where none does, that which tells what was decided."""
        chunks = self._passages.of_file(file_id)
        matched = {chunk: self._scores.get(chunk.id, 0.0) for chunk in chunks}
        if any(matched.values()) and (fitting := quote(self._found.query, matched)):
            return fitting[0]
        told = outcome(chunks)
        return whole(told) if told is not None else None


def was_meant(succession: Succession, file_id: int, asked: str) -> bool:
    """Whether a question is about a time in which a decision held that may be replaced today."""
    if year := YEAR.search(asked):
        # Its last day and its first: what was in force during any part of it.
        return succession.held_on(file_id, _last_day(year)) or succession.held_on(file_id, _first_day(year))
    return bool(PAST.search(asked))


def without_year(question: str) -> str:
    """A question without "in 2023": no decision speaks of the years in which it will hold."""
    return WHEN.sub("", question)


def outcome(chunks: Sequence[StoredChunk]) -> StoredChunk | None:
    """The chunk that tells what a decision decided: under the plainest of its headings, else the first with text."""
    content = [chunk for chunk in chunks if chunk.role not in ("metadata", "heading", "comment")]

    def plainness(chunk: StoredChunk) -> int:
        names = [name.lower().strip(" :") for name in chunk.trail]
        return min((OUTCOME.index(name) for name in names if name in OUTCOME), default=len(OUTCOME))

    return min(content, key=lambda chunk: (plainness(chunk), chunk.ordinal), default=None)


def whole(chunk: StoredChunk) -> Passage | None:
    """A chunk as it stands on disk now, None when it does not any more."""
    lines = read_now(chunk)
    moved = shift(chunk, lines) if lines is not None else None
    if lines is None or moved is None:
        return None
    start, end = chunk.start + moved, min(chunk.end, chunk.start + WHOLE_LINES) + moved
    return Passage(chunk, start, end, text_of(lines, start, end))


def _last_day(year: re.Match[str]) -> str:
    return f"{year[1]}-{year[2] or '12'}-{year[3] or '31'}"


def _first_day(year: re.Match[str]) -> str:
    return f"{year[1]}-{year[2] or '01'}-{year[3] or '01'}"
