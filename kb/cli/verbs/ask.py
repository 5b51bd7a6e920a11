"""`kb ask`: a cited answer out of the notes, or an honest no."""

import sys
from typing import Unpack

import click

from kb.app.api import Scope
from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.verbs.scope import scoped
from kb.cli.views.answer import answer_lines
from kb.errors import ExitCode, UsageError

MAX_CONTEXT_BYTES = 1024 * 1024
"""More than this of stdin is not read: a question needs the gist of a diff, not a gigabyte of it."""


@verb(
    example='kb ask "how do I attach a debugger to my react tests?"\n'
    'git diff | kb ask "which decision does this touch?" -\n'
    'kb ask --new "how do I list docker volumes?"\nkb ask -c "and with podman?"\n'
    'kb ask --write "what speaks for SQLite as the ledger?"',
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("words", nargs=-1, required=True, metavar="QUESTION... [-]")
@click.option(
    "--continue", "-c", "goes_on", is_flag=True,
    help="Go on with the last conversation: a follow-up is understood by what was asked before. It is kept.",
)  # fmt: skip
@click.option("--new", "anew", is_flag=True, help="Begin a conversation that is kept, for --continue to go on with.")
@click.option(
    "--write/--quote", "write", default=None,
    help="Have your language model write the answer, each sentence checked; or quote alone. The config says which "
    "without it (kb config set answer write).",
)  # fmt: skip
@scoped
def command(
    run: Run, words: tuple[str, ...], goes_on: bool, anew: bool, write: bool | None, **scope: Unpack[Scope]
) -> ExitCode:
    """Answer a question out of your notes, with citations.

    Whole passages are quoted, each with its file and lines. What the notes do not hold is said to
    be not there, and the exit code is 1. A `-` reads more context from stdin.

    With --write a language model of your choice says it in a few sentences. Each of them cites its
    passage and is checked against it; what the passage does not say is dropped and counted.

    Nothing of it is kept, save with --new and --continue: then the question stands in `kb history`.
    """
    if goes_on and anew:
        raise UsageError("--new begins a conversation, --continue goes on with one", 'kb ask -c "…"')
    question, context = spoken(run, words)
    scope["cwd"] = run.cwd
    write = run.settings.answer == "write" if write is None else write
    with run.open_app() as app, run.progress() as progress:
        if goes_on or anew:
            kept = app.conversations(limit=1)["conversations"] if goes_on else []
            last = kept[0]["conversation"] if kept else None
            payload = app.converse(
                question, conversation=last, context=context, write=write, on_progress=progress, **scope
            )
        else:
            payload = app.ask(question, context=context, write=write, on_progress=progress, **scope)
    code = ExitCode.OK if payload["status"] == "answered" else ExitCode.NEGATIVE
    return run.show_answer(payload, answer_lines, code=code)


def spoken(run: Run, words: tuple[str, ...]) -> tuple[str, str]:
    """The question and its context; a lone `-` means that stdin is the question itself."""
    question = " ".join(word for word in words if word != "-")
    context = read_context(run) if "-" in words else ""
    return (question, context) if question.strip() else (context, "")


def read_context(run: Run) -> str:
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("there is nothing on standard input", 'git diff | kb ask "…" -')
    if sys.stdin.isatty():
        run.note("reading from the keyboard; end with Ctrl-D")
    raw = sys.stdin.buffer.read(MAX_CONTEXT_BYTES + 1)
    if len(raw) > MAX_CONTEXT_BYTES:
        run.note("only the first 1 MB of standard input is read")
    return raw[:MAX_CONTEXT_BYTES].decode("utf-8", "replace")
