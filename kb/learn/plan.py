"""Puts a plan together: pool ▶ concepts ▶ stages with reading, questions and a check. No language model is asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kb.decisions.contradict import choice_of
from kb.decisions.graph import Graph
from kb.errors import UsageError
from kb.learn.concepts import concepts
from kb.learn.guards import Guards
from kb.learn.model import STAGES, Concept, Plan, Stage, StageName
from kb.learn.outside import Outside, own
from kb.learn.pool import Gatherer, Material
from kb.learn.questions import questions_for
from kb.learn.reading import Entry, MaterialsById, Stager, reading_of
from kb.learn.skeleton import Skeleton, skeleton
from kb.learn.spans import text_of
from kb.search.searcher import Searcher
from kb.store.ledger import Ledger

LONGEST_TOPIC = 300
"""A longer text is a document, and no subject that somebody could learn in a week."""


@dataclass(frozen=True, slots=True)
class Made:
    """A plan with what it was made from: the digests of what is read, and the pattern to follow."""

    plan: Plan
    digests: dict[str, str]
    """Of the file behind each reading and question, by its id."""
    quotes: dict[str, str]
    """The text of the span of each question, as indexed, by its id."""
    skeleton: Skeleton | None


def checked_topic(text: str) -> str:
    """The topic on one line; UsageError where it is empty or no subject."""
    topic = " ".join(text.split())
    if not topic:
        raise UsageError("what do you want to learn?", 'for example: kb learn "git history rewriting"')
    if len(topic) > LONGEST_TOPIC:
        raise UsageError(
            f"a topic has at most {LONGEST_TOPIC} characters, this one has {len(topic):,}",
            "name the subject in a few words; kb related FILE starts from a whole text",
        )
    return topic


def make_plan(
    ledger: Ledger,
    searcher: Searcher,
    topic: str,
    *,
    knows: Collection[str] = (),
    home_source: str = "",
    outside: Outside | None = None,
) -> Made | None:
    """The plan of a topic; None where nothing in the notes is near to it at all."""
    gatherer = Gatherer(ledger, searcher, home_source=home_source)
    pool = gatherer.gather(topic)
    if outside is not None:
        pool = replace(pool, materials=(*pool.materials, *outside.materials), missing=own(pool.missing, outside))
    if not pool.materials:
        return None
    graph = Graph.read(ledger)
    found = concepts(pool, graph, knows=knows)
    stager = Stager(pool, graph, Guards(ledger, gatherer.words), concepts=found)
    entries = stager.entries(MaterialsById(pool, gatherer.material))
    stages = _stages(entries, found)
    plan = Plan(topic, pool.coverage, pool.missing, found, stages)
    of_file = {entry.material.file.file_id: entry.material for entry in entries}
    asked = [question for stage in stages for question in stage.questions]
    digests = {item.id: of_file[item.span.file_id].digest for stage in stages for item in stage.reading}
    digests |= {question.id: of_file[question.answer_span.file_id].digest for question in asked}
    quotes = {q.id: text_of(of_file[q.answer_span.file_id], q.answer_span) for q in asked}
    return Made(plan, digests, quotes, skeleton([entry for entry in entries if entry.stage == "Practice"]))


def _stages(entries: Sequence[Entry], found: Sequence[Concept]) -> tuple[Stage, ...]:
    taken: set[str] = set()
    stages: list[Stage] = []
    for name in STAGES:
        here = [entry for entry in entries if entry.stage == name]
        questions = questions_for(name, entries, found, taken=taken)
        stages.append(
            Stage(
                name,
                _goal(name, found),
                tuple(reading_of(entry) for entry in here),
                questions,
                _check(name, here, found),
            )
        )
    return tuple(stages)


def _goal(name: StageName, found: Sequence[Concept]) -> str:
    words = ", ".join(concept.name for concept in found if not concept.known) or "the words of the topic"
    return {
        "Ground": f"Know the theory and the words: {words}.",
        "Fit": "Know what was decided and why, who uses what, and where things live.",
        "Practice": "Make a change: know the lines to touch, the tests that guard them, and the pattern to follow.",
    }[name]


def _check(name: StageName, entries: Sequence[Entry], found: Sequence[Concept]) -> str:
    if name == "Ground":
        words = ", ".join(concept.name for concept in found if not concept.known) or "each of them"
        return f"Close the notes and say in one sentence each: {words}. Then open what you read and compare."
    if name == "Fit":
        decisions = [entry.material for entry in entries if entry.material.file.kind == "adr"]
        if decisions:
            choice = choice_of(decisions[0].parts)
            what = "what was chosen, what was turned down" if choice and choice.turned_down else "what was decided"
            return f"Say of {_title(decisions[0])} {what} and why; then open it and compare."
        return "Draw who uses what among the files above; then open them and compare."
    tests = [entry.material for entry in entries if entry.guards]
    touched = [entry.material for entry in entries if not entry.guards]
    if touched and tests:
        change, test = touched[0].file.path, tests[0].file.path
        return f"Write down the lines of {change} that you would change, and what in {test} would fail first."
    if touched:
        return f"Do what {_title(touched[0])} shows on a scratch copy, without looking; then compare."
    return "Name a change that you would dare to make now, and the lines where it would go."


def _title(material: Material) -> str:
    return f"“{material.file.title}”" if material.file.title else material.file.path
