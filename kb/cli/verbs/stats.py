"""`kb stats`: how well you remember, and what you wrote, by the week."""

import click

from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.views.stats import stats_lines
from kb.errors import ExitCode


@verb(example="kb stats\nkb stats --weeks 12\nkb config set targets.til 3\nkb stats --json | jq .recall.retention")
@click.option("--weeks", default=4, show_default=True, type=click.IntRange(1, 520), help="How many, with this one.")
def command(run: Run, weeks: int) -> ExitCode:
    """Say how well you remember, and what you wrote each week.

    Retention is the share of grades better than "again", of cards that were past their first steps. Decisions,
    proposals, TILs and design reviews are counted by their own date, else by the day of their first commit, against
    the targets of your settings (targets.til and so on).
    """
    with run.open_app() as app:
        return run.show(app.stats(weeks=weeks), stats_lines)
