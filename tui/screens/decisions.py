"""What was decided: the list, what hangs together with the decision under the cursor, and its text."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widgets import Input

from tui.decision_lines import EMPTY, listed
from tui.decision_tree import graph_rows, row_of_own
from tui.entries import Entry
from tui.messages import DecisionWanted, QuestionRaised, Wanted
from tui.screens.links import LinksPage
from tui.screens.page import Page
from tui.screens.problems import ProblemsPage
from tui.sheets import words_sheet
from tui.widgets.decision_list import DecisionList
from tui.widgets.line_input import LineInput
from tui.widgets.reader import Reader
from tui.widgets.row_list import RowList

REMEMBERED = 100


class DecisionsPage(Page):
    """The list leads, the graph follows; going to a neighbour leaves a trace, to come back by."""

    NAME = "decisions"
    FILLING = "list"
    HELP = "Decisions on the left, what hangs together with the chosen one beside or below it. Enter on a neighbour "
    HELP += "goes there, Backspace comes back."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", id="decisions.filter"),
        Binding("f", "status", "Status", id="decisions.status"),
        Binding("o", "read", "Read", id="decisions.read"),
        Binding("s", "suggest", "Suggest links", id="decisions.suggest"),
        Binding("S", "suggest_all", "Suggest links for all", show=False, id="decisions.suggest_all"),
        Binding("c", "check", "Check", id="decisions.check"),
        Binding("e", "edit", "Edit", id="decisions.edit"),
        Binding("y", "copy", "Copy place", show=False, id="decisions.copy"),
        Binding("a", "ask", "Ask", id="decisions.ask"),
        Binding("backspace", "back", "Back", show=False, id="decisions.back"),
        Binding("escape", "leave", "Leave", show=False, id="decisions.leave"),
        Binding("down", "move(1)", "Next", show=False, id="decisions.next"),
        Binding("up", "move(-1)", "Previous", show=False, id="decisions.previous"),
    ]

    def compose_body(self) -> ComposeResult:
        yield LineInput(placeholder="Filter by number, words, status", id="query")
        with Container(id="decisions"):
            yield DecisionList(id="list")
            with Vertical(id="detail"):
                yield RowList[Entry](id="graph")
                yield Reader(id="reader")

    def on_mount(self) -> None:
        self._trail: list[str] = []
        self._read: Entry | None = None
        """What stands in the reader."""
        self._left: RowList[Entry] = self.listing
        """Where the reader was entered from."""
        self.listing.focus()

    def on_screen_resume(self) -> None:
        self.start("list", self._load)

    def welcome(self) -> None:
        self.remove_class("-reading")
        self.listing.focus()

    def take(self, message: Wanted) -> None:
        assert isinstance(message, DecisionWanted)
        self.start("seek", self._seek, message.ref)

    # The parts

    @property
    def query_input(self) -> Input:
        return self.query_one("#query", Input)

    @property
    def listing(self) -> DecisionList:
        return self.query_one("#list", DecisionList)

    @property
    def graph(self) -> RowList[Entry]:
        return self.query_one("#graph", RowList)

    @property
    def chosen(self) -> Entry | None:
        """What the keys act on: the text that is read, else the row under the cursor of the list in use."""
        if self.focused is self.reader:
            return self._read
        return self.graph.chosen if self.focused is self.graph else self.listing.chosen

    # What the user does

    @on(Input.Changed, "#query")
    def query_changed(self) -> None:
        self._narrow()

    @on(Input.Submitted, "#query")
    def query_submitted(self) -> None:
        self.listing.focus()

    @on(RowList.Moved, "#list")
    def decision_chosen(self) -> None:
        if entry := self.listing.chosen:
            self.start("graph", self._show_graph, entry)

    @on(RowList.Moved, "#graph")
    def neighbour_chosen(self) -> None:
        if self.focused is self.graph and self.reader.display and (entry := self.graph.chosen):
            self.start("read", self._show_text, entry)

    @on(RowList.Opened, "#list")
    def decision_opened(self) -> None:
        self.action_read()

    @on(RowList.Opened, "#graph")
    def neighbour_opened(self) -> None:
        there = self.graph.chosen
        if there and there.place and there.kind == "adr" and there.place.file_ref != self.listing.ref:
            self._go(there.place.file_ref)
        else:
            self.action_read()

    def action_filter(self) -> None:
        self.remove_class("-reading")
        self.query_input.focus()

    def action_status(self) -> None:
        self.listing.next_status()
        self._narrow()

    def action_move(self, rows: int) -> None:
        self.listing.move(rows)

    def action_read(self) -> None:
        if (entry := self.chosen) and self.focused is not self.reader:
            self._left = self.graph if self.focused is self.graph else self.listing
            self.add_class("-reading")
            self.call_after_refresh(self.reader.focus)
            self.start("read", self._show_text, entry)

    def action_suggest(self) -> None:
        if entry := self.listing.chosen:
            self.app.push_screen(LinksPage(self.library, self.settings, about=entry))

    def action_suggest_all(self) -> None:
        self.app.push_screen(LinksPage(self.library, self.settings))

    def action_check(self) -> None:
        self.app.push_screen(ProblemsPage(self.library, self.settings))

    def action_edit(self) -> None:
        if (entry := self.chosen) and entry.place and self.edit_place(entry.place):
            self.start("list", self._load)

    def action_copy(self) -> None:
        if (entry := self.chosen) and entry.place:
            self.copy_place(entry.place)

    def action_ask(self) -> None:
        if entry := self.chosen:
            self.post_message(QuestionRaised("", about=entry.place))

    def action_leave(self) -> None:
        """Out of the text, out of the filter, back to where one came from; then the filter goes."""
        if self.focused is self.reader or self.has_class("-reading"):
            self.remove_class("-reading")
            self.call_after_refresh(self._left.focus)
        elif self.focused is not self.listing:
            self.listing.focus()
        elif self._trail:
            self.action_back()
        elif self.query_input.value or self.listing.status:
            self._unfilter()

    def action_back(self) -> None:
        if self.has_class("-reading"):
            self.action_leave()
        elif self._trail:
            self._select(self._trail.pop())
            self.listing.focus()

    # Getting about

    def _go(self, ref: str) -> None:
        if (here := self.listing.ref) and here != ref:
            self._trail = [*self._trail[-REMEMBERED:], here]
        self._select(ref)
        self.remove_class("-reading")
        self.call_after_refresh(self.listing.focus)

    def _select(self, ref: str) -> None:
        if not self.listing.choose_ref(ref):
            self._unfilter()
            self.listing.choose_ref(ref)

    def _unfilter(self) -> None:
        self.listing.status = ""
        with self.prevent(Input.Changed):
            self.query_input.value = ""
        self._narrow()

    def _narrow(self) -> None:
        self.listing.narrow(self.query_input.value)
        self.set_class(not self.listing.known, "-empty")
        if not self.listing.rows:
            # Still on its way, what belonged to the row that was chosen would stand beside an empty list.
            self.stop("graph")
            self.stop("read")
            self.graph.show((), heading="")
            self.reader.show(words_sheet("Decisions", () if self.listing.known else EMPTY))

    # What the library is asked

    async def _load(self) -> None:
        cwd = self.library.cwd
        # Made into rows in the lane: of thousands, that would hold up the keys.
        self.listing.known = await self.library.run(lambda kb: listed(kb.decisions_list(), cwd))
        self._narrow()

    async def _seek(self, ref: str) -> None:
        cwd = self.library.cwd
        payload = await self.library.run(lambda kb: kb.decisions_show(ref, cwd=cwd))
        await self._load()
        self._go(payload["decision"]["id"])

    async def _show_graph(self, entry: Entry) -> None:
        assert entry.place is not None
        ref, cwd = entry.place.ref, self.library.cwd
        rows = await self.library.run(lambda kb: graph_rows(kb.decisions_show(ref, cwd=cwd), cwd))
        self.graph.show(rows, heading=f"{entry.label} {entry.title}".strip(), cursor=row_of_own(rows))
        if self.reader.display:
            await self._show_text(entry)

    async def _show_text(self, entry: Entry) -> None:
        self._read = entry
        await self.preview(entry)
