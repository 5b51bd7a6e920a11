"""What can be done with the rows of a plan: read, answered, graded, made a card of, written out."""

from typing import Any

from textual import on

from tui.entries import Place, one_line
from tui.learning_lines import GRADES, Item, progress_words, question_sheet
from tui.library import Payload
from tui.messages import QuestionRaised
from tui.screens.page import Page
from tui.studying import card_of_lines, card_of_question
from tui.widgets.plan_list import PlanList
from tui.widgets.row_list import RowList
from tui.widgets.title_dialog import TitleDialog

NOTING = "noting"


class StudyPage(Page):
    """The learn screen without the ways to a plan: what its keys do with the row under the cursor."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.answers: dict[str, Payload] = {}
        """What was revealed, by its question."""

    # The parts

    @property
    def listing(self) -> PlanList:
        return self.query_one("#plan", PlanList)

    @property
    def place(self) -> Place | None:
        """The lines of the row under the cursor."""
        item = self.listing.chosen
        return item.entry.place if item and item.entry else None

    # What the user does

    @on(RowList.Moved, "#plan")
    def item_chosen(self) -> None:
        if item := self.listing.chosen:
            self._preview(item)

    def action_read(self) -> None:
        if self.listing.chosen and self.focused is not self.reader:
            self.add_class("-reading")
            self.call_after_refresh(self.reader.focus)

    def action_reveal(self) -> None:
        if (item := self.listing.chosen) and item.kind == "question":
            self.start("reveal", self._reveal, item)

    def action_done(self) -> None:
        if (item := self.listing.chosen) and item.kind in ("reading", "question"):
            self._mark(item, done=not item.done, grade="")

    def action_grade(self) -> None:
        """The answer first; then how well it was known: right, in part, wrong, and as if it had not been asked."""
        if (item := self.listing.chosen) is None or item.kind != "question":
            return
        if item.id not in self.answers:
            self.action_reveal()
            return
        following = dict(zip(("", *GRADES), (*GRADES, ""), strict=True))[item.grade]
        self._mark(item, done=bool(following), grade=following)

    def action_card(self) -> None:
        if (item := self.listing.chosen) and item.kind in ("reading", "question"):
            self.start("card", self._card, item)

    def action_note(self) -> None:
        if topic := self.listing.topic:
            self.start(NOTING, self._note, topic)

    def action_edit(self) -> None:
        if (place := self.place) and self.edit_place(place) and (item := self.listing.chosen):
            self.answers.pop(item.id, None)
            self._preview(item)

    def action_copy(self) -> None:
        if place := self.place:
            self.copy_place(place)

    def action_ask(self) -> None:
        if place := self.place:
            self.post_message(QuestionRaised("", about=place))

    # Inside

    def _preview(self, item: Item) -> None:
        self.stop("read")
        if item.kind == "question":
            self.reader.show(question_sheet(item, self.answers.get(item.id), self.library.cwd))
        elif item.sheet is not None:
            self.reader.show(item.sheet)
        elif item.entry is not None:
            self.start("read", self.preview, item.entry)

    def _mark(self, item: Item, *, done: bool, grade: str) -> None:
        # A group for each: marked fast one after the other, none of them is given up.
        self.start(f"mark {item.id}", self._keep, self.listing.topic, item, done, grade)

    # What the library is asked

    async def _reveal(self, item: Item) -> None:
        topic = self.listing.topic
        self.answers[item.id] = await self.library.run(lambda kb: kb.study_reveal(topic, item.id))
        self._preview_again(item.id)

    async def _keep(self, topic: str, item: Item, done: bool, grade: str) -> None:
        told = await self.library.run(lambda kb: kb.study_mark(topic, item.id, done=done, grade=grade))
        if topic == self.listing.topic:
            self.listing.renew(item.id, done=done, grade=grade, progress=told["progress"])
            self._preview_again(item.id)
        self.status.say(" · ".join(word for word in (grade, progress_words(told["progress"])) if word))

    def _preview_again(self, item_id: str) -> None:
        if (item := self.listing.chosen) and item.id == item_id and item.kind == "question":
            self._preview(item)

    async def _card(self, item: Item) -> None:
        topic, cwd = self.listing.topic, self.library.cwd
        if item.kind == "question":
            told = await self.library.run(lambda kb: card_of_question(kb, topic, item.id, cwd))
        else:
            assert item.entry is not None and item.entry.place is not None
            entry, place = item.entry, item.entry.place
            asked = TitleDialog("A card", "What should it ask? Its back are these lines.", value=entry.title)
            if not (front := await self.app.push_screen_wait(asked)):
                return
            told = await self.library.run(lambda kb: card_of_lines(kb, front, place, cwd))
        said = "made: card" if told["added"] else "there already: card"
        self.status.say(f"{said} {told['card']['id']} · v reviews what is due")

    async def _note(self, topic: str) -> None:
        cwd = self.library.cwd
        name = (await self.library.run(lambda kb: kb.study_note(topic)))["name"]
        if self.app.screen is not self:
            # The user went on meanwhile: Enter, pressed for what is seen there, must not write a file.
            return
        asked = TitleDialog("The study as a note", f"A new file, named from {one_line(cwd)}", value=name)
        if target := await self.app.push_screen_wait(asked):
            told = await self.library.run(lambda kb: kb.study_write(topic, target, cwd=cwd))
            self.status.say(f"written: {told['path']}")
