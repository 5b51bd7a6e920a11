"""A conversation over the notes: questions below, what is quoted for them above, the cited lines beside."""

from dataclasses import replace
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Input

from kb.progress import Progress
from tui.dialogue import Turn, about_ref, shown_about, turn_of
from tui.entries import Place
from tui.messages import DecisionWanted, QuestionRaised, Wanted
from tui.screens.page import Page
from tui.sheets import words_sheet
from tui.welcome import answered_words
from tui.widgets.dialogue import Dialogue
from tui.widgets.history_dialog import HistoryDialog, Picked
from tui.widgets.question import Question
from tui.widgets.reader import Reader

TURNS = 30
"""Turns of an earlier conversation that are shown again: of each the quotes are read from the disk."""
CONVERSATIONS = 200


class AskPage(Page):
    """Goes on with one conversation; of two questions only the newer is answered."""

    NAME = "ask"
    FILLING = "conversation"
    HELP = "Write a question, Enter asks it. [ and ] walk what is cited; the text follows beside or below."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "app.go('ask')", "Ask", key_display="/", id="ask.focus"),
        Binding("escape", "leave", "Stop, leave", show=False, id="ask.leave"),
        Binding("left_square_bracket", "walk(-1)", "Previous citation", show=False, id="ask.previous"),
        Binding("right_square_bracket", "walk(1)", "Citation", key_display="[ ]", id="ask.next"),
        Binding("enter,o", "read", "Read", show=False, id="ask.read"),
        Binding("e", "edit", "Edit", id="ask.edit"),
        Binding("y", "copy", "Copy place", id="ask.copy"),
        Binding("d", "decision", "Show the decision", show=False, id="ask.decision"),
        Binding("h,ctrl+r", "history", "History", key_display="h", id="ask.history"),
        Binding("ctrl+n", "new", "New", id="ask.new"),
        Binding("w", "write", "Write", show=False, id="ask.write"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="ask.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="ask.page_down"),
    ]

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._conversation: int | None = None
        self._about: Place | None = None
        self._last_about: Place | None = None
        """What the newest question was about."""

    def compose_body(self) -> ComposeResult:
        with Container(id="talk"):
            yield Dialogue(id="dialogue", cwd=self.library.cwd)
            yield Reader(id="reader")
        yield Question(placeholder="Ask your notes", id="query")

    def on_mount(self) -> None:
        self.reader.show(words_sheet("", ()))
        self.question.focus()
        self.start("conversation", self._open_last)

    def welcome(self) -> None:
        self.question.focus()

    def take(self, message: Wanted) -> None:
        assert isinstance(message, QuestionRaised)
        self._turn_to(message.about)
        self.question.put(message.question)
        self.question.focus()

    # The parts

    @property
    def dialogue(self) -> Dialogue:
        return self.query_one("#dialogue", Dialogue)

    @property
    def question(self) -> Question:
        return self.query_one("#query", Question)

    # What the user does

    @on(Input.Submitted, "#query")
    def question_sent(self, event: Input.Submitted) -> None:
        if question := " ".join(event.value.split()):
            self._stop_answer()
            self.stop("conversation")
            self.start("answer", self._answer, question, self._about)
            self.question.sent(question)
            self._turn_to(None)

    @on(Dialogue.Chosen)
    def citation_chosen(self, event: Dialogue.Chosen) -> None:
        self.set_class(event.walked or self.has_class("-reading"), "-reading")
        if entry := self.dialogue.chosen:
            self.start("preview", self.preview, entry)

    @on(Question.Walked)
    def walked(self, event: Question.Walked) -> None:
        self.action_walk(event.step)

    def action_walk(self, step: int) -> None:
        """The first step shows the text of what is chosen, where it was not seen."""
        self.dialogue.walk(step if self.reader.display or self.dialogue.spot is None else 0)

    def action_leave(self) -> None:
        """End the answer, drop what is asked about, leave the input; then the text goes."""
        if self._stop_answer():
            self.status.say("stopped")
        elif self.focused is self.question and self._about is not None:
            self._turn_to(None)
        elif self.focused is not self.dialogue:
            self.dialogue.focus()
        else:
            self.remove_class("-reading")

    def action_read(self) -> None:
        if self.dialogue.chosen:
            self.add_class("-reading")
            self.call_after_refresh(self.reader.focus)

    def action_edit(self) -> None:
        if (entry := self.dialogue.chosen) and entry.place and self.edit_place(entry.place):
            self.start("preview", self.preview, entry)

    def action_copy(self) -> None:
        if (entry := self.dialogue.chosen) and entry.place:
            self.copy_place(entry.place)

    def action_decision(self) -> None:
        if (entry := self.dialogue.chosen) and entry.place and entry.kind == "adr":
            self.post_message(DecisionWanted(entry.place.file_ref))

    def action_page(self, pages: int) -> None:
        self.dialogue.scroll_pages(pages)

    def action_new(self) -> None:
        self._stop_answer()
        self.stop("conversation")
        self._show(None, [])
        self.question.focus()

    def action_write(self) -> None:
        """Ask the last question again, for a language model to write the answer."""
        if self.dialogue.turns and (last := self.dialogue.turns[-1]).state != "asking":
            self.stop("conversation")
            self.start("answer", self._answer, last.asked or last.question, self._last_about, write=True)

    def action_history(self) -> None:
        self.start("history", self._list)

    # What the library is asked

    async def _answer(self, question: str, about: Place | None, *, write: bool = False) -> None:
        cwd, conversation = self.library.cwd, self._conversation
        write, self._last_about = write or self.settings.answer == "write", about
        shown, ref = (shown_about(about, cwd), about_ref(about)) if about else ("", "")
        self.dialogue.add(Turn(question, about=shown))
        self.status.say("looking …")
        try:
            payload = await self.library.watch(
                lambda kb, tell: kb.converse(
                    question,
                    conversation=conversation,
                    about=ref,
                    cwd=cwd,
                    write=write,
                    on_progress=tell,
                    on_part=tell,
                ),
                self._told,
            )
        except Exception:
            # Whatever it was, told in the status line: a turn that says "looking" for ever is none.
            self.dialogue.renew(replace(self.dialogue.turns[-1], state="failed"))
            raise
        self._conversation = payload["conversation"]
        told = turn_of(payload)
        self.dialogue.renew(replace(told, about=shown or told.about))
        self.dialogue.choose_first()
        self.status.say(answered_words(payload))
        self.tell_served(payload)

    def _told(self, value: Any) -> None:
        if isinstance(value, Progress):
            self.status.say(" · ".join(word for word in (value.stage, value.detail) if word))
        elif self.dialogue.turns and self.dialogue.turns[-1].state == "asking":
            self.dialogue.renew(self.dialogue.turns[-1].with_part(value))

    async def _open_last(self) -> None:
        last = (await self.library.run(lambda kb: kb.conversations(limit=1)))["conversations"]
        if last:
            await self._open(last[0]["conversation"])

    async def _open(self, conversation: int) -> None:
        payload = await self.library.run(lambda kb: kb.conversation_show(conversation, limit=TURNS))
        turns = [turn_of(turn, old=True) for turn in payload["turns"]]
        self._show(conversation, turns, earlier=payload["earlier"])

    async def _list(self) -> None:
        found = (await self.library.run(lambda kb: kb.conversations(limit=CONVERSATIONS)))["conversations"]
        if found:
            self.app.push_screen(HistoryDialog(found), self._picked)
        else:
            self.status.say("no conversation was kept yet")

    def _picked(self, picked: Picked | None) -> None:
        if picked is not None and picked.forget:
            self.start("history", self._forget, picked.conversation)
        elif picked is not None:
            self._stop_answer()
            self.start("conversation", self._open, picked.conversation)

    async def _forget(self, conversation: int) -> None:
        await self.library.run(lambda kb: kb.conversation_delete(conversation))
        if conversation == self._conversation:
            self.action_new()
        await self._list()

    # Inside

    def _show(self, conversation: int | None, turns: list[Turn], *, earlier: int = 0) -> None:
        self._conversation, self._last_about = conversation, None
        self.question.earlier = [turn.question for turn in turns]
        self.dialogue.show(turns, earlier=earlier)
        self.reader.show(words_sheet("", ()))
        self.remove_class("-reading")

    def _stop_answer(self) -> bool:
        if not self.stop("answer"):
            return False
        # One that was not yet begun has no turn: the last one was answered.
        if self.dialogue.turns and self.dialogue.turns[-1].state == "asking":
            self.dialogue.renew(replace(self.dialogue.turns[-1], state="stopped"))
        return True

    def _turn_to(self, about: Place | None) -> None:
        """Ask about a place from now on, or about none; it is shown over the input."""
        self._about = about
        self.question.border_title = Text(f"about {shown_about(about, self.library.cwd)}") if about else None
        self.question.set_class(about is not None, "-about")
