"""Starting, stopping and seeing a daemon from outside, for the commands that are about it."""

from kb.app.api import Payload
from kb.app.gateway import daemon_command, identity
from kb.config import Settings
from kb.errors import KbError, NoIndexError
from kb.service.client import Client, VersionMismatch
from kb.service.spawn import spawn, wait_until_gone, wait_until_ready
from kb.store.lock import WriterLock

READY_S = 20.0
GONE_S = 40.0
CONNECT_S = 1.0


def start(settings: Settings) -> Payload:
    """See that a daemon runs, and that it stays until it is stopped."""
    if not settings.ledger.exists():
        raise NoIndexError(f"there is no index at {settings.home} yet", "kb index PATH")
    running = _connected(settings)
    with running or _started(settings) as client:
        return {**_told(client, "stay"), "started": running is None}


def stop(settings: Settings) -> Payload:
    """See that no daemon runs; returns when it has left."""
    client = _connected(settings)
    if client is None:
        return {"running": False, "stopped": False}
    with client:
        client.stop()
    if not wait_until_gone(settings.home, deadline_s=GONE_S, pid=client.daemon_pid):
        raise KbError(f"the daemon is still at work after {GONE_S:.0f} s", "kb daemon status")
    return {"running": False, "stopped": True}


def presence(settings: Settings) -> Payload:
    """What the daemon tells of itself; `running` is False where there is none."""
    client = _connected(settings)
    if client is None:
        return {"running": False, "pid": None, "uptime_s": None, "rss_mb": None}
    with client:
        return _told(client, "presence")


def _connected(settings: Settings) -> Client | None:
    return Client.connect(settings.home, identity(settings), timeout_s=CONNECT_S)


def _started(settings: Settings) -> Client:
    # Said here and now, not in a log that nobody reads: another writer has the index.
    with WriterLock(settings.home):
        pass
    spawn(settings.home, daemon_command(settings, idle_exit_s=0), force=True)
    client = wait_until_ready(settings.home, identity(settings), deadline_s=READY_S)
    if client is None:
        raise KbError(
            f"the daemon did not answer within {READY_S:.0f} s", f"to see why: tail {settings.home / 'daemon.log'}"
        )
    return client


def _told(client: Client, method: str) -> Payload:
    try:
        return client.call(method)
    except VersionMismatch as error:
        return {
            "running": True, "pid": client.ping()["pid"], "uptime_s": None, "rss_mb": None, "pending_changes": 0,
            "settled": True, "sources": [], "problem": f"{error.message}; the next question replaces it",
        }  # fmt: skip
