"""A ledger with one source, and files put into it without a disk: for tests of the store."""

import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import pytest

from ingest.prepare import _indexed
from ingest.readers import read_document
from kb.embedding.hashing import HashingEmbedder
from kb.model import FoundFile, Source
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.passages import Filter
from kb.terms import all_forms, query_terms
from tests.unit.words import matching

EVERYTHING = Filter()
OLD_LEDGERS = Path(__file__).parents[2] / "data" / "ledgers"


class Shelf:
    """A ledger with one source, and files put into it without a disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = Ledger.open(path, create=True)
        self.source = self.ledger.catalog.add_source("notes", "/notes")
        self.embedder = HashingEmbedder(64)

    @classmethod
    def again(cls, path: Path) -> "Shelf":
        """A second connection to a shelf that is there."""
        shelf = cls.__new__(cls)
        shelf.path, shelf.ledger, shelf.embedder = path, Ledger.open(path), HashingEmbedder(64)
        shelf.source = shelf.ledger.catalog.sources()[0]
        return shelf

    def put(self, path: str, text: str, source: Source | None = None) -> None:
        document = read_document(path, text)
        with self.ledger.database.transaction():
            self.ledger.catalog.replace_file(
                (source or self.source).id,
                FoundFile(path, path.encode(), len(text), 1),
                digest=blake2b(text.encode()).digest(),
                document=document,
                chunks=_indexed(document, path),
            )

    def embed(self) -> tuple[Generation, int]:
        rows = self.ledger.embeddings
        with self.ledger.database.transaction():
            generation = rows.use(self.embedder.identity, self.embedder.dim)
            pending = rows.pending(generation)
            vectors = self.embedder.embed_passages([text for _, _, text in pending])
            rows.add(generation, [key for key, _, _ in pending], vectors)
        return generation, len(pending)

    def found(self, query: str, chosen: Filter = EVERYTHING) -> list[str]:
        ids = matching(self.ledger, all_forms(query_terms(query)), 50, chosen)
        chunks = self.ledger.passages.by_id(ids)
        return [chunks[i].path for i in ids]

    def rows(self, table: str) -> int:
        return int(self.ledger.database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "ledger.db")
    yield made
    made.ledger.close()


def old_ledger(path: Path, schema: int) -> Path:
    """The ledger of an earlier kb, made from its dump."""
    connection = sqlite3.connect(path)
    connection.executescript((OLD_LEDGERS / f"schema-{schema}.sql").read_text("utf-8"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return path


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Writing a file beyond `size` bytes fails, as on a disk without room."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Its signal would end the process before the write can fail.
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
