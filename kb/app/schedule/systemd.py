"""A user timer of systemd: it catches up after a night in which the machine was off."""

import re
from pathlib import Path

from kb.app.schedule.plan import Plan
from kb.app.schedule.port import Done, Entry, Runner, Unavailable, write_whole

CALENDAR = re.compile(r"^OnCalendar=\*-\*-\* (\d\d:\d\d):00$", re.MULTILINE)


class Systemd:
    name = "systemd"

    def __init__(self, run: Runner, folder: Path) -> None:
        self._run = run
        self._folder = folder

    def install(self, plan: Plan) -> None:
        # A container, `su` or a bare ssh session has the command and no manager behind it.
        if (asked := self._systemctl("show-environment")).code:
            raise Unavailable(asked.said)
        service, timer = self._files(plan.job)
        try:
            write_whole(service, render_service(plan).encode())
            write_whole(timer, render_timer(plan).encode())
            # Not `enable --now`: that starts, and a timer that runs already is to take up its new time.
            for words in (("daemon-reload",), ("enable", timer.name), ("restart", timer.name)):
                if (done := self._systemctl(*words)).code:
                    raise Unavailable(f"systemctl {words[0]}: {done.said}")
        except Unavailable:
            self.remove(plan.job)
            raise

    def entry(self, job: str) -> Entry | None:
        service, timer = self._files(job)
        try:
            told = CALENDAR.search(timer.read_text("utf-8"))
        except OSError:
            return None
        answers = self._systemctl("show-environment").code == 0
        active = self._systemctl("is-active", timer.name).code == 0 if answers else None
        return Entry(at=told[1] if told else "", files=(str(timer), str(service)), active=active)

    def remove(self, job: str) -> bool:
        service, timer = self._files(job)
        if not (timer.exists() or service.exists()):
            return False
        self._systemctl("disable", "--now", timer.name)
        # Also where nobody answered: a link to a unit that is gone would be told at every login.
        for path in (self._folder / "timers.target.wants" / timer.name, timer, service):
            path.unlink(missing_ok=True)
        self._systemctl("daemon-reload")
        return True

    def _systemctl(self, *words: str) -> Done:
        return self._run(["systemctl", "--user", *words], b"")

    def _files(self, job: str) -> tuple[Path, Path]:
        return self._folder / f"{job}.service", self._folder / f"{job}.timer"


def render_service(plan: Plan) -> str:
    # No ConditionACPower: it would drop the night on battery, where the job itself waits for mains power.
    # The program is no variable to systemd, so a `$` in its path stays as it is; in an argument it is doubled.
    program, *arguments = (_quoted(word) for word in plan.command)
    command = " ".join([program, *(argument.replace("$", "$$") for argument in arguments)])
    environment = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in plan.environment)
    return (
        "[Unit]\n"
        f"Description=kb, the nightly run over {_doubled(plan.home)}\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"ExecStart={command}\n"
        f"{environment}"
        "Nice=10\n"
        "IOSchedulingClass=idle\n"
    )


def render_timer(plan: Plan) -> str:
    return (
        "[Unit]\n"
        f"Description=kb, every night at {plan.at}\n"
        "\n"
        "[Timer]\n"
        f"OnCalendar=*-*-* {plan.at}:00\n"
        "Persistent=true\n"
        "RandomizedDelaySec=2min\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
    )


def _quoted(word: str) -> str:
    """One word in systemd's own quoting: C escapes inside double quotes, a per cent sign doubled."""
    escaped = _doubled(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if re.search(r"[^\w@%+=:,./$-]", word) or not word else escaped


def _doubled(text: str) -> str:
    return text.replace("%", "%%")
