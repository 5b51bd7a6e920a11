"""The one place that decides "not found": is what would be quoted enough to answer, or only near the subject?"""

import math
import re
from collections.abc import Mapping, Sequence

from kb.model import StoredChunk
from kb.search.query import Query
from kb.search.searcher import Found
from kb.terms import QueryTerm, terms

ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|large|big|often|fast|soon|far)\b|\b(?:number|size|limit|percentage) of\b"
    r"|\b(?:maximum|largest|longest|minimum|oldest)\b|\bafter how\b",
    re.IGNORECASE,
)
MEASURES = frozenset(
    ("long", "many", "much", "old", "large", "big", "often", "fast", "soon", "far", "defined", "mean", "means", "touch")
)
"""Words that ask, and that no note has to speak of."""
NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|half|hundred|thousand)\b")

BIAS = -4.94
WEIGHTS: Mapping[str, float] = {
    "cosine": 3.02,
    "coverage": 0.66,
    "file_coverage": 0.97,
    "worst_missing": 0.33,
    "lead": 1.84,
    "agreement": 1.88,
    "title": -1.31,
    "asks_number": -0.20,
    "length": 0.64,
}
"""Fitted on 2026-11-21 by tests/bench/calibrate.py (penalty .003) on the development questions of two TIL collections
and two code repositories whose crc32(id) % 3 is not 0: 105 answerable, 40 not, and the 105 once more without their
gold files. At the threshold: answered .76, refused .63 there; answered .82, refused .71 on the 45 + 21 held back.
A long question covers less and a title that is all asked for proves little: hence the signs of `length` and `title`."""
THRESHOLD_WITH_CONTEXT = 0.2
"""The words of the question ("which decision does this touch?") need not stand in what is near to the context."""
MEAN_COSINE = 0.61
THRESHOLD = 0.5
"""More likely than not. A lower one answers more and refuses less: calibrate.py prints the figures of each."""


def signals(found: Found, chunk: StoredChunk, quoted: str) -> dict[str, float]:
    """What speaks for and against text quoted from a chunk's file as an answer; shares and cosines, about 0..1."""
    query = found.query
    best = next(item for item in found.scored if item.chunk.file_id == chunk.file_id)
    rival = next((item.score for item in found.scored if item.chunk.file_id != chunk.file_id), 0.0)
    words = frozenset(terms(f"{chunk.title}\n{chunk.path}\n{quoted}"))
    missing = [query.weight(term) * (1 - term.coverage(words)) for term in query.terms]
    total = sum(query.weight(term) for term in query.terms) or 1.0
    heaviest = max((query.weight(term) for term in query.terms), default=0.0) or 1.0
    return {
        # No vector yet is no sign of being unlike: the mean of the fitted questions stands in for it.
        "cosine": best.signals["file_cosine"] or MEAN_COSINE,
        "coverage": 1 - sum(missing) / total,
        "file_coverage": best.signals["file_coverage"],
        "worst_missing": max(missing, default=0.0) / heaviest,
        "lead": best.score - rival,
        "agreement": best.signals["file_bm25"],
        "title": best.signals["title_share"],
        "asks_number": float(bool(ASKS_NUMBER.search(query.text)) and not NUMBER.search(quoted)),
        "length": min(len(query.terms), 20) / 10,
    }


def named(found: Found, chunk: StoredChunk) -> bool:
    """Whether the question names, as one identifier, what this file declares: then finding it is the answer."""
    return any(item.signals["definition"] for item in found.scored[:3] if item.chunk.file_id == chunk.file_id)


def confidence(measured: Mapping[str, float]) -> float:
    """How likely the quoted text answers, 0..1: a logistic rule over the signals."""
    return 1 / (1 + math.exp(-(BIAS + sum(weight * measured[name] for name, weight in WEIGHTS.items()))))


def missing_words(query: Query, text: str, *, most: int = 3) -> tuple[str, ...]:
    """The question's rarest words that a text does not speak of, in the order they were asked."""
    present = frozenset(terms(text))
    absent: Sequence[QueryTerm] = [
        term for term in query.terms if term.coverage(present) == 0 and term.surface.lower() not in MEASURES
    ]
    rarest = sorted(absent, key=lambda term: -query.weight(term))[:most]
    return tuple(term.surface for term in absent if term in rarest)
