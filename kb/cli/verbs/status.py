"""`kb status`: what is indexed, what was left out and why."""

from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.views.state import status_lines
from kb.errors import ExitCode


@verb(example="kb status\nkb status --json | jq .pending")
def command(run: Run) -> ExitCode:
    """Say what is indexed, and what was left out and why."""
    with run.open_app() as app:
        return run.show(app.status(), status_lines)
