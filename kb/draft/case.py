"""The case for a decision that nobody has taken yet: what the writer says of it, and what the notes and the code do.

Pure of any dialect: an ADR and an RFC put the same case under headings of their own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.decisions.contradict import DOING
from kb.draft.binding import binding, given_up, part_at, refused, title_of
from kb.draft.challenges import challenges
from kb.draft.context import surveyed
from kb.draft.form import Slot
from kb.draft.ground import Ground, Surveyor
from kb.draft.linked import lies_below, link
from kb.draft.opposing import Opposing, opposing_to
from kb.draft.pack import Place
from kb.draft.paper import Paper, marks, quoted
from kb.draft.placement import Survey, placements
from kb.draft.trouble import troubles
from kb.learn.pool import Material
from kb.terms import STOP_WORDS, terms

HOLDING, PLACES, TROUBLES, TESTS, WEIGHED, LINKED, NOTES = 4, 3, 3, 2, 4, 6, 2
BUT = re.compile(r"^but\s+", re.IGNORECASE)
MOST_CHARS = 90
"""Of an option that is named in passing."""


@dataclass(frozen=True, slots=True)
class Case:
    """Lines for each slot, and where the change could go."""

    given: Mapping[Slot, Sequence[str]]
    places: tuple[Place, ...] = ()


def case_for(paper: Paper, surveyor: Surveyor, title: str, *, folder: str, ask_why: bool) -> Case:
    """The case, of the writer's facts first and then of what is near to them."""
    facts = paper.facts
    ground = surveyor.ground(f"{title}\n{facts.text}")
    survey = surveyed(surveyor, ground)
    # What another house decided binds nobody here.
    own = [material for material in ground.decisions if lies_below(folder, material.file.root)]
    chosen = _chosen(paper, title)
    opposing = opposing_to(surveyor, own, title, facts.of("option", "chosen"), named=facts.text)
    today = _today(paper, ground)
    given: dict[Slot, Sequence[str]] = {
        "summary": [f"{title}.", *paper.given(*facts.of("chosen"))],
        "context": _context(paper, ground, folder),
        "drivers": paper.given(*facts.of("driver"))
        or [paper.gap("what decides between the options, the weightiest first")],
        "today": today or [paper.gap("how it is done today, and where")],
        "options": _options(paper, surveyor, ground, chosen, today),
        "pros": [paper.gap("for each option one line that speaks for it, and one against it")],
        "outcome": _outcome(paper, chosen),
        "good": [f"* Good: {fact.text}" for fact in facts.of("good")],
        "bad": [*(f"* Bad: {BUT.sub('', fact.text)}" for fact in facts.of("bad", "risk")), *_against(paper, opposing)],
        "validation": _validation(paper, ground, survey),
        "prior": paper.items(item for m in ground.decisions[:HOLDING] if (item := binding(paper.sources, m))),
        "questions": [
            *paper.given(*facts.of("question", "blocker")),
            *[f"- “{title_of(m)}” is only {m.file.status}: is it to be settled first?" for m in ground.proposed[:2]],
        ],
        "links": _links(paper, ground, [other.material for other in opposing], folder),
    }
    given["consequences"] = _consequences(paper, given)
    _ask(paper, opposing, ground)
    places = placements(paper.sources, surveyor, ground, survey)
    if ask_why:
        tests = [test for found in survey.tests.values() for test, _ in found]
        paper.challenged(
            challenges(paper.sources, places=places, decisions=ground.decisions, code=ground.code[:PLACES], tests=tests)
        )
    return Case(given, tuple(places))


# Sections


def _context(paper: Paper, ground: Ground, folder: str) -> list[str]:
    lines = paper.given(*paper.facts.of("problem", "plain", "solution", "done", "mistake"))
    if not lines:
        lines = [paper.gap("what happens today, who is hit by it, and since when, in two or three sentences")]
    for own, lead in ((True, "What is decided already and binds this:"), (False, "Decided elsewhere, near to this:")):
        near = [m for m in ground.decisions[:HOLDING] if lies_below(folder, m.file.root) == own]
        if holding := paper.items(item for m in near if (item := binding(paper.sources, m))):
            lines += [lead, *holding]
    told = troubles(paper.sources, ground.subject, [*ground.notes, *ground.decisions], most=TROUBLES)
    if trouble := paper.items(told):
        lines += ["What went wrong near it before:", *trouble]
    return lines


def _today(paper: Paper, ground: Ground) -> list[str]:
    """Where it lives now, by the nearest code."""
    lines = []
    for material in ground.code[:PLACES]:
        symbols = ", ".join(f"`{symbol.rsplit('.', 1)[-1]}`" for symbol in material.best.symbols[:3])
        path = f"`{material.file.path}`"
        lines.append(paper.cited(f"{symbols} in {path}" if symbols else path, paper.sources.cite(material.best)))
    return list(filter(None, lines))


def _chosen(paper: Paper, title: str) -> str:
    """The option that the draft is for: as the writer says, else the one that the title names, else the title."""
    if said := paper.facts.of("chosen"):
        return said[0].text.rstrip(".")
    words = content(title)
    named = [fact.text for fact in paper.facts.of("option") if 2 * len(content(fact.text) & words) >= len(words)]
    return named[0].rstrip(".") if named else title


def _options(paper: Paper, surveyor: Surveyor, ground: Ground, chosen: str, today: Sequence[str]) -> list[str]:
    """What is chosen, the writer's others, to leave it, and what was weighed before on the same words."""
    own = [fact.text.rstrip(".") for fact in paper.facts.of("option")]
    lines = [f"* {text}" for text in dict.fromkeys([chosen, *own])]
    if today:
        place = today[0].removeprefix("- ")
        lines.append(f"* Leave it as it is: {place}")
    weighed = []
    for material in ground.replaced:
        if (gone := given_up(paper.sources, surveyor.graph, material)) is not None:
            instead = f", given up for {gone.instead}" if gone.instead else ", no longer in force"
            weighed.append(paper.cited(f"{gone.option}{instead}", gone.cites))
    words = content(" ".join([chosen, ground.subject, *own]))
    for material in ground.decisions[:HOLDING]:
        weighed += [
            paper.cited(f"{option.option}, turned down for {clipped(option.instead)}", option.cites)
            for option in refused(paper.sources, material)
            if content(option.option) & words
        ]
    if kept := list(filter(None, weighed))[:WEIGHED]:
        lines += ["Weighed before, in decisions near to this:", *kept]
        paper.verify.append("What was weighed before: take into the options what belongs here, strike the rest")
    if len(own) < 2:
        lines.append(f"* {paper.gap('another option that a colleague would defend')}")
    return lines


def _outcome(paper: Paper, chosen: str) -> list[str]:
    reasons = [fact.text for fact in paper.facts.of("reason")]
    because = _lower(reasons[0]).removeprefix("because ").rstrip(".") if reasons else ""
    reason = because or paper.gap("the one reason that decides, in words of the drivers above")
    lines = [
        f'Chosen option: "{chosen}", because {reason}.' if because else f'Chosen option: "{chosen}", because {reason}'
    ]
    return [*lines, *(f"- {text}" for text in reasons[1:])]


def _against(paper: Paper, opposing: Sequence[Opposing]) -> list[str]:
    lines = []
    for other in opposing:
        part = part_at(other.material, other.phrase.line) if other.phrase is not None else None
        if other.phrase is not None and part is not None:
            cites = paper.sources.cite(part, other.phrase.line, other.phrase.line)
            text = f"Bad: “{title_of(other.material)}” {other.how}: {quoted(other.phrase.text)}"
            lines.append(paper.cited(text, cites).replace("- ", "* ", 1))
    return list(filter(None, lines))


def _consequences(paper: Paper, given: Mapping[Slot, Sequence[str]]) -> list[str]:
    good = given["good"] or [f"* Good, because {paper.gap('what gets better, and for whom')}"]
    bad = given["bad"] or [f"* Bad, because {paper.gap('what it costs, who pays it, and what gets harder')}"]
    return [*good, *bad]


def _validation(paper: Paper, ground: Ground, survey: Survey) -> list[str]:
    """How somebody will know, later, that it was right: the writer's figures, the tests there are, what holds."""
    lines = paper.given(*paper.facts.of("criterion"))
    lines += [f"- This no longer holds: {quoted(fact.text)}" for fact in paper.facts.of("problem") if not fact.is_code]
    told: set[int] = set()
    for material in ground.code[:PLACES]:
        for test, _ in survey.tests.get(material.file.file_id, ())[:1]:
            if test.file.file_id not in told and len(told) < TESTS:
                told.add(test.file.file_id)
                text = f"`{test.file.path}` guards `{material.file.path}`: it passes, and has a case for this"
                lines.append(paper.cited(text, paper.sources.cite(test.best)))
    if not paper.facts.of("criterion"):
        lines.append("- What is to get better: [measure] today, [measure] to be reached, measured the same way")
    lines.append(f"- {paper.gap('on which day, and by whom, this is looked at again')}")
    return lines


def _links(paper: Paper, ground: Ground, opposing: Sequence[Material], folder: str) -> list[str]:
    lines = paper.given(*paper.facts.of("related"))
    for material in opposing:
        if cites := paper.sources.cite(material.parts[0], most=1):
            # In words that no reader takes for a fact: it is the writer who decides what is superseded.
            lines.append(f"- If this is taken, is this one to go? {link(material.file, folder)} {marks(cites)}")
    named = {material.file.file_id for material in opposing}
    for material in [*ground.decisions, *ground.proposed, *ground.notes[:NOTES]][:LINKED]:
        if material.file.file_id not in named:
            standing = paper.standing(material.file.file_id)
            lines.append(f"- {link(material.file, folder)}" + (f" ({standing})" if standing else ""))
    return lines


def _ask(paper: Paper, opposing: Sequence[Opposing], ground: Ground) -> None:
    for other in opposing:
        name = title_of(other.material)
        paper.verify.append(f"“{name}” {other.how}: supersede it in both files, or say why both hold")
    if ground.missing:
        paper.verify.append(
            f"Nothing of yours speaks of: {', '.join(ground.missing)}; the context here comes from its neighbours"
        )
    for fact in paper.facts.guessed:
        if fact.role in ("good", "bad", "option", "chosen", "reason", "criterion"):
            paper.verify.append(f"“{fact.text[:60]}” is taken for {_KINDS[fact.role]}")
    paper.verify.append("The sources say what they are cited for, and still hold: open each one")


_KINDS = {
    "good": "a gain", "bad": "a cost", "option": "an option", "chosen": "the choice", "reason": "the reason",
    "criterion": "a criterion",
}  # fmt: skip


def content(text: str) -> frozenset[str]:
    """The stems of a text that tell what it is about."""
    return frozenset(word for word in terms(text) if word not in STOP_WORDS and word not in DOING)


def clipped(text: str) -> str:
    return text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1].rsplit(" ", 1)[0] + " …"


def _lower(text: str) -> str:
    """A sentence as it goes on after "because": names and abbreviations keep their capitals."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or first in ("A", "I") else text
