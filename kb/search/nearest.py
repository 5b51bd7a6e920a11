"""The nearest vectors out of all: the mirror's bulk, where it pays, and an exact scan of what it does not hold.

One of these serves all threads of a process. What it holds in memory follows the ledger
by the highest id that it has seen: an edit costs the reading of its own vectors, not of all.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kb.errors import StorageError
from kb.store.embeddings import Generation
from kb.store.ledger import Ledger
from kb.store.mirrored import MirrorRows, Standing
from kb.store.vectors import VectorIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kb.store.vectors import Matrix, Vector

OpenMirror = Callable[[Ledger, Generation], VectorIndex | None]

MIRROR_FROM = 150_000
"""Up to here the scan is the faster one, and misses nothing: with 384 numbers a vector it took 4 ms for 50,000 (the
mirror 10) and 12 ms for 150,000; and a process of its own would pay 0.7 s for importing and opening Chroma."""
SPARE_SHARE = 0.05
"""Room kept for vectors to come, as a share of those there are: else each edit would copy the whole matrix."""


class Nearest:
    """Answers over all vectors of the generation in use; each thread passes its own ledger."""

    def __init__(self, *, open_mirror: OpenMirror = lambda _, __: None, mirror_from: int | None = None) -> None:
        """`mirror_from` is the number of vectors above which the mirror is asked; None takes the usual one."""
        self._open_mirror = open_mirror
        self._mirror_from = mirror_from
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._refused = 0
        """Number of a mirror that would not open or answer: it is not tried again."""

    def query(self, ledger: Ledger, generation: Generation, vector: "Vector", k: int) -> list[tuple[bytes, float]]:
        """At most k of (content key, cosine), best first; some may be of content that is gone since."""
        with ledger.database.snapshot():
            while True:
                with self._current(ledger, generation) as (held, rows, keys):
                    # Outside the lock: a matrix only grows, and this reader keeps to the rows there were.
                    found = dict(_scan(rows, keys, vector, k))
                    if held.bulk is None:
                        return _best(found, k)
                    try:
                        asked = dict(held.bulk.index.query(vector, k))
                    except StorageError:
                        self._refuse(held)
                        continue
                    names = ledger.embeddings.keys_of_ids(list(asked))
                    for vector_id, key in names.items():
                        found.setdefault(key, asked[vector_id])
                    return _best(found, k)

    def close(self) -> None:
        """Let go of all vectors and of the mirror; the next query takes them up again."""
        with self._lock:
            self._refused = 0
            self._drop()

    def wants_mirror(self, count: int) -> bool:
        """Whether an index of so many vectors is searched through its mirror."""
        return count > self._limit()

    # Inside

    @contextmanager
    def _current(self, ledger: Ledger, generation: Generation) -> "Iterator[tuple[_Held, Matrix, list[bytes]]]":
        """What is held, as of this ledger's state or later, with the rows that may be scanned."""
        with self._lock:
            held = self._refreshed(ledger, generation)
            rows, keys = held.matrix[: held.count], held.keys
            if held.bulk is not None:
                held.bulk.readers += 1
        try:
            yield held, rows, keys
        finally:
            if held.bulk is not None:
                with self._lock:
                    held.bulk.readers -= 1
                    held.bulk.close_if_done()

    def _refreshed(self, ledger: Ledger, generation: Generation) -> "_Held":
        rows = MirrorRows(ledger.database)
        standing = rows.standing(generation)
        held = self._held
        if held is None or self._outdated(held, generation, standing):
            # First of all: the old and the new matrix together may be more than the machine has.
            self._drop()
            self._held = held = self._built(ledger, generation, standing)
        elif standing.newest > held.newest:
            for newest, keys, vectors in rows.newer(generation, held.newest, beside_mirror=held.bulk is not None):
                held.add(keys, vectors, newest)
            held.newest = standing.newest
        return held

    def _outdated(self, held: "_Held", generation: Generation, standing: Standing) -> bool:
        """Whether it must be read again; a reader whose snapshot is older than what is held is no reason."""
        if held.generation != generation or standing.swept > held.swept:
            return True
        if held.bulk is not None:
            return standing.mirror > held.bulk.number or not standing.mirror
        return held.count > self._limit() and self._worth_a_try(standing)

    def _built(self, ledger: Ledger, generation: Generation, standing: Standing) -> "_Held":
        import numpy as np

        rows = MirrorRows(ledger.database)
        total = ledger.embeddings.count(generation)
        bulk = self._opened(ledger, generation, standing) if self.wants_mirror(total) else None
        expected = 0 if bulk else total
        matrix = np.empty((expected + _spare(expected), generation.dim), dtype=np.float32)
        held = _Held(generation, standing.swept, matrix, bulk)
        for newest, keys, vectors in rows.newer(generation, 0, beside_mirror=bulk is not None):
            held.add(keys, vectors, newest)
        held.newest = standing.newest
        return held

    def _opened(self, ledger: Ledger, generation: Generation, standing: Standing) -> "_Bulk | None":
        if not self._worth_a_try(standing):
            return None
        index = self._open_mirror(ledger, generation)
        if index is None:
            self._refused = standing.mirror
            return None
        return _Bulk(index, standing.mirror)

    def _limit(self) -> int:
        return MIRROR_FROM if self._mirror_from is None else self._mirror_from

    def _worth_a_try(self, standing: Standing) -> bool:
        return standing.mirror > self._refused

    def _refuse(self, held: "_Held") -> None:
        with self._lock:
            if held.bulk is not None:
                self._refused = max(self._refused, held.bulk.number)
            if self._held is held:
                self._drop()

    def _drop(self) -> None:
        if self._held is not None and self._held.bulk is not None:
            self._held.bulk.retired = True
            self._held.bulk.close_if_done()
        self._held = None


@dataclass(slots=True)
class _Bulk:
    """The opened mirror; closed when it is retired and its last reader is done."""

    index: VectorIndex
    number: int
    readers: int = 0
    retired: bool = False

    def close_if_done(self) -> None:
        if self.retired and not self.readers:
            # Its folder may be gone already: a newer one has taken its place.
            with suppress(StorageError):
                self.index.close()


@dataclass(slots=True)
class _Held:
    """Vectors in memory under their content keys, only ever added to; beside them the mirror, if it is used."""

    generation: Generation
    swept: int
    matrix: "Matrix"
    bulk: _Bulk | None
    keys: list[bytes] = field(default_factory=list)
    newest: int = 0

    @property
    def count(self) -> int:
        return len(self.keys)

    def add(self, keys: list[bytes], vectors: "Matrix", newest: int) -> None:
        import numpy as np

        needed = self.count + len(keys)
        if needed > len(self.matrix):
            larger = np.empty((needed + _spare(needed), self.generation.dim), dtype=np.float32)
            larger[: self.count] = self.matrix[: self.count]
            self.matrix = larger
        self.matrix[self.count : needed] = vectors
        self.keys.extend(keys)
        self.newest = newest


def _spare(count: int) -> int:
    return max(256, int(count * SPARE_SHARE))


def _scan(rows: "Matrix", keys: list[bytes], vector: "Vector", k: int) -> list[tuple[bytes, float]]:
    if k < 1 or not len(rows):
        return []
    cosines = rows @ vector
    return [(keys[row], float(cosines[row])) for row in largest(cosines, k)]


def largest(cosines: "NDArray[np.float32]", k: int) -> list[int]:
    """Where the k largest stand, in no order."""
    import numpy as np

    if k >= len(cosines):
        return list(range(len(cosines)))
    places: list[int] = np.argpartition(cosines, len(cosines) - k)[-k:].tolist()
    return places


def _best(found: dict[bytes, float], k: int) -> list[tuple[bytes, float]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[: max(k, 0)]
