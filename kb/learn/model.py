"""The nouns of learning: what a plan, a tutor and a card are made of. Frozen, free of I/O."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from kb.kinds import Kind

StageName = Literal["Ground", "Fit", "Practice"]
STAGES: tuple[StageName, ...] = ("Ground", "Fit", "Practice")
QuestionKind = Literal["predict", "cloze", "define", "where"]
"""`predict`: what was chosen or follows; `cloze`: a left-out word; `define`: what a thing is; `where`: its place."""
Coverage = Literal["good", "thin"]

ID_BYTES = 5


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of an indexed file; `file_id` holds until the file is indexed anew, `source` and `path` for good.

    `path` is as the ledger spells it, `abspath` as the operating system opens it.
    """

    file_id: int
    source: str
    path: str
    abspath: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Concept:
    """A term of the domain, under the name that it is most often written by; `spans` begin with what defines it."""

    name: str
    key: str
    """Its words stemmed and sorted: the same for "rebasing commits" and "commit rebase"."""
    spans: tuple[Span, ...]
    needs: tuple[str, ...] = ()
    """Keys of the concepts to be understood before it; none of them stands after it in a plan."""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One entry of a reading list: lines to read, and why here."""

    id: str
    span: Span
    title: str
    kind: Kind
    why: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before the text is shown; all that answers it stands in `answer_span`."""

    id: str
    kind: QuestionKind
    prompt: str
    answer: str
    """The words that decide, letter for letter out of the span."""
    answer_span: Span
    options: tuple[str, ...] = ()
    """To choose from, in no telling order; empty where the answer is free."""
    concept: str = ""
    """Key of the concept it asks for, empty where it is about none."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A third of a plan; `check` is what who has worked through it can do."""

    name: StageName
    goal: str
    reading: tuple[Reading, ...]
    questions: tuple[Question, ...]
    check: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The way from nothing to a change, made of the user's own notes."""

    topic: str
    coverage: Coverage
    missing: tuple[str, ...]
    """Words of the topic that the notes do not speak of."""
    concepts: tuple[Concept, ...]
    stages: tuple[Stage, ...]


def item_id(*parts: str) -> str:
    """A short name for an item, the same for the same parts: what is done stays done when a plan is made again."""
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=ID_BYTES).hexdigest()
