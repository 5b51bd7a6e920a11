"""From the words of a question to ranked hits: the one entry to retrieval."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kb.errors import IndexMismatchError, NoIndexError
from kb.model import Hit
from kb.search.legs import CANDIDATES, Legs
from kb.search.nearest import Nearest
from kb.search.pending import Pending
from kb.search.query import CONTEXT_CHARS, Query, parse_query
from kb.search.ranking import Scored, assemble, score_all
from kb.search.signals import measure
from kb.search.words import WordScores
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.passages import Filter

if TYPE_CHECKING:
    from kb.embedding.port import Embedder, Vector

QUERY_CHARS = 4_000
"""A question longer than this is a document; its beginning says what is asked."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hits with the query they answer; `notices` tell what the search could not do."""

    query: Query
    hits: tuple[Hit, ...]
    scored: tuple[Scored, ...] = ()
    """Every passage that was looked at, best first: what the hits were assembled from."""
    notices: tuple[str, ...] = ()
    pending: int = 0
    """How many passages have no vector yet."""


class Searcher:
    """Searches one ledger; loads the model only for an index that has vectors."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        load_embedder: "Callable[[], Embedder]",
        nearest: Nearest | None = None,
        word_scores: WordScores | None = None,
    ) -> None:
        """One `nearest` may serve the searchers of many threads; without it this one scans by itself."""
        self._ledger = ledger
        self._load_embedder = load_embedder
        self._legs = Legs(ledger, nearest or Nearest(), word_scores or WordScores())
        self._pending = Pending(ledger)

    def search(
        self, text: str, *, limit: int, chosen: Filter | None = None, home_source: str = "", context: str = ""
    ) -> Found:
        """The best passages for a query; NoIndexError where nothing is indexed yet."""
        if not self._ledger.catalog.sources():
            raise NoIndexError("nothing is indexed yet", "kb index PATH")
        text = text[:QUERY_CHARS]
        while True:
            generation = self._ledger.embeddings.generation()
            # Before the snapshot: the first question may wait a minute for the model, and nothing is held up by it.
            vector = self._vector(generation, f"{text}\n{context[:CONTEXT_CHARS]}" if context else text)
            with self._ledger.database.snapshot():
                if self._ledger.embeddings.generation() != generation:
                    continue
                query = replace(parse_query(text, self._ledger.passages, context=context), vector=vector)
                candidates = self._legs.candidates(query, chosen or Filter(), depth=max(CANDIDATES, 2 * limit))
                pending = self._pending.count(generation)
                notices = self._notices(pending)
            scored = score_all(candidates, measure(query, candidates), home_source=home_source)
            return Found(query, tuple(assemble(scored, limit=limit)), tuple(scored), notices, pending)

    def _vector(self, generation: Generation | None, said: str) -> "Vector | None":
        return self._embedder(generation).embed_query(said) if generation is not None else None

    def embedder(self) -> "Embedder | None":
        """The model of this index, None where the index has no vectors yet."""
        generation = self._ledger.embeddings.generation()
        return self._embedder(generation) if generation else None

    def _embedder(self, generation: Generation) -> "Embedder":
        embedder = self._load_embedder()
        if embedder.identity != generation.identity:
            raise IndexMismatchError(
                f"the index was built with {generation.identity}, the configured model is {embedder.identity}",
                "kb index",
            )
        return embedder

    def _notices(self, pending: int) -> tuple[str, ...]:
        if not pending:
            return ()
        total = self._ledger.passages.count()
        return (f"{pending} of {total} passages are found by their words only until `kb index` has embedded them",)
