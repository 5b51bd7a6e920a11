"""`kb index`: read folders into the index, or bring it up to date."""

import os

import click

from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.views.indexing import index_lines, survey_lines
from kb.errors import ExitCode, UsageError


@verb(
    example="kb index ~/notes ~/code/shop      add two sources, or bring them up to date\n"
    "kb index                          bring all sources up to date\n"
    "kb index --dry-run ~/code         say what would be read, and how long it takes",
    codes=(ExitCode.NEGATIVE, ExitCode.LOCKED, ExitCode.NO_MODEL),
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--full", is_flag=True, help="Read every file again, also those that look unchanged.")
@click.option("--dry-run", is_flag=True, help="Show what would be read; write nothing.")
@click.option("--text-only", is_flag=True, help="Return when the text is searchable; vectors come with the next run.")
def command(run: Run, paths: tuple[str, ...], full: bool, dry_run: bool, text_only: bool) -> ExitCode:
    """Read folders into the index, or bring it up to date.

    A PATH becomes a source that later runs follow; a file brings its source up to date for that
    file. Ctrl-C at any moment leaves a good index: the next run goes on where this one stopped.
    """
    if "-" in paths and not os.path.exists("-"):
        raise UsageError("kb index reads folders, not standard input", "kb index PATH")
    with run.open_app() as app, run.progress() as progress:
        wanted = [os.path.abspath(os.path.expanduser(path)) for path in paths]
        try:
            payload = app.index(wanted, full=full, dry_run=dry_run, text_only=text_only, on_progress=progress)
        except KeyboardInterrupt:
            progress.clear()
            run.note("what was read is kept; the next kb index goes on from there")
            raise
    if run.quiet and not run.as_json:
        return ExitCode.OK
    return run.show(payload, survey_lines if dry_run else index_lines)
