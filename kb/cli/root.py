"""The command `kb` itself: the table of verbs, each imported only when it is called."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import cast

import click

from kb import __version__
from kb.cli import diagnostics, output
from kb.cli.command import VerbGroup, pass_run, write_section
from kb.cli.run import Run
from kb.errors import ExitCode, UsageError

VERBS = {
    "index": "Read folders into the index, or bring it up to date.",
    "search": "Find the passages nearest to some words.",
    "ask": "Answer a question out of your notes, with citations.",
    "history": "List the conversations that were kept, show one, or forget them.",
    "decisions": "Show decisions, what took their place, and what is wrong with their links.",
    "related": "Show what belongs to a file.",
    "link": "Suggest links between notes, and write one into them.",
    "get": "Print a file, or lines of it.",
    "open": "Open a file in your editor, at its line.",
    "why": "Say why a line is there: the decisions and notes that speak for it.",
    "learn": "Make a plan to learn a topic out of your own notes, and keep how far you are.",
    "tutor": "Learn a topic out of your own notes: the tutor asks before it shows.",
    "recall": "Ask the cards that are due, and keep how well you knew each.",
    "stats": "Say how well you remember, and what you wrote each week.",
    "context": "Gather what is known about a task before it is designed.",
    "draft": "Draft a decision, a TIL, a status, a guide, a review or a comment from your own sources.",
    "new": "Write a TIL, an ADR or an RFC from a template or a draft.",
    "source": "Add, list or remove the folders that are indexed.",
    "status": "Say what is indexed, and what was left out and why.",
    "brief": "Say what is new since yesterday, and what waits for you.",
    "model": "List, choose or download embedding models.",
    "config": "Show or change the settings.",
    "daemon": "Start or stop the daemon, or say whether it runs.",
    "doctor": "Look for damage, and name the remedy of each.",
    "watch": "Follow your folders in the foreground, as the daemon does.",
    "schedule": "Have the index brought up to date every night.",
    "tui": "Open the terminal interface.",
}
"""Verb → what `kb --help` says of it; the module `kb.cli.verbs.<verb>` holds the command."""

ABOUT = """A developer's own knowledge base: your notes, decisions and code, answered from with a file and lines under
every claim.

Alone on a terminal, kb opens its terminal interface."""


class Root(VerbGroup):
    """`kb`: knows its verbs by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in VERBS:
            return cast(click.Command, import_module(f"kb.cli.verbs.{cmd_name}").command)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_section(formatter, "Example", ["kb index ~/notes", 'kb ask "why did we choose Postgres?"'])


@click.command("kb", cls=Root, invoke_without_command=True, help=ABOUT)
@click.version_option(__version__, message="kb %(version)s")
@click.pass_context
@pass_run
def root(run: Run, ctx: click.Context) -> ExitCode:
    if ctx.invoked_subcommand is not None:
        return ExitCode.OK
    if run.as_json:
        raise UsageError("no command is named", "kb --help lists them")
    if sys.stdin is not None and sys.stdin.isatty() and output.is_terminal():
        from kb.cli.verbs.tui import open_screen

        return open_screen(run)
    output.write_text(ctx.get_help())
    return ExitCode.OK


def run(words: Sequence[str]) -> int:
    """Parse and run one command line; never raises, the return value is the exit code."""
    own = list(words[: words.index("--")] if "--" in words else words)
    return diagnostics.guard(lambda: _invoke(list(words)), as_json="--json" in own, debug="--debug" in own)


def _invoke(words: list[str]) -> int:
    try:
        with root.make_context("kb", words, max_content_width=100) as context:
            return int(root.invoke(context) or 0)
    except click.exceptions.Exit as leaving:  # --help has printed and is done
        return leaving.exit_code
