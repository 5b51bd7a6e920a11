"""A ramp-up plan as the contract's JSON object: readings with their decision's standing, questions without answers."""

from typing import TYPE_CHECKING

from kb.app.api import Payload
from kb.app.payload import standing
from kb.app.places import as_known
from kb.decisions.succession import Succession

if TYPE_CHECKING:
    from kb.learn.model import Concept, Question, Reading, Span
    from kb.learn.plan import Made


def told(topic: str, made: "Made | None", succession: Succession) -> Payload:
    """A plan with nothing done of it; without stages where nothing was near."""
    if made is None:
        return {"topic": topic, "coverage": "thin", "missing": topic.split(), "concepts": [], "stages": []}
    plan, skeleton = made.plan, made.skeleton
    return {
        "topic": plan.topic,
        "coverage": plan.coverage,
        "missing": list(plan.missing),
        "concepts": [_concept(concept) for concept in plan.concepts],
        "stages": [
            {
                "name": stage.name,
                "goal": stage.goal,
                "reading": [_reading(reading, succession) for reading in stage.reading],
                "questions": [_question(question) for question in stage.questions],
                "check": stage.check,
                "skeleton": {**_place(skeleton.span), "lines": list(skeleton.lines)}
                if skeleton is not None and stage.name == "Practice"
                else None,
            }
            for stage in plan.stages
        ],
    }


def _concept(concept: "Concept") -> Payload:
    return {
        "name": concept.name,
        "key": concept.key,
        "known": concept.known,
        "needs": list(concept.needs),
        **_place(concept.spans[0]),
        "also": [_place(span) for span in concept.spans[1:]],
    }


def _reading(reading: "Reading", succession: Succession) -> Payload:
    return {
        "id": reading.id,
        **_place(reading.span),
        "title": reading.title,
        "kind": reading.kind,
        **standing(succession, succession.by_id.get(reading.span.file_id)),
        "why": reading.why,
        "minutes": reading.minutes,
        "done": False,
    }


def _question(question: "Question") -> Payload:
    """Without its answer, which is shown by `reveal`."""
    return {
        "id": question.id,
        "kind": question.kind,
        "prompt": question.prompt,
        "options": list(question.options),
        "concept": question.concept,
        **_place(question.answer_span),
        "done": False,
        "grade": "",
    }


def _place(span: "Span") -> Payload:
    return {
        "path": span.path,
        "source": span.source,
        "abspath": as_known(span.abspath),
        "start": span.start,
        "end": span.end,
    }
