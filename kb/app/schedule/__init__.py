"""`kb schedule`: the nightly run, written down with whatever the operating system has for that.

Alone decides which scheduler takes the job. Everything here runs in the command's own process:
it is the user's environment, Python and session that the job has to be like.
"""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kb.app.api import Payload
from kb.app.last_night import last_night
from kb.app.schedule import cron, launchd, systemd, windows
from kb.app.schedule.plan import DEFAULT_AT, Plan, job_name, next_time, plan_for
from kb.app.schedule.port import Runner, Scheduler, Unavailable, run_command
from kb.config import Settings
from kb.errors import KbError


def schedulers(run: Runner = run_command, platform: str = sys.platform) -> list[Scheduler]:
    """What this system may have, the best first."""
    if platform == "win32":
        return [windows.Schtasks(run)]
    if platform == "darwin":
        return [launchd.Launchd(run, Path.home() / "Library/LaunchAgents", os.getuid()), cron.Cron(run)]
    config = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(config) if os.path.isabs(config) else Path.home() / ".config"
    return [systemd.Systemd(run, folder / "systemd/user"), cron.Cron(run)]


def install(settings: Settings, *, at: str = DEFAULT_AT, known: Sequence[Scheduler] | None = None) -> Payload:
    """Have the nightly run done by the first scheduler that takes it; KbError names what was tried."""
    plan = plan_for(settings, at=at)
    known = schedulers() if known is None else known
    tried: list[str] = []
    for scheduler in known:
        try:
            scheduler.install(plan)
        except Unavailable as reason:
            tried.append(f"{scheduler.name}: {reason}")
            continue
        for other in known:
            if other is not scheduler:
                # Installed once where only cron was to be had: two jobs would run every night.
                _removed(other, plan.job)
        return {**show(settings, known=known), "notices": _notices(settings, scheduler, plan)}
    raise KbError(f"no nightly run could be installed ({'; '.join(tried)})", _by_hand(plan))


def show(settings: Settings, *, known: Sequence[Scheduler] | None = None, now: datetime | None = None) -> Payload:
    """Whether a nightly run is installed, when it comes next, and how the last one ended."""
    job = job_name(settings)
    last = last_night(settings)
    for scheduler in schedulers() if known is None else known:
        if (entry := scheduler.entry(job)) is not None:
            runs = entry.at and entry.active is not False
            return {
                "installed": True,
                "by": scheduler.name,
                "job": job,
                "at": entry.at or None,
                "active": entry.active,
                "next": next_time(entry.at, now or datetime.now().astimezone()).isoformat() if runs else None,
                "files": list(entry.files),
                "last": last,
            }
    return {
        "installed": False, "by": None, "job": job, "at": None, "active": None, "next": None, "files": [], "last": last,
    }  # fmt: skip


def remove(settings: Settings, *, known: Sequence[Scheduler] | None = None) -> Payload:
    """Take the nightly run out of every scheduler; nothing to remove is fine."""
    job = job_name(settings)
    names = [s.name for s in (schedulers() if known is None else known) if _removed(s, job)]
    return {"removed": bool(names), "by": names, "job": job}


def _removed(scheduler: Scheduler, job: str) -> bool:
    try:
        return scheduler.remove(job)
    except Unavailable as reason:
        told = f"{scheduler.name} keeps the nightly run: {reason}"
        raise KbError(told, "take its line out by hand: crontab -e") from reason


def _notices(settings: Settings, scheduler: Scheduler, plan: Plan) -> list[str]:
    notices = []
    if not settings.ledger.exists():
        notices.append("there is nothing to run over yet: kb index PATH")
    if isinstance(scheduler, cron.Cron | windows.Schtasks):
        notices.append(f"{scheduler.name} does not catch up on a night in which the machine is off")
    if isinstance(scheduler, windows.Schtasks) and plan.environment:
        names = ", ".join(name for name, _ in plan.environment)
        notices.append(f"a task has no variables of its own, so set these for your account: {names}")
    return notices


def _by_hand(plan: Plan) -> str:
    if sys.platform == "win32":
        return "have the Task Scheduler run: kb index --quiet"
    try:
        words = (*plan.command[: plan.command.index("schedule")], "index", "--quiet")
        plain = Plan(plan.job, plan.home, plan.hour, plan.minute, words, plan.environment)
        return f"where a cron runs, add to the crontab: {cron.render_line(plain, marked=False)}"
    except Unavailable:
        return "run by hand, or from any scheduler: kb index --quiet"
