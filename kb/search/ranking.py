"""One score out of the signals, and a list in which one file does not crowd out the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kb.model import Hit
from kb.search.legs import Candidate
from kb.search.signals import Signals

WEIGHTS: Mapping[str, float] = {
    "cosine": 1.0,
    "bm25": 0.3,
    "coverage": 0.3,
    "definition": 0.1,
    "test": -0.1,
    "index_page": -0.3,
}
"""Weighted sum of the signals; figures of each signal on and off are made by tests/bench."""

HOME_BONUS = 0.15
"""The source of the current folder ranks first among passages that are about as good."""
PER_FILE = 2
"""Passages of one file before another file had its turn."""


def score(signals: Signals, *, at_home: bool = False) -> float:
    """The weighted sum; only differences between scores of one query mean anything."""
    return sum(weight * signals[name] for name, weight in WEIGHTS.items()) + (HOME_BONUS if at_home else 0.0)


def rank(
    candidates: Sequence[Candidate], signals: Sequence[Signals], *, limit: int, home_source: str = ""
) -> list[Hit]:
    """The best hits; what exceeds `PER_FILE` of a file comes after all others."""
    scored = [
        (score(signal, at_home=bool(home_source) and candidate.chunk.source == home_source), candidate, signal)
        for candidate, signal in zip(candidates, signals, strict=True)
    ]
    # Ties are broken by place, so that the same index gives the same list.
    scored.sort(key=lambda item: (-item[0], item[1].chunk.source, item[1].chunk.path, item[1].chunk.start))
    return [
        Hit(position, candidate.chunk, value, dict(signal))
        for position, (value, candidate, signal) in enumerate(_spread(scored, limit), start=1)
    ]


def _spread(scored: Iterable[tuple[float, Candidate, Signals]], limit: int) -> list[tuple[float, Candidate, Signals]]:
    taken: Counter[int] = Counter()
    first: list[tuple[float, Candidate, Signals]] = []
    later: list[tuple[float, Candidate, Signals]] = []
    for item in scored:
        file_id = item[1].chunk.file_id
        taken[file_id] += 1
        (first if taken[file_id] <= PER_FILE else later).append(item)
        if len(first) == limit:
            break
    return [*first, *later][:limit]
