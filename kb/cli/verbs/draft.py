"""`kb draft`: first drafts of the desk work of a lead; here those about code: review, comment, instructions."""

import os

import click

from kb.cli.arguments import as_shown, shown_value
from kb.cli.command import VerbGroup, verb
from kb.cli.run import Run
from kb.cli.verbs.ask import read_context
from kb.cli.verbs.draft_writing import WRITTEN, deliver
from kb.errors import ExitCode, NotFoundError, UsageError

MOST_BYTES = 1_000_000


@click.group("draft", cls=VerbGroup)
def command() -> None:
    """Draft a decision, a TIL, a status, a guide, a review or a comment from your own sources."""


@verb(
    group=command,
    name="review",
    example="kb draft review docs/design/two-factor-login.md\ngit diff main | kb draft review - --check",
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("file", metavar="FILE|-")
@click.option("--check", is_flag=True, help="Exit with 1 where it conflicts with a decision in force.")
@click.option("--ask-why", is_flag=True, help="Add the questions of a sharp reviewer.")
@click.option("-o", "target", default="", metavar="FILE", help="Write the draft to a new file.")
def review(run: Run, file: str, check: bool, ask_why: bool, target: str) -> ExitCode:
    """Review a design document or a diff against the decisions in force.

    Conflicts with quotes of both sides, failure cases that are not spoken of, boundaries crossed, and code that does
    something like it already; a diff is gone through function by function. What it does not find may still be there.
    """
    text, at = (read_context(run), "") if file == "-" else _read(run, file)
    name = "stdin" if file == "-" else as_shown(file)
    with run.open_app() as app, run.progress() as progress:
        payload = app.draft("review", text, name=name, at=at, ask_why=ask_why, cwd=run.cwd, on_progress=progress)
    code = deliver(run, payload, target)
    return ExitCode.NEGATIVE if check and payload["conflicts"] else code


@verb(
    group=command,
    name="comment",
    example='kb draft comment "the error is swallowed" --at src/shop/cart.py:42',
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("words", nargs=-1, required=True, metavar="FINDING...")
@click.option("--at", required=True, metavar="PATH:LINE", callback=shown_value, help="Where it is.")
@click.option("--ask-why", is_flag=True, help="Add the questions of a sharp reviewer.")
@click.option("-o", "target", default="", metavar="FILE", help="Write the draft to a new file.")
def comment(run: Run, words: tuple[str, ...], at: str, ask_why: bool, target: str) -> ExitCode:
    """Draft a review comment: the problem, the fix, our own precedent."""
    finding = as_shown(" ".join(words))
    with run.open_app() as app, run.progress() as progress:
        payload = app.draft("comment", finding, at=at, ask_why=ask_why, cwd=run.cwd, on_progress=progress)
    return deliver(run, payload, target)


@verb(
    group=command,
    name="instructions",
    example="kb draft instructions -o AGENTS.md\nkb draft instructions -o .github/copilot-instructions.md",
)
@click.argument("words", nargs=-1, metavar="[TITLE...]")
@click.option("--ask-why", is_flag=True, help="Add the questions of a sharp reviewer.")
@click.option("-o", "target", default="", metavar="FILE", help="Write the draft to a new file.")
def instructions(run: Run, words: tuple[str, ...], ask_why: bool, target: str) -> ExitCode:
    """Draft the decisions in force as instructions for coding assistants.

    For AGENTS.md or .github/copilot-instructions.md: what was decided, what not to do, exemplars from the code. Every
    line names its place. Of the repository where you stand, of all sources where that has no decisions.
    """
    with run.open_app() as app, run.progress() as progress:
        payload = app.draft(
            "instructions", as_shown(" ".join(words)), ask_why=ask_why, cwd=run.cwd, on_progress=progress
        )
    return deliver(run, payload, target)


for written in WRITTEN:
    command.add_command(written)


def _read(run: Run, file: str) -> tuple[str, str]:
    """The text of a file and its absolute path."""
    path = os.path.join(run.cwd, os.path.expanduser(file))
    try:
        with open(path, "rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise NotFoundError(f"{as_shown(file)} cannot be read: {error.strerror}", "kb draft review FILE") from error
    if len(raw) > MOST_BYTES:
        raise UsageError(f"{as_shown(file)} is larger than 1 MB", "review it in parts")
    return raw.decode("utf-8", "replace"), os.path.abspath(path)
