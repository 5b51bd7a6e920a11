"""What a scheduler of an operating system has to offer, and how its commands are run."""

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kb.app.schedule.plan import Plan

COMMAND_S = 30.0
NOT_FOUND, TIMED_OUT = 127, 124
"""Exit codes as a shell gives them."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: bytes = b""
    err: bytes = b""

    @property
    def said(self) -> str:
        """Its last line of complaint, or the exit code."""
        lines = (self.err or self.out).decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else f"exit code {self.code}"


Runner = Callable[[Sequence[str], bytes], Done]
"""Runs a command with some bytes on its standard input."""


def run_command(words: Sequence[str], stdin: bytes = b"") -> Done:
    """Run a command of the system; one that is missing or hangs is an exit code too."""
    try:
        done = subprocess.run(list(words), input=stdin, capture_output=True, timeout=COMMAND_S, check=False)
    except subprocess.TimeoutExpired:
        return Done(TIMED_OUT, err=f"{words[0]} does not answer".encode())
    except OSError as error:
        return Done(NOT_FOUND, err=f"{words[0]}: {error.strerror or error}".encode())
    return Done(done.returncode, done.stdout, done.stderr)


class Unavailable(Exception):
    """This scheduler cannot do it here; the text says why, and the next one is tried."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the scheduler holds it."""

    at: str
    """`HH:MM`, empty where its own words tell no time."""
    files: tuple[str, ...] = ()
    active: bool | None = True
    """False when it is written down and will not run; None where nobody can be asked."""


class Scheduler(Protocol):
    """One way to have a command run every night; `name` is what the user reads."""

    @property
    def name(self) -> str: ...

    def install(self, plan: Plan) -> None:
        """Write the job down in place of an older one of the same name; Unavailable leaves nothing behind."""
        ...

    def entry(self, job: str) -> Entry | None: ...

    def remove(self, job: str) -> bool:
        """Take the job away; False where there was none."""
        ...


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step; Unavailable where it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(content)
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"{error.filename or path}: {error.strerror}") from error
