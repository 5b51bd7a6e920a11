"""The terminal interface: builds the library and the screens, and hands the terminal back sane."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import textual.app
from textual.screen import Screen

from kb.app import open_app
from kb.config import Settings
from kb.errors import KbError
from tui.library import Library
from tui.screens.search import SearchScreen

if TYPE_CHECKING:
    from kb.app.api import Api

TERMINATED = 128 + signal.SIGTERM


class Terminal(textual.app.App[None]):
    """The screens over one index; `open_index` is called in the library's thread, once."""

    TITLE = "kb"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar = []

    def __init__(self, settings: Settings, open_index: "Callable[[], Api] | None" = None) -> None:
        super().__init__()
        self._settings = settings
        self._library = Library(open_index or (lambda: open_app(settings, stays=True)), cwd=current_folder())

    def get_default_screen(self) -> Screen[None]:
        return SearchScreen(self._library, self._settings)

    def on_mount(self) -> None:
        if threading.current_thread() is threading.main_thread():
            # Killed without this, the terminal would stay in raw mode with the mouse reporting.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit, None, TERMINATED)

    async def on_unmount(self) -> None:
        await self._library.close()


def run(settings: Settings) -> None:
    """Run the interface until it is left; KbError where it did not end by the user's will."""
    screen = Terminal(settings)
    screen.run()
    if screen.return_code == TERMINATED:
        raise SystemExit(TERMINATED)
    if screen.return_code:
        raise KbError("the interface ended by a fault of its own", "the same is to be had by: kb search, kb ask")


def current_folder() -> str:
    """The folder the user stands in, empty where it was deleted meanwhile."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""
