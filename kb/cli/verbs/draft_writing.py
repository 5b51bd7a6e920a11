"""`kb draft adr|til|rfc|status|guide`: drafts out of your facts, notes, code and commits; `WRITTEN` joins the group."""

import os

import click

from kb.cli import output
from kb.cli.arguments import as_shown, shown_value
from kb.cli.command import Verb, verb
from kb.cli.run import Run
from kb.cli.verbs.ask import read_context
from kb.cli.views.page import Payload
from kb.draft.file import create
from kb.draft.linked import moved
from kb.errors import ExitCode

CODES = (ExitCode.NO_MODEL,)
TARGET = click.option("-o", "target", default="", metavar="FILE", help="Write the draft to a new file.")
ASK_WHY = click.option("--ask-why", is_flag=True, help="Add the questions of a sharp reviewer.")
TEMPLATE = click.option(
    "--template", default="", metavar="FILE|DIALECT",
    help="Another template than the house's: a Markdown file, or madr4, madr3, madr2, log4brains, nygard.",
)  # fmt: skip


@verb(
    name="adr",
    example='kb draft adr "Cache sessions in Redis"\n'
    'kb draft adr "Cache sessions in Redis" --ask-why - < facts.md\n'
    'kb draft adr "Cache sessions in Redis" -o docs/decisions/0012-cache-sessions-in-redis.md',
    codes=CODES,
)
@click.argument("words", nargs=-1, metavar="TITLE... [-]")
@TEMPLATE
@ASK_WHY
@TARGET
def adr(run: Run, words: tuple[str, ...], template: str, ask_why: bool, target: str) -> ExitCode:
    """Draft a decision: the next number, in the house's own template.

    A `-` reads your facts from stdin: bullets, with labels such as `Problem:`, `Option:`, `Because:`. Context,
    options and what is decided already come from your notes and code, cited; decisions that it could supersede are
    named. A figure that neither you nor a source gives is written [measure].
    """
    return _drafted(run, "adr", words, target, template=template, ask_why=ask_why)


@verb(
    name="rfc",
    example='kb draft rfc "Two-factor login" - < facts.md',
    codes=CODES,
)
@click.argument("words", nargs=-1, metavar="TITLE... [-]")
@TEMPLATE
@ASK_WHY
@TARGET
def rfc(run: Run, words: tuple[str, ...], template: str, ask_why: bool, target: str) -> ExitCode:
    """Draft a proposal to be talked about, with the places where it could go."""
    return _drafted(run, "rfc", words, target, template=template, ask_why=ask_why)


@verb(
    name="til",
    example='kb draft til --since last-friday\nkb draft til "git restore keeps the index" - < bullets.md',
    codes=CODES,
)
@click.argument("words", nargs=-1, metavar="[TITLE...] [-]")
@click.option(
    "--since", default="", metavar="WHEN", callback=shown_value,
    help="How far back your commits are read: last-friday, yesterday, 7d, a day. Seven days, unless told.",
)  # fmt: skip
@ASK_WHY
@TARGET
def til(run: Run, words: tuple[str, ...], since: str, ask_why: bool, target: str) -> ExitCode:
    """Draft a TIL from your bullets and your own commits: problem, solution, trade-offs, related.

    A `-` reads bullets from stdin; then commits are taken only with --since. With neither bullets nor commits it is
    the bare template. Your commits are those of git's configured user in the repository where you stand.
    """
    return _drafted(run, "til", words, target, since=since, ask_why=ask_why)


@verb(
    name="status",
    example="kb draft status --since last-friday\nkb draft status --since 14d - < my-points.md",
    codes=CODES,
)
@click.argument("words", nargs=-1, metavar="[TITLE...] [-]")
@click.option(
    "--since", default="", metavar="WHEN", callback=shown_value,
    help="Where the report begins: last-friday, yesterday, 7d, a day. Seven days ago, unless told.",
)  # fmt: skip
@ASK_WHY
@TARGET
def status(run: Run, words: tuple[str, ...], since: str, ask_why: bool, target: str) -> ExitCode:
    """Draft a status report: progress, risks, blockers, from commits and notes.

    The commits are everybody's on the branch that is checked out here; the notes are those that changed meanwhile.
    """
    return _drafted(run, "status", words, target, since=since, ask_why=ask_why)


@verb(
    name="guide",
    example='kb draft guide "Writing a repository" --for "new backend developers"',
    codes=CODES,
)
@click.argument("words", nargs=-1, metavar="TOPIC... [-]")
@click.option("--for", "audience", default="", metavar="AUDIENCE", callback=shown_value, help="Who is to read it.")
@ASK_WHY
@TARGET
def guide(run: Run, words: tuple[str, ...], audience: str, ask_why: bool, target: str) -> ExitCode:
    """Draft a mini-guide: how it is done here, before and after, common mistakes, exercises."""
    return _drafted(run, "guide", words, target, audience=audience, ask_why=ask_why)


WRITTEN: tuple[Verb, ...] = (adr, til, rfc, status, guide)


def deliver(run: Run, payload: Payload, target: str) -> ExitCode:
    """The draft on stdout, or in a new file; what is there already is never written over."""
    if target:
        path = os.path.abspath(os.path.join(run.cwd, os.path.expanduser(target)))
        text = moved(payload["draft"], before=payload.get("folder") or "", now=os.path.dirname(path))
        create(path, text)
        payload = {**payload, "draft": text, "written": as_shown(path)}
    if run.as_json:
        output.write_json(payload)
        return ExitCode.OK
    output.write_text(f"{payload['written']}" if target else payload["draft"])
    for notice in payload["notices"]:
        run.note(str(notice))
    return ExitCode.OK


def _drafted(
    run: Run, kind: str, words: tuple[str, ...], target: str, *, since: str = "", audience: str = "",
    template: str = "", ask_why: bool = False,
) -> ExitCode:  # fmt: skip
    title = as_shown(" ".join(word for word in words if word != "-"))
    facts = read_context(run) if "-" in words else ""
    with run.open_app() as app, run.progress() as progress:
        payload = app.draft(
            kind, title, facts=facts, since=since, audience=audience, template=template, ask_why=ask_why, cwd=run.cwd,
            on_progress=progress,
        )  # fmt: skip
    return deliver(run, payload, target)
