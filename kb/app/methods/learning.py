"""The ramp-up plan, the tutor and the cards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kb.app.api import Payload
from kb.app.opened import OpenIndex
from kb.errors import ModelError
from kb.progress import OnProgress, ignore

if TYPE_CHECKING:
    from kb.app.memory import Memory
    from kb.writing import Writer


class Learning(OpenIndex):
    """What the user studies; kept in the journal."""

    def learn(
        self,
        topic: str,
        *,
        plan: bool = False,
        knows: Sequence[str] = (),
        outside: str = "",
        cwd: str = "",
        resume: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """The ramp-up plan of a topic; kept with what was done of it, unless `plan`."""
        from kb.app.learning import learn

        return learn(
            self, topic, plan=plan, knows=knows, outside=outside, cwd=cwd, resume=resume, on_progress=on_progress
        )

    def study_mark(self, topic: str, item: str, *, done: bool = True, grade: str = "") -> Payload:
        """Keep that a reading or a question of a plan is done, or that it is not."""
        from kb.app.learning import mark

        return mark(self, topic, item, done=done, grade=grade)

    def study_reveal(self, topic: str, question: str) -> Payload:
        """The answer to a question of a plan, out of the file as it is now."""
        from kb.app.learning import reveal

        return reveal(self, topic, question)

    def study_note(self, topic: str) -> Payload:
        """A study as Markdown text."""
        from kb.app.studies import note

        return note(self, topic)

    def study_write(self, topic: str, target: str, *, cwd: str) -> Payload:
        """A study as Markdown in a new file, which is named from `cwd`."""
        from kb.app.studies import write_note

        return write_note(self, topic, target, cwd=cwd)

    def studies(self) -> Payload:
        """What is under study, the last first, and the tutor's session that is open."""
        from kb.app.studies import studies

        return studies(self)

    # The tutor

    def tutor_open(self, target: str, *, at: str = "", goal: str = "", level: str = "", cwd: str = "") -> Payload:
        """A new session of the tutor on a topic, a term or a line, and its first step."""
        from kb.app.tutoring import tutor_open

        return tutor_open(self, self._writer(), target, at=at, goal=goal, level=level, cwd=cwd)

    def tutor_show(self, session: int = 0) -> Payload:
        """The step that a session stands at, of the last open one where none is named."""
        from kb.app.tutoring import tutor_show

        return tutor_show(self, self._writer(), session)

    def tutor_say(self, session: int, text: str, *, turn: int = -1) -> Payload:
        """The step after what the learner said; the one that stands where `turn` was answered already."""
        from kb.app.tutoring import tutor_say

        return tutor_say(self, self._writer(), session, text, turn=turn)

    def tutor_tell(self, session: int, *, turn: int = -1) -> Payload:
        """The step that shows at once what this one holds back; `turn` as in `tutor_say`."""
        from kb.app.tutoring import tutor_tell

        return tutor_tell(self, self._writer(), session, turn=turn)

    # Cards

    def cards_due(self, limit: int = 0) -> Payload:
        """The cards to be asked now, after a look at the text of each on the disk."""
        return self._memory().due(limit=limit)

    def card_show(self, card_id: int) -> Payload:
        return self._memory().show(card_id)

    def card_grade(self, card_id: int, grade: str, *, seen: str = "") -> Payload:
        """Grade a card; `seen` is what its payload said, so that a call sent twice grades once."""
        return self._memory().grade(card_id, grade, seen=seen)

    def card_undo(self, *, review: int = 0) -> Payload:
        """Take the newest grade back, which is `review` where that is given; again for the one before it."""
        return self._memory().undo(review=review)

    def card_add(self, front: str, back: str = "", *, ref: str, origin: str = "", cwd: str = "") -> Payload:
        """Make a card from the lines at `ref`; without a back, they are the answer."""
        return self._memory().add(front, back, ref=ref, origin=origin, cwd=cwd)

    def card_list(self) -> Payload:
        return self._memory().list()

    def card_retire(self, card_id: int) -> Payload:
        return self._memory().retire(card_id)

    def cards_export(self) -> Payload:
        """All cards that are asked, as a text that Anki imports."""
        return self._memory().exported()

    def stats(self, weeks: int = 4) -> Payload:
        """What was remembered and what was written, by the week."""
        from kb.app.stats import stats

        return stats(self, weeks=weeks)

    def _memory(self) -> "Memory":
        from kb.app.memory import Memory

        return Memory(self)

    def _writer(self) -> "Writer | None":
        """What is learned is learned as well without a language model: one that cannot be had is none."""
        try:
            return self.writer()
        except ModelError:
            return None
