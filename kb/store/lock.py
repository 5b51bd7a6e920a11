"""One writer at a time: the file lock that every command takes before it changes an index."""

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kb.errors import LockedError, StorageError

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK = "writer.lock"
HOLDER = "writer.pid"


class WriterLock:
    """`with WriterLock(home):` holds the index for writing; LockedError names the process that holds it now.

    The operating system drops the lock when its holder dies, so none is ever left over.
    """

    def __init__(self, home: Path, *, timeout_s: float = 0.0, role: str = "") -> None:
        self._home = home
        self._role = role
        self._timeout_s = timeout_s
        self._lock: BaseFileLock | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock, waiting at most `timeout_s`; LockedError, or StorageError when the home is not writable."""
        # Imported here: it brings asyncio, 0.1 s that no reading command should pay.
        from filelock import FileLock, Timeout

        try:
            self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(self._home / LOCK, timeout=self._timeout_s, mode=0o600)
            lock.acquire()
        except Timeout as error:
            raise self._refusal() from error
        except (OSError, NotImplementedError) as error:
            raise StorageError(f"the index cannot be written to: {error}", "check the rights of KB_HOME") from error
        self._lock = lock
        self._sign()

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._lock is not None:
            (self._home / HOLDER).unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def _sign(self) -> None:
        # Beside the lock file, not in it: some versions of filelock empty that file when they try the lock.
        try:
            (self._home / HOLDER).write_text(f"{os.getpid()} {self._role}".rstrip(), encoding="ascii")
        except OSError as error:
            self.release()
            raise StorageError(f"the index cannot be written to: {error}", "free some space, then again") from error

    def _refusal(self) -> LockedError:
        pid = holder_pid(self._home)
        if holder_role(self._home) == "daemon":
            return LockedError(
                f"the daemon (pid {pid}) owns the index in {self._home}",
                "run this without --no-daemon and KB_NO_DAEMON, or: kb daemon stop",
            )
        who = f"another kb process (pid {pid})" if pid else "another kb process"
        hint = f"run this again when it is done; to see what it is: ps -p {pid}" if pid else "run this again shortly"
        return LockedError(f"{who} is writing to the index in {self._home}", hint)


def holder_pid(home: Path) -> int | None:
    """The process that last took the lock, None when it did not sign."""
    pid = _signature(home)[0]
    return int(pid) if pid.isdecimal() else None


def holder_role(home: Path) -> str:
    """What the process that last took the lock is: "daemon", or nothing in particular."""
    return _signature(home)[1]


def _signature(home: Path) -> tuple[str, str]:
    try:
        pid, _, role = (home / HOLDER).read_text(encoding="ascii").partition(" ")
    except (OSError, ValueError):
        return "", ""
    return pid, role
