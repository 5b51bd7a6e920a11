"""Search as you type: results and their filters left, the cited lines right."""

import asyncio
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, OptionList

from tui.entries import Entry, Place, brief_entries, found_entries, link_entries, one_line
from tui.filters import MOST_CHARS, Asked
from tui.messages import DecisionWanted, QuestionRaised, SearchWanted, TopicWanted, Wanted
from tui.screens.page import Page
from tui.sheets import Sheet, brief_sheet, words_sheet
from tui.welcome import WELCOME, counted, found_words
from tui.widgets.query import Query
from tui.widgets.reader import Reader
from tui.widgets.results import Results

DEBOUNCE_S = 0.01
"""Keys of one burst cost one search. More would only delay it: what a later key overtook leaves the lane unasked."""
LIMIT = 30
"""Results in the list: more than anyone pages through, few enough to draw at once."""
MOST_LINKS = 100


class SearchPage(Page):
    """A newer query cancels the one before it."""

    NAME = "search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "focus_query", "Search", id="search.focus"),
        Binding("escape", "back", "Back", show=False, id="search.leave"),
        Binding("down,j", "move(1)", "Next", show=False, id="search.next"),
        Binding("up,k", "move(-1)", "Previous", show=False, id="search.previous"),
        Binding("right_square_bracket", "move(1)", "Next, also while reading", show=False, id="search.read_next"),
        Binding("left_square_bracket", "move(-1)", "Previous, also while reading", show=False, id="search.read_back"),
        Binding("pagedown", "scroll_text(1)", "Text down", show=False, priority=True, id="search.text_down"),
        Binding("pageup", "scroll_text(-1)", "Text up", show=False, priority=True, id="search.text_up"),
        Binding("enter,o", "open", "Open", key_display="⏎", id="search.open"),
        Binding("e", "edit", "Edit", id="search.edit"),
        Binding("y", "copy", "Copy place", id="search.copy"),
        Binding("b", "links", "Links here", id="search.links"),
        Binding("f", "focus_filters", "Filter", id="search.filter"),
        Binding("a", "ask", "Ask", id="search.ask"),
        Binding("l", "learn", "Learn about it", show=False, id="search.learn"),
        Binding("d", "decision", "Show the decision", show=False, id="search.decision"),
        Binding("r", "again", "Search again", show=False, id="search.again"),
    ]  # fmt: skip

    _idle: Sheet = words_sheet("kb", WELCOME)
    _idle_entries: list[Entry] = []  # noqa: RUF012 - replaced, never changed
    _left: tuple[list[Entry], int] | None = None
    """The results that Esc comes back to from the links; None where no links are shown."""

    def compose_body(self) -> ComposeResult:
        yield Query(id="asked")
        with Horizontal(id="panes"):
            yield Results(id="results")
            yield Reader(id="reader")

    def on_mount(self) -> None:
        self.reader.show(self._idle)
        self.query_bar.input.focus()
        self.start("open", self._open)

    def welcome(self) -> None:
        self.query_bar.input.focus()

    def take(self, message: Wanted) -> None:
        assert isinstance(message, SearchWanted)
        self.query_bar.put(message.query)
        self.query_bar.input.focus()

    # The parts

    @property
    def query_bar(self) -> Query:
        return self.query_one("#asked", Query)

    @property
    def results(self) -> Results:
        return self.query_one("#results", Results)

    @property
    def place(self) -> Place | None:
        """The lines under the cursor."""
        return self.results.chosen.place if self.results.chosen else None

    # What the user does

    @on(Query.Changed)
    def query_changed(self, event: Query.Changed) -> None:
        # Found later, the links would stand under the newer query.
        self.stop("links")
        self.start("query", self._search, event.asked)

    @on(Input.Submitted, "#query")
    @on(OptionList.OptionSelected, "#results")
    def action_open(self) -> None:
        """From the list to the text, from the text to the editor."""
        if self.focused is self.reader:
            self.action_edit()
        elif self.results.chosen:
            self.reader.focus()

    @on(OptionList.OptionHighlighted, "#results")
    def entry_chosen(self) -> None:
        if entry := self.results.chosen:
            self.start("preview", self._preview, entry)

    def on_descendant_focus(self, _: events.DescendantFocus) -> None:
        self.set_class(self.focused is self.reader, "-reading")

    def action_focus_query(self) -> None:
        self.query_bar.input.focus()

    def action_focus_filters(self) -> None:
        self.query_bar.chips.focus()

    def action_back(self) -> None:
        """End what runs, then from the text to the list, from the links to the results, out of the input."""
        if self.stop("links"):
            self.status.say("")
        elif self.focused is not self.results:
            self.results.focus()
        elif self._left:
            entries, cursor = self._left
            self._show(entries)
            self.results.highlighted = cursor

    def action_move(self, rows: int) -> None:
        self.results.move(rows)

    def action_scroll_text(self, pages: int) -> None:
        self.reader.scroll_pages(pages)

    def action_copy(self) -> None:
        if self.place:
            self.copy_place(self.place)

    def action_edit(self) -> None:
        if (entry := self.results.chosen) and entry.place and self.edit_place(entry.place):
            # The lines may read otherwise now.
            self.start("preview", self._preview, entry)

    def action_ask(self) -> None:
        self.post_message(QuestionRaised(self.query_bar.asked.text, about=self.place))

    def action_learn(self) -> None:
        entry = self.results.chosen
        if topic := (entry.topic if entry else "") or self.query_bar.asked.text:
            self.post_message(TopicWanted(topic))

    def action_decision(self) -> None:
        entry = self.results.chosen
        if entry and entry.place and entry.kind == "adr":
            self.post_message(DecisionWanted(entry.place.file_ref))
        else:
            self.status.say("no decision is chosen")

    def action_links(self) -> None:
        if (entry := self.results.chosen) and entry.place:
            self.status.say("looking for links …")
            self.start("links", self._links, entry, entry.place)

    def action_again(self) -> None:
        self.start("query", self._search, self.query_bar.asked)

    # What the library is asked

    async def _open(self) -> None:
        status = await self.library.run(lambda kb: kb.status())
        self.query_bar.offer([source["name"] for source in status["sources"]])
        self.status.say(counted(status))
        self.tell_served(status)
        self.start("brief", self._brief)
        await self.library.run(lambda kb: kb.warm())

    async def _brief(self) -> None:
        """What an idle screen shows, as it is now: the screen may have been open since yesterday."""
        payload = await self.library.run(lambda kb: kb.brief(), lane="slow")
        sheet = brief_sheet(payload, WELCOME)
        if sheet != self._idle:
            self._idle, self._idle_entries = sheet, brief_entries(payload, self.library.cwd)
            if not self.query_bar.asked.text:
                self._rest()

    async def _search(self, asked: Asked) -> None:
        await asyncio.sleep(DEBOUNCE_S)
        if not asked.text:
            self._rest()
            self.status.say("words to search for are missing: these are filters" if asked != Asked("") else "")
            self.start("brief", self._brief)
            return
        named = {"limit": LIMIT, "cwd": self.library.cwd, **asked.narrowed}
        payload = await self.library.run(lambda kb: kb.search(asked.text, **named))
        self._show(found_entries(payload, self.library.cwd))
        cut = f" · only the first {MOST_CHARS:,} characters are looked for" if asked.is_cut else ""
        self.status.say(found_words(payload) + cut)
        self.tell_served(payload)
        if not payload["hits"]:
            self._read(words_sheet("", ()))

    async def _preview(self, entry: Entry) -> None:
        if entry.place is None:
            self.reader.show(self._idle)
        else:
            await self.preview(entry)

    async def _links(self, entry: Entry, place: Place) -> None:
        payload = await self.library.run(
            lambda kb: kb.related(place.file_ref, limit=MOST_LINKS, cwd=self.library.cwd), lane="slow"
        )
        if not (entries := link_entries(payload, self.library.cwd)):
            self.status.say(f"nothing links to {one_line(place.path)}")
            return
        left = self._left or (list(self.results.entries), self.results.highlighted or 0)
        self._show(entries, heading=f"Links to {one_line(place.path)}")
        self._left = left
        self.status.say("Esc goes back")

    # Inside

    def _rest(self) -> None:
        self._show(self._idle_entries)
        self._read(self._idle)

    def _read(self, sheet: Sheet) -> None:
        """Show words of the interface; the text of an older result, still on its way, would replace them."""
        self.stop("preview")
        self.reader.show(sheet)

    def _show(self, entries: list[Entry], *, heading: str = "") -> None:
        self._left = None
        self.results.border_title = Text(heading)
        self.results.show(entries)
