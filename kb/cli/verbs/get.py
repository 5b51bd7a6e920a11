"""`kb get`: a file, or lines of it, as they are on disk now."""

import click

from kb.cli import output
from kb.cli.arguments import as_shown
from kb.cli.command import verb
from kb.cli.run import Run
from kb.errors import ExitCode


@verb(example="kb get react/debug-jest.md:10-20\nkb get til:react/debug-jest.md", codes=(ExitCode.NEGATIVE,))
@click.argument("ref", metavar="[SOURCE:]PATH[:START[-END]]")
def command(run: Run, ref: str) -> ExitCode:
    """Print a file, or lines of it.

    A file below the current folder wins, then a path relative to a source. Every line ends with a newline, also
    the last of a file that has none there; line ends of Windows become newlines.
    """
    with run.open_app() as app:
        payload = app.get(ref, cwd=run.cwd)
    payload["abspath"] = as_shown(payload["abspath"])
    output.write_json(payload) if run.as_json else output.write_text(payload["text"] + "\n")
    return ExitCode.OK
