"""What the screens look like, pixel for pixel of the terminal: few, for each change of style changes them all.

After a change that is meant: `pytest tests/tui/test_snapshots.py --snapshot-update`, and look at each of them.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.conftest import Stage
from tui.screens.page import Page

Settle = Callable[[Pilot[None]], Awaitable[None]]
Compare = Callable[..., bool]

SCENES = {
    "search": ("1", *"sessions"),
    "ask": ("2", *"where", "space", *"do", "space", *"sessions", "space", *"live", "enter"),
    "decisions": ("4", "down"),
}


@pytest.mark.parametrize("size", [(80, 24), (140, 36)], ids=["narrow", "wide"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_screen_looks_as_it_did(
    own_stage: Stage, settle: Settle, snap_compare: Compare, scene: str, size: tuple[int, int]
) -> None:
    async def play(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await pilot.press("escape", *SCENES[scene])
        await settle(pilot)
        page = pilot.app.screen
        assert isinstance(page, Page)
        # Times and places of this run.
        page.query_one("#served", Static).update("")
        page.status.say("")
        await pilot.press("escape")
        await settle(pilot)

    assert snap_compare(own_stage.terminal(), terminal_size=size, run_before=play)
