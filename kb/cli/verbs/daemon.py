"""`kb daemon`: the process that keeps the index fresh and answers at once."""

import click

from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload, Style
from kb.errors import ExitCode, KbError, NoIndexError
from kb.service.client import Client, VersionMismatch

READY_S = 20.0
GONE_S = 40.0


@click.group("daemon", cls=VerbGroup)
def command() -> None:
    """Start or stop the daemon, or say whether it runs.

    It follows your folders, holds the model ready and answers every other command. A question
    starts one by itself, and that one leaves after half an hour without a question.
    """


@verb(group=command, name="start", example="kb daemon start", codes=(ExitCode.NEGATIVE, ExitCode.LOCKED))
def start(run: Run) -> ExitCode:
    """Start the daemon, to stay until it is stopped; does nothing where it runs."""
    from kb.app.gateway import identity

    settings = run.settings
    if not settings.ledger.exists():
        raise NoIndexError(f"there is no index at {settings.home} yet", "kb index PATH")
    began = Client.connect(settings.home, identity(settings), timeout_s=1.0)
    client = began or _started(run)
    with client:
        return run.show({**_asked(client, "stay"), "started": began is None}, _started_lines)


def _started(run: Run) -> Client:
    from kb.app.gateway import daemon_command, identity
    from kb.service.spawn import spawn, wait_until_ready
    from kb.store.lock import WriterLock

    settings = run.settings
    # Said here and now, not in a log that nobody reads: another writer has the index.
    with WriterLock(settings.home):
        pass
    spawn(settings.home, daemon_command(settings, idle_exit_s=0))
    client = wait_until_ready(settings.home, identity(settings), deadline_s=READY_S)
    if client is None:
        log = settings.home / "daemon.log"
        raise KbError(f"the daemon did not answer within {READY_S:.0f} s", f"to see why: tail {log}")
    return client


@verb(group=command, name="stop", example="kb daemon stop", codes=(ExitCode.NEGATIVE,))
def stop(run: Run) -> ExitCode:
    """Stop the daemon; does nothing where none runs."""
    from kb.app.gateway import identity
    from kb.service.spawn import wait_until_gone

    home = run.settings.home
    client = Client.connect(home, identity(run.settings), timeout_s=1.0)
    if client is None:
        return run.show({"running": False, "stopped": False}, _stopped_lines)
    with client:
        client.stop()
    if not wait_until_gone(home, deadline_s=GONE_S):
        raise KbError(f"the daemon is still at work after {GONE_S:.0f} s", "kb daemon status")
    return run.show({"running": False, "stopped": True}, _stopped_lines)


@verb(group=command, name="status", example="kb daemon status", codes=(ExitCode.NEGATIVE,))
def status(run: Run) -> ExitCode:
    """Say whether the daemon runs; exit code 1 where it does not."""
    from kb.app.gateway import identity

    client = Client.connect(run.settings.home, identity(run.settings), timeout_s=1.0)
    if client is None:
        return run.show({"running": False, "pid": None}, _status_lines, code=ExitCode.NEGATIVE)
    with client:
        return run.show(_asked(client, "presence"), _status_lines)


@verb(group=command, name="run", example="kb daemon run --idle-exit 1800", codes=(ExitCode.LOCKED, ExitCode.NO_MODEL))
@click.option("--idle-exit", "idle_exit_s", default=0.0, type=click.FloatRange(0), metavar="SECONDS",
              help="Leave when nobody asked for so long; 0: never.")  # fmt: skip
def run_daemon(run: Run, idle_exit_s: float) -> ExitCode:
    """Be the daemon, in the foreground, with its log on stderr."""
    from kb.app.daemon.life import Daemon
    from kb.app.daemon.log import to_stderr

    Daemon(run.settings, log=to_stderr, idle_exit_s=idle_exit_s or None).run()
    return ExitCode.OK


def _asked(client: Client, method: str) -> Payload:
    try:
        return client.call(method)
    except VersionMismatch as error:
        told = client.ping()
        return {"running": True, "pid": told["pid"], "uptime_s": None, "rss_mb": None, "pending_changes": 0,
                "settled": True, "sources": [],
                "problem": f"{error.message}; the next question replaces it"}  # fmt: skip


def _started_lines(payload: Payload, page: Page) -> list[Line]:
    word = "started" if payload["started"] else "runs already"
    return [[("The daemon ", "title"), (word, "good"), f", process {payload['pid']}"]]


def _stopped_lines(payload: Payload, page: Page) -> list[Line]:
    return [["The daemon has left." if payload["stopped"] else "No daemon runs."]]


def _status_lines(payload: Payload, page: Page) -> list[Line]:
    if not payload["running"]:
        return [["No daemon runs."], [("Start it: kb daemon start", "dim")]]
    lines: list[Line] = [
        [("The daemon runs", "good"), f", process {payload['pid']}", *_measures(payload)],
    ]  # fmt: skip
    if payload["problem"]:
        lines.append([("Problem: ", "bad"), payload["problem"]])
    for source in payload["sources"]:
        mode, detail = source["mode"], source["detail"]
        style: Style = "good" if mode == "watched" else "warn"
        lines.append(["  ", (source["source"], "title"), "  ", (mode, style), f"  {detail}" if detail else ""])
    return lines


def _measures(payload: Payload) -> Line:
    memory, uptime = payload["rss_mb"], payload["uptime_s"]
    return [f", {memory:.0f} MB" if memory else "", f", for {_span(uptime)}" if uptime is not None else ""]


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3600:.1f} h"
