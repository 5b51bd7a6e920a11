"""Vectors in the ledger: float32 rows by content key, one generation a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kb.errors import IndexMismatchError
from kb.store.database import Database
from kb.store.passages import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

SWEPT = "swept"
"""Counts how often vectors were taken away: what a process holds of them in memory is then to be read again."""
AT_ONCE = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Generation:
    """All vectors of one model; vectors of two models never meet."""

    id: int
    identity: str
    dim: int


class EmbeddingRows:
    """The tables `generation`, `vector` and `mirrored`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def generation(self) -> Generation | None:
        """The generation in use, None before the first vector."""
        identity = self._db.meta("generation")
        row = self._db.execute("SELECT id, identity, dim FROM generation WHERE identity = ?", (identity,)).fetchone()
        return Generation(*row) if row else None

    def use(self, identity: str, dim: int) -> Generation:
        """Make the model's generation the current one, creating it; call it inside a transaction."""
        self._db.execute("INSERT OR IGNORE INTO generation (identity, dim) VALUES (?, ?)", (identity, dim))
        self._db.set_meta("generation", identity)
        current = self.generation()
        if current is None or current.dim != dim:
            raise IndexMismatchError(f"the model {identity} changed its dimension to {dim}", "kb index --full")
        return current

    def pending(self, generation: Generation | None, limit: int = -1) -> list[tuple[bytes, str, str]]:
        """(key, header, text) of the content that has no vector yet, each once."""
        return self._db.execute(
            "SELECT c.key, c.header, c.text FROM chunk c WHERE NOT EXISTS"
            " (SELECT 1 FROM vector v WHERE v.generation = ? AND v.key = c.key) GROUP BY c.key LIMIT ?",
            (generation.id if generation else -1, limit),
        ).fetchall()

    def count_pending(self, generation: Generation | None) -> int:
        row = self._db.execute(
            "SELECT count(DISTINCT c.key) FROM chunk c WHERE NOT EXISTS"
            " (SELECT 1 FROM vector v WHERE v.generation = ? AND v.key = c.key)",
            (generation.id if generation else -1,),
        ).fetchone()
        return int(row[0])

    def add(self, generation: Generation, keys: Sequence[bytes], vectors: "Matrix") -> None:
        if vectors.shape != (len(keys), generation.dim):
            raise IndexMismatchError(
                f"vectors of shape {vectors.shape} do not fit a generation of dimension {generation.dim}",
                "kb index --full",
            )
        self._db.executemany(
            "INSERT OR IGNORE INTO vector (generation, key, data, crc) VALUES (?1, ?2, ?3, crc(?2, ?3))",
            [(generation.id, key, row.tobytes()) for key, row in zip(keys, vectors, strict=True)],
        )

    def matrix(self, generation: Generation, chosen: Filter | None = None) -> tuple[list[bytes], "Matrix"]:
        """(content keys, vectors (n, dim)) of the living content, narrowed by a filter."""
        import numpy as np

        chunks, parameters = (chosen or Filter()).chunks()
        rows = self._db.execute(
            f"SELECT v.key, v.data FROM vector v WHERE v.generation = ? AND v.key IN (SELECT c.key FROM {chunks})",
            (generation.id, *parameters),
        ).fetchall()
        data = b"".join(row[1] for row in rows)
        return [row[0] for row in rows], np.frombuffer(data, dtype=np.float32).reshape(-1, generation.dim)

    def count_chosen(self, chosen: Filter) -> int:
        """How many chunks a filter lets through."""
        chunks, parameters = chosen.chunks()
        return int(self._db.execute(f"SELECT count(*) FROM {chunks}", parameters).fetchone()[0])

    def of_keys(self, generation: Generation, keys: Sequence[bytes]) -> dict[bytes, "NDArray[np.float32]"]:
        import numpy as np

        return {
            key: np.frombuffer(data, dtype=np.float32)
            for part in _parts(keys)
            for key, data in self._db.execute(
                f"SELECT key, data FROM vector WHERE generation = ? AND key IN ({_marks(part)})", (generation.id, *part)
            )
        }

    def keys_of_ids(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The content keys of these vectors; ids that are gone are left out."""
        return {
            vector_id: key
            for part in _parts(ids)
            for vector_id, key in self._db.execute(f"SELECT id, key FROM vector WHERE id IN ({_marks(part)})", part)
        }

    def living(self, keys: Sequence[bytes], chosen: Filter | None = None) -> set[bytes]:
        """Those of the content keys that a chunk refers to, narrowed by a filter."""
        tables, where, parameters = "chunk c", "1", list[str]()
        if chosen:
            tables += " JOIN file f ON f.id = c.file_id JOIN source s ON s.id = f.source_id"
            where, parameters = chosen.where()
        return {
            row[0]
            for part in _parts(keys)
            for row in self._db.execute(
                f"SELECT c.key FROM {tables} WHERE c.key IN ({_marks(part)}) AND {where}", (*part, *parameters)
            )
        }

    def count(self, generation: Generation) -> int:
        return int(self._db.execute("SELECT count(*) FROM vector WHERE generation = ?", (generation.id,)).fetchone()[0])

    def sweep(self, generation: Generation) -> int:
        """Drop vectors whose content is gone, and all of other generations; returns how many."""
        cursor = self._db.execute(
            "DELETE FROM vector WHERE generation <> ? OR key NOT IN (SELECT key FROM chunk)", (generation.id,)
        )
        self._db.execute("DELETE FROM generation WHERE id <> ?", (generation.id,))
        if cursor.rowcount:
            self.tell_swept()
        return cursor.rowcount

    def tell_swept(self) -> None:
        """To be called by whoever takes vectors away: those who hold them in memory read them again."""
        self._db.set_meta(SWEPT, str(int(self._db.meta(SWEPT, "0")) + 1))

    def count_dead(self, generation: Generation) -> int:
        """Vectors that no chunk refers to any more."""
        row = self._db.execute(
            "SELECT count(*) FROM vector WHERE generation = ? AND key NOT IN (SELECT key FROM chunk)", (generation.id,)
        ).fetchone()
        return int(row[0])


def _parts(values: Sequence[T]) -> list[Sequence[T]]:
    return [values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE)]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
