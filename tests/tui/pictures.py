"""The pictures of the README, taken by the interface itself of this project's own notes.

python -m tests.tui.pictures .github/pictures
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from kb.app.application import App
from kb.config import Settings, load_settings
from tui.app import Terminal

ROOT = Path(__file__).parents[2]
SIZE = (110, 34)
DEADLINE_S = 60.0


@dataclass(frozen=True)
class Scene:
    """What is pressed, and what must be seen before the picture is taken."""

    name: str
    keys: tuple[str, ...]
    seen: str


SCENES = (
    Scene("search", ("1", *"mirror"), "Replace the mirror"),
    Scene("ask", ("2", *"why is SQLite the truth?", "enter"), "[1]"),
    Scene("learn", ("3", *"vector mirror", "enter"), "Ground"),
    Scene("decisions", ("4", *("down",) * 7), "Supersession"),
    Scene("status", ("5",), "Night run"),
)


async def until(pilot: Pilot[None], seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not seen():
        if time.monotonic() > deadline:
            raise TimeoutError("the screen does not show what it should")
        await pilot.pause(0.1)


async def take(settings: Settings, folder: Path) -> None:
    """One picture a scene, as `<name>.svg`."""
    terminal = Terminal(settings, lambda: App(settings))
    async with terminal.run_test(size=SIZE) as pilot:
        for scene in SCENES:
            await pilot.press("escape", *scene.keys)
            await until(pilot, lambda scene=scene: scene.seen in terminal.export_screenshot().replace("&#160;", " "))
            await pilot.pause(0.5)
            terminal.save_screenshot(f"{scene.name}.svg", path=str(folder))
            print(f"{folder / scene.name}.svg", file=sys.stderr)
            await pilot.press("escape")


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(home=home, no_daemon=True)
        with App(settings) as app:
            app.index([str(ROOT / "notes")])
        asyncio.run(take(settings, folder))


if __name__ == "__main__":
    main()
