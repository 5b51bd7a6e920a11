"""`kb source`: the folders that the index follows."""

import os

import click

from kb.cli.arguments import shown_value
from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload, count
from kb.cli.views.state import source_lines
from kb.errors import ExitCode, UsageError


@click.group("source", cls=VerbGroup)
def command() -> None:
    """Add, list or remove the folders that are indexed."""


@verb(
    group=command,
    name="add",
    example="kb source add ~/code/shop --name shop",
    codes=(ExitCode.NEGATIVE, ExitCode.LOCKED),
)
@click.argument("path")
@click.option("--name", default="", callback=shown_value, help="What to call it; the folder's name by default.")
def add(run: Run, path: str, name: str) -> ExitCode:
    """Add a folder; the next `kb index` reads it."""
    if ":" in name:
        # `NAME:PATH` names a file: with a colon in the name nobody could tell where the path begins.
        raise UsageError(
            f"a source's name holds no colon: {name}", f"kb source add PATH --name {name.replace(':', '-')}"
        )
    with run.open_app() as app:
        payload = app.source_add(os.path.abspath(os.path.expanduser(path)), name)
    if name and payload["name"] != name:
        known = payload["name"]
        raise UsageError(f"{payload['root']} is known already, as {known}", f"to rename it: kb source remove {known}")
    return run.show(payload, _added)


@verb(group=command, name="list", example="kb source list")
def list_sources(run: Run) -> ExitCode:
    """List the sources with their folders."""
    with run.open_app() as app:
        return run.show(app.source_list(), source_lines)


@verb(group=command, name="remove", example="kb source remove shop", codes=(ExitCode.NEGATIVE, ExitCode.LOCKED))
@click.argument("name", callback=shown_value)
def remove(run: Run, name: str) -> ExitCode:
    """Forget a source; its files on disk stay as they are."""
    with run.open_app() as app:
        return run.show(app.source_remove(name, cwd=run.cwd), _removed)


def _added(payload: Payload, page: Page) -> list[Line]:
    return [[(payload["name"], "title"), "  ", (payload["root"], "place")], [("Now: kb index", "dim")]]


def _removed(payload: Payload, page: Page) -> list[Line]:
    return [[f"{payload['name']} is forgotten ({count(payload['removed'], 'file')}); the folder stays as it is"]]
