"""What a sharp reviewer would ask: why this and not that, which load breaks it, which decision does it touch.

Made of the same sources as the draft: a question that could be put to any change is asked of the lines at hand.
"""

import re
from collections.abc import Iterator, Sequence

from kb.draft.binding import Refused, binding, lines_of, refused, title_of
from kb.draft.pack import Item, Place
from kb.draft.sources import Sources
from kb.learn.pool import Material

LIMIT = re.compile(
    r"\b\w*(?:max|limit|timeout|deadline|retr(?:y|ies)|attempts|batch|buffer|capacity|page_?size|per_?page|interval|"
    r"ttl|expir|workers|threads|pool|backoff|queue|concurren)\w*\b[^=:\"'\n]{0,40}(?::=|[=:])\s*\d",
    re.IGNORECASE,
)
COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*|--)")
MOST_DECISIONS, MOST_LIMITS, MOST_OPTIONS = 3, 2, 2
LONGEST_BOUND = 120


def challenges(
    sources: Sources, *, places: Sequence[Place] = (), decisions: Sequence[Material] = (),
    code: Sequence[Material] = (), tests: Sequence[Material] = (),
) -> list[Item]:  # fmt: skip
    """The questions, the one that costs most to leave open first."""
    return [
        *_why_this(places),
        *_which_decision(sources, decisions),
        *_why_not(sources, decisions),
        *_which_load(sources, code),
        *_how_seen(sources, tests, code),
        *_how_back(places),
    ]


def limits(materials: Sequence[Material]) -> Iterator[tuple[Material, int, str]]:
    """The lines of code that set a bound."""
    for material in materials:
        for part in material.parts:
            for number, text in lines_of(part):
                if LIMIT.search(text) and not COMMENT.match(text) and len(text.strip()) < LONGEST_BOUND:
                    yield material, number, text.strip()


def _why_this(places: Sequence[Place]) -> Iterator[Item]:
    if len(places) > 1:
        cost = next((item for item in places[0].speaks_against if item.cites), None)
        about = f", although {cost.text}" if cost else ""
        yield Item(f"Why {places[0].title}, and not {places[1].title}{about}?", cost.cites if cost else ())


def _which_decision(sources: Sources, decisions: Sequence[Material]) -> Iterator[Item]:
    for material in decisions[:MOST_DECISIONS]:
        if (item := binding(sources, material)) is not None:
            yield Item(
                f"It touches “{title_of(material)}”: does it keep to it, or does it need a decision of its own?",
                item.cites,
            )


def _why_not(sources: Sources, decisions: Sequence[Material]) -> Iterator[Item]:
    """What was turned down before: does its reason still hold?"""
    options: list[Refused] = [option for material in decisions for option in list(refused(sources, material))[:1]]
    for option in options[:MOST_OPTIONS]:
        yield Item(
            f"{option.option} was turned down for {option.instead}: does the reason still hold here?", option.cites
        )


def _which_load(sources: Sources, code: Sequence[Material]) -> Iterator[Item]:
    found = 0
    for material, number, text in limits(code):
        if found < MOST_LIMITS and (cites := sources.line(material, number)):
            found += 1
            yield Item(f"`{text}` sets a bound: what happens at ten times the load of today ([measure])?", cites)
    if not found:
        yield Item("Which load breaks it first, and how would you see it: how many calls, how much data ([measure])?")


def _how_seen(sources: Sources, tests: Sequence[Material], code: Sequence[Material]) -> Iterator[Item]:
    if tests:
        yield Item(
            f"Which case of `{tests[0].file.path}` fails if it is wrong; which one is missing?",
            sources.cite(tests[0].best),
        )
    elif code:
        yield Item(
            f"Nothing was found that guards `{code[0].file.path}`: what fails if it is wrong?",
            sources.cite(code[0].best),
        )


def _how_back(places: Sequence[Place]) -> Iterator[Item]:
    where = f" from `{places[0].path}`" if places else ""
    yield Item(f"How is it taken back{where} in the night, by somebody else, with the data written until then?")
