"""`kb related`: what belongs to a file, declared or alike."""

import click

from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.views.linking import related_lines
from kb.errors import ExitCode


@verb(
    example="kb related docs/adr/0007-use-sqlite.md\nkb related src/parse.py:42\nkb related -n 3 til:sqlite/fts5.md",
    codes=(ExitCode.NEGATIVE,),
)
@click.argument("ref", metavar="[SOURCE:]PATH[:LINE]")
@click.option("-n", "limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many.")
def command(run: Run, ref: str, limit: int) -> ExitCode:
    """Show what belongs to a file.

    First what it names and what names it, then the decisions and notes that are most like it though neither names
    the other. With a line, only the passage there is compared.
    """
    with run.open_app() as app:
        payload = app.related(ref, limit=limit, cwd=run.cwd)
    return run.show(payload, related_lines, code=ExitCode.OK if payload["related"] else ExitCode.NEGATIVE)
