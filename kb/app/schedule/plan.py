"""What is to be run every night, and when: everything that a scheduler has to write down."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from kb.config import Settings
from kb.errors import KbError, UsageError

DEFAULT_AT = "03:00"
JOB = "kb-night"
AT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")

CARRIED = ("KB_MODEL", "KB_MODELS", "KB_MAX_FILE_BYTES", "KB_THREADS", "XDG_CACHE_HOME")
"""Variables that change what a run reads or embeds: without them the night would undo what the day did."""
CARRIED_BY_DEFAULT_HOME = ("XDG_DATA_HOME", "XDG_CONFIG_HOME")


@dataclass(frozen=True, slots=True)
class Plan:
    """`job` names it to the scheduler; `hour` and `minute` are local time."""

    job: str
    home: str
    hour: int
    minute: int
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def at(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


def plan_for(
    settings: Settings, *, at: str = DEFAULT_AT, environ: Mapping[str, str] | None = None, python: str = ""
) -> Plan:
    """The job that does for `settings` at night what `kb index` does by hand."""
    env = os.environ if environ is None else environ
    hour, minute = parse_at(at)
    own_home = has_own_home(settings)
    names = CARRIED if own_home else (*CARRIED, *CARRIED_BY_DEFAULT_HOME)
    plan = Plan(
        job=job_name(settings),
        home=str(settings.home),
        hour=hour,
        minute=minute,
        command=(
            python or _python(),
            # A job runs in the user's home folder: a `random.py` there must not become the one that kb imports.
            "-P",
            "-m",
            "kb",
            # A home holds its own config.toml: named for the default home, the user's settings would be lost.
            *(("--home", str(settings.home)) if own_home else ()),
            "schedule",
            "run",
            "--quiet",
        ),
        environment=tuple((name, value) for name in names if (value := env.get(name))),
    )
    for text in (plan.home, *plan.command, *(value for _, value in plan.environment)):
        _refuse_unprintable(text)
    return plan


def parse_at(text: str) -> tuple[int, int]:
    """`HH:MM` of the 24-hour clock."""
    match = AT.fullmatch(text)
    if match is None:
        raise UsageError(f"not a time of day: {text or '(empty)'}", "as in: kb schedule install --at 03:00")
    return int(match[1]), int(match[2])


def job_name(settings: Settings) -> str:
    """`kb-night`; a home of its own gives a job of its own, told apart by a short hash."""
    if not has_own_home(settings) or settings.home == _default_home():
        return JOB
    return f"{JOB}-{sha256(os.fsencode(settings.home)).hexdigest()[:8]}"


def has_own_home(settings: Settings) -> bool:
    """Whether `--home` or KB_HOME named the home, so that its settings are kept in it."""
    return settings.config_file.parent == settings.home


def next_time(at: str, now: datetime) -> datetime:
    """When the clock shows `at` next, in local time."""
    hour, minute = parse_at(at)
    local = now.astimezone()
    # Without its offset: tomorrow's may be another one.
    today = local.replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=None).astimezone()
    if today > local:
        return today
    return (today.replace(tzinfo=None) + timedelta(days=1)).astimezone()


def _python() -> str:
    if not sys.executable:
        raise KbError("the Python that runs kb has no path of its own", "run kb with an installed Python")
    return os.path.abspath(sys.executable)


def _default_home() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("kb", appauthor=False))


def _refuse_unprintable(text: str) -> None:
    # A unit file or a crontab ends its line at a newline: the rest of a name would be read as settings.
    if any(character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(
            f"no scheduler can name a path like this: {text}", "choose a home in UTF-8 without control characters"
        )
