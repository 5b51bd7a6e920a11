"""Makes a session out of what was found: what the excerpts are about, what is held back, what is asked and when."""

from collections.abc import Sequence
from dataclasses import replace

from kb.learn.model import Concept, Question, QuestionKind
from kb.learn.phrases import NUMBERED, key_of
from kb.learn.questions import answerable
from kb.learn.tutor.asking import ask_of
from kb.learn.tutor.grading import Rarity, deciding_words
from kb.learn.tutor.mastery import Mastery
from kb.learn.tutor.state import Asked, Excerpt, Level, Session, Topic
from kb.model import StoredChunk

MOST_EXCERPTS, MOST_QUESTIONS = 6, 4
ORDER: dict[Level, tuple[QuestionKind, ...]] = {
    "new": ("define", "cloze", "predict", "where"),
    "some": ("predict", "define", "cloze", "where"),
    "expert": ("predict", "where", "define", "cloze"),
}
"""Which kind comes first for whom: who is new begins with the words, who is not with what follows from them."""


def prepare(
    topic: str, found: Sequence[tuple[Excerpt, Sequence[StoredChunk]]], *, questions: Sequence[Question],
    concepts: Sequence[Concept], rarity: Rarity,
) -> Session:  # fmt: skip
    """A session that has not begun; each excerpt comes with all chunks of its file, `questions` and `concepts` are
    those of a plan."""
    named = [_named(topic)]
    excerpts: list[Excerpt] = []
    asked: list[Asked] = []
    for excerpt, chunks in found:
        if len(excerpts) == MOST_EXCERPTS or any(_overlap(excerpt, other) for other in excerpts):
            continue
        about = next(iter(_spoken_of(excerpt, concepts)), _named(excerpt.title or excerpt.path))
        # What will be asked for is not known before the level is: until then all that may be.
        held = excerpt.kind == "adr" and not excerpt.here
        excerpts.append(replace(excerpt, n=len(excerpts) + 1, concept=about.key, held=held))
        made = [question for question in questions if _answers(excerpts[-1], question)] or ask_of(excerpts[-1], chunks)
        asked += [Asked(question, len(excerpts), deciding_words(question, rarity)) for question in made]
        named += [about] if about.key not in [known.key for known in named] else []
    return Session(
        id=0, turn=0, topic=topic, goal="", level=None, excerpts=tuple(excerpts), concepts=tuple(named),
        questions=tuple(asked), stage="level", number=0, step={}, grades={}, told=0,
    )  # fmt: skip


def in_order(session: Session, known: Sequence[Mastery]) -> Session:
    """The questions to ask, what sits least first and then as the level has it; what a decision decided is held back
    where it will be asked for."""
    share = {item.key: item.share for item in known}
    kinds = ORDER[session.level or "some"]
    ordered = sorted(
        session.questions,
        key=lambda asked: (share.get(session.topic_of(asked.n).key, 0.0), kinds.index(asked.question.kind)),
    )
    decides = {asked.n for asked in ordered[:MOST_QUESTIONS] if asked.question.kind == "predict"}
    first = next((item for item in session.excerpts if item.kind != "adr"), None)
    if first is not None and decides >= {item.n for item in session.excerpts}:
        # A lesson that shows nothing before it asks is a quiz: its first note is read, and not guessed.
        decides.remove(first.n)
        ordered = [asked for asked in ordered if (asked.n, asked.question.kind) != (first.n, "predict")]
    excerpts = tuple(replace(item, held=item.n in decides and not item.here) for item in session.excerpts)
    return replace(session, questions=tuple(ordered[:MOST_QUESTIONS]), excerpts=excerpts)


def _named(name: str) -> Topic:
    name = NUMBERED.sub("", name) or name
    return Topic(key_of(name) or name.casefold(), name)


def _spoken_of(excerpt: Excerpt, concepts: Sequence[Concept]) -> list[Topic]:
    """The concepts of a plan that stand in these lines, what defines them first."""
    return [
        Topic(concept.key, concept.name)
        for concept in concepts
        if any((span.source, span.path) == (excerpt.source, excerpt.path) for span in concept.spans)
    ]


def _answers(excerpt: Excerpt, question: Question) -> bool:
    """Whether a question of a plan is decided by this excerpt. A decision is asked for here without its title, which
    often tells what was decided."""
    span = question.answer_span
    same = (span.source, span.path) == (excerpt.source, excerpt.path)
    return same and excerpt.kind not in ("adr", "code") and answerable(question, excerpt.quote)


def _overlap(one: Excerpt, other: Excerpt) -> bool:
    same = (one.source, one.path) == (other.source, other.path)
    return same and one.start <= other.end and other.start <= one.end
