"""Alone writes to a note that the user owns: whole files, in the place of just those bytes that were shown before.

A note is replaced by a new file beside it that is renamed over it, so that nobody ever sees half of one and a power
cut leaves the old or the new. Several notes are changed together: where the last one fails, the first are put back.
"""

import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from kb.errors import NotFoundError, StorageError, UsageError

AGAIN = "look at the change again: kb link accept"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The file at `path` is to hold `after`, and holds `before` now."""

    path: str
    before: bytes
    after: bytes


def read_note(path: str, root: str) -> bytes:
    """The bytes of a note that may be written to; a KbError says why where it may not."""
    real = os.path.realpath(path)
    # As `_current`, but first: a link out of the source must not even be read.
    if real != os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)):
        raise UsageError(f"{path} is a symbolic link; nothing is written through it", f"kb open {real}")
    if not real.startswith(os.path.realpath(root).rstrip(os.sep) + os.sep):
        raise UsageError(f"{path} lies outside of its source, behind a link", "kb link accept takes files of a source")
    content, state = _current(path)
    if not state.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise StorageError(f"{path} is read-only; nothing is written", f"chmod u+w {path}")
    if not os.access(os.path.dirname(path), os.W_OK):
        raise StorageError(
            f"the folder of {path} is read-only; nothing is written", f"chmod u+w {os.path.dirname(path)}"
        )
    if state.st_nlink > 1:
        # Renaming would leave the other names with the old text, without a word.
        raise UsageError(f"{path} is known under several names (hard links)", "write the link into it by hand")
    return content


def rewrite(changes: Sequence[Rewrite]) -> None:
    """Write all of the changes or none of them."""
    prepared: list[tuple[Rewrite, str]] = []
    done: list[Rewrite] = []
    try:
        for change in changes:
            prepared.append((change, _beside(change)))  # noqa: PERF401 - what is prepared must be known where one fails
        for change, fresh in prepared:
            # As late as can be: an editor may have saved since the change was shown.
            _require_unchanged(change)
            os.rename(fresh, change.path)
            done.append(change)
            _sync_folder(os.path.dirname(change.path))
    except BaseException as error:
        for change in reversed(done):
            _put_back(change)
        if isinstance(error, OSError):
            raise StorageError(f"cannot write {error.filename}: {error.strerror}", "nothing was changed") from error
        raise
    finally:
        for _, fresh in prepared:
            with suppress(FileNotFoundError):
                os.unlink(fresh)


def _current(path: str) -> tuple[bytes, os.stat_result]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {path}", "kb index") from error
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}", "kb status") from error
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise UsageError(f"{path} is no regular file", "kb link accept takes notes")
        return file.read(), state


def _require_unchanged(change: Rewrite) -> None:
    if _current(change.path)[0] != change.before:
        raise StorageError(f"{change.path} was changed meanwhile; nothing is written", AGAIN)


def _beside(change: Rewrite) -> str:
    """A file with the new bytes in the same folder, with the mode, owner and attributes of the old one, on the disk."""
    _require_unchanged(change)
    old = os.stat(change.path, follow_symlinks=False)
    descriptor, fresh = tempfile.mkstemp(prefix=".kb-", suffix=".tmp", dir=os.path.dirname(change.path))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(change.after)
            file.flush()
            new = os.fstat(file.fileno())
            if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
            # After the owner: changing that takes set-id bits away.
            os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))
            _copy_attributes(change.path, fresh)
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(fresh)
        raise
    return fresh


def _copy_attributes(path: str, fresh: str) -> None:
    if not hasattr(os, "listxattr"):
        return
    # A file system without them, or an attribute that only the system may set, is no reason to refuse.
    with suppress(OSError):
        for name in os.listxattr(path, follow_symlinks=False):
            with suppress(OSError):
                os.setxattr(fresh, name, os.getxattr(path, name, follow_symlinks=False), follow_symlinks=False)


def _put_back(change: Rewrite) -> None:
    undo = Rewrite(change.path, change.after, change.before)
    # Whoever wrote to it in this moment has the last word.
    with suppress(OSError, StorageError, NotFoundError):
        os.rename(_beside(undo), change.path)


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
