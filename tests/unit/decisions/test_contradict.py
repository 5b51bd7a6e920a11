"""Which two decisions are candidates for a contradiction, and which are only alike."""

import pytest

from kb.decisions.contradict import Choice, choice_of, opposed
from kb.store.ledger import Ledger
from tests.unit.app.world import World

MADR = (
    "---\nstatus: accepted\n---\n# {title}\n\n## Context and Problem Statement\n\n{context}\n\n"
    '## Considered Options\n\n{options}\n\n## Decision Outcome\n\nChosen option: "{chosen}", because it is simple.\n'
)
NYGARD = (
    "# {title}\n\n## Status\n\nAccepted\n\n## Context\n\n{context}\n\n"
    "## Decision\n\n{chosen}\n\n## Consequences\n\nWork.\n"
)


def madr(title: str, context: str, chosen: str, *options: str) -> str:
    return MADR.format(title=title, context=context, chosen=chosen, options="\n".join(f"* {o}" for o in options))


def nygard(title: str, chosen: str) -> str:
    return NYGARD.format(title=title, chosen=chosen, context="It is about how we work.")


def choices(world: World, *texts: str) -> list[Choice]:
    for number, text in enumerate(texts, 1):
        world.write(f"adr/{number:04}-x.md", text)
    world.index()

    def read(ledger: Ledger) -> list[Choice]:
        ids = [row[0] for row in ledger.database.execute("SELECT id FROM file ORDER BY path")]
        return [choice for i in ids if (choice := choice_of(ledger.passages.of_file(i)))]

    found: list[Choice] = world.look(read)
    return found


STORE = "Where does the shop keep its carts?"


@pytest.mark.parametrize(
    ("one", "two", "quotes"),
    [
        pytest.param(
            madr("Cart storage", STORE, "PostgreSQL", "PostgreSQL", "Redis"),
            madr("Storage of the cart", STORE, "Redis", "Redis", "PostgreSQL"),
            ("PostgreSQL", "PostgreSQL"),
            id="one chose what the other turned down",
        ),
        pytest.param(
            nygard("1. Use feature flags", "We use feature flags."),
            nygard("2. Do not use feature flags", "Feature flags go away."),
            ("Use feature flags", "Do not use feature flags"),
            id="one says to do what the other says not to do",
        ),
        pytest.param(
            nygard("1. Use Contour for ingress", "Contour."),
            nygard("2. Use Gateway API for ingress", "Gateway API."),
            ("Use Contour for ingress", "Use Gateway API for ingress"),
            id="two things for one purpose",
        ),
        pytest.param(
            nygard("1. Mocking", "We mock every service in unit tests."),
            nygard("2. Doubles", "We never mock a service in unit tests."),
            ("We mock every service in unit tests.", "We never mock a service in unit tests."),
            id="opposite sentences under the decision",
        ),
    ],
)
def test_opposite_choices_on_one_subject_are_found(world: World, one: str, two: str, quotes: tuple[str, str]) -> None:
    first, second = choices(world, one, two)
    found = opposed(first, second)
    assert found is not None
    assert tuple(phrase.text for phrase in found) == quotes
    assert all(phrase.text in text.split("\n")[phrase.line - 1] for phrase, text in zip(found, (one, two), strict=True))
    assert opposed(second, first) is not None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(
            madr("Cart storage", STORE, "PostgreSQL", "PostgreSQL", "Redis"),
            madr("Queue of mails", "How are mails sent?", "Redis", "Redis", "RabbitMQ"),
            id="the same product for another subject",
        ),
        pytest.param(
            madr("Cart storage", STORE, "PostgreSQL", "PostgreSQL", "Redis"),
            madr("Session storage", "Where are sessions kept?", "PostgreSQL", "PostgreSQL", "Redis"),
            id="the same choice twice",
        ),
        pytest.param(
            nygard("1. Task results without results", "Tasks may have no results."),
            nygard("2. Task results in final tasks", "Final tasks may have results."),
            id="a word of denial in the name of a thing",
        ),
        pytest.param(
            nygard("1. Use PostgreSQL for carts", "PostgreSQL."),
            nygard("2. Use Redis for sessions", "Redis."),
            id="two things for two purposes",
        ),
        pytest.param(nygard("1. Record decisions", "We write them down."), "", id="an empty file"),
    ],
)
def test_decisions_that_are_only_alike_are_left_alone(world: World, one: str, two: str) -> None:
    found = choices(world, one, two)
    assert len(found) < 2 or opposed(found[0], found[1]) is None
