"""The draft of a mini-guide: rules with their decisions, an example, before and after, mistakes, exercises."""

from tests.unit.app.world import World
from tests.unit.drafting.desk import commit, draft, section, shop


def test_it_is_made_of_what_is_there(world: World) -> None:
    shop(world)
    payload = draft(world, "guide", "price cache", audience="new backend developers")
    text = payload["draft"]
    assert "For new backend developers." in text
    assert "Cache in one place" in section(text, "How we do it")
    assert "class PriceCache:" in text and "As in `shop/cache.py`" in text
    assert "stampede" in section(text, "Common mistakes")
    assert "doing it the old way: Cache in files; in force now: “Cache in one place”" in section(
        text, "Common mistakes"
    )
    assert "tests/test_cache.py" in section(text, "Exercises")
    assert any("New backend developers can do the first exercise" in item for item in payload["verify"])


def test_before_and_after_come_from_a_change_that_was_made(world: World) -> None:
    shop(world)
    code = (world.notes / "shop/cache.py").read_text()
    commit(world, "Begin the price cache", "shop/cache.py", code, days=3)
    changed = code.replace("return self.store.get(key)", "return self.store.read(key, stale=True)")
    own = commit(world, "Read the price cache through", "shop/cache.py", changed)
    world.index()
    text = section(draft(world, "guide", "price cache")["draft"], "Before and after")
    before, after = text.index("return self.store.get(key)"), text.index("return self.store.read(key, stale=True)")
    assert before < after and own in text


def test_before_and_after_come_from_a_note_that_shows_both(world: World) -> None:
    both = (
        "# Name the price cache keys\n\nThe price cache has keys. Wrong:\n\n```py\nkey = 'a'\n```\n\nBetter:\n\n"
        "```py\nkey = ('price', 'a')\n```\n"
    )
    shop(world)
    world.write("til/cache/keys.md", both)
    world.index()
    text = section(draft(world, "guide", "price cache keys")["draft"], "Before and after")
    assert text.index("key = 'a'") < text.index("key = ('price', 'a')")


def test_without_anything_near_each_section_asks(world: World) -> None:
    shop(world)
    text = draft(world, "guide", "zebra okapi")["draft"]
    assert "_[what went wrong the last times]_" in text and "_[a task of your own" in text
