"""The two legs: candidates by meaning and by words, joined into one list with both scores on each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.model import StoredChunk
from kb.search.query import Query
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.passages import Filter
from kb.store.vectors import VectorIndex

if TYPE_CHECKING:
    from kb.embedding.port import Matrix, Vector

CANDIDATES = 80
"""Taken from each leg; on the development questions no gold passage lay deeper."""
WORD_SCORES = 1_000
"""How deep the words' ranking is known: what only the vectors found is to have its word score too, not a zero."""
SCAN_UP_TO = 150_000
"""Up to here an exact scan, which misses nothing, costs a fresh process less than importing and opening Chroma."""
OVERFETCH = 3
"""The mirror still knows vectors whose text is gone: ask for more, drop those."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that at least one leg found; `cosine` is 0 where it has no vector yet, `bm25` where no word matched."""

    chunk: StoredChunk
    cosine: float
    bm25: float


class Legs:
    """Asks the ledger's full text and its vectors; keeps the vector matrix for the life of the process."""

    def __init__(self, ledger: Ledger, open_mirror: Callable[[Generation], VectorIndex | None]) -> None:
        self._ledger = ledger
        self._open_mirror = open_mirror
        self._mirror: VectorIndex | None = None
        self._matrix: tuple[tuple[int, tuple[int, int]], list[bytes], Matrix] | None = None

    def candidates(self, query: Query, chosen: Filter, *, depth: int = CANDIDATES) -> list[Candidate]:
        """The union of both legs, each chunk once, in no order that means anything."""
        words = dict(self._ledger.passages.matching(query.forms, WORD_SCORES, chosen))
        chunks = self._ledger.passages.by_id(list(words)[:depth])
        cosines: dict[bytes, float] = {}
        generation = self._ledger.embeddings.generation()
        if query.vector is not None and generation is not None:
            cosines = dict(self._nearest(query.vector, generation, chosen, depth))
            for chunk in self._ledger.passages.by_key(list(cosines), chosen):
                chunks.setdefault(chunk.id, chunk)
            cosines |= self._cosines(query.vector, generation, {chunk.key for chunk in chunks.values()} - set(cosines))
        return [Candidate(chunk, cosines.get(chunk.key, 0.0), words.get(chunk.id, 0.0)) for chunk in chunks.values()]

    def _nearest(
        self, vector: "Vector", generation: Generation, chosen: Filter, depth: int
    ) -> list[tuple[bytes, float]]:
        if not chosen and self._ledger.embeddings.count(generation) > SCAN_UP_TO:
            self._mirror = self._mirror or self._open_mirror(generation)
            if self._mirror is not None:
                found = self._mirror.query(vector, depth * OVERFETCH)
                keys = self._ledger.embeddings.keys_of_ids([vector_id for vector_id, _ in found])
                return [(keys[vector_id], cosine) for vector_id, cosine in found if vector_id in keys]
        return self._scan(vector, generation, chosen, depth)

    def _scan(self, vector: "Vector", generation: Generation, chosen: Filter, depth: int) -> list[tuple[bytes, float]]:
        import numpy as np

        keys, matrix = self._ledger.embeddings.matrix(generation, chosen) if chosen else self._all(generation)
        if not keys:
            return []
        cosines = matrix @ vector
        count = min(depth, len(keys))
        best = np.argpartition(-cosines, count - 1)[:count]
        return [(keys[i], float(cosines[i])) for i in best]

    def _all(self, generation: Generation) -> "tuple[list[bytes], Matrix]":
        """The whole matrix, read again only when the ledger was written to."""
        state = (generation.id, self._ledger.database.version())
        if self._matrix is None or self._matrix[0] != state:
            self._matrix = (state, *self._ledger.embeddings.matrix(generation))
        return self._matrix[1], self._matrix[2]

    def _cosines(self, vector: "Vector", generation: Generation, keys: set[bytes]) -> dict[bytes, float]:
        """Cosines of what only the words found, so that both scores stand on every candidate."""
        rows = self._ledger.embeddings.of_keys(generation, list(keys))
        return {key: float(row @ vector) for key, row in rows.items()}
