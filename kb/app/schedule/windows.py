"""A task of the Windows Task Scheduler; a night in which the machine was off is not caught up."""

import re
import subprocess

from kb.app.schedule.plan import Plan
from kb.app.schedule.port import Done, Entry, Runner, Unavailable

LONGEST_COMMAND = 261
START = re.compile(rb"<StartBoundary>[^<]*T(\d\d:\d\d)")


class Schtasks:
    name = "the Task Scheduler"

    def __init__(self, run: Runner) -> None:
        self._run = run

    def install(self, plan: Plan) -> None:
        if (done := self._schtasks(*render_task(plan))).code:
            raise Unavailable(done.said)

    def entry(self, job: str) -> Entry | None:
        done = self._schtasks("/Query", "/TN", job, "/XML")
        if done.code:
            return None
        # The XML comes as UTF-16 on some consoles and as bytes on others.
        started = START.search(done.out.replace(b"\0", b""))
        return Entry(at=started[1].decode() if started else "")

    def remove(self, job: str) -> bool:
        return self.entry(job) is not None and self._schtasks("/Delete", "/TN", job, "/F").code == 0

    def _schtasks(self, *words: str) -> Done:
        return self._run(["schtasks", *words], b"")


def render_task(plan: Plan) -> list[str]:
    """The arguments of `schtasks`; Unavailable where the command is longer than it takes."""
    command = subprocess.list2cmdline(plan.command)
    if len(command) > LONGEST_COMMAND:
        raise Unavailable(f"a task's command has at most {LONGEST_COMMAND} characters, this one {len(command)}")
    return ["/Create", "/TN", plan.job, "/TR", command, "/SC", "DAILY", "/ST", plan.at, "/F"]
