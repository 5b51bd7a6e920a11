"""`kb brief`: what is new, and what waits for somebody."""

import click

from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.views.brief import brief_lines
from kb.errors import ExitCode


@verb(example="kb brief\nkb brief --since 7d\nkb brief --since 2026-03-01 --json | jq '.sections[].name'")
@click.option(
    "--since", default="", metavar="WHEN",
    help="From when on: a date, today, yesterday, or a span such as 12h, 7d, 2w.  [default: yesterday]",
)  # fmt: skip
def command(run: Run, since: str) -> ExitCode:
    """Say what is new since yesterday, and what waits for you.

    Decisions, notes and code that changed, links that the changed decisions could have, decisions
    whose day to be reviewed has come, code that follows one that was replaced, files that could
    not be read, and the last nightly run. What has nothing to tell is left out.
    """
    with run.open_app() as app:
        return run.show(app.brief(since=since), brief_lines)
