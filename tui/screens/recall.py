"""A round of cards: the front, the back when it is wanted, a grade, the next one, until none is due.

Every grade is in the journal before the next card is shown: a round may be broken off anywhere.
"""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.card_lines import GRADES, back_sheet, done_sheet, front_sheet, graded_words
from tui.entries import Place
from tui.library import Payload
from tui.screens.page import Page
from tui.widgets.reader import Reader

ASKING = "asking"


class RecallPage(Page):
    """Stands over the learn screen."""

    NAME = "learn"
    HELP = "Say the answer to yourself, Enter shows it. 1 forgotten, 2 with effort, 3 known, 4 at once."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "show", "Show", id="recall.show"),
        *(Binding(str(number), f"grade('{grade}')", grade.capitalize(), id=f"recall.{grade}")
          for number, grade in enumerate(GRADES, start=1)),
        Binding("u", "undo", "Undo", id="recall.undo"),
        Binding("e", "edit", "Edit", show=False, id="recall.edit"),
        Binding("y", "copy", "Copy place", show=False, id="recall.copy"),
        Binding("escape,backspace", "leave", "Back", key_display="Esc", id="recall.leave"),
    ]  # fmt: skip

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.card: Payload | None = None
        self.due = 0
        """How many cards are due, with the one that is asked."""
        self.turned = False
        """Whether the back is seen."""
        self._graded: list[Payload] = []

    def compose_body(self) -> ComposeResult:
        yield Reader(id="card")

    def on_mount(self) -> None:
        self.reader.focus()
        self.start(ASKING, self._next)

    def welcome(self) -> None:
        self.reader.focus()

    @property
    def reader(self) -> Reader:
        return self.query_one("#card", Reader)

    @property
    def place(self) -> Place | None:
        """The lines of the card that is seen; a front tells nothing of them."""
        card = self.card
        if card is None or not self.turned or not card["abspath"]:
            return None
        return Place(card["source"], card["path"], card["abspath"], card["start"], card["end"])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """When nothing is asked, the digits lead to the screens again."""
        return self.card is not None if action in ("grade", "show") else True

    # What the user does

    def action_show(self) -> None:
        if self.card is not None:
            self.turned = True
            self.reader.show(back_sheet(self.card, self.due, self.library.cwd))

    def action_grade(self, grade: str) -> None:
        """Before it was seen, the back comes first: nobody knows what is graded."""
        if self.card is None or self._busy:
            return
        if self.turned:
            self.start(ASKING, self._grade, self.card, grade)
        else:
            self.action_show()

    def action_undo(self) -> None:
        if not self._graded:
            self.status.say("nothing of this round to undo")
        elif not self._busy:
            self.start(ASKING, self._undo)

    def action_edit(self) -> None:
        if (place := self.place) and self.edit_place(place):
            self.start(ASKING, self._again)

    def action_copy(self) -> None:
        if place := self.place:
            self.copy_place(place)

    def action_leave(self) -> None:
        self.app.pop_screen()

    # What the library is asked

    @property
    def _busy(self) -> bool:
        """A grade is on its way: another key for the same card must neither grade it twice nor give the first up."""
        return self.at_work(ASKING)

    async def _next(self, said: str = "") -> None:
        """Looked up anew for each card: what is graded "again" is due a minute later, in the same round."""
        due = await self.library.run(lambda kb: kb.cards_due(limit=1))
        self.due = due["total"]
        self._ask(due["cards"][0] if due["cards"] else None)
        if self.card is None:
            self.reader.show(done_sheet(due, [done["grade"] for done in self._graded]))
        self.status.say(" · ".join(word for word in (said, *due["notices"]) if word))

    async def _grade(self, card: Payload, grade: str) -> None:
        done = await self.library.run(lambda kb: kb.card_grade(card["id"], grade, seen=card["seen"]))
        self._graded.append(done)
        await self._next(graded_words(done, max(self.due - 1, 0)))

    async def _undo(self) -> None:
        done = self._graded[-1]
        card = (await self.library.run(lambda kb: kb.card_undo(review=done["review"])))["card"]
        self._graded.pop()
        self.due += 1
        self._ask(card)
        self.status.say(f"taken back: {done['grade']}")

    async def _again(self) -> None:
        """The card after its note was edited."""
        if self.card is not None:
            number = self.card["id"]
            self._ask((await self.library.run(lambda kb: kb.card_show(number)))["card"])

    def _ask(self, card: Payload | None) -> None:
        self.card, self.turned = card, False
        if card is not None:
            self.reader.show(front_sheet(card, self.due))
        self.refresh_bindings()
