"""`kb watch`: the daemon in the foreground."""

from kb.cli.command import verb
from kb.cli.run import Run
from kb.errors import ExitCode, NoIndexError


@verb(example="kb watch", codes=(ExitCode.LOCKED, ExitCode.NO_MODEL))
def command(run: Run) -> ExitCode:
    """Follow your folders in the foreground, as the daemon does.

    Every change is in the index half a second after it was saved, and other commands are answered
    by this process. What it does is told on stderr. Ctrl-C ends it.
    """
    from kb.app.daemon.life import Daemon
    from kb.app.daemon.log import to_stderr

    if not run.settings.ledger.exists():
        raise NoIndexError(f"there is no index at {run.settings.home} yet", "kb index PATH")
    Daemon(run.settings, log=(lambda _: None) if run.quiet else to_stderr).run()
    return ExitCode.OK
