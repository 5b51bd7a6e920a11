"""`kb schedule`: the nightly run, installed with what the operating system has for that."""

import click

from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.schedule import installed_lines, night_lines, removed_lines, schedule_lines
from kb.errors import ExitCode


@click.group("schedule", cls=VerbGroup)
def command() -> None:
    """Have the index brought up to date every night."""


@verb(
    group=command,
    name="install",
    example="kb schedule install\nkb schedule install --at 02:30",
    codes=(ExitCode.NEGATIVE,),
)
@click.option("--at", default="03:00", show_default=True, metavar="HH:MM", help="When, by the clock of this machine.")
def install(run: Run, at: str) -> ExitCode:
    """Have `kb schedule run` done every night, by systemd, launchd, cron or the Task Scheduler.

    Installed again, it takes the place of the one before. A home of its own (--home, KB_HOME) has
    a nightly run of its own.
    """
    with run.open_app() as app:
        return run.show(app.schedule_install(at=at), installed_lines)


@verb(group=command, name="show", example="kb schedule show\nkb schedule show --json | jq .next")
def show(run: Run) -> ExitCode:
    """Say whether a nightly run is installed, when it comes next, and how the last one ended."""
    with run.open_app() as app:
        return run.show(app.schedule_show(), schedule_lines)


@verb(group=command, name="remove", example="kb schedule remove", codes=(ExitCode.NEGATIVE,))
def remove(run: Run) -> ExitCode:
    """Take the nightly run away; does nothing where there is none."""
    with run.open_app() as app:
        return run.show(app.schedule_remove(), removed_lines)


@verb(
    group=command,
    name="run",
    example="kb schedule run\nkb schedule run --now",
    codes=(ExitCode.NEGATIVE, ExitCode.LOCKED, ExitCode.NO_MODEL),
)
@click.option("--now", is_flag=True, help="Do not wait for mains power.")
def run_night(run: Run, now: bool) -> ExitCode:
    """Do the nightly run: look at every file, embed, check, compact and back up the index.

    On battery it first waits for mains power, up to four hours; then it leaves the rest to the
    next night.
    """
    from kb.app.power import wait_for_mains

    if not now and not wait_for_mains():
        run.note("still on battery: left to the next night, or now: kb schedule run --now")
        return ExitCode.OK
    with run.open_app() as app, run.progress() as progress:
        payload = app.night(on_progress=progress)
    code = ExitCode.OK if payload.get("ok") else ExitCode.NEGATIVE
    if run.quiet and not run.as_json and code is ExitCode.OK:
        return code
    return run.show(payload, night_lines, code=code)
