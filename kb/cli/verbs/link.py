"""`kb link`: links that notes could have, and the one command that writes one into them."""

from typing import TYPE_CHECKING

import click

from kb.cli import diagnostics
from kb.cli.arguments import shown_value
from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.linking import accept_lines, suggest_lines
from kb.cli.views.page import Payload
from kb.errors import ExitCode, KbError

if TYPE_CHECKING:
    from kb.app.api import Api

RELATIONS = ("supersedes", "amends", "extends", "requires", "related", "contradicts")
PROPOSED = ("related", "supersedes", "contradicts")


@click.group("link", cls=VerbGroup)
def command() -> None:
    """Suggest links between notes, and write one into them."""


@verb(
    group=command,
    name="suggest",
    example="kb link suggest\nkb link suggest docs/adr/0007-use-sqlite.md\nkb link suggest --relation contradicts",
    codes=(ExitCode.NEGATIVE,),
)
@click.argument("ref", required=False, default="", metavar="[[SOURCE:]PATH]")
@click.option("-n", "limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@click.option("--source", default="", metavar="NAME", callback=shown_value, help="Stay in one source.")
@click.option("--relation", type=click.Choice(PROPOSED), help="Only this relation.")
def suggest(run: Run, ref: str, limit: int, source: str, relation: str | None) -> ExitCode:
    """Show pairs that should perhaps be linked.

    Of one note, or over all decisions: files that are alike and name each other nowhere, each with a line or two of
    both. A contradiction is a candidate, for you to judge.
    """
    with run.open_app() as app:
        payload = app.link_suggest(ref, limit=limit, source=source, relation=relation or "", cwd=run.cwd)
    return run.show(payload, suggest_lines, code=ExitCode.OK if payload["suggestions"] else ExitCode.NEGATIVE)


@verb(
    group=command,
    name="accept",
    example="kb link accept adr/0012-use-sqlite.md adr/0007-use-files.md --relation supersedes",
    codes=(ExitCode.NEGATIVE, ExitCode.LOCKED, ExitCode.NO_MODEL),
)
@click.argument("src", metavar="SRC")
@click.argument("dst", metavar="DST")
@click.option("--relation", required=True, type=click.Choice(RELATIONS), help="What SRC does to DST.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def accept(run: Run, src: str, dst: str, relation: str, yes: bool) -> ExitCode:
    """Write a link into a note, in its own dialect.

    The change is shown first and nothing is written before you say yes. For `supersedes` the old decision gets its
    new status and its successor, too. What is there already is not written twice.
    """
    with run.open_app() as app:
        shown = app.link_accept(src, dst, relation=relation, cwd=run.cwd)
        if not shown["changed"]:
            return run.show(shown, accept_lines)
        if not yes and not _confirmed(run, shown):
            return _left_alone(run, shown)
        seen = {item["abspath"]: item["digest"] for item in shown["changed"]}
        done = app.link_accept(src, dst, relation=relation, cwd=run.cwd, write=True, seen=seen)
        done["notices"] = _indexed(run, app, done)
        return run.show(done, accept_lines)


def _confirmed(run: Run, shown: Payload) -> bool:
    if run.as_json or not diagnostics.can_ask():
        return False
    run.show(shown, accept_lines)
    return diagnostics.ask("Write this? y/n", "n").strip().lower() in ("y", "yes")


def _left_alone(run: Run, shown: Payload) -> ExitCode:
    asked = not run.as_json and diagnostics.can_ask()
    told = "nothing was written" if asked else "nothing was written: look at the change, then add --yes"
    if asked:
        run.note(told)
        return ExitCode.NEGATIVE
    return run.show({**shown, "notices": [told]}, accept_lines, code=ExitCode.NEGATIVE)


def _indexed(run: Run, app: "Api", done: Payload) -> list[str]:
    """Bring the index up to date for what was written; the link stands in the files also where that fails."""
    try:
        with run.progress() as progress:
            app.index([item["abspath"] for item in done["changed"]], on_progress=progress)
    except KbError as error:
        return [f"written, but not indexed yet: {error.message}"]
    return []
