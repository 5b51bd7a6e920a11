"""The parts of a lesson that a model may fill: asked for in a fresh context, checked, asked for once more, given up.

What comes back is only ever a checked value or None; None sends the lesson down the path that needs no model.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from kb.answer.naming import stands_in
from kb.answer.sentences import CITED, Sentence
from kb.answer.verify import checked
from kb.errors import ModelError
from kb.learn.tutor.context import GRADE, QUESTION, THEORY, TIES, Attempt, again, messages
from kb.learn.tutor.mastery import Mastery
from kb.learn.tutor.state import GRADES, Excerpt, Grade, Session
from kb.model import Message
from kb.writing import Writer

Filled = TypeVar("Filled")
MAX_TOKENS = {"theory": 400, "ties": 400, "question": 80, "grade": 120}
CHARS_PER_TOKEN = 8
"""A reply that runs on beyond this is cut off: a model may not stop by itself."""
THEORY_CHARS, QUESTION_CHARS = 2_400, 400
GRADE_LINE = re.compile(r"^\s*grade\s*:\s*(right|partly|wrong)\s*\.?\s*$", re.IGNORECASE | re.MULTILINE)
EXCERPT_LINE = re.compile(r"^\s*excerpt\s*:\s*\[?(\d{1,3})\]?\s*\.?\s*$", re.IGNORECASE | re.MULTILINE)
BECAUSE_LINE = re.compile(r"^\s*because\s*:\s*[\"“](.{4,}?)[\"”]\s*\.?\s*$", re.IGNORECASE | re.MULTILINE)
LINK = re.compile(r"https?://|!?\[[^\]]*\]\(|<[a-z/!]", re.IGNORECASE)
"""What a lesson never needs, and an instruction that was smuggled into a note may want."""


class Slots:
    """Fills the parts of one session with one model."""

    def __init__(self, writer: Writer, session: Session, known: Sequence[Mastery]) -> None:
        self._writer = writer
        self._session, self._known = _shown_to(writer, session, known)

    def theory(self) -> str | None:
        def read(reply: str) -> str | None:
            text = reply.strip()
            bad = CITED.search(text) or LINK.search(text) or len(text) > THEORY_CHARS
            return None if not text or bad else text

        return self._fill("theory", messages(self._session, self._known, THEORY), read)

    def ties(self) -> tuple[list[Sentence], int] | None:
        """What the notes say of it, each sentence checked, and how many sentences were dropped."""
        allowed = {excerpt.n: excerpt for excerpt in self._session.standing if not excerpt.held}
        task = TIES.format(allowed=", ".join(f"[{n}]" for n in allowed))

        def read(reply: str) -> tuple[list[Sentence], int] | None:
            found = checked(reply, {n: _said(excerpt) for n, excerpt in allowed.items()})
            return (list(found.sentences), found.dropped) if found.sentences else None

        return self._fill("ties", messages(self._session, self._known, task), read)

    def question(self, n: int) -> str | None:
        if all(excerpt.n != n for excerpt in self._session.standing):
            return None

        def read(reply: str) -> str | None:
            text = reply.strip()
            fits = text.endswith("?") and "\n" not in text and len(text) <= QUESTION_CHARS and not LINK.search(text)
            return CITED.sub("", text) if fits else None

        return self._fill("question", messages(self._session, self._known, QUESTION.format(n=n)), read)

    def grade(self, attempt: Attempt, deciding: Sequence[Excerpt]) -> tuple[Grade, int, str] | None:
        """The grade, the excerpt of those that may decide that does, and the words of it that do."""
        may_decide = {excerpt.n: excerpt for excerpt in deciding if self._writer.may_see(excerpt.source)}
        if not may_decide:
            return None

        def read(reply: str) -> tuple[Grade, int, str] | None:
            found = GRADE_LINE.search(reply), EXCERPT_LINE.search(reply), BECAUSE_LINE.search(reply)
            grade, excerpt, because = found
            if grade is None or excerpt is None or because is None:
                return None
            n, given = int(excerpt[1]), next(item for item in GRADES if item == grade[1].lower())
            # Another excerpt is no ground for a grade, and may be one that is still to be asked for.
            fits = n in may_decide and stands_in(because[1], may_decide[n].quote)
            return (given, n, because[1]) if fits else None

        return self._fill("grade", messages(self._session, self._known, GRADE, attempt=attempt), read)

    def _fill(self, slot: str, given: Sequence[Message], read: Callable[[str], Filled | None]) -> Filled | None:
        for said in (given, again(given)):
            try:
                reply = self._reply(said, MAX_TOKENS[slot])
            except ModelError:
                # It is gone or broke off: half a reply teaches half a thing, and asking again lets the learner wait.
                return None
            if (filled := read(reply)) is not None:
                return filled
        return None

    def _reply(self, said: Sequence[Message], max_tokens: int) -> str:
        reply = ""
        for piece in self._writer.write(said, max_tokens=max_tokens):
            reply += piece
            if len(reply) > max_tokens * CHARS_PER_TOKEN:
                break
        return reply


def _said(excerpt: Excerpt) -> str:
    return f"{excerpt.title}\n{excerpt.path}\n\n{excerpt.quote}"


def _shown_to(writer: Writer, session: Session, known: Sequence[Mastery]) -> tuple[Session, Sequence[Mastery]]:
    """A session as the model may see it: of other sources neither the text nor the names of what they are about."""
    excerpts = [item if writer.may_see(item.source) else replace(item, gone=True) for item in session.excerpts]
    shown = {item.concept for item in excerpts if not item.gone}
    withheld = {item.concept for item in excerpts if not writer.may_see(item.source)} - shown
    return replace(session, excerpts=tuple(excerpts)), [item for item in known if item.key not in withheld]
