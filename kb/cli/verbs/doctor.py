"""`kb doctor`: is everything sound, and what to do where it is not."""

import click

from kb.cli.command import verb
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload
from kb.errors import ExitCode, UsageError


@verb(
    example="kb doctor\nkb doctor --repair",
    codes=(ExitCode.NEGATIVE, ExitCode.LOCKED, ExitCode.NO_MODEL),
)
@click.option("--repair", is_flag=True, help="Mend what can be mended; nothing is embedded again.")
@click.option("--restore", is_flag=True, help="Go back to the nightly backup of the index.")
def command(run: Run, repair: bool, restore: bool) -> ExitCode:
    """Look for damage, and name the remedy of each.

    Your notes are never touched: what is mended is the index. Exit code 1 where something is wrong.
    """
    if repair and restore:
        raise UsageError("--repair and --restore are two different ways", "kb doctor --repair")
    with run.open_app() as app, run.progress() as progress:
        if repair or restore:
            payload = app.repair(from_backup=restore, on_progress=progress)
        else:
            payload = app.doctor(on_progress=progress)
    sound = all(check["ok"] for check in payload["checks"])
    return run.show(payload, doctor_lines, code=ExitCode.OK if sound else ExitCode.NEGATIVE)


def doctor_lines(payload: Payload, page: Page) -> list[Line]:
    """One line a check, its remedy under it where it needs one; what was mended comes first."""
    lines: list[Line] = [[("mended  ", "good"), text] for text in payload["repaired"]]
    for check in payload["checks"]:
        lines.append([("ok      ", "good") if check["ok"] else ("wrong   ", "bad"), (check["name"], "title"),
                      ": ", check["detail"]])  # fmt: skip
        if not check["ok"] and check["remedy"]:
            lines.append([("        → ", "dim"), check["remedy"]])
    return lines
