"""A small real index, and the ways to play a scene on the screen: by keys, waiting for what is seen."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from kb.app.application import App
from kb.config import Settings, load_settings
from kb.embedding.hashing import HashingEmbedder
from tui.app import Terminal

DEADLINE_S = 20.0

DEBUGGER = (
    "# Attach a debugger\n\n" + "Filler about nothing.\n\n" * 40 + "## Jest\n\nRun jest with --inspect-brk to attach.\n"
)
OLD = """# 1. Use MySQL for sessions

Status: superseded by [ADR 2](0002-use-postgres.md)

## Context

Where do sessions live?

## Decision

Sessions live in MySQL.
"""
NEW = OLD.replace("1. Use MySQL", "2. Use Postgres").replace("in MySQL", "in Postgres").replace(
    "superseded by [ADR 2](0002-use-postgres.md)", "accepted\n\nSupersedes [ADR 1](0001-use-mysql.md)"
)  # fmt: skip
HOSTILE = (
    "# \x1b]52;c;cHduZWQ=\x07[bold]Zebra[/] \u202eevil\n\nThe zebra \x1b[31mcrosses\x9b2J [/nothing] \u200bhere.\n"
)


class Stage:
    """One home with one source of notes."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder / "notes"
        self.settings: Settings = load_settings(home=str(folder / "home"), environ={"XDG_CACHE_HOME": str(folder)})

    def write(self, path: str, text: str) -> Path:
        file = self.notes / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    def open_index(self) -> App:
        app = App(self.settings)
        app.shared.embedder = HashingEmbedder(dim=64)
        return app

    def index(self) -> None:
        with self.open_index() as app:
            app.index([str(self.notes)])

    def terminal(self) -> Terminal:
        return Terminal(self.settings, self.open_index)


@pytest.fixture
def bare_stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def write_notes(stage: Stage) -> Stage:
    stage.write("til/debugger.md", DEBUGGER)
    stage.write("adr/0001-use-mysql.md", OLD)
    stage.write("adr/0002-use-postgres.md", NEW)
    stage.write("til/ze\u202ebra[/b].md", HOSTILE)
    stage.index()
    return stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One index for all tests that only look."""
    return write_notes(Stage(tmp_path_factory.mktemp("stage")))


@pytest.fixture
def own_stage(bare_stage: Stage) -> Stage:
    """An index for a test that changes its notes."""
    return write_notes(bare_stage)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Play an asynchronous test in a loop of its own: no plugin is needed for that."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


async def until(pilot: Pilot[None], seen: Callable[[], bool]) -> None:
    """Let the screen work until something is seen; fails at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not seen():
        assert time.monotonic() < deadline, "not seen in time"
        await pilot.pause(0.01)


async def settle(pilot: Pilot[None]) -> None:
    """Let the screen work until it has nothing more to do: what one worker shows may start another."""
    still = 0
    deadline = time.monotonic() + DEADLINE_S
    while still < 3:
        assert time.monotonic() < deadline, "still at work"
        await pilot.pause(0.01)
        still = still + 1 if all(worker.is_finished for worker in pilot.app.workers) else 0


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Awaitable[None]]:
    return until


@pytest.fixture(name="settle")
def settle_fixture() -> Callable[..., Awaitable[None]]:
    return settle
