"""The nightly run as a person reads it."""

from typing import Any

from kb.cli.views.page import Line, Page, plain
from kb.cli.views.schedule import installed_lines, night_lines, removed_lines, schedule_lines

PAGE = Page(cwd="/")
NIGHT = {"at": "2026-11-21T03:00:00", "took_s": 41.4, "ok": True, "summary": "3 of 9 files changed"}


def texts(lines: list[Line]) -> list[str]:
    return [plain(line).rstrip() for line in lines]


def told(**changed: Any) -> dict[str, Any]:
    base = {
        "installed": True, "by": "systemd", "job": "kb-night", "at": "03:00", "active": True,
        "next": "2026-11-22T03:00:00", "files": ["/conf/kb-night.timer"], "last": NIGHT,
    }  # fmt: skip
    return {**base, **changed}


def test_what_is_installed_when_it_comes_and_what_the_last_one_did() -> None:
    assert texts(schedule_lines(told(), PAGE)) == [
        "Every night at 03:00, by systemd",
        "next    Sun 2026-11-22 03:00",
        "last    Sat 2026-11-21 03:00, 41 s: 3 of 9 files changed",
        "file    /conf/kb-night.timer",
    ]
    assert not any("last" in text for text in texts(installed_lines(told(), PAGE)))


def test_nothing_installed_names_the_command() -> None:
    nothing = told(installed=False, by=None, at=None, active=None, next=None, files=[], last=None)
    assert texts(schedule_lines(nothing, PAGE)) == ["No nightly run is installed: kb schedule install"]


def test_a_run_that_is_asleep_is_not_told_as_coming() -> None:
    first = texts(schedule_lines(told(active=False, next=None), PAGE))[0]
    assert first == "The nightly run is known to systemd and will not run: kb schedule install"


def test_a_night_that_failed_tells_its_steps() -> None:
    steps = [{"name": "scan", "ok": True, "detail": ""}, {"name": "backup", "ok": False, "detail": "the disk is full"}]
    failed = {**NIGHT, "ok": False, "summary": "failed: backup", "steps": steps}
    assert texts(night_lines(failed, PAGE)) == [
        "Sat 2026-11-21 03:00, 41 s: failed: backup",
        "  backup  the disk is full",
    ]


def test_what_was_removed() -> None:
    assert texts(removed_lines({"removed": True, "by": ["cron"]}, PAGE)) == ["The nightly run is gone from cron"]
    assert texts(removed_lines({"removed": False, "by": []}, PAGE)) == ["No nightly run was installed"]
