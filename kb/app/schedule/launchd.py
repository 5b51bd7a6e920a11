"""A launch agent of macOS: launchd runs it on waking up where the Mac slept through its time."""

import plistlib
from pathlib import Path
from typing import Any

from kb.app.schedule.plan import Plan
from kb.app.schedule.port import Done, Entry, Runner, Unavailable, write_whole


class Launchd:
    name = "launchd"

    def __init__(self, run: Runner, folder: Path, uid: int) -> None:
        self._run = run
        self._folder = folder
        self._domain = f"gui/{uid}"

    def install(self, plan: Plan) -> None:
        # Over ssh there may be no session of the user that agents could live in.
        if (asked := self._launchctl("print", self._domain)).code:
            raise Unavailable(asked.said)
        file = self._file(plan.job)
        try:
            write_whole(file, render_agent(plan))
            self._launchctl("bootout", f"{self._domain}/{plan.job}")
            # Switched off once by hand, it would be refused without a word on why.
            self._launchctl("enable", f"{self._domain}/{plan.job}")
            if (done := self._launchctl("bootstrap", self._domain, str(file))).code:
                raise Unavailable(f"launchctl bootstrap: {done.said}")
        except Unavailable:
            self.remove(plan.job)
            raise

    def entry(self, job: str) -> Entry | None:
        file = self._file(job)
        try:
            agent = plistlib.loads(file.read_bytes())
            clock = agent["StartCalendarInterval"]
            at = f"{clock['Hour']:02}:{clock['Minute']:02}"
        except OSError:
            return None
        except (plistlib.InvalidFileException, ValueError, KeyError, TypeError):
            at = ""
        active = self._launchctl("print", f"{self._domain}/{job}").code == 0
        return Entry(at=at, files=(str(file),), active=active)

    def remove(self, job: str) -> bool:
        file = self._file(job)
        if not file.exists():
            return False
        self._launchctl("bootout", f"{self._domain}/{job}")
        file.unlink(missing_ok=True)
        return True

    def _launchctl(self, *words: str) -> Done:
        return self._run(["launchctl", *words], b"")

    def _file(self, job: str) -> Path:
        return self._folder / f"{job}.plist"


def render_agent(plan: Plan) -> bytes:
    agent: dict[str, Any] = {
        "Label": plan.job,
        "ProgramArguments": list(plan.command),
        "StartCalendarInterval": {"Hour": plan.hour, "Minute": plan.minute},
        "ProcessType": "Background",
        "Nice": 10,
        "LowPriorityIO": True,
        # launchd keeps no log of its own: an error of the night would be said to nobody.
        "StandardErrorPath": f"{plan.home}/night.log",
    }
    if plan.environment:
        agent["EnvironmentVariables"] = dict(plan.environment)
    return plistlib.dumps(agent, sort_keys=False)
