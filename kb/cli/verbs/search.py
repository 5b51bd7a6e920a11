"""`kb search`: the passages nearest to some words."""

from typing import Unpack

import click

from kb.app.api import Scope
from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.verbs.scope import scoped
from kb.cli.views.hits import search_lines
from kb.errors import ExitCode


@verb(
    example="kb search attach debugger jest\n"
    "kb search -n 3 --kind adr 'signing key'\n"
    "kb search parse_config --path 'src/**'",
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("words", nargs=-1, required=True, metavar="QUERY...")
@click.option("-n", "limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@scoped
def command(run: Run, words: tuple[str, ...], limit: int, **scope: Unpack[Scope]) -> ExitCode:
    """Find the passages nearest to some words.

    Words and meaning both count. The source of the current folder ranks first.
    """
    scope["cwd"] = run.cwd
    with run.open_app() as app, run.progress() as progress:
        payload = app.search(" ".join(words), limit=limit, on_progress=progress, **scope)
    return run.show_answer(payload, search_lines, code=ExitCode.OK if payload["hits"] else ExitCode.NEGATIVE)
