"""`kb history`: the conversations that were kept, shown or forgotten."""

import click

from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.views.history import conversation_lines, forgotten_lines, history_lines
from kb.errors import ExitCode


@verb(
    example="kb history\nkb history 12\nkb history --clear 12\nkb history --clear",
    codes=(ExitCode.NEGATIVE,),
)
@click.argument("conversation", type=click.IntRange(min=1), required=False, metavar="[ID]")
@click.option("--clear", is_flag=True, help="Forget the conversation ID, or all of them.")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="So many conversations."
)
def command(run: Run, conversation: int | None, clear: bool, limit: int) -> ExitCode:
    """List the conversations that were kept, show one, or forget them.

    Kept are those of the terminal interface and of `kb ask --new` and `--continue`: the questions,
    and where the answers stood. The quotes of an old answer are read from your files again.
    """
    with run.open_app() as app:
        if clear:
            forgotten = app.conversation_delete(conversation or 0, everything=conversation is None)
            return run.show(forgotten, forgotten_lines)
        if conversation is not None:
            return run.show(app.conversation_show(conversation), conversation_lines)
        return run.show(app.conversations(limit=limit), history_lines)
