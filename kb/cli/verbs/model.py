"""`kb model`: the embedding models on this machine and which one is used, and the language models that write."""

import click

from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload
from kb.cli.views.state import model_lines
from kb.errors import ExitCode


@click.group("model", cls=VerbGroup)
def command() -> None:
    """List, choose or download embedding models."""


@verb(group=command, name="list", example="kb model list", codes=(ExitCode.NO_MODEL,))
def list_models(run: Run) -> ExitCode:
    """List the models, those in use with a star; an Ollama that runs here is found by itself."""
    with run.open_app() as app:
        return run.show(app.model_list(), model_lines)


@verb(
    group=command,
    name="use",
    example="kb model use BAAI/bge-small-en-v1.5",
    codes=(ExitCode.NEGATIVE, ExitCode.LOCKED, ExitCode.NO_MODEL),
)
@click.argument("name")
def use(run: Run, name: str) -> ExitCode:
    """Choose the model; the index gets a new generation of vectors, never mixed with the old."""
    with run.open_app() as app, run.progress() as progress:
        payload = app.model_use(name, on_progress=progress)
    return run.show(payload, _chosen)


@verb(
    group=command,
    name="download",
    example="kb model download BAAI/bge-small-en-v1.5",
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("name")
def download(run: Run, name: str) -> ExitCode:
    """Fetch a model: the one command that uses the network."""
    with run.open_app() as app, run.progress() as progress:
        payload = app.model_download(name, on_progress=progress)
    return run.show(payload, _chosen)


def _chosen(payload: Payload, page: Page) -> list[Line]:
    """`key  value` for whatever there is to say about the model."""
    return [[(f"{key:<10}  ", "dim"), str(value)] for key, value in payload.items() if value not in (None, "", [])]
