"""`kb why`: from a line of code, or a stack trace, to the decisions and notes that speak for it."""

import click

from kb.cli import output
from kb.cli.arguments import as_shown
from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.verbs.ask import read_context
from kb.cli.views.page import Payload
from kb.cli.views.why import head_lines, later_lines, reason_lines, trace_lines
from kb.errors import ExitCode


@verb(
    example="kb why src/shop/cart.py:42\nkb why --rev v1.4.0 src/shop/cart.py:42\npytest 2>&1 | kb why -",
    codes=(ExitCode.NEGATIVE,),
)
@click.argument("ref", metavar="PATH:LINE|-")
@click.option("--rev", default="", metavar="TAG", help="The line as it is in this revision, such as what is deployed.")
def command(run: Run, ref: str, rev: str) -> ExitCode:
    """Say why a line is there: the decisions and notes that speak for it.

    What names the line, its declaration or its file comes first, without git; then the commit that it
    goes back to, through moves and reformatting, and what that names. What is only near by meaning is
    called so. A `-` reads a stack trace from stdin and explains its innermost frames that are yours.
    """
    with run.open_app() as app:
        if ref == "-":
            payload = app.why_trace(read_context(run), cwd=run.cwd, rev=rev)
            run.show(payload, trace_lines)
            return _code(any(frame["because"] for frame in payload["frames"]))
        if not run.as_json:
            # What needs no git is there at once: nobody waits for a long history to read it.
            early = app.why(ref, cwd=run.cwd, rev=rev, git=False)
            page = output.page()
            output.write_lines([*head_lines(early, page), *reason_lines(early["because"], page)])
            payload = app.why(ref, cwd=run.cwd, rev=rev)
            output.write_lines(later_lines(payload, early["because"], page))
            for notice in payload["notices"]:
                run.note(notice)
            return _code(bool(payload["because"]))
        payload = app.why(ref, cwd=run.cwd, rev=rev)
    _write(payload)
    return _code(bool(payload["because"]))


def _write(payload: Payload) -> None:
    output.write_json({**payload, "abspath": as_shown(payload["abspath"])})


def _code(found: bool) -> ExitCode:
    return ExitCode.OK if found else ExitCode.NEGATIVE
