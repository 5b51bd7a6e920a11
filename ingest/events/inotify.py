"""Linux: one inotify watch a folder, on watchdog's InotifyFD.

One floor below watchdog's Observer, for five reasons: that one holds everything back for half a second
when a file is moved out, swallows "no watches left" below a root, only logs an overflow, cannot leave
node_modules out, and makes an event of its own for every file of a moved folder.
"""

import errno
import logging
import os
import threading
from itertools import count

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

from ingest.events import LeftOut, Listener
from ingest.repository import IGNORE_FILES

# Neither opened nor closed without a write: the indexer's own reading would be heard as work to do.
CHANGES = Mask(
    InotifyConstants.IN_CREATE | InotifyConstants.IN_MODIFY | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB | InotifyConstants.IN_DELETE | InotifyConstants.IN_MOVE
    # A folder replaced by a link or a file since it was listed is not followed.
    | InotifyConstants.IN_ONLYDIR | InotifyConstants.IN_DONT_FOLLOW
)  # fmt: skip
EXHAUSTED = (errno.ENOSPC, errno.EMFILE, errno.ENOMEM)


class InotifyEvents:
    """Implements `Events`."""

    def __init__(self, listener: Listener) -> None:
        # Python prints the warnings of a logger that nobody handles; the listener is told of the same.
        logging.getLogger("watchdog").addHandler(logging.NullHandler())
        self._listener = listener
        self._inotify = InotifyFD()
        self._trees: dict[str, _Tree] = {}
        self._inotify.start()

    def add(self, root: str, is_left_out: LeftOut) -> None:
        self.drop(root)
        tree = self._trees[root] = _Tree(root, self._inotify, self._listener, is_left_out)
        try:
            tree.watch(os.fsencode(root))
        except OSError:
            self.drop(root)
            raise

    def drop(self, root: str) -> None:
        if (tree := self._trees.pop(root, None)) is not None:
            tree.drop()

    def stop(self) -> None:
        self._inotify.stop()
        self._inotify.join()
        self._trees.clear()

    @property
    def watches(self) -> int:
        """How many folders are watched."""
        return sum(map(len, self._trees.values()))


class _Folder:
    """One watched folder; implements watchdog's WatchCallback."""

    __slots__ = ("id", "path", "tree", "wd")
    _ids = count(1)

    def __init__(self, tree: "_Tree", path: bytes) -> None:
        self.tree = tree
        self.path = path
        self.wd: WatchDescriptor | None = None
        # Its own: a folder may be watched for two roots, or be met again under a new name.
        self.id = CallbackId(next(self._ids))

    def on_event(self, event: InotifyEvent) -> None:
        self.tree.on_event(self, event)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        self.tree.on_watch_deleted(self)

    def on_queue_overflow(self) -> None:
        self.tree.on_overflow(self)


class _Tree:
    """The watched folders below one root, by their absolute paths."""

    def __init__(self, root: str, inotify: InotifyFD, listener: Listener, is_left_out: LeftOut) -> None:
        self._root = root
        self._top = os.fsencode(root)
        self._inotify = inotify
        self._listener = listener
        self._is_left_out = is_left_out
        # Folders are added by the caller's thread and by that which reads the events.
        self._lock = threading.Lock()
        self._folders: dict[bytes, _Folder] = {}

    def __len__(self) -> int:
        return len(self._folders)

    def watch(self, top: bytes) -> None:
        """Watch `top` and every folder below it; OSError for the root itself, or when no watches are left."""
        pending = [top]
        while pending:
            path = pending.pop()
            try:
                # Before it is listed: what appears in between is told by an event, or listed, or both.
                self._watch_one(path)
                pending.extend(self._folders_in(path))
            except OSError as error:
                # Others have vanished or are closed to us: an event of the folder above tells when that changes.
                if path == self._top or error.errno in EXHAUSTED:
                    raise

    def drop(self, top: bytes = b"") -> None:
        """Stop watching `top` and everything below it, or the whole tree."""
        with self._lock:
            inside = top + b"/"
            gone = [f for f in self._folders.values() if not top or f.path == top or f.path.startswith(inside)]
            for folder in gone:
                del self._folders[folder.path]
        self._unwatch(gone)

    def on_event(self, folder: _Folder, event: InotifyEvent) -> None:
        if self._folders.get(folder.path) is not folder or not event.name:
            # Of a folder that has moved away since; or about the folder itself, of which its parent tells.
            return
        path = os.path.join(folder.path, event.name)
        if event.mask & InotifyConstants.IN_ISDIR:
            if self._is_left_out(path) or not self._follow_folder(path, event):
                return
        elif event.name in IGNORE_FILES:
            # It may bring back a folder that was not worth a watch.
            self._watch_again(folder.path)
        self._listener.on_change(self._root, path[len(self._top) :].lstrip(b"/"))

    def on_watch_deleted(self, folder: _Folder) -> None:
        """The kernel has dropped a watch of itself: the folder is deleted or unmounted."""
        with self._lock:
            if self._folders.get(folder.path) is folder:
                del self._folders[folder.path]
        if folder.path == self._top:
            self._listener.on_lost(self._root)

    def on_overflow(self, folder: _Folder) -> None:
        # Every folder is told, the listener once.
        if folder.path == self._top:
            self._listener.on_lost(self._root)

    def _follow_folder(self, path: bytes, event: InotifyEvent) -> bool:
        """Watch a folder that appeared and let go of one that went; whether there is a reason to look at it."""
        if event.is_attrib:
            closed = not os.access(path, os.R_OK | os.X_OK)
            if closed is not (path in self._folders):
                return False
            if closed:
                self.drop(path)
                return True
        if event.is_delete:
            with self._lock:
                gone = self._folders.pop(path, None)
            self._unwatch([gone] if gone else [])
        elif event.is_moved_from:
            self.drop(path)
        else:
            self._watch_again(path)
        return True

    def _watch_again(self, path: bytes) -> None:
        try:
            self.watch(path)
        except OSError as error:
            self._listener.on_refused(self._root, error)

    def _watch_one(self, path: bytes) -> None:
        # Opened first: watchdog takes the kernel's refusal of a closed folder for a watch.
        os.close(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC))
        with self._lock:
            if path in self._folders:
                return
            # Before the watch: its first event may come before `add_callback` returns.
            folder = self._folders[path] = _Folder(self, path)
            try:
                folder.wd = self._inotify.add_callback(path, CHANGES, folder, folder.id)
            except OSError:
                del self._folders[path]
                raise

    def _unwatch(self, folders: list[_Folder]) -> None:
        self._inotify.remove_callbacks([(folder.wd, folder.id) for folder in folders if folder.wd is not None])

    def _folders_in(self, path: bytes) -> list[bytes]:
        with os.scandir(path) as entries:
            return [e.path for e in entries if e.is_dir(follow_symlinks=False) and not self._is_left_out(e.path)]
