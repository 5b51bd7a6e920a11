"""macOS, Windows, BSD: watchdog's own observer, which follows a whole folder at once."""

import contextlib
import os

from watchdog.events import (
    EVENT_TYPE_CLOSED_NO_WRITE,
    EVENT_TYPE_OPENED,
    DirModifiedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from ingest.events import LeftOut, Listener


class ObserverEvents:
    """Implements `Events`; `on_lost` and `on_refused` are never called: these systems do not tell."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._observer = Observer()
        self._observer.start()
        self._watches: dict[str, ObservedWatch] = {}

    def add(self, root: str, is_left_out: LeftOut) -> None:
        self.drop(root)
        self._watches[root] = self._observer.schedule(_Handler(root, self._listener, is_left_out), root, recursive=True)

    def drop(self, root: str) -> None:
        if (watch := self._watches.pop(root, None)) is not None:
            # Gone by itself with its folder.
            with contextlib.suppress(KeyError):
                self._observer.unschedule(watch)

    def stop(self) -> None:
        self._observer.stop()
        self._observer.join()
        self._watches.clear()


class _Handler(FileSystemEventHandler):
    def __init__(self, root: str, listener: Listener, is_left_out: LeftOut) -> None:
        self._root = root
        self._listener = listener
        self._is_left_out = is_left_out

    def on_any_event(self, event: FileSystemEvent) -> None:
        # The indexer's own reading is no change, and of a folder "modified" says only what its files say too.
        if event.event_type in (EVENT_TYPE_OPENED, EVENT_TYPE_CLOSED_NO_WRITE) or isinstance(event, DirModifiedEvent):
            return
        for path in {os.fsencode(event.src_path), os.fsencode(event.dest_path)} - {b""}:
            raw = os.path.relpath(path, os.fsencode(self._root)).replace(os.fsencode(os.sep), b"/")
            if not self._lies_in_left_out(raw):
                self._listener.on_change(self._root, b"" if raw == b"." else raw)

    def _lies_in_left_out(self, raw: bytes) -> bool:
        """Whether one of the folders on the way is never read: one watch covers those too."""
        folders = raw.split(b"/")[:-1]
        top = os.fsencode(self._root)
        return any(self._is_left_out(os.path.join(top, *folders[:n])) for n in range(1, len(folders) + 1))
