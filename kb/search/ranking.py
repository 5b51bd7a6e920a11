"""One score out of the signals, and a list of hits in which one file does not crowd out the others.

Passages are small, so that their vectors are sharp; a hit is the passage that matched
best together with the neighbours that matched too, so that it is enough to read.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.model import Hit, StoredChunk
from kb.search.legs import Candidate
from kb.search.signals import Signals

WEIGHTS: Mapping[str, float] = {
    "cosine": 1.0,
    "bm25": 0.1,
    "coverage": 0.15,
    "file_coverage": 0.1,
    "title_share": 0.05,
    "trail": 0.05,
    "definition": 0.1,
    "test": -0.1,
    "index_page": -0.3,
}
"""Weighted sum of the signals. Chosen on 2026-11-21 on the development questions of two TIL collections and two code
repositories whose crc32(id) % 3 is not 0, each alone and all four in one index: first file right .89 alone and .86
together there, .89 and .89 on the questions held back. The optimum is flat: half or twice any of the small weights
moves the first file by at most two questions of a hundred."""

HOME_BONUS = 0.15
"""The source of the current folder ranks first among passages that are about as good."""
PER_FILE = 3
"""Hits of one file in a list."""
NEIGHBOUR_SHARE = 0.5
"""A neighbour belongs to a hit when it matched at least half as well."""
HIT_CHARS = 900
"""A hit grows by neighbours up to this size; a single passage may be larger."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score."""

    chunk: StoredChunk
    score: float
    signals: Signals


def score(signals: Signals, *, at_home: bool = False) -> float:
    """The weighted sum; only differences between scores of one query mean anything."""
    return sum(weight * signals[name] for name, weight in WEIGHTS.items()) + (HOME_BONUS if at_home else 0.0)


def score_all(candidates: Sequence[Candidate], signals: Sequence[Signals], *, home_source: str = "") -> list[Scored]:
    """All candidates with their scores, best first."""
    scored = [
        Scored(candidate.chunk, score(signal, at_home=candidate.chunk.source == home_source), signal)
        for candidate, signal in zip(candidates, signals, strict=True)
    ]
    # Ties are broken by place, so that the same index gives the same list.
    scored.sort(key=lambda item: (-item.score, item.chunk.source, item.chunk.path, item.chunk.start))
    return scored


def assemble(scored: Sequence[Scored], *, limit: int) -> list[Hit]:
    """Hits out of scored passages (best first), at most `PER_FILE` of a file."""
    neighbours: dict[int, dict[int, Scored]] = defaultdict(dict)
    for item in scored:
        neighbours[item.chunk.file_id][item.chunk.ordinal] = item
    hits: list[Hit] = []
    taken: Counter[int] = Counter()
    used: set[int] = set()
    listed: set[bytes] = set()
    copies: list[Scored] = []

    def take(item: Scored) -> None:
        if len(hits) == limit or item.chunk.id in used or taken[item.chunk.file_id] == PER_FILE:
            return
        run = _run(item, neighbours[item.chunk.file_id], used)
        used.update(chunk.id for chunk in run)
        listed.update(chunk.key for chunk in run)
        taken[item.chunk.file_id] += 1
        hits.append(Hit(len(hits) + 1, item.chunk, item.score, dict(item.signals), run))

    for item in scored:
        if item.chunk.key in listed:
            copies.append(item)
        else:
            take(item)
    # Copies of what is listed tell nothing new: they come after all else, or twelve licences would fill the list.
    for item in copies:
        take(item)
    return hits


def _run(seed: Scored, found: Mapping[int, Scored], used: set[int]) -> tuple[StoredChunk, ...]:
    """The seed with the better of its neighbours, again and again, while the run stays small enough to read."""
    run = [seed.chunk]
    size = len(seed.chunk.text)
    while True:
        beside = [
            item
            for ordinal in (run[0].ordinal - 1, run[-1].ordinal + 1)
            if (item := found.get(ordinal)) is not None
            and item.chunk.id not in used
            and item.score >= NEIGHBOUR_SHARE * seed.score
            and size + len(item.chunk.text) <= HIT_CHARS
        ]
        if not beside:
            return tuple(run)
        best = max(beside, key=lambda item: item.score)
        size += len(best.chunk.text)
        run.insert(0 if best.chunk.ordinal < run[0].ordinal else len(run), best.chunk)
