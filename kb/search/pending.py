"""How many passages have no vector yet, without looking at all of them before each answer."""

from kb.store.embeddings import SWEPT, Generation
from kb.store.ledger import Ledger

NEAR = 5_000
"""So many newest chunks are looked up one by one; more are cheaper through the index over their keys."""


class Pending:
    """Counts content without a vector; remembers up to which chunk nothing was missing, for ids only grow."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._counted: tuple[tuple[int, int], int] | None = None
        """The count, with the version of the ledger that it was made for."""
        self._complete: tuple[tuple[int, str], int] = ((-1, ""), 0)
        """The highest chunk id up to which all had vectors, with the generation and sweep that it holds for."""

    def count(self, generation: Generation | None) -> int:
        """Distinct content without a vector of this generation."""
        database = self._ledger.database
        version = database.version()
        if self._counted is None or self._counted[0] != version:
            self._counted = version, self._recount(generation)
        return self._counted[1]

    def _recount(self, generation: Generation | None) -> int:
        database = self._ledger.database
        generation_id = generation.id if generation else -1
        state = (generation_id, database.meta(SWEPT))
        after = self._complete[1] if self._complete[0] == state else 0
        newest = int(database.execute("SELECT max(id) FROM chunk").fetchone()[0] or 0)
        # The plus keeps SQLite from the rows themselves, which hold all the text: the index over the keys will do.
        column = "c.id" if newest - after <= NEAR else "+c.id"
        count, first = database.execute(
            f"SELECT count(DISTINCT c.key), min(c.id) FROM chunk c WHERE {column} > ? AND NOT EXISTS"
            " (SELECT 1 FROM vector v WHERE v.generation = ? AND v.key = c.key)",
            (after, generation_id),
        ).fetchone()
        self._complete = state, newest if first is None else first - 1
        return int(count)
