"""The course of a session, driven by code: level, theory, the notes, one question at a time, the whole, the end.

Takes a session as it stands and gives the next one, with what that adds to the recorded state; keeps
nothing and prints nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from kb.learn.tutor import steps
from kb.learn.tutor.mastery import Noted, added
from kb.learn.tutor.opening import in_order
from kb.learn.tutor.state import GRADES, LEVELS, Excerpt, Grade, Json, Session, Topic
from kb.learn.tutor.teaching import Teaching

TELL = re.compile(
    r"^\W*(?:please\s+)?(?:just\s+)?(?:(?:tell|show)\s+me|give\s+me\s+the\s+answer|i\s+give\s+up"
    r"|(?:i\s+)?(?:don'?t|do\s+not)\s+know|no\s+idea)\b[^?]{0,20}$",
    re.IGNORECASE,
)
Next = tuple[Session, list[Noted]]
Word = TypeVar("Word", bound=str)


class Lesson:
    """Leads through the stages; what a step says is `Teaching`'s."""

    def __init__(self, teaching: Teaching) -> None:
        self._teaching = teaching

    def begin(self, session: Session) -> Next:
        """The first step."""
        session = self._teaching.looked(session)
        if session.level is None:
            return replace(session, stage="level", step=steps.level_step(session)), []
        return self._goal(session)

    def hear(self, session: Session, said: str) -> Next:
        """The step after what the learner said; the same once more where that was no answer to it."""
        now = self._teaching.looked(session)
        if _is_lost(now):
            following, noted = self._question(now, now.number)
        else:
            following, noted = self._told(now) if TELL.match(said) else self._heard(now, said)
        return _one_on(session, following), noted

    def tell(self, session: Session) -> Next:
        """What the step holds back, at once and without a grade; questions of level and goal are left out."""
        now = self._teaching.looked(session)
        following, noted = self._question(now, now.number) if _is_lost(now) else self._told(now)
        return _one_on(session, following), noted

    def _heard(self, session: Session, said: str) -> Next:
        match session.stage:
            case "level":
                level = _one_of(said, LEVELS)
                if level is None:
                    return _once_more(session, f"one of these, please: {', '.join(LEVELS)}")
                return self._goal(replace(session, level=level))
            case "goal":
                return self._theory(replace(session, goal=" ".join(said.split())))
            case "question" | "reconstruct":
                return self._graded(session, said)
            case "reveal":
                return self._settled(session, said)
            case _:
                return self._onward(session)

    def _told(self, session: Session) -> Next:
        match session.stage:
            case "level" | "goal":
                return self._theory(replace(session, level=session.level or "some"))
            case "question" | "reconstruct":
                told, shown = self._teaching.told(session)
                session = replace(session, told=session.told + 1)
                return _revealed(session, shown, told), _seen(session, shown)
            case _:
                return self._onward(session)

    def _onward(self, session: Session) -> Next:
        match session.stage:
            case "theory":
                return self._notes(session)
            case "notes":
                return self._question(session, 0)
            case "reveal" if session.number < len(session.questions):
                return self._question(session, session.number + 1)
            case _:
                return replace(session, stage="done", step=steps.done_step(session)), []

    def _goal(self, session: Session) -> Next:
        if session.goal:
            return self._theory(session)
        return replace(session, stage="goal", step=steps.goal_step()), []

    def _theory(self, session: Session) -> Next:
        session = in_order(session, self._teaching.known)
        told, shown = self._teaching.theory(session)
        return replace(session, stage="theory", step=told), _seen(session, shown)

    def _notes(self, session: Session) -> Next:
        if (made := self._teaching.notes(session)) is None:
            return self._question(session, 0)
        told, shown = made
        return replace(session, stage="notes", step=told), _seen(session, shown)

    def _question(self, session: Session, number: int) -> Next:
        while number < len(session.questions) and session.excerpt(session.questions[number].n).gone:
            number += 1
        session = replace(session, number=number)
        if number < len(session.questions):
            return replace(session, stage="question", step=self._teaching.question(session)), []
        if not session.standing:
            return replace(session, stage="done", step=steps.done_step(session)), []
        return replace(session, stage="reconstruct", step=steps.reconstruct_step(session)), []

    def _graded(self, session: Session, said: str) -> Next:
        if not said.strip():
            return _once_more(session, "try it first, or say: just tell me")
        told, shown = self._teaching.graded(session, said)
        return _revealed(session, shown, told), []

    def _settled(self, session: Session, said: str) -> Next:
        """The proposed grade taken over, or the learner's own in its place."""
        offered = session.step["grade"]
        if offered is None:
            return self._onward(session)
        grade: Grade | None = _one_of(said, GRADES) if said.strip() else offered["proposed"]
        if grade is None:
            return _once_more(session, f"one of these, or Enter for {offered['proposed']}: {', '.join(GRADES)}")
        counted = replace(session, grades={**session.grades, grade: session.grades.get(grade, 0) + 1})
        about = _asked_about(session)
        noted = [Noted(about.key, about.name, seen=1, asked=1, right=int(grade == "right"))]
        teaching = replace(self._teaching, known=added(self._teaching.known, noted))
        following, more = Lesson(teaching)._onward(counted)
        return following, [*noted, *more]


def _one_on(before: Session, session: Session) -> Session:
    """The next turn; what its files no longer hold is said once, when it is met."""
    gone = [
        f"[{now.n}] {now.path} no longer says what it did; it is left out"
        for now, then in zip(session.excerpts, before.excerpts, strict=True)
        if now.gone and not then.gone
    ]
    step = {**session.step, "notices": [*session.step["notices"], *gone]} if gone else session.step
    return replace(session, turn=before.turn + 1, step=step)


def _is_lost(session: Session) -> bool:
    """Whether what the open question is about was rewritten since it was asked: there is nothing to grade it by."""
    if session.stage not in ("question", "reconstruct"):
        return False
    asked = session.questions[session.number : session.number + 1]
    return any(session.excerpt(item.n).gone for item in asked) or not session.standing


def _revealed(session: Session, shown: Sequence[Excerpt], told: Json) -> Session:
    """What was shown is held back no more."""
    numbers = {excerpt.n for excerpt in shown}
    excerpts = tuple(replace(item, held=False) if item.n in numbers else item for item in session.excerpts)
    return replace(session, excerpts=excerpts, stage="reveal", step=told)


def _once_more(session: Session, notice: str) -> Next:
    return replace(session, step={**session.step, "notices": [notice]}), []


def _seen(session: Session, shown: Sequence[Excerpt]) -> list[Noted]:
    keys = {session.topic_of(excerpt.n).key: session.topic_of(excerpt.n) for excerpt in shown}
    return [Noted(topic.key, topic.name, seen=1) for topic in keys.values()]


def _asked_about(session: Session) -> Topic:
    """What the open question asks for; the whole topic at the end."""
    if session.number < len(session.questions):
        return session.topic_of(session.questions[session.number].n)
    return session.concepts[0]


def _one_of(said: str, words: Sequence[Word]) -> Word | None:
    """The word that was typed, in full, by its beginning or by its number."""
    typed = said.strip().lower().rstrip(".")
    if typed.isdecimal() and 1 <= int(typed) <= len(words):
        return words[int(typed) - 1]
    return next((word for word in words if typed and word.startswith(typed)), None)
