"""The two legs: candidates by meaning and by words, joined into one list with both scores on each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.model import StoredChunk
from kb.search.nearest import Nearest, largest
from kb.search.query import Query
from kb.search.words import WordScores, bm25
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.passages import Filter, TermColumns

if TYPE_CHECKING:
    from kb.embedding.port import Vector

CANDIDATES = 80
"""Taken from each leg; on the development questions no gold passage lay deeper."""
OVERFETCH = 1.25
"""Vectors whose text is gone may still be near: up to a fifth of all before they are swept."""
FILTERED_OVERFETCH = 2
"""Under a filter, beyond its share of all: the nearest may lie outside of it more often than its size tells."""
SCANNED = 5_000
"""A filter that lets through so many chunks has all their vectors compared, which needs 10 ms for 500 of 50,000, 17 for
2,000 and 36 for 7,500; above that it is cheaper to take more from all and keep what passes: 22 ms for 7,500, 39 for
25,000 where the scan needs 115."""
STEP = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that at least one leg found; `bm25` is 0 where no word matched.

    Where it has no vector yet, `cosine` is one that a quarter of the others reach.
    """

    chunk: StoredChunk
    cosine: float
    bm25: float
    terms: TermColumns


class Legs:
    """Asks the ledger's full text and its vectors."""

    def __init__(self, ledger: Ledger, nearest: Nearest, word_scores: WordScores) -> None:
        self._ledger = ledger
        self._word_scores = word_scores
        self._nearest = nearest

    def candidates(self, query: Query, chosen: Filter, *, depth: int = CANDIDATES) -> list[Candidate]:
        """The union of both legs, each chunk once, in no order that means anything."""
        found = self._word_scores.best(self._ledger, query, limit=depth, chosen=chosen)
        chunks = self._ledger.passages.by_id(found)
        cosines: dict[bytes, float] = {}
        generation = self._ledger.embeddings.generation()
        if query.vector is not None and generation is not None:
            cosines = dict(self._living(query.vector, generation, chosen, depth))
            for chunk in self._ledger.passages.by_key(list(cosines), chosen):
                chunks.setdefault(chunk.id, chunk)
            cosines |= self._cosines(query.vector, generation, {chunk.key for chunk in chunks.values()} - set(cosines))
        columns = self._ledger.passages.terms_of(list(chunks))
        terms = [columns[chunk_id] for chunk_id in chunks]
        words = bm25(query, terms, self._ledger.passages.full_text_size())
        # Text that is not embedded yet may be as near as any: a zero would put the note just saved behind all others.
        unknown = sorted(cosines.values())[len(cosines) * 3 // 4] if cosines else 0.0
        return [
            Candidate(chunk, cosines.get(chunk.key, unknown), score, columns)
            for chunk, score, columns in zip(chunks.values(), words, terms, strict=True)
        ]

    def _living(
        self, vector: "Vector", generation: Generation, chosen: Filter, depth: int
    ) -> list[tuple[bytes, float]]:
        """The `depth` nearest whose text is there and passes the filter, best first."""
        wanted = int(depth * OVERFETCH)
        if chosen:
            passing = self._ledger.embeddings.count_chosen(chosen)
            if passing <= SCANNED:
                return self._scan(vector, generation, chosen, depth)
            wanted = int(depth * FILTERED_OVERFETCH * self._ledger.passages.count() / passing)
        while True:
            found = self._nearest.query(self._ledger, generation, vector, wanted)
            living = self._ledger.embeddings.living([key for key, _ in found], chosen)
            kept = [(key, cosine) for key, cosine in found if key in living][:depth]
            if len(kept) == depth:
                return kept
            if chosen:
                return self._scan(vector, generation, chosen, depth)
            if len(found) < wanted:
                return kept
            # Most of what is near is gone: a large folder on one subject was deleted.
            wanted *= STEP

    def _scan(self, vector: "Vector", generation: Generation, chosen: Filter, depth: int) -> list[tuple[bytes, float]]:
        """The nearest among the vectors that a filter lets through, all of them compared."""
        keys, matrix = self._ledger.embeddings.matrix(generation, chosen)
        cosines = matrix @ vector
        return [(keys[row], float(cosines[row])) for row in largest(cosines, depth)]

    def _cosines(self, vector: "Vector", generation: Generation, keys: set[bytes]) -> dict[bytes, float]:
        """Cosines of what only the words found, so that both scores stand on every candidate."""
        rows = self._ledger.embeddings.of_keys(generation, list(keys))
        return {key: float(row @ vector) for key, row in rows.items()}
