"""What is wrong with the links between decisions: each problem opens the lines where it is seen."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from tui.entries import Entry
from tui.library import Payload
from tui.link_lines import problem_rows
from tui.rows import Row
from tui.screens.page import Page
from tui.widgets.reader import Reader
from tui.widgets.row_list import RowList


class ProblemsPage(Page):
    """Stands over the list of decisions."""

    NAME = "decisions"
    HELP = "What is wrong with the links between decisions, each at the line where it is seen."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "check", "Check again", id="problems.check"),
        Binding("e", "edit", "Edit", id="problems.edit"),
        Binding("y", "copy", "Copy place", show=False, id="problems.copy"),
        Binding("o", "read", "Read", id="problems.read"),
        Binding("escape,backspace", "leave", "Back", key_display="Esc", id="problems.leave"),
    ]

    def compose_body(self) -> ComposeResult:
        with Container(id="decisions"):
            yield RowList[Entry](id="problems")
            yield Reader(id="reader")

    def on_mount(self) -> None:
        self.problems.focus()
        self.action_check()

    def welcome(self) -> None:
        self.problems.focus()

    @property
    def problems(self) -> RowList[Entry]:
        return self.query_one("#problems", RowList)

    # What the user does

    @on(RowList.Moved, "#problems")
    def problem_chosen(self) -> None:
        if entry := self.problems.chosen:
            self.start("read", self.preview, entry)

    @on(RowList.Opened, "#problems")
    def action_read(self) -> None:
        self.reader.focus()

    def action_check(self) -> None:
        self.start("check", self._check)

    def action_edit(self) -> None:
        if (entry := self.problems.chosen) and entry.place and self.edit_place(entry.place):
            self.start("check", self._check_after, entry.place.abspath)

    def action_copy(self) -> None:
        if (entry := self.problems.chosen) and entry.place:
            self.copy_place(entry.place)

    def action_leave(self) -> None:
        if self.focused is self.reader:
            self.problems.focus()
        else:
            self.app.pop_screen()

    # What the library is asked

    async def _check(self) -> None:
        self.status.say("Checking…")
        cwd = self.library.cwd

        def asked(payload: Payload) -> tuple[list[Row[Entry]], int, int]:
            return problem_rows(payload, cwd), len(payload["problems"]), payload["checked"]

        rows, found, checked = await self.library.run(lambda kb: asked(kb.decisions_check()), lane="slow")
        self.problems.show(rows, heading=f"{found:,} problems in {checked:,} decisions")
        self.reader.display = bool(found)
        self.status.say(f"{found:,} problems" if found else f"{checked:,} decisions, nothing wrong with their links")

    async def _check_after(self, abspath: str) -> None:
        """Read the file that was edited, and look again."""
        await self.library.run(lambda kb: kb.index([abspath]), lane="slow")
        await self._check()
