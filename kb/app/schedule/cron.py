"""One line of the user's crontab, marked by a comment; every other line keeps its bytes."""

import re
import shlex

from kb.app.schedule.plan import Plan
from kb.app.schedule.port import NOT_FOUND, Entry, Runner, Unavailable

NONE_YET = re.compile(rb"no crontab|No such file", re.IGNORECASE)
"""What `crontab -l` complains of where the user has none: nothing to keep."""


class Cron:
    name = "cron"

    def __init__(self, run: Runner) -> None:
        self._run = run

    def install(self, plan: Plan) -> None:
        line = render_line(plan)
        others = _without(self._lines(), plan.job)
        if others and not others[-1].endswith(b"\n"):
            others[-1] += b"\n"
        self._write([*others, line.encode() + b"\n"])

    def entry(self, job: str) -> Entry | None:
        try:
            lines = self._lines()
        except Unavailable:
            return None
        found = next((match for line in lines if (match := _own(job).match(line))), None)
        return Entry(at=f"{int(found[2]):02}:{int(found[1]):02}") if found else None

    def remove(self, job: str) -> bool:
        try:
            lines = self._lines()
        except Unavailable:
            return False
        others = _without(lines, job)
        if len(others) == len(lines):
            return False
        self._write(others)
        return True

    def _lines(self) -> list[bytes]:
        done = self._run(["crontab", "-l"], b"")
        if done.code and (done.code == NOT_FOUND or not NONE_YET.search(done.err)):
            # Read wrongly as "none yet", the user's own lines would be written over.
            raise Unavailable(done.said)
        return [] if done.code else done.out.splitlines(keepends=True)

    def _write(self, lines: list[bytes]) -> None:
        if (done := self._run(["crontab", "-"], b"".join(lines))).code:
            raise Unavailable(done.said)


def render_line(plan: Plan, *, marked: bool = True) -> str:
    """The line for a crontab; Unavailable where cron has no way to write the command."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in plan.environment]
    command = " ".join([*variables, "nice -n 10", *map(shlex.quote, plan.command)])
    if "\\" in command:
        # cron takes a backslash before `%` away, some crons one before a backslash too.
        raise Unavailable("a crontab cannot hold a path with a backslash")
    mark = f" # {plan.job}" if marked else ""
    return f"{plan.minute} {plan.hour} * * * " + command.replace("%", r"\%") + mark


def _own(job: str) -> re.Pattern[bytes]:
    return re.compile(rb"(\d+) (\d+) \* \* \* .* # " + re.escape(job.encode()) + rb"\n?\Z", re.DOTALL)


def _without(lines: list[bytes], job: str) -> list[bytes]:
    return [line for line in lines if not _own(job).match(line)]
