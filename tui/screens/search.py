"""Search as you type: results left, the cited lines right."""

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, OptionList

from tui.entries import Entry, found_entries
from tui.messages import QuestionRaised, SearchWanted, Wanted
from tui.screens.page import Page
from tui.sheets import Sheet, brief_sheet, file_sheet, words_sheet
from tui.welcome import WELCOME, counted, found_words
from tui.widgets.reader import Reader
from tui.widgets.results import Results

DEBOUNCE_S = 0.15
LIMIT = 30
"""Results in the list: more than anyone pages through, few enough to draw at once."""


class SearchPage(Page):
    """A newer query cancels the one before it."""

    NAME = "search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "focus_query", "Search", key_display="/", id="search.focus"),
        Binding("escape", "leave_query", "Leave input", show=False, id="search.leave"),
        Binding("down", "move(1)", "Next", show=False, id="search.next"),
        Binding("up", "move(-1)", "Previous", show=False, id="search.previous"),
        Binding("e", "edit", "Edit", id="search.edit"),
        Binding("y", "copy", "Copy place", id="search.copy"),
        Binding("a", "ask", "Ask about it", id="search.ask"),
    ]

    _idle: Sheet = words_sheet("kb", WELCOME)

    def compose_body(self) -> ComposeResult:
        yield Input(placeholder="Search as you type", id="query")
        with Horizontal(id="panes"):
            yield Results(id="results")
            yield Reader(id="reader")

    def on_mount(self) -> None:
        self.reader.show(self._idle)
        self.query_input.focus()
        self.start("open", self._open)

    def welcome(self) -> None:
        self.query_input.focus()

    def take(self, message: Wanted) -> None:
        assert isinstance(message, SearchWanted)
        self.query_input.value = message.query

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

    # What the user does

    @on(Input.Changed, "#query")
    def query_changed(self, event: Input.Changed) -> None:
        self.start("query", self._search, event.value)

    @on(Input.Submitted, "#query")
    def query_submitted(self, event: Input.Submitted) -> None:
        if self.results.chosen:
            self.results.focus()

    @on(OptionList.OptionHighlighted, "#results")
    def entry_chosen(self) -> None:
        if entry := self.results.chosen:
            self.start("preview", self._preview, entry)

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
            self.copy_place(entry.place)

    def action_edit(self) -> None:
        if (entry := self.results.chosen) and entry.place and self.edit_place(entry.place):
            # The lines may read otherwise now.
            self.start("preview", self._preview, entry)

    def action_ask(self) -> None:
        if entry := self.results.chosen:
            self.post_message(QuestionRaised(self.query_input.value, about=entry.place))

    # What the library is asked

    async def _open(self) -> None:
        status = await self.library.run(lambda kb: kb.status())
        self.status.say(counted(status))
        self.tell_served(status)
        await self.library.run(lambda kb: kb.warm())
        self._idle = brief_sheet(await self.library.run(lambda kb: kb.brief()), WELCOME)
        if not self.query_input.value:
            self.reader.show(self._idle)

    async def _search(self, query: str) -> None:
        await asyncio.sleep(DEBOUNCE_S)
        if not query.strip():
            self.results.show([])
            self.reader.show(self._idle)
            return
        payload = await self.library.run(lambda kb: kb.search(query, limit=LIMIT, cwd=self.library.cwd))
        self.results.show(found_entries(payload, self.library.cwd))
        self.status.say(found_words(payload))
        self.tell_served(payload)
        if not payload["hits"]:
            self.reader.show(words_sheet("", ()))

    async def _preview(self, entry: Entry) -> None:
        if (place := entry.place) is None:
            return
        payload = await self.library.run(lambda kb: kb.get(place.ref_around, cwd=self.library.cwd))
        self.reader.show(file_sheet(payload, entry, place))
