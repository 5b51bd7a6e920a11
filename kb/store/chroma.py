"""The Chroma mirror: the one place that imports chromadb, and that knows how it fails."""

import shutil
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from kb.errors import KbError, StorageError
from kb.store.seal import broken_seal, is_sealed, seal, unseal
from kb.store.vectors import check_shape

if TYPE_CHECKING:
    from kb.store.vectors import Matrix, Vector

COLLECTION = "passages"
BATCH = 5_000
"""Chroma 1.5 takes 5,461 records at once and refuses more."""

PROBED = 5

HNSW = {"space": "cosine", "max_neighbors": 48, "ef_construction": 200, "ef_search": 600}
"""Recall against the exact scan on 20,000 random directions of 384 numbers, the hardest case: @10 1.00, @80 .99; at
32, 200, 300: .92 and .86; at 16, 100, 100, the defaults, less. Costs 0.8 ms a vector once, and 6 ms a query."""


class ChromaVectors:
    """A collection in a folder of its own; only the owner of the writer lock may hold one. StorageError throughout."""

    def __init__(self, folder: Path, *, dim: int, to_come: int = 0) -> None:
        """`to_come` tells how many vectors will be written, where that is known: they are then saved all at once."""
        self._dim = dim
        self._folder = folder
        self._state: Literal["sealed", "writing", "broken", "closed"] = "sealed"
        self._new = not is_sealed(folder)
        if fault := broken_seal(folder):
            raise StorageError(f"the vector mirror is damaged: {folder}: {fault}", "kb index")
        with self._translated("opened"):
            self._client = _connect(folder)
        try:
            with self._translated("opened"):
                self._collection = self._client.get_or_create_collection(
                    COLLECTION, embedding_function=None, configuration={"hnsw": {**HNSW, **_saved_after(to_come)}}
                )
                if to_come and self._collection.count():
                    self._save_after(to_come)
        except StorageError:
            self._release()
            raise

    def _save_after(self, to_come: int) -> None:
        with warnings.catch_warnings():
            # It calls a collection without an embedding function of its own an old form, and takes it.
            warnings.filterwarnings("ignore", "legacy embedding function", DeprecationWarning)
            self._collection.modify(configuration={"hnsw": _saved_after(to_come)})
        # Chroma reads the setting when it opens the index files, not after.
        self._client.close()
        self._client = _connect(self._folder)
        self._collection = self._client.get_collection(COLLECTION, embedding_function=None)

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

    def ids(self) -> set[int]:
        """All ids that are in it; reads them one and all."""
        with self._translated("read"):
            return {int(name) for name in self._collection.get(include=[])["ids"]}

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
        written, whole = self._state == "writing", self._state in ("sealed", "writing")
        self._release()
        if not whole or not self._folder.exists():
            # Gone while it was only read: a newer mirror has taken its place.
            return
        with self._translated("closed"):
            if written:
                _give_back_space(self._folder)
            # Not after mere reading: it changes no file, and sealing anew would bless a damage that came since.
            if written or self._new:
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


def _saved_after(to_come: int) -> dict[str, int]:
    """After how many vectors Chroma saves its index files.

    It saves all of them each time, and what came after the last time is only in its log: every opening would put it
    into the graph again, 1 ms a vector. So they are saved once, with the last vector. 0 leaves Chroma's own 1,000.
    """
    return {"sync_threshold": max(2, to_come)} if to_come else {}


def _give_back_space(folder: Path) -> None:
    """Chroma's log held every vector until it was saved: without this its database would stay as large for good."""
    with closing(sqlite3.connect(folder / "chroma.sqlite3", isolation_level=None)) as connection:
        connection.execute("VACUUM")


def copy_vectors(source: Path, target: Path) -> None:
    """Copy the folder of a closed or merely read collection; StorageError when that fails."""
    try:
        target.mkdir(parents=True)
        for path in source.iterdir():
            if path.is_dir():
                shutil.copytree(path, target / path.name)
            elif path.suffix != ".sqlite3":
                shutil.copy2(path, target / path.name)
        # Not as a file: whoever reads the collection at this moment may have it open.
        with (
            closing(sqlite3.connect(f"file:{quote(str(source / 'chroma.sqlite3'))}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target / "chroma.sqlite3")) as written,
        ):
            read.backup(written)
    except (OSError, shutil.Error, sqlite3.Error) as error:
        raise StorageError(f"the vector mirror could not be copied: {source}: {error}", "kb index") from error
