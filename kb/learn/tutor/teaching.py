"""What each step of a session says: a model's words where there is one and they hold, else the notes alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kb.learn.model import Question, Span
from kb.learn.tutor import steps
from kb.learn.tutor.context import Attempt
from kb.learn.tutor.grading import propose
from kb.learn.tutor.mastery import Mastery
from kb.learn.tutor.slots import Slots
from kb.learn.tutor.state import Excerpt, Json, Session
from kb.writing import Writer

FIRST_SHOWN = 2
WORDS_EACH = 2
UNUSED = "The model gave nothing that could be used; this step is made of your notes alone."
NOWHERE = Span(0, "", "", "", 1, 1)

Shown = Sequence[Excerpt]


@dataclass(frozen=True, slots=True)
class Teaching:
    """The model, if there is one, what is recorded of the learner, and the files as they are now."""

    writer: Writer | None
    known: Sequence[Mastery]
    """Of every concept of the session, in their order, also those that are new."""
    look: Callable[[Excerpt], Excerpt]
    """The excerpt where it stands now, or marked as gone."""

    def looked(self, session: Session) -> Session:
        """The session with its excerpts as the files have them now: nothing is cited that is not there."""
        return replace(session, excerpts=tuple(map(self.look, session.excerpts)))

    def theory(self, session: Session) -> tuple[Json, Shown]:
        """The theory step, and what it shows of the notes."""
        if (slots := self._slots(session)) and (written := slots.theory()):
            parts = [steps.part(written, steps.GENERAL)]
            return steps.step("theory", "next", parts=parts, mode="written"), ()
        shown = _first(session)
        return steps.notes_first(session, shown, notices=self._unused()), shown

    def notes(self, session: Session) -> tuple[Json, Shown] | None:
        """How the notes speak of it, and what is shown of them; None where all that may be shown was."""
        may_show = [excerpt for excerpt in session.standing if not excerpt.held]
        if may_show and (slots := self._slots(session)) and (ties := slots.ties()):
            claims, dropped = ties
            told = steps.ties_step(session, claims, dropped)
            return told, [excerpt for excerpt in may_show if excerpt.n in told["excerpts"]]
        # Only what the theory step showed by itself was seen already.
        before = _first(session) if session.step["mode"] == "extractive" else []
        shown = [excerpt for excerpt in may_show if excerpt not in before]
        if not shown:
            return None
        return steps.ties_without_model(session, shown, notices=self._unused()), shown

    def question(self, session: Session) -> Json:
        """The open question, in a model's words or as it was made from the excerpt."""
        asked = session.questions[session.number]
        # Of one excerpt a fresh context would ask the same thing twice.
        first = all(before.n != asked.n for before in session.questions[: session.number])
        slots = self._slots(session) if first else None
        prompt = slots.question(asked.n) if slots else None
        if prompt:
            return steps.question_step(session, asked, prompt, mode="written")
        return steps.question_step(session, asked, asked.question.prompt, mode="extractive")

    def graded(self, session: Session, said: str) -> tuple[Json, Shown]:
        """What was held back, with a grade for what the learner said and the excerpt that decides."""
        prompt = str(session.step["prompt"])
        shown, question, words = _deciding(session, prompt)
        if (slots := self._slots(session)) and (written := slots.grade(Attempt(prompt, said), shown)):
            grade, n, because = written
            told = steps.reveal_step(shown, answer=said, prompt=prompt, grade=grade, decides=n, because=because,
                                     mode="written")  # fmt: skip
            return told, shown
        proposed = propose(question, words, said)
        told = steps.reveal_step(
            shown, answer=said, prompt=prompt, grade=proposed.grade, by=proposed.by, missing=proposed.missing,
            decides=shown[0].n if len(shown) == 1 else None, notices=self._unused(),
        )  # fmt: skip
        return told, shown

    def told(self, session: Session) -> tuple[Json, Shown]:
        """What was held back, for who does not want to try."""
        prompt = str(session.step["prompt"])
        shown, *_ = _deciding(session, prompt)
        return steps.reveal_step(shown, prompt=prompt), shown

    def _slots(self, session: Session) -> Slots | None:
        return Slots(self.writer, session, self.known) if self.writer is not None else None

    def _unused(self) -> list[str]:
        return [UNUSED] if self.writer is not None else []


def _first(session: Session) -> list[Excerpt]:
    """What is shown before anything is asked: the first of the notes that nothing is held back of."""
    may_show = [excerpt for excerpt in session.standing if not excerpt.held]
    return ([excerpt for excerpt in may_show if not excerpt.here] or may_show)[:FIRST_SHOWN]


def _deciding(session: Session, prompt: str) -> tuple[list[Excerpt], Question, Sequence[str]]:
    """The excerpts that an answer is compared with, a question whose answer they are, and its deciding words."""
    if session.number < len(session.questions):
        asked = session.questions[session.number]
        excerpt = session.excerpt(asked.n)
        if prompt == asked.question.prompt:
            return [excerpt], asked.question, asked.words
        # A model asked in its own words: there is nothing to choose from or to fill in.
        return [excerpt], replace(asked.question, prompt=prompt, options=(), kind="predict"), asked.words
    # The whole, in one's own words: two words of each answer are enough to see what was left out.
    words = list(dict.fromkeys(word for asked in session.questions for word in asked.words[:WORDS_EACH]))
    return list(session.standing), Question("", "predict", prompt, "", NOWHERE), words
