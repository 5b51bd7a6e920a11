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
SIZE = (120, 38)
DEADLINE_S = 60.0


@dataclass(frozen=True)
class Scene:
    """What is pressed, and what must be seen before the picture is taken."""

    name: str
    keys: tuple[str, ...]
    seen: str


def typed(text: str) -> list[str]:
    """The keys of a line."""
    return [{" ": "space", "?": "question_mark"}.get(character, character) for character in text]


SCENES = (
    Scene("search", ("1", *typed("mirror")), "Replace the mirror"),
    Scene("ask", ("2", *typed("why is SQLite the truth?"), "enter"), "SQLite file lost nothing"),
    Scene("learn", ("3", *typed("vector mirror"), "enter"), "Ground"),
    Scene("decisions", ("4", *("down",) * 7), "Supersession"),
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
