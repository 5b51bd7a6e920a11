"""The draft of an RFC: a proposal to be talked about, filled with the case for it and the places where it could go."""

from collections.abc import Sequence
from dataclasses import replace

from kb.draft.case import Case
from kb.draft.house import House, written
from kb.draft.pack import Place
from kb.draft.paper import Drafted, Paper
from kb.draft.rfc import rfc_text


def rfc_draft(paper: Paper, case: Case, house: House, title: str, *, day: str, command: str) -> Drafted:
    """The whole draft; an RFC proposes one thing, so the other options are its alternatives."""
    given = dict(case.given)
    proposed = paper.given(*paper.facts.of("chosen", "solution", "reason"))
    given["outcome"] = [
        *(proposed or [paper.gap("what is proposed, so that somebody else could build it")]),
        *_places(paper, case.places),
    ]
    given["options"] = given["options"][1:]
    given["prior"] = given["prior"] or [paper.gap("who solved this before, here or elsewhere, and what came of it")]
    given["questions"] = given["questions"] or [paper.gap("what you do not know yet, and who could")]
    default = rfc_text(house.dialect, title, date=day)
    return written(
        paper, replace(case, given=given), house, title, default=default, status="draft", day=day, command=command
    )


def _places(paper: Paper, places: Sequence[Place]) -> list[str]:
    """Where it could go, each place with what speaks for and against it."""
    lines: list[str] = []
    for place in places:
        lines += [f"Could go {place.title}.", *paper.items(place.speaks_for)]
        lines += [line.replace("- ", "- against: ", 1) for line in paper.items(place.speaks_against)]
    return lines
