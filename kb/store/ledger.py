"""The ledger: one SQLite file that holds everything `kb` knows, as three views on one connection."""

from pathlib import Path
from types import TracebackType
from typing import Self

from kb.store.catalog import Catalog
from kb.store.database import Database
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
    def open(cls, path: Path, *, create: bool = False, read_only: bool = False) -> "Ledger":
        """Open the ledger; raises NoIndexError, IndexMismatchError or StorageError."""
        return cls(Database.open(path, create=create, read_only=read_only))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
