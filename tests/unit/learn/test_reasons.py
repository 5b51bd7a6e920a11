"""What a plan says of a file and asks of it: nothing that is only a word of the code, a remark that all is well, or
given away by the title."""

from typing import Any

import pytest

from kb.learn.phrases import is_telling, key_of
from kb.learn.pitfalls import PITFALL, plain
from tests.unit.app.world import World
from tests.unit.learn.ramp import CODE, TOPIC, indexed


def plan(world: World, topic: str = TOPIC) -> dict[str, Any]:
    with world.app() as app:
        return app.learn(topic, plan=True)


def readings(payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["path"]: item for stage in payload["stages"] for item in stage["reading"]}


@pytest.mark.parametrize(
    ("symbol", "telling"),
    [("PriceCache", True), ("read_price", True), ("FTS", True), ("_copy", False), ("submit", False), ("_Look", False)],
)
def test_a_name_for_others_is_telling(symbol: str, telling: bool) -> None:
    assert is_telling(symbol) is telling


def test_what_is_private_in_the_code_is_no_concept_and_declared_for_nobody(world: World) -> None:
    indexed(world)
    world.write("shop/cache.py", CODE + "\n    def _cache_price(self):\n        '''The price cache.'''\n")
    world.write("shop/more.py", "def _cache_price():\n    '''The price cache, once more.'''\n")
    world.index()
    payload = plan(world)
    assert key_of("_cache_price") not in {
        concept["key"] for concept in payload["concepts"] if concept["name"].startswith("_")
    }
    assert not any("_cache_price" in item["why"] for item in readings(payload).values())


def test_a_heading_that_every_note_has_is_no_concept(world: World) -> None:
    indexed(world)
    for name in ("one", "two", "three"):
        world.write(
            f"til/cache/{name}.md", f"# Price cache {name}\n\nThe price cache has a `Problem` here: `problem`.\n"
        )
    world.index()
    assert key_of("problem") not in {concept["key"] for concept in plan(world)["concepts"]}


@pytest.mark.parametrize(
    ("sentence", "warns"),
    [
        ("Nothing is wrong with the price cache, and it shrinks at the next quiet moment.", False),
        ("Nothing of the price cache is lost: it is a copy of what the ledger holds.", False),
        ("It does not matter much until the price cache fails on a Monday.", True),
        ("The price cache does not work over the network, whatever its settings are.", True),
        ("If you are not careful the price cache keeps what should have been dropped.", True),
        (
            "The price cache is long to describe, and " + "word after word is said of it, " * 4 + "before it fails.",
            False,
        ),
    ],
)
def test_a_mistake_is_told_only_where_the_quoted_words_tell_of_one(world: World, sentence: str, warns: bool) -> None:
    assert PITFALL.search(sentence)
    world.write("til/cache/said.md", f"# Price cache\n\n{sentence}\n")
    world.index()
    assert ("what can go wrong" in readings(plan(world))["til/cache/said.md"]["why"]) is warns


def test_a_quote_is_without_list_marks_and_the_addresses_of_links() -> None:
    assert plain("- [ ] see [the docs](http://x.y/a_(b)#fail) and\n  ![it](i.png)") == "see the docs and it"


def test_a_style_sheet_beside_the_notes_is_no_theory(world: World) -> None:
    indexed(world)
    world.write("til/cache/cache.tcss", "/* The price cache. */\n#price {\n  cache: 1;\n}\n#cache {\n  price: 2;\n}\n")
    world.index()
    ground = plan(world)["stages"][0]
    assert ground["name"] == "Ground"
    assert "til/cache/cache.tcss" not in [item["path"] for item in ground["reading"]]


@pytest.mark.parametrize(
    ("context", "asked"),
    [
        (
            "Where do all shops read the price cache?",
            "Where do all shops read the price cache? Which option was chosen",
        ),
        ("", "why was it decided so?"),
    ],
)
def test_a_decision_is_not_asked_for_by_a_title_that_tells_it(world: World, context: str, asked: str) -> None:
    indexed(world)
    text = (
        f"# 5. Use Redis for the price cache\n\n## Status\n\nAccepted\n\n## Context\n\n{context}\n\n"
        "## Considered Options\n\n* Memcached\n* Redis\n\n"
        '## Decision Outcome\n\nChosen option: "Redis", because the price cache is shared.\n'
    )
    world.write("docs/adr/0005-redis.md", text)
    world.index()
    prompts = [
        item["prompt"]
        for stage in plan(world)["stages"]
        for item in stage["questions"]
        if item["path"] == "docs/adr/0005-redis.md"
    ]
    assert prompts and asked in prompts[0]
