"""Whether the machine runs on its battery, and stepping back behind the work of whoever sits at it."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

POWER_SUPPLIES = Path("/sys/class/power_supply")
NICENESS = 10
COMMAND_S = 5.0
LOOK_AGAIN_S = 60.0
WAIT_S = 4 * 3_600.0
"""So long a nightly run waits for mains power; then it is morning."""


def on_battery(folder: Path = POWER_SUPPLIES, *, platform: str = sys.platform) -> bool | None:
    """True on battery, False on mains power, None where nobody can tell: then long work may go on."""
    if platform == "darwin":
        return _from_pmset(_said_by("pmset", "-g", "batt"))
    return _from_supplies(folder) if platform.startswith("linux") else None


def wait_for_mains(
    on_battery: Callable[[], bool | None] = on_battery,
    *,
    longest_s: float = WAIT_S,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Wait until the machine is plugged in; False where it still is not after `longest_s`."""
    began = clock()
    while on_battery():
        if clock() - began >= longest_s:
            return False
        sleep(LOOK_AGAIN_S)
    return True


def lowered_priority() -> bool:
    """Let others go first, in processor time and on the disk; True when it was done.

    For good: without rights a priority never rises again. On Linux it holds for the calling thread and the threads
    that this one starts, so it is for a thread of its own; elsewhere for the whole process.
    """
    try:
        if sys.platform.startswith("linux"):
            thread = threading.get_native_id()
            # A thread that starts below that (a job under `nice`) must not be raised by it.
            os.setpriority(os.PRIO_PROCESS, thread, max(NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))
            _said_by("ionice", "-c", "3", "-p", str(thread))
        elif hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
        else:
            return False
    except OSError:
        return False
    return True


def _from_supplies(folder: Path) -> bool | None:
    """What /sys says: mains power counts before any battery, and a mouse's own battery counts for nothing."""
    supplies = [_fields(supply) for supply in _listed(folder)]
    of_machine = [supply for supply in supplies if supply["scope"] != "Device"]
    outside = [supply for supply in of_machine if supply["type"] in ("Mains", "USB", "Wireless")]
    if any(supply["online"] in ("1", "2") for supply in outside):
        return False
    batteries = [supply for supply in of_machine if supply["type"] in ("Battery", "UPS")]
    if any(battery["status"] == "Discharging" for battery in batteries):
        return True
    # Full or charging: something feeds it, also where no plug is listed.
    return False if any(battery["status"] not in ("", "Unknown") for battery in batteries) else None


def _from_pmset(said: str) -> bool | None:
    first = said.partition("\n")[0]
    return True if "'Battery Power'" in first else False if "'AC Power'" in first else None


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _fields(supply: Path) -> dict[str, str]:
    return {name: _read(supply / name) for name in ("type", "scope", "online", "status")}


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:  # unplugged while it is read, or not a field of this kind of supply
        return ""


def _said_by(*words: str) -> str:
    """What a command of the system prints; nothing where there is none, it fails or it hangs."""
    if shutil.which(words[0]) is None:
        return ""
    try:
        done = subprocess.run(words, capture_output=True, timeout=COMMAND_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
