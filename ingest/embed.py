"""The second pass: vectors for all content that has none, in commits small enough to be interrupted."""

from collections.abc import Callable

from ingest.embedded import embedded_text
from kb.embedding.port import Embedder
from kb.progress import OnProgress, Progress
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger

KEYS_PER_WINDOW = 4_096
KEYS_PER_COMMIT = 64
"""A few seconds of work on a slow machine: what an interrupt can cost, or who pauses this has to wait."""


def never() -> bool:
    """For who is not to be interrupted."""
    return False


def embed_missing(ledger: Ledger, embedder: Embedder, *, pause: Callable[[], bool], on_progress: OnProgress) -> int:
    """Embed what has no vector of this model, until done or until `pause` says so between commits; returns how many."""
    rows = ledger.embeddings
    with ledger.database.transaction():
        generation = rows.use(embedder.identity, embedder.dim)
    total, done = rows.count_pending(generation), 0
    while not pause() and (window := rows.pending(generation, KEYS_PER_WINDOW)):
        # Texts of like length share a batch, so that little is spent on padding.
        window.sort(key=lambda row: len(row[1]) + len(row[2]))
        for start in range(0, len(window), KEYS_PER_COMMIT):
            if start and pause():
                return done
            batch = window[start : start + KEYS_PER_COMMIT]
            _embed_batch(ledger, embedder, generation, batch)
            done += len(batch)
            on_progress(Progress("embed", done, max(total, done), "chunks"))
    return done


def _embed_batch(
    ledger: Ledger, embedder: Embedder, generation: Generation, batch: list[tuple[bytes, str, str]]
) -> None:
    vectors = embedder.embed_passages([embedded_text(header, text) for _, header, text in batch])
    with ledger.database.transaction():
        ledger.embeddings.add(generation, [key for key, _, _ in batch], vectors)
