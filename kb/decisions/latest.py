"""Keeps what was made of a whole ledger until a file changes in it, for all threads of the process."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from kb.store.ledger import Ledger

FILES: Final = ("source", "file", "change")
"""Tables whose counters move with every file that comes, changes or goes; not with vectors and times of looking."""
FILES_AND_VECTORS: Final = (*FILES, "vector")

Made = TypeVar("Made")


class Latest(Generic[Made]):
    """The last thing that `make` made of a ledger; of one ledger only, for a process serves one.

    `make` is given what it made before, as long as ids of files and vectors still mean the same there.
    """

    def __init__(self, make: Callable[[Ledger, Made | None], Made], *, watched: Sequence[str] = FILES) -> None:
        self._make = make
        self._watched = watched
        self._known: tuple[object, object, Made] | None = None
        self._making = threading.Lock()

    def of(self, ledger: Ledger) -> Made:
        """What is made of a ledger as it is now, or as the snapshot around this call sees it."""
        with ledger.database.snapshot():
            base, stamp = _base(ledger), _stamp(ledger, self._watched)
            # One thread makes it, the others wait for that: it is the same work for each of them.
            with self._making:
                known = self._known
                if known is None or known[:2] != (base, stamp):
                    before = known[2] if known is not None and known[0] == base else None
                    known = self._known = (base, stamp, self._make(ledger, before))
                return known[2]


def _base(ledger: Ledger) -> object:
    """As long as this is the same, an id of a file stands for the same text, and its vectors come from one model."""
    # A ledger that was taken over from a backup may give ids again: its schema's version moved on.
    schema = ledger.database.execute("PRAGMA schema_version").fetchone()[0]
    return str(ledger.database.path), schema, ledger.database.meta("generation")


def _stamp(ledger: Ledger, watched: Sequence[str]) -> object:
    """Changes with each row that any process adds to the watched tables."""
    marks = ",".join("?" * len(watched))
    rows = ledger.database.execute(f"SELECT name, seq FROM sqlite_sequence WHERE name IN ({marks})", tuple(watched))
    return sorted(rows.fetchall())
