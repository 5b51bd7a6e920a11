"""Keeps what was made of a whole ledger until a file changes in it, for all threads of the process."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from kb.store.ledger import Ledger

Made = TypeVar("Made")


class Latest(Generic[Made]):
    """The last thing that `make` made of a ledger; of one ledger only, for a process serves one."""

    def __init__(self, make: Callable[[Ledger], Made]) -> None:
        self._make = make
        self._known: tuple[object, Made] | None = None
        self._making = threading.Lock()

    def of(self, ledger: Ledger) -> Made:
        """What is made of a ledger as it is now, or as the snapshot around this call sees it."""
        with ledger.database.snapshot():
            stamp = _stamp(ledger)
            # One thread makes it, the others wait for that: it is the same work for each of them.
            with self._making:
                if self._known is None or self._known[0] != stamp:
                    self._known = (stamp, self._make(ledger))
                return self._known[1]


def _stamp(ledger: Ledger) -> object:
    """Changes with every file that comes, changes or goes, whoever writes; not with vectors and times of looking."""
    rows = ledger.database.execute("SELECT name, seq FROM sqlite_sequence WHERE name IN ('source', 'file', 'change')")
    # A ledger that was taken over from a backup may count the same files again: its schema's version moved on.
    schema = ledger.database.execute("PRAGMA schema_version").fetchone()[0]
    return str(ledger.database.path), sorted(rows.fetchall()), schema
