"""A session of the tutor: what it was opened with, how far it is, and nothing of what was said before.

Frozen values that go to JSON and back, so that the journal holds a whole session after each step.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from kb.errors import StorageError
from kb.kinds import Kind
from kb.learn.model import Question, Span

Level = Literal["new", "some", "expert"]
LEVELS: tuple[Level, ...] = ("new", "some", "expert")
Grade = Literal["right", "partly", "wrong"]
GRADES: tuple[Grade, ...] = ("right", "partly", "wrong")
Stage = Literal["level", "goal", "theory", "notes", "question", "reconstruct", "reveal", "done"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage of the user's files, letter for letter; `n` is what a claim cites it by."""

    n: int
    source: str
    path: str
    abspath: str
    start: int
    end: int
    quote: str
    kind: Kind
    title: str
    number: int | None = None
    status: str | None = None
    superseded_by: str | list[str] | None = None
    superseded_on: str | None = None
    here: bool = False
    """The lines that the topic was to be tied to."""
    concept: str = ""
    """Key of the concept that it is about."""
    held: bool = False
    """Not shown before the learner has tried to tell what it says."""
    gone: bool = False
    """The file no longer says it: it is neither shown nor asked about any more."""

    @property
    def successors(self) -> tuple[str, ...]:
        """What is in force in the place of a superseded decision."""
        named = self.superseded_by
        return () if not named else (named,) if isinstance(named, str) else tuple(named)


@dataclass(frozen=True, slots=True)
class Topic:
    """A concept of the session, by the key under which the journal keeps what the learner can."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the excerpt that decides it."""

    question: Question
    n: int
    words: tuple[str, ...]
    """The words of the answer that tell it from others, rarest first: what a comparison of words looks for."""


@dataclass(frozen=True, slots=True)
class Session:
    """`id` is 0 until the journal gave one; `turn` counts what was said, so that no two faces go on from one step."""

    id: int
    turn: int
    topic: str
    goal: str
    level: Level | None
    excerpts: tuple[Excerpt, ...]
    concepts: tuple[Topic, ...]
    questions: tuple[Asked, ...]
    stage: Stage
    number: int
    """Which question is open; as many as there are questions while the whole is put together."""
    step: Json
    grades: dict[str, int]
    """How many answers got each grade."""
    told: int
    """Answers that were told before they were tried."""

    def excerpt(self, n: int) -> Excerpt:
        return self.excerpts[n - 1]

    def topic_of(self, n: int) -> Topic:
        """The concept that an excerpt is about; the whole topic where that is none of them."""
        key = self.excerpt(n).concept
        return next((topic for topic in self.concepts if topic.key == key), self.concepts[0])

    @property
    def standing(self) -> tuple[Excerpt, ...]:
        """The excerpts that the files still hold."""
        return tuple(excerpt for excerpt in self.excerpts if not excerpt.gone)


def to_json(session: Session) -> Json:
    return asdict(session)


def from_json(told: object, *, session: int) -> Session:
    """A session as the journal has it; StorageError where that is no session."""
    try:
        return _session(told, session)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"the tutor's session {session} is damaged in the journal; it is left as it is",
            "kb tutor TOPIC begins a new one",
        ) from error


def _session(told: Any, session: int) -> Session:
    if unknown := set(told) ^ {field.name for field in fields(Session)}:
        raise ValueError(f"not the fields of a session: {unknown}")
    made = Session(
        **{
            **told,
            "id": session,
            "excerpts": tuple(Excerpt(**excerpt) for excerpt in told["excerpts"]),
            "concepts": tuple(Topic(**topic) for topic in told["concepts"]),
            "questions": tuple(map(_asked, told["questions"])),
        }
    )
    if made.stage not in get_args(Stage) or not isinstance(made.step, dict) or made.number < 0:
        raise ValueError(f"no stage: {made.stage}")
    cited = {asked.n for asked in made.questions}
    if [excerpt.n for excerpt in made.excerpts] != list(range(1, len(made.excerpts) + 1)) or not cited <= {
        excerpt.n for excerpt in made.excerpts
    }:
        raise ValueError("questions of excerpts that are not there")
    return made


def _asked(told: Mapping[str, Any]) -> Asked:
    question = told["question"]
    made = Question(
        **{**question, "answer_span": Span(**question["answer_span"]), "options": tuple(question["options"])}
    )
    return Asked(made, int(told["n"]), tuple(told["words"]))
