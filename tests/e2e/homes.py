"""A home and a folder of notes for the installed command, with the daemons that it may leave behind in hand."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.service.client import Client

KB = str(Path(sys.executable).with_name("kb"))
DEADLINE_S = 170
PAUSE_S = 0.02
CONNECTED = "03"
"""`SS_CONNECTED` in the table of sockets."""
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Home:
    """One KB_HOME; its commands may start daemons, unless `KB_NO_DAEMON` says otherwise."""

    def __init__(self, state: Path, *, cwd: Path) -> None:
        self.state = state
        self.cwd = cwd
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(cwd),
            "KB_HOME": str(state),
            "KB_MODELS": os.environ["KB_MODELS"],
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def __call__(self, *words: str, powerless: bool = False, **env: str) -> Result:
        """Run a command to its end."""
        with self.began(*words, powerless=powerless, **env) as process:
            return ended(process)

    def json(self, *words: str, **env: str) -> Any:
        """What a command tells that has to end well."""
        result = self(*words, "--json", **env)
        assert result.code == 0, (words, result)
        return result.json

    @contextmanager
    def began(self, *words: str, powerless: bool = False, **env: str) -> "Iterator[subprocess.Popen[bytes]]":
        """A command while it runs; killed at the end if it still does."""
        process = subprocess.Popen(
            [KB, *words],
            cwd=self.cwd,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_drop_powers if powerless else None,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def client(self) -> Client | None:
        return Client.connect(self.state, "a test", timeout_s=2.0)

    def daemon(self) -> int | None:
        """The process that answers for this home."""
        client = self.client()
        if client is None:
            return None
        with client:
            return client.daemon_pid

    def until_daemon(self, *, other_than: int | None = None) -> int:
        """The daemon's process, once it is there."""
        found: list[int] = []

        def is_there() -> bool:
            pid = self.daemon()
            if pid is None or pid == other_than:
                return False
            found.append(pid)
            return True

        eventually(is_there)
        return found[0]

    def clients(self) -> int:
        """How many connections the daemon's socket has, as the kernel counts them."""
        # Under the name that it was bound to, before it got its own.
        names = (f"{self.state}/daemon.new", f"{self.state}/daemon.sock")
        with open("/proc/net/unix", encoding="utf-8") as file:
            lines = [line.split() for line in file]
        return sum(fields[-1] in names and fields[5] == CONNECTED for fields in lines)


def ended(process: "subprocess.Popen[bytes]") -> Result:
    out, err = process.communicate(timeout=DEADLINE_S)
    return Result(process.returncode, out.decode(), err.decode())


def eventually(true: Callable[[], object], *, within_s: float = 60.0) -> None:
    """Look until it is true."""
    ends = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(PAUSE_S)


def daemons_of(folder: Path) -> list[int]:
    """The processes that were started as daemons for a home in a folder, dead or alive, by their command lines."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = place.read_bytes().split(b"\0")
            if b"daemon" in words and any(word.startswith(os.fsencode(folder)) for word in words):
                found.append(int(place.parent.name))
    return found


def kill_daemons(folder: Path) -> None:
    for pid in daemons_of(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: not daemons_of(folder))


def copied(home: Home, state: Path) -> Home:
    """The same index once more."""
    shutil.copytree(home.state, state)
    return Home(state, cwd=home.cwd)


def can_drop_powers() -> bool:
    """Whether a child can be kept from what only root may do."""
    return os.geteuid() != 0 or sys.platform == "linux"


def _drop_powers() -> None:
    """As root: the rights of files count from the next program on."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for power in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if libc.prctl(PR_CAPBSET_DROP, power, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "a power could not be dropped")
