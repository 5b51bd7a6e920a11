"""The tutor's dialogue: a step, the excerpts that go with it beside, and a line to answer in.

The stages are led by `kb.app`; this shows a step and hands back what was typed, with the turn it was
typed at: an answer that was sent and not waited for is not heard twice.
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input

from kb.config import Settings
from tui.entries import Place
from tui.lesson_lines import CHOICES, HOW, excerpt_entry, excerpts_of, excerpts_sheet, step_lines, talk_sheet
from tui.library import Library, Payload
from tui.messages import QuestionRaised
from tui.screens.page import Page
from tui.sheets import Line
from tui.studying import session_of
from tui.widgets.question import Question
from tui.widgets.reader import Reader
from tui.widgets.reply import Reply

SAYING, LOOKING = "saying", "looking"
STEPS = 20
"""Steps that stay on the screen."""


class TutorPage(Page):
    """Stands over the learn screen; goes on with the open session on the same topic and lines, or begins one."""

    NAME = "learn"
    HELP = "Answer in a line, Enter sends it. What decides is shown after your answer, or at once by Ctrl+T."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "tell", "Just tell me", id="tutor.tell"),
        Binding("left_square_bracket", "walk(-1)", "Previous excerpt", show=False, id="tutor.previous"),
        Binding("right_square_bracket", "walk(1)", "Excerpt", key_display="[ ]", id="tutor.next"),
        Binding("ctrl+n", "anew", "New session", id="tutor.new"),
        Binding("enter", "go_on", "Go on", show=False, id="tutor.go_on"),
        Binding("slash", "answer", "Answer", key_display="/", id="tutor.answer"),
        Binding("e", "edit", "Edit", id="tutor.edit"),
        Binding("y", "copy", "Copy place", show=False, id="tutor.copy"),
        Binding("a", "ask", "Ask", id="tutor.ask"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="tutor.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="tutor.page_down"),
        Binding("escape", "leave", "Back", key_display="Esc", id="tutor.leave"),
    ]

    def __init__(self, library: Library, settings: Settings, *, topic: str, at: Place | None = None) -> None:
        super().__init__(library, settings)
        self._topic = topic
        self._at = at
        self._steps: list[list[Line]] = []
        self._excerpt = 0
        self.payload: Payload | None = None
        """The session as it stands."""

    def compose_body(self) -> ComposeResult:
        with Container(id="lesson"):
            yield Reader(id="talk")
            yield Reader(id="excerpts")
        yield Reply(placeholder="…", id="query")

    def on_mount(self) -> None:
        self.reply.focus()
        self.start(LOOKING, self._open, anew=False)

    def welcome(self) -> None:
        self.reply.focus()

    # The parts

    @property
    def talk(self) -> Reader:
        return self.query_one("#talk", Reader)

    @property
    def excerpts(self) -> Reader:
        return self.query_one("#excerpts", Reader)

    @property
    def reply(self) -> Reply:
        return self.query_one("#query", Reply)

    @property
    def place(self) -> Place | None:
        """The lines of the excerpt that was walked to."""
        shown = excerpts_of(self.payload) if self.payload is not None else []
        return excerpt_entry(shown[self._excerpt]).place if shown else None

    # What the user does

    @on(Input.Submitted, "#query")
    def answered(self, event: Input.Submitted) -> None:
        self._say(event.value)

    @on(Reply.Chosen)
    def chosen(self, event: Reply.Chosen) -> None:
        self._say(str(event.number))

    @on(Question.Walked)
    def walked(self, event: Question.Walked) -> None:
        self.action_walk(event.step)

    def action_tell(self) -> None:
        if (payload := self.payload) and not self._busy:
            self.start(SAYING, self._go, payload, None)

    def action_walk(self, step: int) -> None:
        if self.payload is not None and (shown := excerpts_of(self.payload)):
            self._excerpt = min(max(self._excerpt + step, 0), len(shown) - 1)
            self.excerpts.show(excerpts_sheet(shown, self._excerpt, self.library.cwd))

    def action_anew(self) -> None:
        if not self._busy:
            self._steps.clear()
            self.start(LOOKING, self._open, anew=True)

    def action_go_on(self) -> None:
        """Enter beside the input."""
        if self.payload is not None and self.payload["step"]["expects"] in ("next", "grade"):
            self._say("")

    def action_answer(self) -> None:
        self.reply.focus()

    def action_page(self, pages: int) -> None:
        (self.excerpts if self.focused is self.excerpts else self.talk).scroll_pages(pages)

    def action_edit(self) -> None:
        if place := self.place:
            self.edit_place(place)

    def action_copy(self) -> None:
        if place := self.place:
            self.copy_place(place)

    def action_ask(self) -> None:
        if place := self.place:
            self.post_message(QuestionRaised("", about=place))

    def action_leave(self) -> None:
        """Wait no more for the tutor, leave the input, go back; what was said is kept."""
        if self.stop(SAYING):
            # It is carried out all the same: the step that comes of it is looked up when it is there.
            self.start(LOOKING, self._look)
        elif self.focused is self.reply:
            self.talk.focus()
        else:
            self.app.pop_screen()

    # Inside

    @property
    def _busy(self) -> bool:
        return self.at_work()

    def _say(self, said: str) -> None:
        if (payload := self.payload) is None or payload["stage"] == "done" or self._busy:
            return
        self.reply.sent(said) if said.strip() else self.reply.put("")
        self.start(SAYING, self._go, payload, said)

    def _show(self, payload: Payload) -> None:
        if self.payload is None or _step_of(payload) != _step_of(self.payload):
            self._steps = [*self._steps[1 - STEPS :], step_lines(payload, alone=not self._steps)]
        self.payload, self._excerpt = payload, 0
        step, shown = payload["step"], excerpts_of(payload)
        self.reply.of = len(step["options"]) if step["expects"] in CHOICES else 0
        self.reply.placeholder = HOW[step["expects"]]
        self.set_class(not shown, "-bare")
        # With the excerpts the pane gets another height: scrolled before, the newest step would be below its edge.
        self.call_after_refresh(self.talk.show, talk_sheet(self._steps, payload))
        self.excerpts.show(excerpts_sheet(shown, 0, self.library.cwd))

    # What the library is asked

    async def _open(self, *, anew: bool) -> None:
        topic, at, cwd = self._topic, self._at, self.library.cwd
        self.status.say("looking through your notes …")
        payload, goes_on = await self.library.run(lambda kb: session_of(kb, topic, at, cwd, anew=anew), lane="slow")
        self._show(payload)
        self.status.say("where you left it · Ctrl+N begins anew" if goes_on else "a new session, with a fresh mind")

    async def _go(self, payload: Payload, said: str | None) -> None:
        session, turn = payload["session"], payload["turn"]
        self.status.say("…")
        following = await self.library.run(
            lambda kb: kb.tutor_tell(session, turn=turn) if said is None else kb.tutor_say(session, said, turn=turn),
            lane="slow",
        )
        self._show(following)
        self.status.say("")

    async def _look(self) -> None:
        assert self.payload is not None
        session = self.payload["session"]
        self.status.say("stopped waiting; what you said is kept · Esc goes back")
        self._show(await self.library.run(lambda kb: kb.tutor_show(session), lane="slow"))
        self.status.say("")


def _step_of(payload: Payload) -> tuple[int, int]:
    return payload["session"], payload["turn"]
