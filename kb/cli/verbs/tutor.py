"""`kb tutor`: a dialogue on a terminal; for scripts, one step at a time."""

import sys
from typing import TYPE_CHECKING

import click

from kb.cli import diagnostics, output
from kb.cli.arguments import as_shown, shown_value
from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.verbs.ask import read_context
from kb.cli.views.page import Payload
from kb.cli.views.tutor import how_line, step_lines
from kb.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from kb.app.api import Api

LEAVE = frozenset({"q", "quit", ":q"})


@verb(
    example='kb tutor "CAP theorem" --at src/cache.py:10-60\nkb tutor src/cache.py:42 --level expert\n'
    'kb tutor --resume\nkb tutor --session 7 --answer "it stays available" --json',
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("words", nargs=-1, metavar='[TOPIC|PATH:LINE|"a term"]')
@click.option("--at", default="", metavar="PATH:LINES", callback=shown_value, help="Tie the topic to these lines.")
@click.option("--goal", default="", metavar="TEXT", help="What you want to be able to do with it.")
@click.option("--level", type=click.Choice(("new", "some", "expert")), help="How well you know it.")
@click.option("--resume", is_flag=True, help="Go on with the last session that is not done.")
@click.option("--session", default=0, type=click.IntRange(0, 2**31), metavar="N", help="Go on with this session.")
@click.option("--answer", metavar="TEXT|-", help="Say this to the session's step, and print the next; - reads stdin.")
@click.option("--tell", is_flag=True, help="Have the session's step told without trying.")
def command(
    run: Run, words: tuple[str, ...], at: str, goal: str, level: str | None, resume: bool, session: int,
    answer: str | None, tell: bool,
) -> ExitCode:  # fmt: skip
    """Learn a topic out of your own notes: the tutor asks before it shows.

    It starts with a fresh mind each time: it knows your goal, your level, what you could before and the excerpts it
    quotes, nothing that was said earlier. On a terminal it is a dialogue, kept after each step; "tell me" shows what
    is asked for. Elsewhere, and with --json, the first step is printed, and --session with --answer goes on.
    """
    topic = as_shown(" ".join(words))
    goes_on = resume or bool(session)
    if goes_on == bool(topic.strip()) or ((answer is not None or tell) and not goes_on):
        raise UsageError("either a topic, or a session to go on with", 'kb tutor "CAP theorem", or kb tutor --resume')
    if answer is not None and tell:
        raise UsageError("either an answer, or to be told", "kb tutor --help")
    with run.open_app() as app:
        if not goes_on:
            payload = app.tutor_open(topic, at=at, goal=as_shown(goal), level=level or "", cwd=run.cwd)
        else:
            payload = app.tutor_show(session)
        if answer is not None or tell:
            said = read_context(run) if answer == "-" else as_shown(answer or "")
            payload = _next(app, payload, said, tell=tell)
        elif not run.as_json and output.is_terminal() and diagnostics.can_ask():
            return _talk(run, app, payload)
    run.show(payload, step_lines)
    if not run.as_json and payload["stage"] != "done":
        run.note(f'kb tutor --session {payload["session"]} --answer "…" goes on')
    return ExitCode.OK


def _talk(run: Run, app: "Api", payload: Payload) -> ExitCode:
    """Step by step until it is done, or left."""
    while True:
        output.write_lines([[], *step_lines(payload, output.page())])
        if payload["stage"] == "done":
            return ExitCode.OK
        diagnostics.note(how_line(payload))
        line = sys.stdin.readline()
        # The end of input answers nothing.
        if not line or line.strip().lower() in LEAVE:
            run.note(f"kept: kb tutor --session {payload['session']} goes on here")
            return ExitCode.OK
        payload = _next(app, payload, as_shown(line.rstrip("\n")), tell=False)


def _next(app: "Api", payload: Payload, said: str, *, tell: bool) -> Payload:
    session, turn = payload["session"], payload["turn"]
    return app.tutor_tell(session, turn=turn) if tell else app.tutor_say(session, said, turn=turn)
