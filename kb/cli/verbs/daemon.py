"""`kb daemon`: the process that keeps the index fresh and answers at once."""

import click

from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload, Style
from kb.config import load_settings
from kb.errors import ExitCode


@click.group("daemon", cls=VerbGroup)
def command() -> None:
    """Start or stop the daemon, or say whether it runs.

    It follows your folders, holds the model ready and answers every other command. A question
    starts one by itself, and that one leaves after half an hour without a question.
    """


@verb(group=command, name="start", example="kb daemon start", codes=(ExitCode.NEGATIVE, ExitCode.LOCKED))
def start_daemon(run: Run) -> ExitCode:
    """Start the daemon, to stay until it is stopped; does nothing where it runs."""
    from kb.app.daemon.control import start

    return run.show(start(run.settings), _started_lines)


@verb(group=command, name="stop", example="kb daemon stop", codes=(ExitCode.NEGATIVE,))
def stop_daemon(run: Run) -> ExitCode:
    """Stop the daemon; does nothing where none runs."""
    from kb.app.daemon.control import stop

    # A configuration that was just broken must not keep the daemon alive that nobody can ask any more.
    return run.show(stop(load_settings(home=run.home, file=False)), _stopped_lines)


@verb(group=command, name="status", example="kb daemon status", codes=(ExitCode.NEGATIVE,))
def status(run: Run) -> ExitCode:
    """Say whether the daemon runs; exit code 1 where it does not."""
    from kb.app.daemon.control import presence

    payload = presence(run.settings)
    return run.show(payload, _status_lines, code=ExitCode.OK if payload["running"] else ExitCode.NEGATIVE)


@verb(group=command, name="run", example="kb daemon run --idle-exit 1800", codes=(ExitCode.LOCKED, ExitCode.NO_MODEL))
@click.option("--idle-exit", "idle_exit_s", default=0.0, type=click.FloatRange(0), metavar="SECONDS",
              help="Leave when nobody asked for so long; 0: never.")  # fmt: skip
def run_daemon(run: Run, idle_exit_s: float) -> ExitCode:
    """Be the daemon, in the foreground, with its log on stderr."""
    from kb.app.daemon.life import Daemon
    from kb.app.daemon.log import to_stderr

    Daemon(run.settings, log=to_stderr, idle_exit_s=idle_exit_s or None).run()
    return ExitCode.OK


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
