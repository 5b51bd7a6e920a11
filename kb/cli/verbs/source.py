"""`kb source`: the folders that the index follows."""

import click

from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload, count
from kb.cli.views.state import source_lines
from kb.errors import ExitCode


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
@click.option("--name", default="", help="What to call it; the folder's name by default.")
def add(run: Run, path: str, name: str) -> ExitCode:
    """Add a folder; the next `kb index` reads it."""
    with run.open_app() as app:
        return run.show(app.source_add(path, name), _added)


@verb(group=command, name="list", example="kb source list")
def list_sources(run: Run) -> ExitCode:
    """List the sources with their folders."""
    with run.open_app() as app:
        return run.show(app.source_list(), source_lines)


@verb(group=command, name="remove", example="kb source remove shop", codes=(ExitCode.NEGATIVE, ExitCode.LOCKED))
@click.argument("name")
def remove(run: Run, name: str) -> ExitCode:
    """Forget a source; its files on disk stay as they are."""
    with run.open_app() as app:
        return run.show(app.source_remove(name), _removed)


def _added(payload: Payload, page: Page) -> list[Line]:
    return [[(payload["name"], "title"), "  ", (payload["root"], "place")], [("Now: kb index", "dim")]]


def _removed(payload: Payload, page: Page) -> list[Line]:
    return [[f"{payload['name']} is forgotten ({count(payload['removed'], 'file')}); the folder stays as it is"]]
