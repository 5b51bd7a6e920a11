"""The loop never waits for the index: while it is asked, drawn and changed, no handler holds the screen for long."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.conftest import Stage
from tui.screens.search import SearchPage

Settle = Callable[[Pilot[None]], Awaitable[None]]

BLOCKED_MS = 50.0
SLOW_S = 0.3
TRIES = 4
ROUNDS = 10
GROWTH = 1.03
"""Ten rounds are some minutes of use; eight hours may add a tenth."""


class Watch:
    """Notes how long the loop was held: a callback that should have run every few milliseconds, and did not.

    The processor's time of this thread is what counts, so that a busy machine does not fail the test.
    """

    STEP_S = 0.002

    def __init__(self) -> None:
        self.held_ms: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watch":
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _look(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(self.STEP_S)
            self.held_ms.append((time.thread_time() - before) * 1e3)


async def assert_nothing_holds(played: Callable[[], Awaitable[None]]) -> None:
    """The third-longest hold is short in at least one of some rounds: what holds the screen by itself does in each."""
    rounds: list[list[float]] = []
    while len(rounds) < TRIES and (not rounds or rounds[-1][0] > BLOCKED_MS):
        async with Watch() as watch:
            await played()
        assert len(watch.held_ms) > 20
        rounds.append(sorted(watch.held_ms)[-3:])
    assert rounds[-1][0] <= BLOCKED_MS, rounds


async def play(pilot: Pilot[None], settle: Settle) -> None:
    """What a person does in a minute: types, walks, reads, visits every screen."""
    await pilot.press("escape", "1", *"debugger", "down", "down", "up", "escape")
    await settle(pilot)
    for key in "23451":
        await pilot.press(key, "escape", "down", "up")
        await settle(pilot)
    page = pilot.app.screen
    assert isinstance(page, SearchPage)
    page.query_one("#query", Input).value = ""
    await settle(pilot)


async def test_no_handler_holds_the_screen(stage: Stage, settle: Settle) -> None:
    async with stage.terminal().run_test(size=(120, 40)) as pilot:
        await play(pilot, settle)  # what is built once, with its styles, is built now
        await assert_nothing_holds(lambda: play(pilot, settle))


async def test_a_slow_index_does_not_stop_the_keys(stage: Stage, settle: Settle) -> None:
    terminal = stage.terminal()
    async with terminal.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        slow = asyncio.ensure_future(terminal.library.run(lambda kb: time.sleep(SLOW_S)))
        async with Watch() as watch:
            await pilot.press("escape", "5", "escape", "1")
            assert isinstance(pilot.app.screen, SearchPage)
            assert not slow.done() or watch.held_ms
            await slow


async def test_long_use_does_not_grow(stage: Stage, settle: Settle) -> None:
    """Counted in objects: bytes are given back to the system when it pleases the allocator."""
    async with stage.terminal().run_test(size=(100, 30)) as pilot:
        for _ in range(3):
            await play(pilot, settle)  # until the caches are full
        before = _objects()
        for _ in range(ROUNDS):
            await play(pilot, settle)
        after = _objects()
    assert after / before <= GROWTH, (before, after)


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())
