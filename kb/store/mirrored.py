"""What the ledger says of the mirror: which folder holds it, and which vectors are in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.store.database import Database
from kb.store.embeddings import SWEPT, Generation

if TYPE_CHECKING:
    from kb.store.vectors import Matrix, Vector

MIRROR = "mirror"
"""`<number of the folder> <generation id>`; generation 0 where there is no mirror."""
AT_ONCE = 1_000
LIVING = "EXISTS (SELECT 1 FROM chunk c WHERE c.key = v.key)"


@dataclass(frozen=True, slots=True)
class Standing:
    """Tells in microseconds whether vectors that a process holds in memory are still those of the ledger."""

    mirror: int
    """Number of the folder that mirrors the generation, 0 where none does."""
    swept: int
    """How often vectors were taken away."""
    newest: int
    """Highest id of a vector; vectors added later have higher ones."""


class MirrorRows:
    """The table `mirrored` and the place of the mirror; reads the vectors that go into it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def standing(self, generation: Generation) -> Standing:
        place, swept, newest = self._db.execute(
            "SELECT (SELECT value FROM meta WHERE key = ?), (SELECT value FROM meta WHERE key = ?),"
            " (SELECT max(id) FROM vector)",
            (MIRROR, SWEPT),
        ).fetchone()
        number, of = _parsed(place)
        return Standing(number if of == generation.id else 0, int(swept or 0), newest or 0)

    def current(self) -> tuple[int, int]:
        """(number of the last folder, generation id); generation 0 where there is no mirror."""
        return _parsed(self._db.meta(MIRROR))

    def make_current(self, number: int, generation: Generation, ids: Sequence[int]) -> None:
        """From here on the folder `number` is the mirror, and holds exactly `ids`; one transaction."""
        with self._db.transaction():
            self._db.execute("DELETE FROM mirrored")
            self._db.executemany("INSERT INTO mirrored VALUES (?)", [(vector_id,) for vector_id in ids])
            self._db.set_meta(MIRROR, f"{number} {generation.id}")

    def forget(self) -> None:
        """From here on there is no mirror."""
        with self._db.transaction():
            self._db.execute("DELETE FROM mirrored")
            # The number stays: a process that would not open it must not take the next one for the same.
            self._db.set_meta(MIRROR, f"{self.current()[0]} 0")

    def ids(self) -> list[int]:
        """What the mirror holds."""
        return [row[0] for row in self._db.execute("SELECT vector_id FROM mirrored ORDER BY vector_id")]

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM mirrored").fetchone()[0])

    def count_living(self, generation: Generation) -> int:
        """How many of the vectors in the mirror are of content that is still there."""
        row = self._db.execute(
            f"SELECT count(*) FROM mirrored m JOIN vector v ON v.id = m.vector_id WHERE v.generation = ? AND {LIVING}",
            (generation.id,),
        ).fetchone()
        return int(row[0])

    def living(self, generation: Generation) -> list[int]:
        """The ids of all vectors whose content is still there."""
        return self._ids(generation, LIVING)

    def missing(self, generation: Generation) -> list[int]:
        """Those of the living that the mirror does not hold."""
        return self._ids(generation, f"v.id NOT IN (SELECT vector_id FROM mirrored) AND {LIVING}")

    def _ids(self, generation: Generation, condition: str) -> list[int]:
        rows = self._db.execute(
            # The plus keeps SQLite from the index over the keys: in their order every row would be a seek.
            f"SELECT v.id FROM vector v WHERE +v.generation = ? AND {condition} ORDER BY v.id",
            (generation.id,),
        )
        return [row[0] for row in rows]

    def vectors(self, generation: Generation, ids: Sequence[int]) -> "tuple[list[int], Matrix]":
        """(ids, vectors) of at most `AT_ONCE` ids; those that are gone are left out."""
        rows = self._db.execute(
            f"SELECT id, data FROM vector WHERE generation = ? AND id IN ({','.join('?' * len(ids))})",
            (generation.id, *ids),
        ).fetchall()
        return [row[0] for row in rows], _matrix([row[1] for row in rows], generation)

    def newer(
        self, generation: Generation, after: int, *, beside_mirror: bool
    ) -> "Iterator[tuple[int, list[bytes], Matrix]]":
        """(highest id, content keys, vectors) of what has a higher id than `after`, in parts, by rising id.

        With `beside_mirror` only what the mirror does not hold.
        """
        cursor = self._db.execute(
            "SELECT v.id, v.key, v.data FROM vector v WHERE v.id > ? AND +v.generation = ?"
            + (" AND v.id NOT IN (SELECT vector_id FROM mirrored)" if beside_mirror else "")
            + " ORDER BY v.id",
            (after, generation.id),
        )
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows[-1][0], [row[1] for row in rows], _matrix([row[2] for row in rows], generation)

    def sample(self, generation: Generation, count: int) -> "list[tuple[int, Vector]]":
        """(id, vector) of some that the mirror and the ledger hold, spread over all, the newest among them."""
        rows = self._db.execute(
            "SELECT m.vector_id FROM mirrored m JOIN vector v ON v.id = m.vector_id ORDER BY m.vector_id DESC"
        )
        ids = [row[0] for row in rows]
        chosen, vectors = self.vectors(generation, ids[:: max(1, len(ids) // count)][:count])
        return list(zip(chosen, vectors, strict=True))


def _parsed(place: str | None) -> tuple[int, int]:
    number, _, generation = (place or "0 0").partition(" ")
    return (int(number), int(generation)) if number.isdigit() and generation.isdigit() else (0, 0)


def _matrix(rows: Sequence[bytes], generation: Generation) -> "Matrix":
    import numpy as np

    return np.frombuffer(b"".join(rows), dtype=np.float32).reshape(-1, generation.dim)
