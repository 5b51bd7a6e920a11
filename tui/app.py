"""The terminal interface: the five screens over one index, and the terminal handed back sane."""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import textual.app
from textual import on
from textual.app import SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.theme import Theme

from kb.app import open_app
from kb.config import Settings
from kb.config_file import write_setting
from kb.errors import KbError
from tui import messages
from tui.commands import commands_of
from tui.editing import capture_til
from tui.keys import checked_keymap, ids_of
from tui.library import Library
from tui.pages import PAGES, page_class, page_classes, part_classes
from tui.screens.page import Page
from tui.widgets.title_dialog import TitleDialog

if TYPE_CHECKING:
    from textual.actions import ActionParseResult

    from kb.app.api import Api

ENDING = (signal.SIGTERM, signal.SIGHUP)


class Terminal(textual.app.App[None]):
    """The screens over one index; `open_index` is called in each of the library's threads, once."""

    TITLE = "kb"
    DEFAULT_MODE = next(iter(PAGES))
    # All at once: a screen that brings its own has every style read again when it is first shown.
    CSS_PATH: ClassVar = ["app.tcss", *(f"styles/{name}.tcss" for name in PAGES)]
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"go('{name}')", name.capitalize(), show=False, id=f"go.{name}")
          for n, name in enumerate(PAGES, start=1)),
        Binding("n", "capture", "New TIL", show=False, id="app.capture"),
        Binding("question_mark,f1", "toggle_help", "Help", id="app.help"),
        Binding("q", "quit", "Quit", show=False, id="app.quit"),
        Binding("ctrl+z", "suspend_process", "To the shell, fg comes back", show=False, id="app.suspend"),
    ]  # fmt: skip

    def __init__(self, settings: Settings, open_index: "Callable[[], Api] | None" = None) -> None:
        super().__init__()
        self.settings = settings
        self.library = Library(open_index or (lambda: open_app(settings, stays=True)), cwd=current_folder())
        for name in PAGES:
            self.add_mode(name, partial(self._made, name))
        if settings.theme in self.available_themes:
            self.theme = settings.theme

    def on_ready(self) -> None:
        # What is there by now stays to the end: walked through in each full collection, it held the screen for 100 ms.
        gc.freeze()
        gc.enable()

    def on_mount(self) -> None:
        if threading.current_thread() is threading.main_thread():
            # Killed without this, the terminal would stay in raw mode with the mouse reporting.
            for number in ENDING:
                asyncio.get_running_loop().add_signal_handler(number, self.exit, None, 128 + number)
        faults: list[str] = []
        if self.settings.keymap:
            known = ids_of([Terminal, *page_classes(), *part_classes()])
            keymap, faults = checked_keymap(self.settings.keymap, known)
            self.set_keymap(keymap)
        if self.settings.theme and self.settings.theme not in self.available_themes:
            faults.append(f"no such theme: {self.settings.theme} · Ctrl+P, Theme")
        for fault in faults:
            self.notify(fault, severity="warning", markup=False)
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        # After fg the terminal shows an empty screen, of which only what changes would be drawn.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    async def on_unmount(self) -> None:
        await self.library.close()

    # The screens

    def _made(self, name: str) -> Page:
        return page_class(name)(self.library, self.settings)

    async def action_go(self, name: str) -> None:
        """Show a screen; at home already, start its main work over: the key that leads there focuses its input."""
        await self.go(name)
        self.page.welcome()

    async def go(self, name: str) -> None:
        """Show a screen, whatever lies over the one that is seen."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        await self.switch_mode(name)

    def pop_screen(self) -> AwaitComplete:
        """As ever, but for the last: a dialog can be left twice, by its own key and by one that leads elsewhere."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    @property
    def page(self) -> Page:
        """The page that is seen, also under a dialog."""
        page = self.screen_stack[0]
        assert isinstance(page, Page)
        return page

    @on(messages.Wanted)
    async def hand_on(self, message: messages.Wanted) -> None:
        """Show the screen that answers a message, and give it the message."""
        await self.go(message.page)
        self.page.take(message)

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """As ever, but not on a screen that was not filled yet: a key as early as that would end the program."""
        if isinstance(default_namespace, Screen) and not default_namespace.is_mounted:
            return False
        return await super().run_action(action, default_namespace, namespaces)

    # What can be done from anywhere

    def action_capture(self) -> None:
        self.push_screen(TitleDialog("A new TIL", "What did you learn? Its title, then your editor."), self._captured)

    def _captured(self, title: str | None) -> None:
        if title:
            self.page.aside(partial(capture_til, self.settings, title))

    def action_toggle_help(self) -> None:
        if self.screen.query("HelpPanel"):
            self.action_hide_help_panel()
        else:
            self.action_show_help_panel()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the interface, beside those that Textual brings."""
        yield from super().get_system_commands(screen)
        yield from commands_of(self, page_classes(), screen)

    def _theme_chosen(self, theme: Theme) -> None:
        try:
            write_setting(self.settings.config_file, "theme", theme.name)
        except KbError as error:
            self.notify(f"{error.message} · {error.hint}", severity="warning", markup=False)


def run(settings: Settings) -> None:
    """Run the interface until it is left; KbError where it did not end by the user's will."""
    terminal = Terminal(settings)
    terminal.run()
    if (code := terminal.return_code or 0) > 128:
        raise SystemExit(code)
    if code:
        raise KbError("the interface ended by a fault of its own", "the same is to be had by: kb search, kb ask")


def current_folder() -> str:
    """The folder the user stands in, empty where it was deleted meanwhile."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""
