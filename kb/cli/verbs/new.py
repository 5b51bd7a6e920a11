"""`kb new`: a TIL, a decision or an RFC from a template or a draft, searchable when the editor closes."""

import os
from datetime import date

import click

from kb.cli import diagnostics
from kb.cli.capture import capture, cleaned_title, roots
from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.config_file import write_setting
from kb.draft import adr, rfc, til
from kb.draft.dialect import read_dialect
from kb.draft.linked import moved
from kb.draft.slug import slugify
from kb.errors import ConfigError, ExitCode

CODES = (ExitCode.NEGATIVE, ExitCode.LOCKED, ExitCode.NO_MODEL)


@click.group("new", cls=VerbGroup)
def command() -> None:
    """Write a TIL, an ADR or an RFC from a template or a draft."""


@verb(
    group=command,
    name="til",
    example='kb new til "git restore keeps the index"\nkb new til --topic git "…"\nkb new til --from-week "…"',
    codes=CODES,
)
@click.argument("words", nargs=-1, required=True, metavar="TITLE...")
@click.option("--topic", default="", metavar="FOLDER", help="The folder below your TILs.")
@click.option("--from-week", "--draft", "is_draft", is_flag=True, help="Begin with a draft from your week's commits.")
@click.option("--no-edit", is_flag=True, help="Write the template and open no editor.")
def new_til(run: Run, words: tuple[str, ...], topic: str, is_draft: bool, no_edit: bool) -> ExitCode:
    """Write down what you learned today.

    Opens your editor; when it closes, the note is searchable. A template that was left as it is
    goes away again. TILs live in `notes_dir` of the settings, else in your TIL source.
    """
    title = cleaned_title(words)
    folder = _til_folder(run)
    path = os.path.join(folder, *filter(None, [slugify(topic) if topic else ""]), f"{slugify(title)}.md")
    if is_draft:
        return _drafted(run, "til", path, title=title, edit=not no_edit, home=folder)
    text = til.til_text(title, date=_today())
    return capture(run, path, text, title=title, edit=not no_edit, home=folder)


@verb(
    group=command, name="adr", example='kb new adr "Use SQLite as the ledger"\nkb new adr --draft "…"', codes=CODES
)  # fmt: skip
@click.argument("words", nargs=-1, required=True, metavar="TITLE...")
@click.option("--dir", "folder", default="", metavar="DIR", help="The folder of decisions; found by itself otherwise.")
@click.option("--draft", "is_draft", is_flag=True, help="Begin with a draft: context and options from your notes.")
@click.option("--no-edit", is_flag=True, help="Write the template and open no editor.")
def new_adr(run: Run, words: tuple[str, ...], folder: str, is_draft: bool, no_edit: bool) -> ExitCode:
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
    if is_draft:
        return _drafted(run, "adr", path, title=title, edit=not no_edit, home=home)
    text = adr.adr_text(dialect, title, number=number, date=_today())
    return capture(run, path, text, title=title, edit=not no_edit, home=home)


@verb(group=command, name="rfc", example='kb new rfc "Two-factor login"\nkb new rfc --draft "…"', codes=CODES)
@click.argument("words", nargs=-1, required=True, metavar="TITLE...")
@click.option("--dir", "folder", default="", metavar="DIR", help="The folder of RFCs; found by itself otherwise.")
@click.option("--draft", "is_draft", is_flag=True, help="Begin with a draft: motivation and places from your notes.")
@click.option("--no-edit", is_flag=True, help="Write the template and open no editor.")
def new_rfc(run: Run, words: tuple[str, ...], folder: str, is_draft: bool, no_edit: bool) -> ExitCode:
    """Write a proposal to be talked about.

    The folder is that of the repository you stand in (`rfcs`, `docs/rfcs`, `proposals` …), else `docs/rfcs`; names
    and headings follow the RFCs already there.
    """
    title = cleaned_title(words)
    top = adr.repository_root(run.cwd)
    home = os.path.abspath(os.path.expanduser(folder)) if folder else rfc.rfc_folder(run.cwd, top)
    home = home or os.path.join(top, rfc.NEW_FOLDER)
    dialect = read_dialect(home)
    path = os.path.join(home, adr.adr_name(dialect, title, number=dialect.next_number, date=_today()))
    if is_draft:
        return _drafted(run, "rfc", path, title=title, edit=not no_edit, home=home)
    return capture(run, path, rfc.rfc_text(dialect, title, date=_today()), title=title, edit=not no_edit, home=home)


def _drafted(run: Run, kind: str, path: str, *, title: str, edit: bool, home: str) -> ExitCode:
    """The same with a draft in place of the template; where nothing is there to draft from, the template."""
    with run.open_app() as app, run.progress() as progress:
        # As if standing where the note is to lie: there are the house's template, numbers and neighbours.
        cwd = run.cwd if kind == "til" or not os.path.isdir(home) else home
        payload = app.draft(kind, title, cwd=cwd, on_progress=progress)
    text = moved(payload["draft"], before=payload["folder"], now=os.path.dirname(path))
    if payload["empty"]:
        for notice in payload["notices"]:
            run.note(str(notice))
        return capture(run, path, text, title=title, edit=edit, home=home)
    return capture(run, path, text, title=title, edit=edit, home=home, drafted=payload)


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
