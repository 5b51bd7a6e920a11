"""Learning out of one's own notes: the plan of a topic, what is done of it, and the ways to the tutor and the cards."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input

from kb.errors import KbError
from kb.progress import Progress
from tui.entries import one_line
from tui.learning_lines import IDLE, Item, progress_words
from tui.messages import TopicWanted, Wanted
from tui.screens.recall import RecallPage
from tui.screens.study import NOTING, StudyPage
from tui.screens.tutor import TutorPage
from tui.sheets import words_sheet
from tui.studying import under_way
from tui.widgets.line_input import LineInput
from tui.widgets.plan_list import PlanList
from tui.widgets.reader import Reader
from tui.widgets.row_list import RowList

PLANNING = "planning"


class LearnPage(StudyPage):
    """Shows what is under study until a topic is chosen, then its plan; Esc leads back."""

    NAME = "learn"
    FILLING = "idle"
    HELP = "Type a topic, Enter plans it. The rows are in the order to work through them: a question before the text "
    HELP += "that answers it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "app.go('learn')", "Topic", key_display="/", id="learn.focus"),
        Binding("r", "reveal", "Answer", id="learn.reveal"),
        Binding("space,d", "done", "Done", key_display="Space", id="learn.done"),
        Binding("g", "grade", "Grade", id="learn.grade"),
        Binding("c", "card", "Card", id="learn.card"),
        Binding("t", "tutor", "Tutor", id="learn.tutor"),
        Binding("T", "tutor(False)", "Tutor on the whole topic", show=False, id="learn.tutor_topic"),
        Binding("v", "review", "Review", id="learn.review"),
        Binding("w", "note", "Write a note", show=False, id="learn.note"),
        Binding("o", "read", "Read", show=False, id="learn.read"),
        Binding("e", "edit", "Edit", show=False, id="learn.edit"),
        Binding("y", "copy", "Copy place", show=False, id="learn.copy"),
        Binding("a", "ask", "Ask", show=False, id="learn.ask"),
        Binding("escape", "leave", "Stop, leave", show=False, id="learn.leave"),
        Binding("down", "move(1)", "Next", show=False, id="learn.next"),
        Binding("up", "move(-1)", "Previous", show=False, id="learn.previous"),
    ]

    def compose_body(self) -> ComposeResult:
        yield LineInput(placeholder="What do you want to learn?", id="query")
        with Container(id="study"):
            yield PlanList(id="plan", cwd=self.library.cwd)
            yield Reader(id="reader")

    def on_mount(self) -> None:
        self.query_input.focus()

    def on_screen_resume(self) -> None:
        if self.listing.plan is None:
            self.start("idle", self._load)

    def welcome(self) -> None:
        self.remove_class("-reading")
        self.query_input.focus()

    def take(self, message: Wanted) -> None:
        assert isinstance(message, TopicWanted)
        self._learn(message.topic)

    # The parts

    @property
    def query_input(self) -> Input:
        return self.query_one("#query", Input)

    # What the user does

    @on(Input.Submitted, "#query")
    def topic_sent(self, event: Input.Submitted) -> None:
        if topic := " ".join(event.value.split()):
            self._learn(topic)
        else:
            self._open()

    @on(RowList.Opened, "#plan")
    def item_opened(self) -> None:
        self._open()

    def action_move(self, rows: int) -> None:
        self.listing.move(rows)

    def action_tutor(self, on_lines: bool = True) -> None:
        """On the lines that are read; elsewhere on the topic; where none is chosen, the open session goes on."""
        item = self.listing.chosen
        named = item.id if item and item.kind in ("study", "session") else ""
        if not (topic := self.listing.topic or named or self.query_input.value.strip() or self.listing.open_session):
            self.status.say("about what? type a topic, or choose one")
            return
        place = self.place if on_lines and item and item.kind == "reading" else None
        self.app.push_screen(TutorPage(self.library, self.settings, topic=topic, at=place))

    def action_review(self) -> None:
        self.app.push_screen(RecallPage(self.library, self.settings))

    def action_leave(self) -> None:
        """End the plan in the making; out of the text, out of the input; then back to what is under study."""
        if self.stop(PLANNING) or self.stop(NOTING):
            self.status.say("stopped")
        elif self.focused in (self.reader, self.query_input) or self.has_class("-reading"):
            self._to_list()
        elif self.listing.plan is not None:
            self.query_input.value = ""
            self.start("idle", self._load)

    # Inside

    def _to_list(self) -> None:
        self.remove_class("-reading")
        self.call_after_refresh(self.reader.focus if self.has_class("-empty") else self.listing.focus)

    def _open(self) -> None:
        match self.listing.chosen:
            case Item(kind="study", id=topic):
                self._learn(topic)
            case Item(kind="session"):
                self.action_tutor()
            case Item(kind="cards"):
                self.action_review()
            case Item(kind="question"):
                self.action_reveal()
            case Item():
                self.action_read()

    def _learn(self, topic: str) -> None:
        self.query_input.value = one_line(topic)
        self.stop("idle")
        self.start(PLANNING, self._plan, topic)

    # What the library is asked

    async def _load(self) -> None:
        studies, due = await self.library.run(under_way)
        self.listing.show_idle(studies, due)
        self.set_class(not self.listing.rows, "-empty")
        if not self.listing.rows:
            self.reader.show(words_sheet("Learn", IDLE))
        if due and due["notices"]:
            self.status.say(" · ".join(due["notices"]))

    async def _plan(self, topic: str) -> None:
        cwd = self.library.cwd
        self.status.say("looking through your notes … Esc stops it")
        plan = await self.library.watch(
            lambda kb, tell: kb.learn(topic, cwd=cwd, on_progress=tell), self._told, lane="slow"
        )
        if not plan["stages"]:
            self.status.fail(KbError(f"nothing in your notes is near to {topic}", "other words, or: kb index PATH"))
            return
        # Looked up while the plan was made, what is under study would take its place.
        self.stop("idle")
        self.answers.clear()
        self.remove_class("-reading", "-empty")
        self.listing.show_plan(plan)
        self.listing.focus()
        told = [f"{len(plan['changed'])} changed since last time"] if plan["changed"] else []
        self.status.say(" · ".join([*told, progress_words(plan["progress"]), *plan["notices"]]))

    def _told(self, progress: Progress) -> None:
        self.status.say(f"{progress.detail or progress.stage} … Esc stops it")
