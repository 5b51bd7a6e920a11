"""What the five screens have in common: the frame, work in the background, the editor and the clipboard."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, ParamSpec

from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical
from textual.screen import Screen
from textual.worker import Worker, WorkerError, WorkerState

from kb.config import Settings
from kb.errors import KbError
from tui.editing import open_in_editor
from tui.entries import Entry, Place, copied, one_line
from tui.library import Library
from tui.messages import Wanted
from tui.reading import sheet_of
from tui.rows import BREAKPOINTS
from tui.sheets import words_sheet
from tui.widgets.key_bar import KeyBar
from tui.widgets.navigation import Navigation
from tui.widgets.reader import Reader
from tui.widgets.status import StatusLine

P = ParamSpec("P")


class Page(Screen[None]):
    """Asks the library and shows what it says; of the work of one group only the newest goes on."""

    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    NAME: ClassVar[str] = ""
    """Its name in the navigation, and the first word of its bindings' ids."""
    FILLING: ClassVar[str] = ""
    """The group of the work that fills it when it is shown, empty where its keys need not wait for that."""

    def __init__(self, library: Library, settings: Settings) -> None:
        super().__init__()
        self.library = library
        self.settings = settings

    def compose(self) -> ComposeResult:
        yield Navigation(self.NAME)
        with Vertical(id="body"):
            yield from self.compose_body()
        yield StatusLine(id="status")
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        raise NotImplementedError

    @property
    def status(self) -> StatusLine:
        return self.query_one("#status", StatusLine)

    @property
    def reader(self) -> Reader:
        """The pane that shows what is chosen, on the screens that have one."""
        return self.query_one("#reader", Reader)

    async def preview(self, entry: Entry) -> None:
        """Show the text of an entry, as it stands on the disk now."""
        cwd = self.library.cwd
        try:
            self.reader.show(await self.library.run(lambda kb: sheet_of(kb, entry, cwd)))
        except KbError as error:
            # The text before it would stand under this entry.
            self.reader.show(words_sheet(entry.shown, (one_line(error.message),)))
            raise

    def tell_served(self, payload: Mapping[str, Any]) -> None:
        """Show who answered, where the payload says it."""
        if index := payload.get("index"):
            self.query_one(Navigation).tell(index)

    def welcome(self) -> None:
        """The key that leads here was pressed: put the focus where the screen's work begins."""

    def take(self, message: Wanted) -> None:
        """Do what another screen wants."""

    # Work

    def start(
        self, group: str, work: Callable[P, Coroutine[None, None, None]], *given: P.args, **named: P.kwargs
    ) -> Worker[None]:
        """Do it in the background; what goes wrong is told in the status line."""
        # A partial, not a coroutine: one that is cancelled before it began would never be awaited.
        begin: Callable[[], Coroutine[None, None, None]] = partial(work, *given, **named)
        return self.run_worker(begin, group=group, exclusive=True, exit_on_error=False)

    def at_work(self, group: str = "") -> bool:
        """Whether work of a group goes on, of any where none is named."""
        return any(w.node is self and group in ("", w.group) and not w.is_finished for w in self.workers)

    def stop(self, group: str) -> bool:
        """Cancel the work of a group; False where there is none."""
        under_way = self.at_work(group)
        self.workers.cancel_group(self, group)
        return under_way

    async def act_filled(self, action: str) -> None:
        """Carry out an action once the page is filled: before, nothing is chosen that it could be done with."""
        while filling := [w for w in self.workers if w.node is self and w.group == self.FILLING and not w.is_finished]:
            await asyncio.sleep(0)  # one that has not begun cannot be waited for
            with suppress(WorkerError):  # what went wrong is told already
                await filling[0].wait()
        if self.is_current:
            await self.app.run_action(action, self)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state == WorkerState.ERROR and event.worker.error is not None:
            self.status.fail(event.worker.error)

    # Places

    def copy_place(self, place: Place) -> None:
        """Put `path:line` on the clipboard."""
        text = copied(place, self.library.cwd)
        self.app.copy_to_clipboard(text)
        self.status.say(f"copied {text}")

    def edit_place(self, place: Place) -> bool:
        """Open the user's editor there, and come back when it is closed; False where it could not be opened."""
        return self.aside(partial(open_in_editor, self.settings, place.ref))

    def aside(self, work: Callable[[], None]) -> bool:
        """Give the terminal to something else until it is done; False where it failed, which is told."""
        failed: KbError | None = None
        try:
            with self.app.suspend():
                # Caught in here: passed by a failure, `suspend` would never take the terminal back.
                try:
                    work()
                except KbError as error:
                    failed = error
        except SuspendNotSupported:
            failed = KbError("no editor can be opened from here", "kb open, kb new")
        if failed is not None:
            self.status.fail(failed)
        return failed is None
