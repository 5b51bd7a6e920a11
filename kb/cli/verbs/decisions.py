"""`kb decisions`: what was decided, what holds, and how decisions hang together."""

import click

from kb.cli import output
from kb.cli.arguments import shown_value
from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.decisions import check_lines, link_lines, list_lines, show_lines
from kb.errors import ExitCode

RELATIONS = ("supersedes", "amends", "extends", "requires", "related", "links", "mentions", "contradicts")
SOURCE = click.option("--source", default="", metavar="NAME", callback=shown_value, help="Stay in one source.")


@click.group("decisions", cls=VerbGroup)
def command() -> None:
    """Show decisions, what took their place, and what is wrong with their links."""


@verb(
    group=command,
    name="list",
    example="kb decisions list\nkb decisions list --status accepted\nkb decisions list --json | jq .decisions",
    codes=(ExitCode.NEGATIVE,),
)
@click.option("--status", default="", metavar="STATUS", callback=shown_value, help="Only these, as in: superseded.")
@SOURCE
def list_decisions(run: Run, status: str, source: str) -> ExitCode:
    """List the decisions with their status as it is today."""
    with run.open_app() as app:
        payload = app.decisions_list(status=status, source=source)
    return run.show(payload, list_lines, code=ExitCode.OK if payload["decisions"] else ExitCode.NEGATIVE)


@verb(
    group=command,
    name="show",
    example="kb decisions show 23\nkb decisions show docs/adr/0023-use-postgres.md\nkb decisions show 23 --source shop",
    codes=(ExitCode.NEGATIVE,),
)
@click.argument("ref", metavar="N|PATH")
@SOURCE
def show(run: Run, ref: str, source: str) -> ExitCode:
    """Show one decision: its status and chain, its neighbours, and the code that cites it.

    Code that still follows a decision that was superseded is marked.
    """
    with run.open_app() as app:
        return run.show(app.decisions_show(ref, cwd=run.cwd, source=source), show_lines)


@verb(
    group=command,
    name="links",
    example="kb decisions links\nkb decisions links --relation supersedes --json",
    codes=(ExitCode.NEGATIVE,),
)
@click.option("--relation", type=click.Choice(RELATIONS), help="Only this relation.")
@SOURCE
def links(run: Run, relation: str | None, source: str) -> ExitCode:
    """List what the texts declare: which decision does what to which, with the line that says so."""
    with run.open_app() as app:
        payload = app.decisions_links(relation=relation or "", source=source)
    return run.show(payload, link_lines, code=ExitCode.OK if payload["links"] else ExitCode.NEGATIVE)


@verb(
    group=command,
    name="graph",
    example="kb decisions graph > decisions.mmd\nkb decisions graph --format dot | dot -Tsvg > decisions.svg",
)
@click.option(
    "--format", "form", default="mermaid", show_default=True, type=click.Choice(("mermaid", "dot", "json")),
    help="What to draw it in.",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="With the notes and the code that speak of decisions.")
@SOURCE
def graph(run: Run, form: str, everything: bool, source: str) -> ExitCode:
    """Draw the decisions and their relations."""
    with run.open_app() as app:
        payload = app.decisions_graph(form=form, source=source, everything=everything)
    if run.as_json or form == "json":
        output.write_json(payload)
    else:
        output.write_text(payload["text"])
    return ExitCode.OK


@verb(
    group=command,
    name="check",
    example="kb decisions check\nkb decisions check --json | jq '.problems[] | select(.kind == \"cycle\")'",
    codes=(ExitCode.NEGATIVE,),
)
@SOURCE
def check(run: Run, source: str) -> ExitCode:
    """Look for links that lead nowhere, successions told by one side only, circles and doubled numbers.

    Each problem comes with its file and line; the exit code is 1 where there is any.
    """
    with run.open_app() as app:
        payload = app.decisions_check(source=source)
    return run.show(payload, check_lines, code=ExitCode.NEGATIVE if payload["problems"] else ExitCode.OK)
