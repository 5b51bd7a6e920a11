"""The port to a vector index, and the exact scan: slower on many vectors, never wrong."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kb.errors import IndexMismatchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Vector = NDArray[np.float32]


class VectorIndex(Protocol):
    """Vectors (dim,) of length 1 under whole-number ids; IndexMismatchError where another dimension comes in."""

    def upsert(self, ids: Sequence[int], vectors: "Matrix") -> None:
        """Add vectors (n, dim), in place of those that had the same ids."""
        ...

    def delete(self, ids: Sequence[int]) -> None:
        """Drop these ids; unknown ones are no error."""
        ...

    def query(self, vector: "Vector", k: int) -> list[tuple[int, float]]:
        """At most k of (id, cosine), best first."""
        ...

    def count(self) -> int: ...

    def close(self) -> None: ...


class ExactVectors:
    """All vectors in one matrix in memory, every query compared with each of them."""

    def __init__(self, dim: int, *, ids: Sequence[int] = (), vectors: "Matrix | None" = None) -> None:
        """Starts with `vectors` (n, dim) under unique `ids`; the matrix is copied only when it is changed."""
        import numpy as np

        self._dim = dim
        self._ids: list[int] = list(ids)
        self._rows = {vector_id: row for row, vector_id in enumerate(self._ids)}
        self._matrix: Matrix = np.zeros((0, dim), dtype=np.float32) if vectors is None else vectors
        check_shape(self._ids, self._matrix, dim)

    def upsert(self, ids: Sequence[int], vectors: "Matrix") -> None:
        check_shape(ids, vectors, self._dim)
        # The last of equal ids wins, as it would if they came one by one.
        last = {vector_id: row for row, vector_id in enumerate(ids)}
        fresh = [vector_id for vector_id in last if vector_id not in self._rows]
        self._reserve(len(self._ids) + len(fresh))
        for vector_id in fresh:
            self._rows[vector_id] = len(self._ids)
            self._ids.append(vector_id)
        self._matrix[[self._rows[vector_id] for vector_id in last]] = vectors[list(last.values())]

    def delete(self, ids: Sequence[int]) -> None:
        for vector_id in ids:
            row = self._rows.pop(vector_id, None)
            if row is None:
                continue
            self._reserve(len(self._ids))
            moved = self._ids.pop()
            if moved != vector_id:
                # The last row fills the hole, so that the matrix stays dense.
                self._matrix[row] = self._matrix[len(self._ids)]
                self._ids[row] = moved
                self._rows[moved] = row

    def query(self, vector: "Vector", k: int) -> list[tuple[int, float]]:
        import numpy as np

        check_shape([0], vector[None, :], self._dim)
        count = len(self._ids)
        if k < 1 or not count:
            return []
        cosines = self._matrix[:count] @ vector
        near = np.argpartition(-cosines, k - 1)[:k] if k < count else np.arange(count)
        hits = [(self._ids[row], float(cosines[row])) for row in near.tolist()]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def count(self) -> int:
        return len(self._ids)

    def close(self) -> None:
        return None

    def _reserve(self, rows: int) -> None:
        """Make the matrix writable and long enough; doubled, so that many small adds stay linear."""
        import numpy as np

        if rows <= len(self._matrix) and self._matrix.flags.writeable and self._matrix.flags.owndata:
            return
        larger = np.zeros((max(rows, len(self._matrix) * 2, 64), self._dim), dtype=np.float32)
        larger[: len(self._matrix)] = self._matrix
        self._matrix = larger


def check_shape(ids: Sequence[int], vectors: "Matrix", dim: int) -> None:
    """IndexMismatchError unless there is one vector of `dim` numbers for each id."""
    if vectors.shape != (len(ids), dim):
        raise IndexMismatchError(
            f"vectors of shape {vectors.shape} do not fit {len(ids)} ids of dimension {dim}", "kb index --full"
        )
