"""Battery or mains power as the operating system tells it, and a thread that steps back alone."""

import os
import sys
import threading
from pathlib import Path

import pytest

from kb.app.power import LOOK_AGAIN_S, lowered_priority, on_battery, wait_for_mains

MAINS = {"type": "Mains", "online": "1"}
UNPLUGGED = {"type": "Mains", "online": "0"}
MOUSE = {"type": "Battery", "scope": "Device", "status": "Discharging"}


def battery(status: str) -> dict[str, str]:
    return {"type": "Battery", "status": status}


@pytest.mark.parametrize(
    ("supplies", "expected"),
    [
        ([MAINS, battery("Charging")], False),
        ([UNPLUGGED, battery("Discharging")], True),
        ([MAINS, battery("Discharging")], False),  # a charger too weak for the load
        ([UNPLUGGED, {"type": "USB", "online": "1"}, battery("Charging")], False),
        ([battery("Discharging")], True),
        ([battery("Full")], False),
        ([battery("Not charging")], False),
        ([battery("Full"), battery("Discharging")], True),
        ([battery("Unknown")], None),
        ([MAINS], False),
        ([UNPLUGGED], None),
        ([MOUSE], None),
        ([MOUSE, MAINS], False),
        ([{"type": "UPS", "status": "Discharging"}], True),
        ([{}], None),
        ([], None),
    ],
)
def test_power_supplies_of_linux(tmp_path: Path, supplies: list[dict[str, str]], expected: bool | None) -> None:
    for number, fields in enumerate(supplies):
        supply = tmp_path / f"SUP{number}"
        supply.mkdir()
        for name, value in fields.items():
            (supply / name).write_text(f"{value}\n")
    assert on_battery(tmp_path, platform="linux") is expected


def test_a_machine_that_tells_nothing_goes_on(tmp_path: Path) -> None:
    assert on_battery(tmp_path / "none", platform="linux") is None
    assert on_battery(tmp_path, platform="win32") is None


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for pmset")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Now drawing from 'Battery Power'", True),
        ("Now drawing from 'AC Power'", False),
        ("No adapter attached.", None),
    ],
)
def test_power_of_a_mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, expected: bool | None) -> None:
    pmset = tmp_path / "pmset"
    pmset.write_text(f'#!/bin/sh\necho "{said}"\necho " -InternalBattery-0 80%; AC attached"\n')
    pmset.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert on_battery(platform="darwin") is expected


def test_the_night_waits_for_mains_power_and_not_for_ever() -> None:
    slept: list[float] = []
    told = iter([True, True, False])
    assert wait_for_mains(lambda: next(told), sleep=slept.append, clock=lambda: 0.0)
    assert slept == [LOOK_AGAIN_S] * 2
    slept.clear()
    assert wait_for_mains(lambda: None, sleep=slept.append)
    assert not wait_for_mains(lambda: True, longest_s=600, sleep=slept.append, clock=lambda: sum(slept))
    assert sum(slept) == 600


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the whole process steps back")
def test_one_thread_steps_back_and_the_others_stay() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    seen: list[tuple[bool, int]] = []

    def work() -> None:
        done = lowered_priority()
        seen.append((done, os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert seen == [(True, max(before, 10))]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the whole process steps back")
def test_a_thread_that_is_further_back_is_not_brought_forward() -> None:
    seen: list[int] = []

    def work() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
        lowered_priority()
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert seen == [15]
