"""Starting a daemon that outlives its starter, and waiting until one answers or is gone."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from kb.errors import ExitCode
from kb.service.client import Client
from kb.service.endpoint import Home, endpoint_of

if TYPE_CHECKING:
    import subprocess

LOG = "daemon.log"
STARTING = "daemon.starting"
STARTING_S = 10.0
"""For so long after one start nobody tries another: ten commands at once start one daemon, a broken one is not
started by every command."""
MAX_LOG_BYTES = 1_000_000
KEPT_LOG_BYTES = 100_000
DETACHED = 0x00000208
"""Windows: DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP; there the session and the umask mean nothing."""
FIRST_POLL_S, LAST_POLL_S = 0.01, 0.1
CONNECT_S = 1.0

_started: "list[subprocess.Popen[bytes]]" = []
"""Kept until they end: a zombie is collected, and no warning is given of one that lives on."""


def spawn(home: Home, command: Sequence[str], *, force: bool = False) -> bool:
    """Start `command` as the daemon of `home` and do not wait for it.

    False if one listens or another start is under way, unless by `force`. It gets a session of its own, `/` to stand
    in, and of our descriptors none: whoever captures our output gets its end although the daemon
    lives on. What it says goes to `daemon.log`. Raises OSError.
    """
    import subprocess

    folder = os.path.realpath(home)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    reap()
    if not _claim(os.path.join(folder, STARTING), force=force):
        return False
    if not force and _listens(home):
        # The mark was gone because one listens already.
        started(home)
        return False
    log = open_log(os.path.join(folder, LOG))
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            close_fds=True,
            cwd=os.path.abspath(os.sep),  # a daemon that stands in a folder keeps its disk from being unmounted
            env=environment(),
            start_new_session=True,
            umask=0o077,
            creationflags=DETACHED if os.name == "nt" else 0,
        )
    except BaseException:
        started(home)
        raise
    finally:
        os.close(log)
    _started.append(process)
    return True


def started(home: Home) -> None:
    """Say that the start is over: the next one may be at once. The daemon calls it when it listens."""
    with suppress(OSError):
        os.unlink(os.path.join(os.path.realpath(home), STARTING))


def wait_until_ready(home: Home, identity: str, *, deadline_s: float) -> Client | None:
    """A connection as soon as a daemon answers; None after `deadline_s`, or when the one we started has failed."""
    ends = time.monotonic() + deadline_s
    pause_s = FIRST_POLL_S
    while True:
        failed = reap()
        left_s = ends - time.monotonic()
        if (client := Client.connect(home, identity, timeout_s=max(min(CONNECT_S, left_s), FIRST_POLL_S))) is not None:
            return client
        if failed or left_s <= 0:
            return None
        time.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, LAST_POLL_S)


def wait_until_gone(home: Home, *, deadline_s: float, pid: int = 0) -> bool:
    """True as soon as nobody listens for `home`, or where `pid` is given that process has ended."""
    ends = time.monotonic() + deadline_s
    pause_s = FIRST_POLL_S
    # Of a known process its end counts: another daemon may have taken its place meanwhile.
    while _lives(pid) if pid else _listens(home):
        reap()
        if time.monotonic() >= ends:
            return False
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LAST_POLL_S)
    return True


def reap() -> bool:
    """Collect the daemons of ours that have ended; True if one failed, other than by finding that one runs already."""
    codes = [process.poll() for process in _started]
    _started[:] = [process for process, code in zip(_started, codes, strict=True) if code is None]
    return any(code not in (None, ExitCode.OK, ExitCode.LOCKED) for code in codes)


def environment() -> dict[str, str]:
    """Ours without what keeps a command from the daemon: a daemon is what was just asked for."""
    return {name: value for name, value in os.environ.items() if name != "KB_NO_DAEMON"}


def open_log(path: str) -> int:
    """A descriptor that appends to the log, cut to its end where it has grown too long; nobody else may read it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    log = os.open(path, flags, 0o600)
    try:
        if os.name == "posix":
            os.chmod(path, 0o600)
        if (size := os.fstat(log).st_size) > MAX_LOG_BYTES:
            os.lseek(log, size - KEPT_LOG_BYTES, os.SEEK_SET)
            _, _, end = os.read(log, KEPT_LOG_BYTES).partition(b"\n")
            # In place, for a daemon that is about to leave may still write to this very file.
            os.ftruncate(log, 0)
            os.write(log, end)
    except BaseException:
        os.close(log)
        raise
    return log


def _claim(path: str, *, force: bool) -> bool:
    """Whether this process is the one that may start a daemon now."""
    for _ in range(2):
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            if not force and _is_fresh(path):
                return False
            with suppress(FileNotFoundError):
                os.unlink(path)
        else:
            return True
    return force


def _is_fresh(path: str) -> bool:
    try:
        age_s = time.time() - os.stat(path).st_mtime
    except FileNotFoundError:
        return False
    return 0 <= age_s < STARTING_S  # below 0: the clock was set back


def _listens(home: Home) -> bool:
    connection = endpoint_of(home).connect(CONNECT_S)
    if connection is None:
        return False
    connection.close()
    return True


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
