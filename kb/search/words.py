"""The words leg: BM25 in two steps, over the postings to find passages and over their words to score them.

SQLite's own `bm25()` cuts the text of every matching row again to count its words, 10 µs a row: half a
second for a question of common words in 65,000 passages. So candidates are found by the postings as
they lie in the index, which tell in which columns a word stands but not how often; and only the few
dozen that are left are counted. The formula is that of FTS5
(https://www.sqlite.org/fts5.html#the_bm25_function); a test holds the second step against it.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from kb.search.query import Query
from kb.store.ledger import Ledger
from kb.store.passages import COLUMN_WEIGHTS, Filter, Passages, TermColumns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ids = NDArray[np.int64]
    Lengths = NDArray[np.int32]

K1, B = 1.2, 0.75
KEPT_POSTINGS = 500_000
"""Of all words together: 8 MB."""
LEAST_IDF = 1e-6
"""A word that most passages hold still counts a little, as FTS5 has it."""


def bm25(query: Query, candidates: Sequence[TermColumns], size: tuple[int, int]) -> list[float]:
    """The score of each candidate, 0 where no word matches; `size` is (passages, terms in all of them)."""
    count, total = size
    idf = {form: _idf(frequency, count) for form, frequency in query.frequency.items()}
    return [_score(columns, idf, average=total / max(count, 1)) for columns in candidates]


def _score(columns: TermColumns, idf: Mapping[str, float], *, average: float) -> float:
    frequency: dict[str, float] = {}
    length = 0
    for name, weight in COLUMN_WEIGHTS.items():
        terms = getattr(columns, name).split()
        length += len(terms)
        for term in terms:
            if term in idf:
                frequency[term] = frequency.get(term, 0.0) + weight
    norm = K1 * (1 - B + B * length / average) if average else K1
    return sum(idf[form] * often * (K1 + 1) / (often + norm) for form, often in frequency.items())


def _idf(frequency: int, count: int) -> float:
    return max(math.log((count - frequency + 0.5) / (frequency + 0.5)), LEAST_IDF)


class WordScores:
    """Finds by words; one serves all threads of a process, each passes its own ledger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lengths: Lengths | None = None
        self._newest = 0
        self._postings = _Postings()

    def best(self, ledger: Ledger, query: Query, *, limit: int, chosen: Filter) -> list[int]:
        """Ids of the passages that hold any of the forms sought, best first, each word counted once a column."""
        import numpy as np

        if not query.sought:
            return []
        passages = ledger.passages
        lengths = self._known_lengths(ledger)
        count, total = passages.full_text_size()
        ids: list[Ids] = []
        scores: list[Floats] = []
        state = (passages.newest_id(), count, total)
        for form in query.sought:
            docs, weights = self._postings.of(form, state, partial(_postings_of, passages, form))
            idf = _idf(query.frequency[form], count)
            norm = K1 * (1 - B + B * lengths[docs] * (count / total))
            ids.append(docs)
            scores.append(idf * weights * (K1 + 1) / (weights + norm))
        found, places = np.unique(np.concatenate(ids), return_inverse=True)
        sums = np.bincount(places, np.concatenate(scores))
        if chosen:
            passing = np.isin(found, np.fromiter(passages.chosen_ids(chosen), dtype=np.int64))
            found, sums = found[passing], sums[passing]
        # Ties by id, so that the same index gives the same list.
        order = np.lexsort((found, -sums))[:limit]
        chunk_ids: list[int] = found[order].tolist()
        return chunk_ids

    def _known_lengths(self, ledger: Ledger) -> "Lengths":
        """Terms in each chunk, by its id; ids are never given again, so what is known stays true."""
        import numpy as np

        with self._lock:
            newest = ledger.passages.newest_id()
            if self._lengths is None or newest >= len(self._lengths):
                larger = np.zeros(int(newest * 1.1) + 1_024, dtype=np.int32)
                if self._lengths is not None:
                    larger[: len(self._lengths)] = self._lengths
                self._lengths = larger
            if newest > self._newest:
                rows = ledger.passages.sizes_above(self._newest)
                if rows:
                    self._lengths[[row[0] for row in rows]] = _sums([row[1] for row in rows])
                self._newest = newest
            return self._lengths


State = tuple[int, int, int]
"""Newest id, passages, terms: ids are given once, so no write leaves all three as they were."""


class _Postings:
    """The postings of the words sought last, for one state of the ledger: who types asks for the same words again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._kept: OrderedDict[str, tuple[Ids, Floats]] = OrderedDict()
        self._rows = 0

    def of(self, form: str, state: State, read: "Callable[[], tuple[Ids, Floats]]") -> "tuple[Ids, Floats]":
        """What `read` gives, or gave in the same state."""
        with self._lock:
            if state == self._state and form in self._kept:
                self._kept.move_to_end(form)
                return self._kept[form]
        found = read()
        with self._lock:
            if state != self._state:
                self._state, self._rows = state, 0
                self._kept.clear()
            if form not in self._kept:
                self._kept[form] = found
                self._rows += len(found[0])
            while self._rows > KEPT_POSTINGS:
                _, (docs, _) = self._kept.popitem(last=False)
                self._rows -= len(docs)
        return found


def _postings_of(passages: Passages, form: str) -> "tuple[Ids, Floats]":
    import numpy as np

    rows = passages.occurrences(form)
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    docs, weights = zip(*rows, strict=True)
    return np.array(docs, dtype=np.int64), np.array(weights, dtype=np.float64)


def _sums(blobs: Sequence[bytes]) -> "Lengths":
    """The sum of SQLite's varints in each blob: seven bits a byte, the high bit says that more bytes follow."""
    import numpy as np

    numbers = np.frombuffer(b"".join(blobs), dtype=np.uint8).astype(np.int64)
    more = np.append(numbers >= 128, False)
    values = numbers & 127
    for follow in (1, 2, 3):
        # A byte counts 128 times as much for each byte of its number that follows.
        chain = np.ones(len(numbers), dtype=bool)
        for step in range(follow):
            chain &= np.append(more[step:-1], np.zeros(step, dtype=bool))
        values = np.where(chain, values * 128, values)
    starts = np.cumsum([0, *(len(blob) for blob in blobs[:-1])])
    return np.add.reduceat(values, starts).astype(np.int32)
