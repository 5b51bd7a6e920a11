"""The decisions in force as instructions for coding assistants, each line with its place."""

import re
from pathlib import Path

from tests.unit.app.world import World
from tests.unit.drafting.test_context import shop
from tests.unit.drafting.test_review import house

__all__ = ["house", "shop"]
PLACE = re.compile(r"`([\w./-]+):(\d+)(?:-(\d+))?`")


def instructions(world: World) -> str:
    with world.app() as app:
        return str(app.draft("instructions", "", cwd=str(world.notes))["draft"])


def section(text: str, name: str) -> list[str]:
    body = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
    return [line for line in body.splitlines() if line.startswith("- ")]


def test_every_line_names_its_place_and_the_place_says_it(house: World) -> None:
    text = instructions(house)
    lines = section(text, "Decisions in force") + section(text, "Do not")
    assert len(lines) > 4
    for line in lines:
        match = PLACE.search(line)
        assert match, line
        assert int(match[2]) <= len(Path(house.notes / match[1]).read_text("utf-8").splitlines())
    assert any("Gradle" in line and "docs/adr/0001-use-gradle.md:" in line for line in lines)


def test_what_is_proposed_is_not_told_and_what_was_replaced_is_a_do_not(house: World) -> None:
    text = instructions(house)
    told = " ".join(section(text, "Decisions in force"))
    assert "Kafka" not in told
    assert "Memcached" not in told
    assert any("Memcached" in line and "superseded" in line and "SQLite" in line for line in section(text, "Do not"))
    assert any("Maven: turned down for Gradle" in line for line in section(text, "Do not"))


def test_exemplars_come_from_folders_whose_files_are_made_alike(shop: World) -> None:
    lines = section(instructions(shop), "Follow these exemplars")
    assert any("shop/stores/" in line and "`find…`" in line for line in lines)


def test_it_says_that_it_is_a_draft_and_what_to_verify(house: World) -> None:
    text = instructions(house)
    assert "> **Draft** of " in text
    assert "- [ ] " in text.partition("## To verify")[2]


def test_without_decisions_it_says_so(world: World) -> None:
    world.write("note.md", "# A note\n\nText.\n")
    world.index()
    assert "No decision in force was found" in instructions(world)
