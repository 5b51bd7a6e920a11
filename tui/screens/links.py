"""Links that decisions could have and have not: two spans beside each other, the change, and one key to write it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from kb.config import Settings
from kb.errors import KbError
from tui.entries import Entry
from tui.library import Library, Payload
from tui.link_lines import Pair, diff_sheet, pair_rows, pairs, written_words
from tui.reading import sheet_of
from tui.screens.page import Page
from tui.widgets.comparison import Comparison
from tui.widgets.diff_dialog import DiffDialog
from tui.widgets.row_list import RowList

OF_ALL = 50
OF_ONE = 10
LOOKING, WRITING = "looking", "writing"


class LinksPage(Page):
    """Stands over the list of decisions; of one decision, or (`about` is None) of all."""

    NAME = "decisions"
    HELP = "Pairs that name each other nowhere and should perhaps. Enter shows what would be written; nothing is "
    HELP += "before you say so."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A", "accept", "Accept", id="links.accept"),
        Binding("r", "relation", "Relation", id="links.relation"),
        Binding("x", "turn", "Turn round", id="links.turn"),
        Binding("s", "scope", "This or all", id="links.scope"),
        Binding("e", "edit", "Edit", id="links.edit"),
        Binding("y", "copy", "Copy place", show=False, id="links.copy"),
        Binding("escape,backspace", "leave", "Back", key_display="Esc", id="links.leave"),
    ]

    def __init__(self, library: Library, settings: Settings, *, about: Entry | None = None) -> None:
        super().__init__(library, settings)
        self._about = about
        self._of_all = about is None
        self._found: list[Pair] = []

    def compose_body(self) -> ComposeResult:
        yield RowList[Pair](id="pairs")
        yield Comparison(id="spans")

    def on_mount(self) -> None:
        self.pairs.focus()
        self.start(LOOKING, self._look)

    def welcome(self) -> None:
        self.pairs.focus()

    @property
    def pairs(self) -> RowList[Pair]:
        return self.query_one("#pairs", RowList)

    @property
    def comparison(self) -> Comparison:
        return self.query_one("#spans", Comparison)

    @property
    def chosen(self) -> Entry | None:
        """The file that the keys act on: the one that is read, else the first of the pair."""
        if (pair := self.pairs.chosen) is None:
            return None
        return pair.dst if self.focused is self.comparison.second else pair.src

    # What the user does

    @on(RowList.Moved, "#pairs")
    def pair_chosen(self) -> None:
        if pair := self.pairs.chosen:
            self.start("spans", self._compare, pair)

    @on(RowList.Opened, "#pairs")
    def action_accept(self) -> None:
        if pair := self.pairs.chosen:
            self.start(WRITING, self._propose, pair)

    def action_relation(self) -> None:
        if pair := self.pairs.chosen:
            self._replace(pair, pair.with_next_relation)

    def action_turn(self) -> None:
        if pair := self.pairs.chosen:
            self._replace(pair, pair.turned)

    def action_scope(self) -> None:
        if self._about is not None:
            self._of_all = not self._of_all
            self.start(LOOKING, self._look)

    def action_edit(self) -> None:
        if (entry := self.chosen) and entry.place and self.edit_place(entry.place) and (pair := self.pairs.chosen):
            self.start("spans", self._compare, pair)

    def action_copy(self) -> None:
        if (entry := self.chosen) and entry.place:
            self.copy_place(entry.place)

    def action_leave(self) -> None:
        if self.focused is not self.pairs:
            self.pairs.focus()
        else:
            self.app.pop_screen()

    # What is shown

    def _show(self, cursor: int | None = None) -> None:
        whose = "all decisions" if self._of_all or self._about is None else self._about.title
        heading = f"{len(self._found)} suggested links · {whose}"
        self.pairs.show(pair_rows(self._found), heading=heading, cursor=cursor)
        self.comparison.display = bool(self._found)

    def _replace(self, old: Pair, new: Pair) -> None:
        self._found = [new if pair is old else pair for pair in self._found]
        self._show(cursor=self.pairs.cursor)

    # What the library is asked

    async def _look(self) -> None:
        self._found = []
        self._show()
        self.status.say("Looking for links…")
        about = None if self._of_all or self._about is None else self._about.place
        ref, limit, cwd = (about.ref, OF_ONE, self.library.cwd) if about else ("", OF_ALL, self.library.cwd)
        payload = await self.library.run(lambda kb: kb.link_suggest(ref, limit=limit, cwd=cwd), lane="slow")
        self._found = pairs(payload, cwd)
        self._show()
        none = "No link to suggest" + (" · s looks at all decisions" if about else "")
        found = f"{len(self._found)} suggested · {payload['took_ms']:.0f} ms" if self._found else none
        self.status.say(" · ".join([found, *payload["notices"]]))

    async def _compare(self, pair: Pair) -> None:
        cwd = self.library.cwd
        first, second = await self.library.run(lambda kb: (sheet_of(kb, pair.src, cwd), sheet_of(kb, pair.dst, cwd)))
        self.comparison.show(first, second)

    async def _propose(self, pair: Pair) -> None:
        shown = await self._accept(pair, seen=None)
        if not shown["changed"]:
            self.status.say(f"it says so already: {pair.words}")
            return
        if self.app.screen is not self:
            return  # left meanwhile: the next key is meant for what is seen now
        if await self.app.push_screen_wait(DiffDialog(pair.words, diff_sheet(shown))):
            # Written over is only what was seen: the digests are those of the bytes behind the change on the screen.
            done = await self._accept(pair, seen={item["abspath"]: item["digest"] for item in shown["changed"]})
            await self._written(pair, done)
        else:
            self.status.say("nothing was written")

    async def _accept(self, pair: Pair, *, seen: dict[str, str] | None) -> Payload:
        assert pair.src.place is not None and pair.dst.place is not None
        src, dst, cwd = pair.src.place.ref, pair.dst.place.ref, self.library.cwd
        write = seen is not None
        return await self.library.run(
            lambda kb: kb.link_accept(src, dst, relation=pair.relation, cwd=cwd, write=write, seen=seen), lane="slow"
        )

    async def _written(self, pair: Pair, done: Payload) -> None:
        self._found = [other for other in self._found if other.names != pair.names]
        self._show()
        self.status.say(f"{written_words(done)} · reading it…")
        paths = [item["abspath"] for item in done["changed"]]
        try:
            await self.library.run(lambda kb: kb.index(paths), lane="slow")
        except KbError as error:
            # The link stands in the files all the same.
            self.status.say(f"{written_words(done)} · not indexed yet: {error.message}")
        else:
            self.status.say(written_words(done))
