"""Search as you type, ask with Enter: results left, the cited lines or the answer right."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import ClassVar, ParamSpec

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList
from textual.worker import Worker, WorkerState

from kb.config import Settings
from kb.errors import KbError
from tui.editing import open_in_editor
from tui.entries import Entry, answer_entries, copied, found_entries
from tui.library import Library
from tui.sheets import Sheet, answer_sheet, brief_sheet, file_sheet, words_sheet
from tui.welcome import WELCOME, answered_words, counted, found_words
from tui.widgets.reader import Reader
from tui.widgets.results import Results
from tui.widgets.status import StatusLine

DEBOUNCE_S = 0.15
P = ParamSpec("P")


class SearchScreen(Screen[None]):
    """Asks the library and shows what it says; a newer question cancels the one before it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "focus_query", "Search", key_display="/", id="search.focus"),
        Binding("escape", "leave_query", "Leave input", show=False, id="search.leave"),
        Binding("down", "move(1)", "Next", show=False, id="search.next"),
        Binding("up", "move(-1)", "Previous", show=False, id="search.previous"),
        Binding("e", "edit", "Edit", id="search.edit"),
        Binding("y", "copy", "Copy place", id="search.copy"),
        Binding("q", "app.quit", "Quit", id="search.quit"),
    ]

    def __init__(self, library: Library, settings: Settings) -> None:
        super().__init__()
        self._library = library
        self._settings = settings
        self._answer: Sheet = words_sheet("", ())
        self._idle: Sheet = words_sheet("kb", WELCOME)

    def compose(self) -> ComposeResult:
        yield Input(placeholder="Search as you type · Enter asks", id="query")
        with Horizontal(id="panes"):
            yield Results(id="results")
            yield Reader(id="reader")
        yield StatusLine(id="status")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.reader.show(self._idle)
        self.query_input.focus()
        self._start("open", self._open)

    # The parts

    @property
    def query_input(self) -> Input:
        return self.query_one("#query", Input)

    @property
    def results(self) -> Results:
        return self.query_one("#results", Results)

    @property
    def reader(self) -> Reader:
        return self.query_one("#reader", Reader)

    @property
    def status(self) -> StatusLine:
        return self.query_one("#status", StatusLine)

    # What the user does

    @on(Input.Changed, "#query")
    def query_changed(self, event: Input.Changed) -> None:
        self._start("query", self._search, event.value)

    @on(Input.Submitted, "#query")
    def query_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._start("query", self._ask, event.value)

    @on(OptionList.OptionHighlighted, "#results")
    def entry_chosen(self) -> None:
        if entry := self.results.chosen:
            self._start("preview", self._preview, entry)

    @on(OptionList.OptionSelected, "#results")
    def entry_opened(self) -> None:
        self.reader.focus()

    def action_focus_query(self) -> None:
        self.query_input.focus()

    def action_leave_query(self) -> None:
        self.results.focus()

    def action_move(self, rows: int) -> None:
        self.results.move(rows)

    def action_copy(self) -> None:
        if (entry := self.results.chosen) and entry.place:
            text = copied(entry.place, self._library.cwd)
            self.app.copy_to_clipboard(text)
            self.status.say(f"copied {text}")

    def action_edit(self) -> None:
        if not (entry := self.results.chosen) or not entry.place:
            return
        try:
            with self.app.suspend():
                open_in_editor(self._settings, entry.place.ref)
        except SuspendNotSupported:
            self.status.fail(KbError("no editor can be opened from here", f"kb open {entry.place.ref}"))
        except KbError as error:
            self.status.fail(error)
        else:
            # The lines may read otherwise now.
            self._start("preview", self._preview, entry)

    # What the library is asked

    def _start(
        self, group: str, work: Callable[P, Coroutine[None, None, None]], *given: P.args, **named: P.kwargs
    ) -> Worker[None]:
        # A partial, not a coroutine: one that is cancelled before it began would never be awaited.
        begin: Callable[[], Coroutine[None, None, None]] = partial(work, *given, **named)
        return self.run_worker(begin, group=group, exclusive=True, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state == WorkerState.ERROR and event.worker.error is not None:
            self.status.fail(event.worker.error)

    async def _open(self) -> None:
        status = await self._library.status()
        self.status.say(counted(status))
        await self._library.warm()
        self._idle = brief_sheet(await self._library.brief(), WELCOME)
        if not self.query_input.value:
            self.reader.show(self._idle)

    async def _search(self, query: str) -> None:
        await asyncio.sleep(DEBOUNCE_S)
        if not query.strip():
            self.results.show([])
            self.reader.show(self._idle)
            return
        payload = await self._library.search(query)
        self.results.show(found_entries(payload, self._library.cwd))
        self.status.say(found_words(payload))
        if not payload["hits"]:
            self.reader.show(words_sheet("", ()))

    async def _ask(self, question: str) -> None:
        self.status.say("looking for an answer …")
        payload = await self._library.ask(question)
        self._answer = answer_sheet(payload, self._library.cwd)
        self.results.show(answer_entries(payload, self._library.cwd))
        self.status.say(answered_words(payload))

    async def _preview(self, entry: Entry) -> None:
        if entry.place is None:
            self.reader.show(self._answer)
            return
        payload = await self._library.read(entry.place.ref_around)
        self.reader.show(file_sheet(payload, entry, entry.place))
