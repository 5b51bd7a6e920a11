"""`kb learn`: a way into a new domain, made of the user's own notes."""

import os
import sys
from typing import TYPE_CHECKING

import click

from kb.cli import diagnostics, output
from kb.cli.arguments import as_shown, shown_value
from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.studying import Session
from kb.cli.views.learn import head_lines, learn_lines
from kb.cli.views.page import Line, Page, Payload
from kb.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from kb.app.api import Api


@verb(
    example='kb learn "git history rewriting"\nkb learn payments --with ~/docs/stripe --knows http,json\n'
    'kb learn --resume\nkb learn payments --plan --json | jq ".stages[].reading[].path"\n'
    "kb learn payments --note -o payments.md",
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("words", nargs=-1, metavar="[TOPIC]")
@click.option("--plan", is_flag=True, help="Print the plan and keep nothing.")
@click.option("--resume", is_flag=True, help="Go on with the topic, or with the last one; what changed comes first.")
@click.option("--knows", default="", metavar="TERM,…", callback=shown_value, help="Leave out what you know already.")
@click.option("--with", "outside", default="", metavar="FOLDER", help="Bring docs into the plan that are not indexed.")
@click.option("--note", is_flag=True, help="Write the study as Markdown.")
@click.option("-o", "target", default="", metavar="FILE", help="Write the note to a new file.")
def command(
    run: Run, words: tuple[str, ...], plan: bool, resume: bool, knows: str, outside: str, note: bool, target: str
) -> ExitCode:
    """Make a plan to learn a topic out of your own notes, and keep how far you are.

    Three stages: the ground (words, theory, common mistakes), the fit (decisions, who uses what), the practice (lines
    to touch, tests that guard them). On a terminal it goes item by item and asks before it shows; elsewhere it prints
    the plan. Exit code 1 where nothing in your notes is near.
    """
    topic = as_shown(" ".join(words))
    if plan and (resume or note):
        raise UsageError("--plan keeps nothing: there is nothing to resume or to write", "kb learn TOPIC --plan")
    if target and not note:
        raise UsageError("-o is where a note is written", f'kb learn "{topic}" --note -o {target}')
    if not topic.strip() and not resume:
        raise UsageError("what do you want to learn?", 'kb learn "git history rewriting", or kb learn --resume')
    known = [term.strip() for term in knows.split(",") if term.strip()]
    folder = os.path.abspath(os.path.expanduser(outside)) if outside else ""
    with run.open_app() as app:
        if note and not resume:
            return _written(run, app, topic, target)
        with run.progress() as progress:
            payload = app.learn(
                topic, plan=plan, knows=known, outside=folder, cwd=run.cwd, resume=resume, on_progress=progress
            )
        if note:
            return _written(run, app, payload["topic"], target)
        code = ExitCode.OK if payload["stages"] else ExitCode.NEGATIVE
        asks = not plan and not run.as_json and output.is_terminal() and diagnostics.can_ask()
        if not asks or not payload["stages"]:
            return run.show(payload, learn_lines, code=code)
        run.show(payload, head_lines)
        Session(app, output.page(), run.cwd, read=_read, say=diagnostics.note, show=output.write_lines).play(payload)
    return ExitCode.OK


def _written(run: Run, app: "Api", topic: str, target: str) -> ExitCode:
    """The note on stdout, or in a new file."""
    if target:
        return run.show(app.study_write(topic, target, cwd=run.cwd), _path_line)
    payload = app.study_note(topic)
    output.write_json(payload) if run.as_json else output.write_text(payload["text"])
    return ExitCode.OK


def _path_line(payload: Payload, page: Page) -> list[Line]:
    return [[("Written: ", "good"), (payload["path"], "place")]]


def _read() -> str | None:
    """A line from the keyboard; None where there is no more: the end of input marks nothing."""
    return sys.stdin.readline() or None
