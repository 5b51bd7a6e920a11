"""Decides when what the watcher saw is looked at; pure: no threads, no I/O, the clock is passed in.

An editor's save is a burst of three events, a checkout one of ten thousand. Both are waited out, the
small one shortly, the big one until the disk is quiet, and neither for ever. Not safe across threads:
whoever owns it holds a lock around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

QUIET_S, LONGEST_S = 0.1, 1.0
"""After the last event of a burst, and at most so long after its first."""
MANY = 50
QUIET_OF_MANY_S, LONGEST_OF_MANY_S = 0.5, 10.0
"""Of a burst of more places than `MANY`: a checkout pauses between its folders."""
TOO_MANY = 500
"""More places of one source than this are one scan of it: a walk is cheaper than so many single looks."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What to look at now: single places (source id, raw path below its root), and whole sources."""

    paths: tuple[tuple[int, bytes], ...] = ()
    scans: tuple[int, ...] = ()


@dataclass(slots=True)
class Debouncer:
    """Collects places until their burst is over; times are monotonic seconds."""

    _places: dict[int, set[bytes]] = field(default_factory=dict)
    _scans: set[int] = field(default_factory=set)
    _flooded: set[int] = field(default_factory=set)
    """Sources of which so many places came that they are not kept."""
    _first: float = 0.0
    _last: float = 0.0

    def add(self, source_id: int, raw: bytes, now: float) -> None:
        """A file or folder that may have changed; the empty path means the whole source."""
        if not raw:
            self.add_scan(source_id, now)
            return
        self._note(now)
        # A scan that waits is no reason: it looks at sizes and times, and an edit may have kept both.
        if source_id in self._flooded:
            return
        places = self._places.setdefault(source_id, set())
        places.add(raw)
        if len(places) > TOO_MANY:
            del self._places[source_id]
            self._flooded.add(source_id)
            self._scans.add(source_id)

    def add_scan(self, source_id: int, now: float) -> None:
        """A source that has to be looked at from end to end; places of it stay: they are looked at more closely."""
        self._note(now)
        self._scans.add(source_id)

    def due(self, now: float) -> Batch | None:
        """Everything collected, once its burst is over or has lasted too long; None before."""
        due_at = self.next_due()
        return None if due_at is None or now < due_at else self.flush()

    def next_due(self) -> float | None:
        """When `due` will give a batch if nothing more is added, None when nothing waits."""
        if not self.pending:
            return None
        if self._scans or self.pending > MANY:
            return min(self._last + QUIET_OF_MANY_S, self._first + LONGEST_OF_MANY_S)
        return min(self._last + QUIET_S, self._first + LONGEST_S)

    def flush(self) -> Batch | None:
        """Everything collected, at once, for who must not wait; None when nothing was."""
        if not self.pending:
            return None
        batch = Batch(tuple(self._sorted()), tuple(sorted(self._scans)))
        self._places, self._scans, self._flooded = {}, set(), set()
        return batch

    @property
    def pending(self) -> int:
        """How many places and sources wait to be looked at."""
        return len(self._scans) + sum(map(len, self._places.values()))

    def _note(self, now: float) -> None:
        if not self.pending:
            self._first = now
        self._last = now

    def _sorted(self) -> Iterator[tuple[int, bytes]]:
        for source_id in sorted(self._places):
            for raw in sorted(self._places[source_id]):
                yield source_id, raw
