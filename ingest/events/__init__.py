"""How an operating system tells that something below a folder changed; alone imports watchdog.

An event is a hint: it names a place that is worth a look and says nothing about what is there.
"""

import sys
from collections.abc import Callable
from typing import Protocol

LeftOut = Callable[[bytes], bool]
"""Whether a folder (absolute) needs no watch, because nothing below it is ever read."""


class Listener(Protocol):
    """Whom the events are for. Called from the thread that reads them: has to be quick, and never to raise."""

    def on_change(self, root: str, raw: bytes) -> None:
        """Something happened to this file or folder below `root`; the empty path means the root itself."""

    def on_lost(self, root: str) -> None:
        """Not everything below `root` is told any more: events were lost, or the folder itself is gone."""

    def on_refused(self, root: str, error: OSError) -> None:
        """A folder that appeared below `root` cannot be watched: no watches are left."""


class Events(Protocol):
    """Watches whole folders, each with everything below it."""

    def add(self, root: str, is_left_out: LeftOut) -> None:
        """Watch `root`, anew if it is watched; OSError where the system refuses, and nothing of it is watched then."""

    def drop(self, root: str) -> None:
        """Stop watching `root`, whether it is still there or not."""

    def stop(self) -> None:
        """Stop watching anything, and end every thread."""


def system_events(listener: Listener) -> Events:
    """The way of this operating system; OSError when it allows no more of them (EMFILE)."""
    if sys.platform == "linux":
        from ingest.events.inotify import InotifyEvents

        return InotifyEvents(listener)
    from ingest.events.observer import ObserverEvents

    return ObserverEvents(listener)
