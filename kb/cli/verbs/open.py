"""`kb open`: a citation in the editor, at its line."""

import click

from kb.cli import editor, output
from kb.cli.arguments import as_shown
from kb.cli.command import verb
from kb.cli.run import Run
from kb.errors import ExitCode


@verb(example="kb open docs/adr/0007-use-sqlite.md:40\nkb open til:react/debug-jest.md", codes=(ExitCode.NEGATIVE,))
@click.argument("ref", metavar="[SOURCE:]PATH[:START[-END]]")
def command(run: Run, ref: str) -> ExitCode:
    """Open a file in your editor, at its line.

    The editor is that of the settings, else $VISUAL, else $EDITOR. With --json no editor is
    opened: the place and its text are printed, for an editor that asks.
    """
    with run.open_app() as app:
        if run.as_json:
            payload = app.get(ref, cwd=run.cwd)
            output.write_json({**payload, "abspath": as_shown(payload["abspath"])})
            return ExitCode.OK
        place = app.locate(ref, cwd=run.cwd)
    editor.open_at(editor.command_of(run.settings), place["abspath"], place["start"] or 1)
    return ExitCode.OK
