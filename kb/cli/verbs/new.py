"""`kb new`: a TIL or a decision from a template, searchable when the editor closes."""

import os
from datetime import date

import click

from kb.cli import diagnostics
from kb.cli.capture import capture, cleaned_title, roots
from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.config_file import write_setting
from kb.draft import adr, til
from kb.draft.dialect import read_dialect
from kb.draft.slug import slugify
from kb.errors import ConfigError, ExitCode

CODES = (ExitCode.NEGATIVE, ExitCode.LOCKED, ExitCode.NO_MODEL)


@click.group("new", cls=VerbGroup)
def command() -> None:
    """Write a TIL or an ADR from a template."""


@verb(
    group=command,
    name="til",
    example='kb new til "git restore keeps the index"\nkb new til --topic git "…"',
    codes=CODES,
)
@click.argument("words", nargs=-1, required=True, metavar="TITLE...")
@click.option("--topic", default="", metavar="FOLDER", help="The folder below your TILs.")
@click.option("--no-edit", is_flag=True, help="Write the template and open no editor.")
def new_til(run: Run, words: tuple[str, ...], topic: str, no_edit: bool) -> ExitCode:
    """Write down what you learned today.

    Opens your editor; when it closes, the note is searchable. A template that was left as it is
    goes away again. TILs live in `notes_dir` of the settings, else in your TIL source.
    """
    title = cleaned_title(words)
    folder = _til_folder(run)
    path = os.path.join(folder, *filter(None, [slugify(topic) if topic else ""]), f"{slugify(title)}.md")
    text = til.til_text(title, date=_today())
    return capture(run, path, text, title=title, edit=not no_edit, home=folder)


@verb(group=command, name="adr", example='kb new adr "Use SQLite as the ledger"', codes=CODES)
@click.argument("words", nargs=-1, required=True, metavar="TITLE...")
@click.option("--dir", "folder", default="", metavar="DIR", help="The folder of decisions; found by itself otherwise.")
@click.option("--no-edit", is_flag=True, help="Write the template and open no editor.")
def new_adr(run: Run, words: tuple[str, ...], folder: str, no_edit: bool) -> ExitCode:
    """Write a decision, with the next number and in the house's own dialect.

    The folder is that of the repository you stand in; names, metadata and headings follow the
    decisions already there, MADR 4 where there are none.
    """
    title = cleaned_title(words)
    top = adr.repository_root(run.cwd)
    home = os.path.abspath(os.path.expanduser(folder)) if folder else adr.adr_folder(run.cwd, top)
    home = home or os.path.join(top, adr.NEW_FOLDER)
    dialect = read_dialect(home)
    number = dialect.next_number
    path = os.path.join(home, adr.adr_name(dialect, title, number=number, date=_today()))
    text = adr.adr_text(dialect, title, number=number, date=_today())
    return capture(run, path, text, title=title, edit=not no_edit, home=home)


def _til_folder(run: Run) -> str:
    if run.settings.notes_dir is not None:
        return str(run.settings.notes_dir)
    with run.open_app() as app:
        if (found := til.til_folder(roots(app), run.cwd)) is not None:
            return found
    if run.as_json or not diagnostics.can_ask():
        raise ConfigError("it is not known where your TILs live", "kb config set notes_dir ~/til")
    told = os.path.abspath(os.path.expanduser(diagnostics.ask("Where do your TILs live?", "~/til")))
    write_setting(run.settings.config_file, "notes_dir", told)
    return told


def _today() -> str:
    return date.today().isoformat()
