"""What is indexed, how fresh it is, what was left out and why, and what is wrong; re-indexing with its progress."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, ProgressBar

from kb.progress import Progress
from tui.entries import one_line
from tui.library import Payload, Tell
from tui.screens.page import Page
from tui.state import subjects
from tui.widgets.reader import Reader
from tui.widgets.subjects import Subjects

if TYPE_CHECKING:
    from kb.app.api import Api

EVERY_S = 5.0
"""How often the state is asked anew while the screen is seen."""
WORK = "work"


class StatusPage(Page):
    """Asks anew every few seconds while it is seen, and never while it is not."""

    NAME = "status"
    HELP = "What is indexed and how fresh it is. Choose a subject on the left to read all about it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "index", "Re-index", id="status.index"),
        Binding("d", "doctor", "Check", id="status.doctor"),
        Binding("escape", "cancel", "Cancel", show=False, id="status.cancel"),
    ]

    _checks: Sequence[Payload] | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield Subjects(id="subjects")
            yield Reader(id="reader")
        yield ProgressBar(id="progress", show_eta=False)

    def on_mount(self) -> None:
        self.progress_bar.display = False
        self.set_interval(EVERY_S, self._look)

    def on_screen_resume(self) -> None:
        self._look()

    def welcome(self) -> None:
        self.subjects.focus()

    @property
    def subjects(self) -> Subjects:
        return self.query_one("#subjects", Subjects)

    @property
    def progress_bar(self) -> ProgressBar:
        return self.query_one("#progress", ProgressBar)

    # What the user does

    @on(OptionList.OptionHighlighted, "#subjects")
    def subject_chosen(self) -> None:
        if (subject := self.subjects.chosen) and subject.sheet != self.reader.sheet:
            self.reader.show(subject.sheet)

    @on(OptionList.OptionSelected, "#subjects")
    def subject_opened(self) -> None:
        self.reader.focus()

    def action_index(self) -> None:
        self.start(WORK, self._index)

    def action_doctor(self) -> None:
        self.start(WORK, self._check)

    def action_cancel(self) -> None:
        if self.stop(WORK):
            self.status.say("cancelled; what is done stays done")
        else:
            self.subjects.focus()

    # What the library is asked

    def _look(self) -> None:
        # Asked again before it is answered, a slow index would never be told of.
        if self.is_current and not self.at_work("look"):
            self.start("look", self._tell)

    async def _tell(self) -> None:
        status = await self.library.run(lambda kb: kb.status())
        self.tell_served(status)
        self.subjects.show(subjects(status, self._checks))

    async def _index(self) -> None:
        report = await self._worked(lambda kb, tell: kb.index([], on_progress=tell))
        changed = ", ".join(f"{report[key]:,} {key}" for key in ("added", "changed", "removed") if report[key])
        self.status.say(f"read in {report['took_s']:.1f} s: {changed or 'nothing had changed'}")
        await self._tell()

    async def _check(self) -> None:
        found = await self._worked(lambda kb, tell: kb.doctor(on_progress=tell))
        self._checks = found["checks"]
        bad = sum(not check["ok"] for check in self._checks)
        self.status.say(f"{bad} of {len(self._checks)} checks failed" if bad else "all is well")
        await self._tell()

    async def _worked(self, call: "Callable[[Api, Tell], Payload]") -> Payload:
        try:
            return await self.library.watch(call, self._progressed, lane="slow")
        finally:
            # Also where it failed: a bar that stands still would say that it goes on.
            self.progress_bar.display = False

    def _progressed(self, progress: Progress) -> None:
        self.progress_bar.display = True
        self.progress_bar.update(total=progress.total or None, progress=progress.done)
        self.status.say(one_line(f"{progress.stage} {progress.detail}"))
