"""`kb recall`: the cards that are due, asked one by one; made, listed, retired and exported."""

import sys

import click

from kb.cli import diagnostics, output
from kb.cli.arguments import as_shown
from kb.cli.command import MEANINGS, VerbGroup, pass_run, verb, write_section
from kb.cli.recalling import Round
from kb.cli.run import Run
from kb.cli.views.recall import added_lines, due_lines, list_lines, retired_lines
from kb.errors import ExitCode, UsageError

EXAMPLE = ("kb recall", "kb recall --minutes 2", "kb recall --json | jq .total", "kb recall --export anki > cards.txt")
CODES = (ExitCode.OK, ExitCode.NEGATIVE, ExitCode.USAGE, ExitCode.UNCONFIGURED, ExitCode.INTERRUPTED)


class Recall(VerbGroup):
    """A group that does something by itself, and says how it ends."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_section(formatter, "Example", EXAMPLE)
        write_section(formatter, "Exit codes", [f"{int(code):>3}  {MEANINGS[code]}" for code in CODES])


@click.group("recall", cls=Recall, invoke_without_command=True)
@click.option("--minutes", default=5.0, show_default=True, type=click.FloatRange(0.1, 600), help="When to stop.")
@click.option("--limit", default=0, type=click.IntRange(0, 10_000), help="How many cards at most.  [default: all]")
@click.option("--export", "form", type=click.Choice(("anki",)), help="Print all cards as a file that Anki imports.")
@click.pass_context
@pass_run
def command(run: Run, ctx: click.Context, minutes: float, limit: int, form: str | None) -> ExitCode:
    """Ask the cards that are due, and keep how well you knew each.

    Enter shows the back of a card, with its place; 1 to 4 grade it, u takes a grade back, q leaves. Where nobody sits
    at a terminal, or with --json, the cards are only listed. Exit code 1 when none is due.
    """
    if ctx.invoked_subcommand is not None:
        if form or limit:
            raise UsageError(f"kb recall {ctx.invoked_subcommand} takes no such option", "kb recall --help")
        return ExitCode.OK
    with run.open_app() as app:
        if form:
            payload = app.cards_export()
            output.write_json(payload) if run.as_json else output.write_text(payload["text"])
            return ExitCode.OK
        asks = not run.as_json and output.is_terminal() and diagnostics.can_ask()
        payload = app.cards_due(limit=1 if asks else limit)
        if not asks or not payload["cards"]:
            code = ExitCode.OK if payload["cards"] else ExitCode.NEGATIVE
            return run.show(payload, due_lines, code=code)
        Round(
            app, output.page(), read=_read, say=diagnostics.note, show=output.write_lines, minutes=minutes, limit=limit
        ).play()
    return ExitCode.OK


@verb(
    group=command,
    name="add",
    example='kb recall add "Why is Chroma only a mirror?" --at notes/adr/0001-truth.md:23-30\n'
    'kb recall add "What undoes a commit?" "git reset --soft HEAD~1" --at til:git/undo.md:5',
    codes=(ExitCode.NEGATIVE,),
)
@click.argument("front")
@click.argument("back", required=False, default="")
@click.option("--at", "ref", required=True, metavar="[SOURCE:]PATH:START[-END]", help="The lines that answer it.")
def add(run: Run, front: str, back: str, ref: str) -> ExitCode:
    """Make a card from lines of a file.

    Without BACK the lines themselves are the answer. When they are rewritten, the card is due again and shows the
    change; when they are gone, it is retired.
    """
    with run.open_app() as app:
        payload = app.card_add(as_shown(front), as_shown(back), ref=ref, origin="hand", cwd=run.cwd)
    return run.show(payload, added_lines)


@verb(group=command, name="list", example="kb recall list\nkb recall list --json | jq '.cards[].front'")
def list_cards(run: Run) -> ExitCode:
    """List all cards, with the day on which each is due."""
    with run.open_app() as app:
        return run.show(app.card_list(), list_lines)


@verb(group=command, name="retire", example="kb recall retire 12", codes=(ExitCode.NEGATIVE,))
@click.argument("card_id", metavar="ID", type=click.IntRange(1))
def retire(run: Run, card_id: int) -> ExitCode:
    """Ask a card no more; its grades are kept."""
    with run.open_app() as app:
        return run.show(app.card_retire(card_id), retired_lines)


def _read() -> str | None:
    """A line from the keyboard; None where there is no more: the end of input must grade nothing."""
    return sys.stdin.readline() or None
