"""`kb tui`: the terminal interface."""

import gc
import sys

from kb.cli import output
from kb.cli.command import verb
from kb.cli.run import Run
from kb.errors import ExitCode, UsageError


@verb(example="kb tui\nkb", codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL))
def command(run: Run) -> ExitCode:
    """Open the terminal interface."""
    if run.as_json or sys.stdin is None or not sys.stdin.isatty() or not output.is_terminal():
        raise UsageError("the terminal interface needs a terminal", "kb --help lists the commands for scripts")
    return open_screen(run)


def open_screen(run: Run) -> ExitCode:
    """Run the interface until it is left; textual is imported only here."""
    # Hardly anything that is made before the first paint is garbage: looking for it is a tenth of the start. The screen
    # itself turns it on again.
    gc.disable()
    from tui.app import run as run_screen

    run_screen(run.settings)
    return ExitCode.OK
