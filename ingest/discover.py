"""Walks a source folder and says which files are read and which are left out, and why.

Alone decides what belongs to a source. It opens no file but ignore files, follows no
link and never recurses: a pipe cannot block it, a loop cannot hold it, depth cannot break it.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ingest import left_out
from ingest.ignore import BY_GITIGNORE, BY_KBIGNORE, KEPT, Chain
from ingest.repository import entered, surrounding
from ingest.secrets import FOLDERS as SECRET_FOLDERS
from ingest.secrets import is_secret_name
from kb.errors import NotFoundError
from kb.model import FoundFile, SkippedFile

PERMISSION_DENIED = "permission denied"
CANNOT_BE_READ = "cannot be read now"
"""Reasons that begin with one of these two say nothing about whether the files still exist."""

SECRET = "may hold a secret"
NOT_REGULAR = "not a regular file"
LINK_INSIDE = "symbolic link; its target is read at its own place"
LINK_OUTSIDE = "symbolic link out of the source"
LINK_BROKEN = "symbolic link that leads nowhere"
PATH_TOO_LONG = "its path is too long"
NAME_TAKEN = "its name is not UTF-8 and is shown like that of the file beside it"

QUIET = frozenset({
    BY_GITIGNORE, BY_KBIGNORE, LINK_INSIDE, left_out.VENDORED, left_out.ENVIRONMENT, left_out.CACHE, left_out.BUILT,
    left_out.LOCKFILE, left_out.BACKUP, left_out.MINIFIED, left_out.GENERATED, left_out.BINARY,
})  # fmt: skip
"""Reasons that are as the user expects: worth a count, not a line each."""

Found = FoundFile | SkippedFile


@dataclass(frozen=True, slots=True)
class Rules:
    """What a walk lets through; `exclude_roots` are absolute folders that inner sources own."""

    max_file_bytes: int
    exclude_roots: tuple[str, ...] = ()
    default_ignores: bool = True


def discover(root: str, rules: Rules) -> Iterator[Found]:
    """All files below `root` in a stable order; NotFoundError at once, or at the end, if the root is not there."""
    return _Walk(root, rules).everything()


def discover_at(root: str, places: Iterable[bytes], rules: Rules) -> Iterator[Found]:
    """What `discover` would say of these places alone: files, or folders with everything below them.

    Nothing where a place is gone. A folder on the way that is left out or closed speaks for what is inside
    it. The empty path is the whole root.
    """
    return _Walk(root, rules).everything(_ways_to(outermost(places)))


def is_left_out(root: str, raw: bytes, rules: Rules) -> bool:
    """Whether a folder is never entered, whatever it may hold."""
    try:
        item = next(discover_at(root, [raw], rules), None)
    except NotFoundError:
        return False
    if not isinstance(item, SkippedFile) or is_temporary(item.reason):
        return False
    return is_at(shown(raw), item.path)


def outermost(places: Iterable[bytes]) -> list[bytes]:
    """The places without those that lie below another one, sorted."""
    chosen = {place.strip(b"/") for place in places}
    return sorted(place for place in chosen if not any(above in chosen for above in folders_around(place)))


def folders_around(place: bytes) -> Iterator[bytes]:
    """The folders that a place lies in, the root (an empty path) last."""
    while place:
        place = place.rpartition(b"/")[0]
        yield place


def is_at(path: str, place: str) -> bool:
    """Whether a path is this place or lies below it."""
    return path == place or path.startswith(f"{place}/")


def is_temporary(reason: str) -> bool:
    """Whether a skipped path may still hold what was indexed from it: its old version should stay."""
    return reason.startswith((PERMISSION_DENIED, CANNOT_BE_READ))


def shown(raw: bytes) -> str:
    r"""A raw path as text; bytes that are not UTF-8 become ``\xNN``."""
    return raw.decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class _Folder:
    path: bytes
    """Relative to the root with a slash at its end, empty for the root."""
    chain: Chain


_Ways = Mapping[bytes, set[bytes]]
"""The names to look at in some folders; all names in all others."""


class _Walk:
    def __init__(self, root: str, rules: Rules) -> None:
        self._root = os.path.realpath(os.fsencode(root))
        self._rules = rules
        self._excluded = {os.path.realpath(os.fsencode(inner)) for inner in rules.exclude_roots} - {self._root}
        self._identity = self._identify()
        self._size_reason = f"larger than {_megabytes(rules.max_file_bytes)}"
        try:
            self._chain = surrounding(self._root)
        except OSError as error:
            raise self._gone(f"the ignore files above it cannot be read ({error.strerror})") from error

    def everything(self, ways: "_Ways | None" = None) -> Iterator[Found]:
        """Depth first, without recursion; in a folder that `ways` names, only to the names that it gives."""
        ways = ways or {}
        pending = [_Folder(b"", self._chain)]
        while pending:
            folder = pending.pop()
            inner: list[_Folder] = []
            yield from self._visit(folder, inner, ways)
            pending.extend(reversed(inner))
        if self._identify() != self._identity:
            # Unmounted on the way: what was not met is not gone.
            raise self._gone("it was replaced while it was read")

    def _visit(self, folder: _Folder, inner: list[_Folder], ways: "_Ways") -> Iterator[Found]:
        absolute = os.path.join(self._root, folder.path)
        try:
            with os.scandir(absolute) as listing:
                names = {entry.name: entry for entry in listing}
            chain = entered(folder.chain, absolute, depth=len(folder.path), names=names)
        except OSError as error:
            yield from self._closed(folder.path.rstrip(b"/"), error)
            return
        for name in sorted(ways.get(folder.path, names)):
            if (entry := names.get(name)) is None or name == b".git":
                continue
            path = folder.path + name
            display = shown(path)
            if "\\" in display and _is_taken(name, names):
                yield SkippedFile(display, NAME_TAKEN)
            elif entry.is_dir(follow_symlinks=False):
                if (reason := self._folder_reason(path, entry, chain, names)) is None:
                    inner.append(_Folder(path + b"/", chain))
                elif reason:
                    yield SkippedFile(display, reason)
            elif reason := self._file_reason(path, entry, chain):
                yield SkippedFile(display, reason)
            elif path + b"/" not in ways:
                # Else it was a folder when somebody spoke of what is inside it.
                yield from self._stat(path, display, entry)

    def _folder_reason(
        self, path: bytes, entry: os.DirEntry[bytes], chain: Chain, names: dict[bytes, os.DirEntry[bytes]]
    ) -> str | None:
        """None to enter the folder, the reason to leave it out, "" to pass it in silence."""
        name = entry.name
        if name in left_out.VERSION_CONTROL or (self._excluded and os.path.join(self._root, path) in self._excluded):
            return ""
        if name in SECRET_FOLDERS:
            return SECRET
        verdict = chain.verdict(name + b"/", path + b"/")
        if verdict == KEPT or (not verdict and not self._rules.default_ignores):
            return None
        return verdict or left_out.folder_reason(name, names, at_top=path == name) or None

    def _file_reason(self, path: bytes, entry: os.DirEntry[bytes], chain: Chain) -> str:
        """Why a file is left out without a look at it, or ""."""
        name = entry.name
        verdict = chain.verdict(name, path)
        if verdict and verdict != KEPT:
            return verdict
        if is_secret_name(name):
            return SECRET
        if entry.is_symlink():
            return self._link_reason(path)
        if not entry.is_file(follow_symlinks=False):
            return NOT_REGULAR
        if verdict == KEPT:
            return ""
        if left_out.is_binary_name(name):
            return left_out.BINARY
        return left_out.file_reason(name) if self._rules.default_ignores else ""

    def _link_reason(self, path: bytes) -> str:
        absolute = os.path.join(self._root, path)
        if not os.path.exists(absolute):
            return LINK_BROKEN
        target = os.path.realpath(absolute)
        inside = target == self._root or target.startswith(self._root.rstrip(b"/") + b"/")
        return LINK_INSIDE if inside else LINK_OUTSIDE

    def _stat(self, path: bytes, display: str, entry: os.DirEntry[bytes]) -> Iterator[Found]:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield from self._closed(path, error)
            return
        if not stat.S_ISREG(status.st_mode):
            yield SkippedFile(display, NOT_REGULAR)
        elif status.st_size > self._rules.max_file_bytes:
            yield SkippedFile(display, self._size_reason)
        elif not os.access(os.path.join(self._root, path), os.R_OK):
            # Taking a right away changes neither size nor time: unasked, the old version would serve unmarked.
            yield SkippedFile(display, PERMISSION_DENIED)
        else:
            yield FoundFile(display, path, status.st_size, status.st_mtime_ns)

    def _closed(self, path: bytes, error: OSError) -> Iterator[SkippedFile]:
        """The reason why a path cannot be read; nothing if it went away since its folder was listed."""
        if not path:
            raise self._gone(f"it {_because(error)}") from error
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            yield SkippedFile(shown(path), _because(error))

    def _identify(self) -> tuple[int, int]:
        try:
            status = os.stat(self._root)
        except OSError as error:
            raise self._gone("it does not exist or cannot be reached") from error
        if not stat.S_ISDIR(status.st_mode):
            raise self._gone("it is not a folder")
        return status.st_dev, status.st_ino

    def _gone(self, why: str) -> NotFoundError:
        name = shown(self._root)
        return NotFoundError(f"the folder {name} cannot be read: {why}", "mount it again, or: kb source list")


def _ways_to(places: Iterable[bytes]) -> _Ways:
    ways: dict[bytes, set[bytes]] = {}
    for place in places:
        while place:
            folder, slash, name = place.rpartition(b"/")
            ways.setdefault(folder + slash, set()).add(name)
            place = folder
    return ways


def _is_taken(name: bytes, names: dict[bytes, os.DirEntry[bytes]]) -> bool:
    """Whether a name that is not UTF-8 would be shown as the name of a living neighbour, and take its place."""
    display = shown(name).encode()
    return display != name and display in names


def _because(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return PERMISSION_DENIED
    if error.errno == errno.ENAMETOOLONG:
        return PATH_TOO_LONG
    return f"{CANNOT_BE_READ} ({error.strerror})"


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):g} MiB" if size >= 1 << 20 else f"{size} bytes"
