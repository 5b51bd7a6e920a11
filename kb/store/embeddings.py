"""Vectors in the ledger: float32 rows by content key, one generation a model, and what the mirror holds of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.errors import IndexMismatchError
from kb.store.database import Database
from kb.store.passages import Filter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


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
            "INSERT OR IGNORE INTO vector (generation, key, data) VALUES (?, ?, ?)",
            [(generation.id, key, row.tobytes()) for key, row in zip(keys, vectors, strict=True)],
        )

    def matrix(self, generation: Generation, chosen: Filter | None = None) -> tuple[list[bytes], "Matrix"]:
        """(content keys, vectors (n, dim)) of the living content, narrowed by a filter."""
        import numpy as np

        where, parameters = (chosen or Filter()).where()
        rows = self._db.execute(
            "SELECT v.key, v.data FROM vector v WHERE v.generation = ? AND v.key IN (SELECT c.key FROM chunk c"
            f" JOIN file f ON f.id = c.file_id JOIN source s ON s.id = f.source_id WHERE {where})",
            (generation.id, *parameters),
        ).fetchall()
        data = b"".join(row[1] for row in rows)
        return [row[0] for row in rows], np.frombuffer(data, dtype=np.float32).reshape(-1, generation.dim)

    def of_keys(self, generation: Generation, keys: Sequence[bytes]) -> dict[bytes, "NDArray[np.float32]"]:
        import numpy as np

        rows = self._db.execute(
            f"SELECT key, data FROM vector WHERE generation = ? AND key IN ({','.join('?' * len(keys))})",
            (generation.id, *keys),
        )
        return {key: np.frombuffer(data, dtype=np.float32) for key, data in rows}

    def keys_of_ids(self, ids: Sequence[int]) -> dict[int, bytes]:
        rows = self._db.execute(f"SELECT id, key FROM vector WHERE id IN ({','.join('?' * len(ids))})", list(ids))
        return dict(rows.fetchall())

    def count(self, generation: Generation) -> int:
        return int(self._db.execute("SELECT count(*) FROM vector WHERE generation = ?", (generation.id,)).fetchone()[0])

    def sweep(self, generation: Generation) -> int:
        """Drop vectors whose content is gone, and all of other generations; returns how many."""
        cursor = self._db.execute(
            "DELETE FROM vector WHERE generation <> ? OR key NOT IN (SELECT key FROM chunk)", (generation.id,)
        )
        self._db.execute("DELETE FROM generation WHERE id <> ?", (generation.id,))
        return cursor.rowcount

    def count_dead(self, generation: Generation) -> int:
        """Vectors that no chunk refers to any more."""
        row = self._db.execute(
            "SELECT count(*) FROM vector WHERE generation = ? AND key NOT IN (SELECT key FROM chunk)", (generation.id,)
        ).fetchone()
        return int(row[0])

    # The mirror

    def not_mirrored(self, generation: Generation, limit: int) -> tuple[list[int], "Matrix"]:
        import numpy as np

        rows = self._db.execute(
            "SELECT id, data FROM vector WHERE generation = ? AND id NOT IN (SELECT vector_id FROM mirrored) LIMIT ?",
            (generation.id, limit),
        ).fetchall()
        data = b"".join(row[1] for row in rows)
        return [row[0] for row in rows], np.frombuffer(data, dtype=np.float32).reshape(-1, generation.dim)

    def count_unmirrored(self, generation: Generation) -> int:
        row = self._db.execute(
            "SELECT count(*) FROM vector WHERE generation = ? AND id NOT IN (SELECT vector_id FROM mirrored)",
            (generation.id,),
        ).fetchone()
        return int(row[0])

    def count_mirrored(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM mirrored").fetchone()[0])

    def mirrored_sample(self, generation: Generation) -> "tuple[int, NDArray[np.float32]] | None":
        """The newest vector that the mirror should hold, None when it holds none."""
        import numpy as np

        row = self._db.execute(
            "SELECT v.id, v.data FROM vector v JOIN mirrored m ON m.vector_id = v.id WHERE v.generation = ?"
            " ORDER BY v.id DESC LIMIT 1",
            (generation.id,),
        ).fetchone()
        return (int(row[0]), np.frombuffer(row[1], dtype=np.float32)) if row else None

    def leftover_in_mirror(self) -> list[int]:
        """Ids that the mirror still holds although the ledger dropped them."""
        return [
            row[0]
            for row in self._db.execute("SELECT vector_id FROM mirrored WHERE vector_id NOT IN (SELECT id FROM vector)")
        ]

    def mark_mirrored(self, ids: Sequence[int]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO mirrored VALUES (?)", [(i,) for i in ids])

    def unmark_mirrored(self, ids: Sequence[int] | None = None) -> None:
        """Forget that the mirror holds these ids; None: that it holds anything."""
        if ids is None:
            self._db.execute("DELETE FROM mirrored")
        else:
            self._db.executemany("DELETE FROM mirrored WHERE vector_id = ?", [(i,) for i in ids])
