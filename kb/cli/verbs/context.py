"""`kb context`: what is known about a task before it is designed."""

import click

from kb.cli import output
from kb.cli.arguments import as_shown
from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.verbs.ask import spoken
from kb.cli.views.context import context_lines
from kb.errors import ExitCode, UsageError


@verb(
    example='kb context "add two-factor login"\ngh issue view 42 | kb context - --ask-why\n'
    'kb context "add two-factor login" --prompt | your-assistant\n'
    'kb context "retry failed builds" --diagram > calls.mmd',
    codes=(ExitCode.NEGATIVE, ExitCode.NO_MODEL),
)
@click.argument("words", nargs=-1, required=True, metavar="TASK...|-")
@click.option("--diagram", is_flag=True, help="Print only the components and their callers, as Mermaid.")
@click.option("--prompt", is_flag=True, help="Print only a prompt for a coding assistant, with exemplars and do-nots.")
@click.option("--ask-why", is_flag=True, help="Add what a sharp reviewer would ask.")
def command(run: Run, words: tuple[str, ...], diagram: bool, prompt: bool, ask_why: bool) -> ExitCode:
    """Gather what is known about a task before it is designed.

    Where it lives now and who calls it, patterns in use, decisions in force that bind it, tests that guard it, earlier
    trouble, two or three places where it could go with what speaks for and against each, open questions. Every line
    names its place. A `-` reads the ticket from stdin. Exit code 1 where nothing is near.
    """
    if diagram and prompt and not run.as_json:
        raise UsageError("either the diagram or the prompt is printed", "--json gives both")
    title, body = spoken(run, words)
    task = as_shown(f"{title}\n\n{body}".strip())
    with run.open_app() as app, run.progress() as progress:
        payload = app.context(task, cwd=run.cwd, diagram=diagram, prompt=prompt, ask_why=ask_why, on_progress=progress)
    code = ExitCode.OK if payload["sources"] else ExitCode.NEGATIVE
    if not run.as_json and (diagram or prompt):
        if text := payload["diagram"] or payload["prompt"]:
            output.write_text(text)
        else:
            run.note("nothing near to the task was found to draw")
        return code
    return run.show(payload, context_lines, code=code)
