"""The status screen: every subject with its state, what was left out with its reason, re-indexing that can be seen."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from kb.errors import KbError
from kb.progress import Progress
from tests.tui.conftest import Stage
from tui.app import Terminal
from tui.screens.status import StatusPage
from tui.state import subjects

Until = Callable[..., Awaitable[None]]

STATUS: dict[str, Any] = {
    "sources": [{"name": "notes", "root": "/n", "files": 3}],
    "files": 3, "kinds": {"til": 3}, "chunks": 9, "pending": 0, "skipped": [], "stale": [], "warnings": [], "gone": [],
    "daemon": {"running": False, "pid": None, "uptime_s": None, "rss_mb": None, "pending_changes": 0, "problem": "",
               "sources": []},
    "index": {"embedder": "m", "as_of": "2026-01-02T03:04:05+00:00", "pending_changes": 0, "sources": [], "home": "/h"},
    "night": None,
}  # fmt: skip


def by_title(status: dict[str, Any], checks: Any = None) -> dict[str, Any]:
    return {subject.title: subject for subject in subjects(status, checks)}


def lines(subject: Any) -> list[str]:
    return [line.text for line in subject.sheet.lines]


def test_what_was_left_out_stands_under_its_reason() -> None:
    skipped = [
        {"path": "a.bin", "source": "notes", "reason": "binary"},
        {"path": "b\x1b[31m.bin", "source": "notes", "reason": "binary"},
        {"path": ".env", "source": "notes", "reason": "may hold secrets"},
    ]
    subject = by_title({**STATUS, "skipped": skipped})["Left out"]
    assert subject.summary == "3 files and folders"
    told = lines(subject)
    assert told[:3] == ["binary (2)", "notes:a.bin", "notes:b\\x1b[31m.bin"]
    assert told[4:6] == ["may hold secrets (1)", "notes:.env"]


def test_a_gone_source_warns_and_keeps_what_was_read() -> None:
    subject = by_title({**STATUS, "gone": [{"name": "notes", "root": "/n", "why": "not there"}]})["Sources"]
    assert (subject.summary, subject.standing) == ("1 known, 1 gone", "warn")
    assert "not there now; what was read is kept" in lines(subject)


def test_what_waits_is_counted() -> None:
    index = {**STATUS["index"], "pending_changes": 4}
    assert by_title({**STATUS, "pending": 2, "index": index})["Index"].summary == "3 files, 9 passages, 6 to come"


def test_a_daemon_in_trouble_says_which() -> None:
    daemon = {**STATUS["daemon"], "running": True, "pid": 7, "uptime_s": 90_061.0, "rss_mb": 12.0}
    assert by_title({**STATUS, "daemon": daemon})["Daemon"].summary == "up 1 d 1 h"
    subject = by_title({**STATUS, "daemon": {**daemon, "problem": "the disk is full"}})["Daemon"]
    assert (subject.summary, subject.standing) == ("the disk is full", "warn")


def test_the_failed_checks_come_first_with_their_remedy() -> None:
    checks = [
        {"name": "home", "ok": True, "detail": "fine", "remedy": ""},
        {"name": "ledger", "ok": False, "detail": "damaged", "remedy": "kb doctor --repair"},
    ]
    subject = by_title(STATUS, checks)["Doctor"]
    assert (subject.summary, subject.standing) == ("1 of 2 wrong", "warn")
    assert lines(subject) == ["ledger: damaged", "kb doctor --repair", "home: fine"]


async def opened(pilot: Pilot[None], until: Until) -> StatusPage:
    await pilot.press("escape", "5")
    page = pilot.app.screen
    assert isinstance(page, StatusPage)
    await until(pilot, lambda: bool(page.subjects.subjects))
    return page


async def test_each_subject_is_read_on_the_right(stage: Stage, until: Until) -> None:
    async with stage.terminal().run_test(size=(100, 30)) as pilot:
        page = await opened(pilot, until)
        await until(pilot, lambda: page.reader.sheet.heading == "Index")
        assert page.subjects.has_focus
        await pilot.press("down")
        await until(pilot, lambda: page.reader.sheet.heading == "Sources")
        assert str(stage.notes) in lines_of(page)


def lines_of(page: StatusPage) -> list[str]:
    return [line.text for line in page.reader.sheet.lines]


async def test_re_indexing_shows_what_it_found(own_stage: Stage, until: Until) -> None:
    async with own_stage.terminal().run_test(size=(100, 30)) as pilot:
        page = await opened(pilot, until)
        own_stage.write("til/new.md", "# New\n\nA new thing.\n")
        await pilot.press("r")
        await until(pilot, lambda: "1 added" in page.status.said)
        await until(pilot, lambda: page.subjects.subjects[0].summary.startswith("5 files"))
        assert not page.progress_bar.display


async def test_the_doctor_is_asked_by_a_key(own_stage: Stage, until: Until) -> None:
    async with own_stage.terminal().run_test(size=(100, 30)) as pilot:
        page = await opened(pilot, until)
        await pilot.press("d")
        await until(pilot, lambda: page.subjects.subjects[-1].summary != "not asked yet: d")
        assert page.status.said


async def test_without_an_index_it_says_what_to_do(bare_stage: Stage, until: Until) -> None:
    async with bare_stage.terminal().run_test(size=(100, 30)) as pilot:
        await pilot.press("escape", "5")
        page = pilot.app.screen
        assert isinstance(page, StatusPage)
        await until(pilot, lambda: "kb index PATH" in page.status.said)


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_it_is_drawn_in_every_sort_of_theme(stage: Stage, until: Until, theme: str) -> None:
    terminal = Terminal(dataclasses.replace(stage.settings, theme=theme), stage.open_index)
    async with terminal.run_test(size=(80, 24)) as pilot:
        assert terminal.theme == theme
        await opened(pilot, until)


async def test_a_bar_goes_with_the_work_that_failed(stage: Any, until: Any) -> None:
    def failing(_: Any, tell: Any) -> Any:
        tell(Progress("read", 1, 2))
        raise KbError("the disk is full")

    async with stage.terminal().run_test(size=(80, 24)) as pilot:
        await pilot.press("escape", "5")
        page = pilot.app.page
        page.start("work", page._worked, failing)
        await until(pilot, lambda: "the disk is full" in page.status.said)
        assert not page.progress_bar.display
