"""Starting, stopping and seeing a daemon from outside, for the commands that are about it."""

import contextlib
import os
import signal
import time

from kb.app.api import ABSENT, Payload
from kb.app.gateway import daemon_command, identity
from kb.config import Settings
from kb.errors import KbError, LockedError, NoIndexError, StorageError
from kb.service.client import Client, VersionMismatch
from kb.service.spawn import STARTING, STARTING_S, spawn, started, wait_until_gone, wait_until_ready
from kb.store.lock import WriterLock, holder_pid, holder_role

READY_S = 20.0
GONE_S = 40.0
CONNECT_S = 1.0
FROZEN_S = 3.0
"""So long a daemon that does not answer has to leave by itself, before it is ended."""
LOCK_S = 0.5
"""Another `kb daemon start` looks at the lock for an instant."""


def start(settings: Settings) -> Payload:
    """See that a daemon runs, and that it stays until it is stopped."""
    if not settings.ledger.exists():
        raise NoIndexError(f"there is no index at {settings.home} yet", "kb index PATH")
    running = _connected(settings) or _coming(settings)
    if running is not None and running.daemon_identity != identity(settings):
        # It would answer nobody who has these settings: a daemon that "runs already" is of no use.
        running.close()
        stop(settings)
        running = None
    with running or _started(settings) as client:
        return {**_told(client, "stay"), "started": running is None}


def stop(settings: Settings) -> Payload:
    """See that no daemon runs, nor one that a question has just started; returns when it has left."""
    client = _connected(settings) or _coming(settings)
    if client is None:
        return {"running": False, "stopped": _end_frozen(settings)}
    with client:
        client.stop()
    if not wait_until_gone(settings.home, deadline_s=GONE_S, pid=client.daemon_pid):
        raise KbError(f"the daemon is still at work after {GONE_S:.0f} s", "kb daemon status")
    return {"running": False, "stopped": True}


def presence(settings: Settings) -> Payload:
    """What the daemon tells of itself; `running` is False where there is none."""
    client = _connected(settings)
    if client is None:
        pid = _frozen(settings)
        return {**ABSENT, "running": True, "pid": pid, "problem": "it does not answer"} if pid else ABSENT
    with client:
        return _told(client, "presence")


def _frozen(settings: Settings) -> int | None:
    """The daemon that owns the index and answers nobody: stopped by a signal, or hung."""
    pid = holder_pid(settings.home)
    if pid is None or holder_role(settings.home) != "daemon":
        return None
    try:
        # What it signed may be left over from one that was killed: only the lock tells that it lives.
        with WriterLock(settings.home):
            return None
    except LockedError:
        return pid
    except StorageError:
        return None


def _end_frozen(settings: Settings) -> bool:
    pid = _frozen(settings)
    if pid is None:
        return False
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        ends = time.monotonic() + FROZEN_S
        while time.monotonic() < ends:
            if _frozen(settings) is None:
                return True
            time.sleep(0.05)
    raise KbError(f"the daemon, process {pid}, cannot be ended", f"ps -p {pid}")


def _connected(settings: Settings) -> Client | None:
    return Client.connect(settings.home, identity(settings), timeout_s=CONNECT_S)


def _started(settings: Settings) -> Client:
    try:
        # Said here and now, not in a log that nobody reads: another writer has the index.
        with WriterLock(settings.home, timeout_s=LOCK_S):
            pass
        # Not by force: two starts at once start one.
        spawn(settings.home, daemon_command(settings, idle_exit_s=0))
    except LockedError:
        if holder_role(settings.home) != "daemon":
            raise
    client = wait_until_ready(settings.home, identity(settings), deadline_s=READY_S)
    if client is None:
        started(settings.home)
        raise KbError(
            f"the daemon did not answer within {READY_S:.0f} s", f"to see why: tail {settings.home / 'daemon.log'}"
        )
    return client


def _coming(settings: Settings) -> Client | None:
    """The daemon whose start is under way, as soon as it answers; a second one would wait for its place."""
    try:
        age_s = time.time() - (settings.home / STARTING).stat().st_mtime
    except OSError:
        return None
    if not 0 <= age_s < STARTING_S:
        return None
    return wait_until_ready(settings.home, identity(settings), deadline_s=STARTING_S - age_s)


def _told(client: Client, method: str) -> Payload:
    try:
        return client.call(method)
    except VersionMismatch as error:
        problem = f"{error.message}; the next question replaces it"
        return {**ABSENT, "running": True, "pid": client.daemon_pid, "problem": problem}
