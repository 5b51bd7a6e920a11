"""Follows the sources: turns what the system tells of their folders into places to look at.

Alone knows which source is watched, which is polled and which is lost. Events only name places; nothing
is read here. What the system cannot tell (lost events, a folder unmounted or made anew, no watches left)
ends in a scan, never in silence.
"""

import errno
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal, NamedTuple

from ingest import left_out, secrets
from ingest.discover import Rules, is_left_out
from ingest.events import Events, Listener, system_events
from ingest.events.mounts import remote_kind
from ingest.repository import IGNORE_FILES
from kb.model import Source

Mode = Literal["watched", "polled", "lost"]

RETRY_S = 600.0
"""How often a source is tried again for which no watches were left."""
_RULES = Rules(max_file_bytes=0)
"""Only folders are asked about; size plays no part."""
_SETTINGS = {
    errno.ENOSPC: ("max_user_watches", 524_288),
    errno.EMFILE: ("max_user_instances", 1_024),
}


class Watched(NamedTuple):
    """How one source is followed; `detail` says why it is not watched, and what helps."""

    source: str
    mode: Mode
    detail: str = ""


@dataclass(slots=True)
class _Followed:
    """A source with what is known of its root; `identity` is None while the root is not there."""

    source: Source
    identity: tuple[int, int] | None = None
    mode: Mode = "lost"
    detail: str = ""
    retry_at: float | None = None


class Watcher:
    """Calls back from a thread of its own: `on_paths(source id, raw paths)`, `on_scan(source id)` for all of it.

    `follow`, `check_roots`, `polled` and `stop` belong to one thread, its owner's; `state` to any.
    """

    def __init__(
        self,
        *,
        on_paths: Callable[[int, Sequence[bytes]], None],
        on_scan: Callable[[int], None],
        make_events: Callable[[Listener], Events] = system_events,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._on_paths = on_paths
        self._on_scan = on_scan
        self._make_events = make_events
        self._clock = clock
        self._events: Events | None = None
        self._followed: dict[str, _Followed] = {}
        self._lock = threading.Lock()
        self._lost: set[str] = set()
        self._refused: dict[str, OSError] = {}

    def follow(self, sources: Iterable[Source]) -> None:
        """Follow these sources and no others; what is followed already goes on as it is."""
        wanted = {source.root: source for source in sources}
        for root in [root for root in self._followed if root not in wanted]:
            self._drop(root)
            self._followed = {known: f for known, f in self._followed.items() if known != root}
        for root, source in wanted.items():
            known = self._followed.get(root)
            if known is None or known.source != source:
                # A new dict each time: the thread of the events reads the present one.
                self._followed = {**self._followed, root: (known := _Followed(source))}
                self._start(known)

    def check_roots(self) -> None:
        """Look at the roots themselves; to be called every few seconds. Mends what can be mended and scans it."""
        with self._lock:
            lost, self._lost = self._lost, set()
            refused, self._refused = self._refused, {}
        for root, error in refused.items():
            if (followed := self._followed.get(root)) is not None:
                self._poll(followed, error)
                self._on_scan(followed.source.id)
        for root, followed in self._followed.items():
            if root in refused:
                continue
            identity = _identity(root)
            if identity is None:
                self._lose(followed)
            elif identity != followed.identity or root in lost or self._is_time_to_retry(followed):
                # A root made anew has another inode, or none of its watches.
                self._start(followed)
                self._on_scan(followed.source.id)

    def polled(self) -> list[int]:
        """Ids of the sources of which the system tells nothing: they want a look every half a minute."""
        return [followed.source.id for followed in self._followed.values() if followed.mode == "polled"]

    def state(self) -> list[Watched]:
        # One whose watches are just being set is not lost: nothing is known of it yet.
        known = [f for f in self._followed.values() if f.mode != "lost" or f.detail]
        return [Watched(f.source.name, f.mode, f.detail) for f in known]

    def stop(self) -> None:
        """No call back comes after this."""
        if self._events is not None:
            self._events.stop()
            self._events = None
        self._followed = {}

    # Called from the thread of the events

    def on_change(self, root: str, raw: bytes) -> None:
        path = os.path.join(os.fsencode(root), raw)
        if raw and os.path.basename(raw) in IGNORE_FILES:
            path = os.path.dirname(path)
        followed = self._owner(path)
        if followed is None:
            return
        inside = path[len(os.fsencode(followed.source.root)) :].lstrip(b"/")
        if inside:
            self._on_paths(followed.source.id, [inside])
        else:
            self._on_scan(followed.source.id)

    def on_lost(self, root: str) -> None:
        with self._lock:
            self._lost.add(root)

    def on_refused(self, root: str, error: OSError) -> None:
        with self._lock:
            self._refused[root] = error

    def _owner(self, path: bytes) -> _Followed | None:
        """Of nested sources the inner one owns a place."""
        inside = path + b"/"
        around = [
            f for f in self._followed.values() if inside.startswith(os.path.join(os.fsencode(f.source.root), b""))
        ]
        return max(around, key=lambda followed: len(followed.source.root), default=None)

    # Modes

    def _start(self, followed: _Followed) -> None:
        root = followed.source.root
        # Before the watch: made anew in between, it differs at the next check.
        followed.identity = _identity(root)
        followed.retry_at = None
        if followed.identity is None:
            self._lose(followed)
        elif kind := remote_kind(root):
            self._drop(root)
            followed.mode = "polled"
            followed.detail = f"polled every 30 s: it lies on a network file system ({kind}), of which nothing is told"
        else:
            try:
                self._add(root)
            except OSError as error:
                self._poll(followed, error)
            else:
                followed.mode, followed.detail = "watched", ""

    def _lose(self, followed: _Followed) -> None:
        self._drop(followed.source.root)
        followed.identity = None
        followed.mode = "lost"
        followed.detail = f"{followed.source.root} is not there: what is known of it is kept"

    def _poll(self, followed: _Followed, error: OSError) -> None:
        # Half a tree watched is no use, and its watches are what another source may want.
        self._drop(followed.source.root)
        followed.mode = "polled"
        followed.detail = f"polled every 30 s: {_reason(error)}"
        followed.retry_at = self._clock() + RETRY_S

    def _is_time_to_retry(self, followed: _Followed) -> bool:
        return followed.retry_at is not None and self._clock() >= followed.retry_at

    def _add(self, root: str) -> None:
        if self._events is None:
            self._events = self._make_events(self)
        self._events.add(root, lambda path: _needs_no_watch(root, path))

    def _drop(self, root: str) -> None:
        if self._events is not None:
            self._events.drop(root)


def _needs_no_watch(root: str, path: bytes) -> bool:
    """Whether nothing below a folder is ever read: cheaply by its name, and only then by all that holds for it."""
    name = os.path.basename(path)
    if name in left_out.VERSION_CONTROL or name in secrets.FOLDERS:
        return True
    if not left_out.folder_reason(name, (), at_top=False):
        # An ignored folder costs watches; asking for each would cost more, and be wrong when the rules change.
        return False
    return is_left_out(root, path[len(os.fsencode(root)) :].lstrip(b"/"), _RULES)


def _identity(root: str) -> tuple[int, int] | None:
    try:
        status = os.stat(root)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _reason(error: OSError) -> str:
    name, enough = _SETTINGS.get(error.errno or 0, ("", 0))
    if not name:
        return f"it cannot be watched ({error.strerror})"
    return f"fs.inotify.{name} is used up; raise it with: sudo sysctl fs.inotify.{name}={enough}"
