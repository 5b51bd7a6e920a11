"""The Chroma mirror: the one place that imports chromadb, and that knows how it fails."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kb.errors import KbError, StorageError
from kb.store.seal import broken_seal, seal, unseal
from kb.store.vectors import check_shape

if TYPE_CHECKING:
    from kb.store.vectors import Matrix, Vector

COLLECTION = "passages"
BATCH = 5_000
"""Chroma 1.5 takes 5,461 records at once and refuses more."""

PROBED = 5

HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 300}
"""Recall@10 against the exact scan on 5,000 random directions, the hardest case: 1.00; at 24, 200, 200: .97; at
16, 100, 100, the defaults: .71. Costs 0.6 ms a vector once."""


class ChromaVectors:
    """A collection in a folder of its own; only the owner of the writer lock may hold one. StorageError throughout."""

    def __init__(self, folder: Path, *, dim: int) -> None:
        self._dim = dim
        self._folder = folder
        self._state: Literal["sealed", "writing", "broken", "closed"] = "sealed"
        if fault := broken_seal(folder):
            raise StorageError(f"the vector mirror is damaged: {folder}: {fault}", "kb index")
        with self._translated("opened"):
            self._client = _connect(folder)
        try:
            with self._translated("opened"):
                self._collection = self._client.get_or_create_collection(
                    COLLECTION, embedding_function=None, configuration={"hnsw": HNSW}
                )
        except StorageError:
            self._release()
            raise

    def upsert(self, ids: Sequence[int], vectors: "Matrix") -> None:
        check_shape(ids, vectors, self._dim)
        # Chroma refuses a batch that names an id twice; the last one wins here as in the exact scan.
        rows = list({vector_id: row for row, vector_id in enumerate(ids)}.items())
        with self._writing():
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                self._collection.upsert(
                    ids=[str(vector_id) for vector_id, _ in part], embeddings=vectors[[row for _, row in part]]
                )

    def delete(self, ids: Sequence[int]) -> None:
        with self._writing():
            for start in range(0, len(ids), BATCH):
                self._collection.delete(ids=[str(vector_id) for vector_id in ids[start : start + BATCH]])

    def query(self, vector: "Vector", k: int) -> list[tuple[int, float]]:
        check_shape([0], vector[None, :], self._dim)
        if k < 1:
            return []
        with self._translated("read"):
            found = self._collection.query(query_embeddings=vector[None, :], n_results=k, include=["distances"])
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            hits = [(int(name), 1.0 - float(distance)) for name, distance in pairs]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def count(self) -> int:
        with self._translated("read"):
            return int(self._collection.count())

    def probe(self, sample_id: int, vector: "Vector") -> bool:
        """Whether a vector that must be here finds itself: a lost HNSW file still counts right, but finds nothing."""
        try:
            wanted = min(self.count(), PROBED)
            hits = self.query(vector, PROBED)
            # Fewer than there are: only the newest, which Chroma keeps apart, are still to be found.
            # A twin of the sample may come first: as near as itself is good enough.
            return len(hits) == wanted and any(found == sample_id or cosine > 0.9999 for found, cosine in hits)
        except KbError:
            return False

    def close(self) -> None:
        """Let go of the folder, so that it can be opened again or deleted; a second call does nothing."""
        if self._state == "closed":
            return
        # Nothing may be sealed that a failed write left half done: the next to open it must make it again.
        # Sealed anew also after mere reading, for Chroma rewrites its files then too.
        whole = self._state in ("sealed", "writing")
        self._release()
        if whole:
            with self._translated("closed"):
                seal(self._folder)

    def _release(self) -> None:
        self._state = "closed"
        with self._translated("closed"):
            self._client.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._translated("written"):
            if self._state == "sealed":
                unseal(self._folder)
                self._state = "writing"
            try:
                yield
            except BaseException:
                self._state = "broken"
                raise

    @contextmanager
    def _translated(self, done: str) -> Iterator[None]:
        from chromadb.errors import ChromaError

        try:
            yield
        except KbError:
            raise
        except (ChromaError, sqlite3.Error, OSError, RuntimeError, ValueError, TypeError, LookupError) as error:
            raise self._failure(done, error) from error
        except BaseException as error:
            # A Rust panic is no Exception; unheard it would end the process for a file that can be made again.
            if type(error).__name__ != "PanicException":
                raise
            raise self._failure(done, error) from error

    def _failure(self, done: str, error: BaseException) -> StorageError:
        return StorageError(f"the vector mirror could not be {done}: {self._folder}: {error}", "kb index")


def _connect(folder: Path) -> Any:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    try:
        return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    except BaseException:
        # Chroma keeps a system that did not start, and would hand it to every later try in this process.
        if str(folder) not in SharedSystemClient._identifier_to_refcount:
            SharedSystemClient._identifier_to_system.pop(str(folder), None)
        raise
