"""A query is taken apart, and a chip changes it: by table."""

import pytest

from tui.filters import MOST_CHARS, Asked, Chip, chips, parse, toggled

SOURCES = ("shop", "kb", "kb-old", "my notes")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", Asked("")),
        ("  plain   words ", Asked("plain words")),
        ("kind:adr signing key", Asked("signing key", ("adr",))),
        ("signing kind:adr key kind:til", Asked("signing key", ("adr", "til"))),
        ("KIND:ADR,til key", Asked("key", ("adr", "til"))),
        ("key kind:a", Asked("key", ("adr",))),
        ("key kind:", Asked("key")),
        ("what kind: of", Asked("what kind: of")),
        ("kind:Deployment yaml", Asked("kind:Deployment yaml")),
        ("kind:adr,bug key", Asked("kind:adr,bug key")),
        ("kind:, key", Asked("kind:, key")),
        ("std::vector http://x status:open", Asked("std::vector http://x status:open")),
        ("mykind:adr", Asked("mykind:adr")),
        ('"kind:adr" key', Asked('"kind:adr" key')),
        ("key path:src/", Asked("key", path_glob="src/")),
        ("path:src/ key path:*.py", Asked("key", path_glob="*.py")),
        ('path:"my docs/" key', Asked("key", path_glob="my docs/")),
        ('key path:"my do', Asked("key", path_glob="my do")),
        ("source:kb key", Asked("key", source="kb")),
        ("source:sh key", Asked("key", source="shop")),
        ('source:"my notes" key', Asked("key", source="my notes")),
        ("source:maps key", Asked("source:maps key")),
    ],
)
def test_filters_are_told_from_words(query: str, asked: Asked) -> None:
    assert parse(query, SOURCES) == asked


def test_a_long_query_is_cut_and_says_so() -> None:
    asked = parse("x" * 10_000 + " kind:adr")
    assert (len(asked.text), asked.is_cut, asked.kinds) == (MOST_CHARS, True, ("adr",))
    assert not parse("x" * MOST_CHARS).is_cut


def test_chips_show_what_the_query_says() -> None:
    shown = chips(parse("key kind:til path:src/ source:kb", SOURCES), SOURCES)
    assert [(chip.name, chip.value) for chip in shown if chip.on] == [
        ("kind", "til"), ("path", "src/"), ("source", "kb"),
    ]  # fmt: skip
    assert [chip.value for chip in shown] == ["adr", "til", "note", "code", "src/", *SOURCES]
    assert not any(chip.name == "source" for chip in chips(parse("key"), ["only"]))


@pytest.mark.parametrize("query", ["", "signing key", "key kind:a", "key path:src/ source:shop", "kind:Deployment x"])
def test_a_chip_toggled_twice_leaves_the_words_and_the_other_filters(query: str) -> None:
    before = parse(query, SOURCES)
    for number, chip in enumerate(chips(before, SOURCES)):
        once = toggled(query, chip, SOURCES)
        after = chips(parse(once, SOURCES), SOURCES)
        assert Chip(chip.name, chip.value, not chip.on) in after or (chip.name == "path" and chip.on)
        assert parse(once, SOURCES).text == before.text
        if chip.name == "kind":
            assert parse(toggled(once, after[number], SOURCES), SOURCES) == before


def test_a_source_takes_the_place_of_another() -> None:
    assert parse(toggled("key source:shop", Chip("source", "my notes", False), SOURCES), SOURCES) == Asked(
        "key", source="my notes"
    )
