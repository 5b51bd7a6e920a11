"""One step of a session as the faces get it: a `kind`, parts of text, what may be looked at, and what is expected."""

from collections.abc import Sequence

from kb.answer.sentences import Sentence
from kb.learn.tutor.state import GRADES, LEVELS, Asked, Excerpt, Grade, Json, Session
from kb.terms import query_terms, terms

GENERAL, NOTES, GRADING = "general knowledge", "your notes", "grade"
"""Where a part of text comes from: a model's own knowledge, the user's files, the comparison with an answer."""
SHARED_WORDS = 6
WITHOUT_MODEL = "No model writes here: what you read are your own notes, in the order to read them."


def step(
    kind: str, expects: str, *, parts: Sequence[Json] = (), prompt: str = "", options: Sequence[str] = (),
    excerpts: Sequence[Excerpt] = (), mode: str = "extractive", notices: Sequence[str] = (), **more: object,
) -> Json:  # fmt: skip
    """`excerpts` are the numbers of those that are to be shown with it."""
    shown = [excerpt.n for excerpt in excerpts]
    return {
        "kind": kind, "expects": expects, "parts": list(parts), "prompt": prompt, "options": list(options),
        "excerpts": shown, "mode": mode, "notices": [*notices, *_replaced(excerpts)], **more,
    }  # fmt: skip


def part(text: str, origin: str, cites: Sequence[int] = ()) -> Json:
    return {"text": text, "from": origin, "cites": list(cites)}


def level_step(session: Session, *, notices: Sequence[str] = ()) -> Json:
    prompt = f"How well do you know this already: {session.topic}?"
    return step("level", "level", prompt=prompt, options=LEVELS, notices=notices)


def goal_step() -> Json:
    prompt = "What do you want to be able to do with it? Enter alone if you just want to know."
    return step("goal", "goal", prompt=prompt)


def notes_first(session: Session, shown: Sequence[Excerpt], *, notices: Sequence[str]) -> Json:
    """The theory where no model writes it: what the notes say, in order, or that only decisions are left to guess."""
    said = WITHOUT_MODEL if shown else f"{WITHOUT_MODEL} They hold decisions on this: try each before you see it."
    return step("theory", "next", parts=[part(said, NOTES)], excerpts=shown, notices=notices)


def ties_step(session: Session, claims: Sequence[Sentence], dropped: int) -> Json:
    """What a model says of the notes, as far as they say it; a replaced decision's claim says in its own words that it
    is, for it may be read without its excerpt."""
    cited = [excerpt for excerpt in session.standing if any(excerpt.n in claim.cites for claim in claims)]
    parts = [part(_marked(session, claim), NOTES, claim.cites) for claim in claims]
    left_out = [f"{dropped} sentences were left out: no excerpt says them"] if dropped else []
    return step("notes", "next", parts=parts, excerpts=cited, mode="written", notices=left_out,
                dropped=dropped)  # fmt: skip


def ties_without_model(session: Session, shown: Sequence[Excerpt], *, notices: Sequence[str]) -> Json:
    """The rest of what may be shown, and the words that the lines named have in common with the notes."""
    here = next((excerpt for excerpt in session.standing if excerpt.here), None)
    parts = []
    for excerpt in session.standing:
        shared = _shared(here, excerpt) if here is not None and not excerpt.here and not excerpt.held else []
        if here is not None and shared:
            parts.append(part(f"[{here.n}] and [{excerpt.n}] both speak of: {', '.join(shared)}.", NOTES,
                              [here.n, excerpt.n]))  # fmt: skip
    return step("notes", "next", parts=parts, excerpts=shown, notices=notices)


def question_step(session: Session, asked: Asked, prompt: str, *, mode: str) -> Json:
    options = asked.question.options if prompt == asked.question.prompt else ()
    excerpt = session.excerpt(asked.n)
    shown = [excerpt] if asked.question.kind == "where" and not options else []
    return step("question", "answer", prompt=prompt, options=options, excerpts=shown, mode=mode,
                number=session.number + 1, of=len(session.questions))  # fmt: skip


def reconstruct_step(session: Session) -> Json:
    here = next((f" and how {e.path}:{e.start}-{e.end} shows it" for e in session.standing if e.here), "")
    prompt = f"Now without looking: say in your own words what {session.topic} comes down to{here}."
    return step("reconstruct", "answer", prompt=prompt)


def done_step(session: Session) -> Json:
    counted = [f"{session.grades.get(grade, 0)} {grade}" for grade in GRADES]
    said = ", ".join([*counted, *([f"{session.told} told"] if session.told else [])])
    return step("done", "nothing", parts=[part(f"{said}.", GRADING)], excerpts=session.standing)


def reveal_step(
    shown: Sequence[Excerpt], *, prompt: str, answer: str = "", grade: Grade | None = None, by: Sequence[str] = (),
    missing: Sequence[str] = (), decides: int | None = None, because: str = "", mode: str = "extractive",
    notices: Sequence[str] = (),
) -> Json:  # fmt: skip
    """What was held back; with a grade to take over or to correct, or without one where it was told."""
    parts: list[Json] = []
    if grade is not None and because:
        parts.append(part(f'{grade}: [{decides}] says "{because}".', GRADING, [decides] if decides else []))
    elif grade is not None:
        words = f"your answer has {_listed(by)}" if by else "your answer has none of its words"
        lacks = f", and lacks {_listed(missing)}" if missing else ""
        where = f"[{decides}] decides: " if decides else ""
        parts.append(part(f"{where}{words}{lacks}; by words alone that is {grade}. You judge.", GRADING,
                          [decides] if decides else []))  # fmt: skip
    return step(
        "reveal", "grade" if grade else "next", parts=parts, excerpts=shown, mode=mode, notices=notices, answer=answer,
        asked=prompt, options=GRADES if grade else (),
        grade={"proposed": grade, "by": list(by), "missing": list(missing), "excerpt": decides} if grade else None,
    )  # fmt: skip


def _marked(session: Session, claim: Sentence) -> str:
    ends = [end for n in claim.cites for end in session.excerpt(n).successors]
    return f"{claim.text} (superseded; now {', '.join(dict.fromkeys(ends))})" if ends else claim.text


def _replaced(excerpts: Sequence[Excerpt]) -> list[str]:
    return [f"[{e.n}] is superseded; in force is {', '.join(e.successors)}" for e in excerpts if e.successors]


def _shared(here: Excerpt, other: Excerpt) -> list[str]:
    present = frozenset(terms(other.quote))
    words = [term.surface for term in query_terms(here.quote) if len(term.surface) > 3 and term.coverage(present) == 1]
    return list(dict.fromkeys(words))[:SHARED_WORDS]


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)
