"""The ledger: one SQLite file that holds everything `kb` knows, as three views on one connection."""

from pathlib import Path
from types import TracebackType
from typing import Self

from kb.store.catalog import Catalog
from kb.store.database import CACHE_KB, MMAP_BYTES, Database
from kb.store.embeddings import EmbeddingRows
from kb.store.passages import Passages


class Ledger:
    """`catalog` for sources and files, `passages` for finding, `embeddings` for vectors; a context manager."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.catalog = Catalog(database)
        self.passages = Passages(database)
        self.embeddings = EmbeddingRows(database)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        read_only: bool = False,
        cache_kb: int = CACHE_KB,
        mmap_bytes: int = MMAP_BYTES,
    ) -> "Ledger":
        """Open the ledger; raises NoIndexError, IndexMismatchError or StorageError."""
        return cls(Database.open(path, create=create, read_only=read_only, cache_kb=cache_kb, mmap_bytes=mmap_bytes))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
