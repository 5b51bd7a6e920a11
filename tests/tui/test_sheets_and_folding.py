"""Payloads become lines, lines become rows: by table, without a screen."""

import time
from typing import Any

import pytest

from tui.entries import answer_entries, brief_entries, copied, found_entries, link_entries
from tui.fold import clip, clip_start, columns, fold, folded
from tui.sheets import Line
from tui.widgets.results import prompt

HIT: dict[str, Any] = {
    "path": "adr/0001-use-mysql.md", "source": "notes", "abspath": "/n/adr/0001-use-mysql.md", "start": 3, "end": 4,
    "title": "Use MySQL", "kind": "adr", "status": "superseded", "superseded_by": "adr/0002-use-postgres.md",
}  # fmt: skip
ANSWERED: dict[str, Any] = {
    "question": "where?", "status": "answered", "mode": "extractive", "answer": "", "nearest": [],
    "notices": ["as of May"],
    "citations": [{**HIT, "n": 1, "quote": "Sessions live\r\n  in MySQL."}],
}  # fmt: skip
NOT_FOUND: dict[str, Any] = {
    "question": "when?", "status": "not_found", "citations": [], "nearest": [HIT], "missing": ["purged", "years"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 20, [""]),
        ("short", 20, ["short"]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("exactly12 chr more", 13, ["exactly12 chr", "more"]),
        ("    indented words here", 12, ["    indented", "words here"]),
        ("        " + "x" * 12, 10, ["        xx", "x" * 10]),
        ("a" * 25, 10, ["a" * 10, "a" * 10, "a" * 5]),
        ("日本語の文章です", 10, ["日本語の文", "章です"]),
        ("anything", 0, ["anything"]),
    ],
)
def test_lines_are_folded_at_spaces_by_columns(text: str, width: int, rows: list[str]) -> None:
    assert fold(text, width) == rows


@pytest.mark.parametrize(
    "text", ["plain words and more", "日本語 mixed 文章です", "x" * 40, "e\u0301" * 30, "🦓🦓🦓🦓🦓🦓🦓🦓"]
)
@pytest.mark.parametrize("width", [8, 9, 13, 30])
def test_folding_fits_and_loses_no_word(text: str, width: int) -> None:
    rows = fold(text, width)
    assert all(columns(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")


def test_clipping_says_that_it_clipped() -> None:
    assert clip("a long title", 8) == "a long…"
    assert clip_start("folder/file.md:3", 10) == "…file.md:3"
    assert clip("日本語の文章", 7) == "日本語…"
    assert clip("fits", 4) == clip_start("fits", 4) == "fits"


def test_an_answer_comes_before_what_it_cites() -> None:
    assert [entry.label + entry.title for entry in answer_entries(ANSWERED, "/n")] == ["Answer", "[1] Use MySQL"]


def test_what_is_not_in_the_notes_comes_with_the_nearest() -> None:
    first, nearest = answer_entries(NOT_FOUND, "")
    assert (first.title, first.place) == ("Not in your notes", None)
    assert nearest.place is not None and copied(nearest.place, "/n/adr") == "0001-use-mysql.md:3"


def test_every_row_of_a_quote_has_its_bar() -> None:
    quoted = Line("one two three four", gutter="│ ", repeated=True)
    numbered = Line("one two three four", gutter="12 ")
    assert [row.gutter for row in folded([quoted, numbered], 13)] == ["│ ", "│ ", "12 ", "   "]


def test_links_are_those_that_point_here_or_are_said_elsewhere() -> None:
    own = {"source": "notes", "path": "a.md", "start": 1, "end": 1}
    other = {"source": "notes", "path": "b.md", "abspath": "/n/b.md", "start": 7, "end": 7, "title": "B", "kind": "til"}

    def item(src: str, dst: str, relation: str, said: dict[str, Any], declared: bool = True) -> dict[str, Any]:
        ends = {"src": src, "src_source": "notes", "dst": dst, "dst_source": "notes"}
        return {**other, **ends, "relation": relation, "declared": declared, "evidence": [said, own]}

    found = [
        item("b.md", "a.md", "links", other),
        item("b.md", "a.md", "supersedes", own),
        item("a.md", "b.md", "amends", other),
        item("a.md", "b.md", "mentions", own),
        item("b.md", "a.md", "related", other, declared=False),
    ]
    entries = link_entries({"source": "notes", "path": "a.md", "related": found}, "/n")
    assert [entry.status for entry in entries] == ["links to this", "supersedes this", "says that this amends it"]
    assert {entry.shown for entry in entries} == {"b.md:7"}


def test_of_the_brief_only_what_has_lines_can_be_opened() -> None:
    folder = {"text": "9 files: 9 added", "kind": "code", "path": "src", "source": "notes", "abspath": "/n/src"}
    night = {"text": "all is well", "path": None, "source": None, "abspath": None}
    gone = {**HIT, "text": "removed: Use MySQL", "start": None, "end": None}
    brief = {"sections": [{"items": [{**HIT, "text": "added: Use MySQL"}, folder]}, {"items": [night, gone]}]}
    first, opened = brief_entries(brief, "/n")
    assert first.place is None
    assert (opened.title, opened.standing) == ("added: Use MySQL", "warn")


def test_with_room_for_it_an_entry_takes_one_row_and_keeps_its_warning() -> None:
    (entry,) = found_entries({"hits": [{**HIT, "title": "A long title " * 9}]}, "/n")
    wide, narrow = prompt(entry, 72).plain, prompt(entry, 40).plain
    assert columns(wide) == 72 and wide.endswith("superseded by 0002-use-postgres")
    assert "\n" in narrow and all(columns(row) <= 40 for row in narrow.split("\n"))


def test_a_long_line_of_wide_characters_is_folded_as_fast_as_any() -> None:
    # Measured whole for each of its rows, this took minutes.
    began = time.perf_counter()
    rows = fold("漢字" * 50_000, 60)
    assert time.perf_counter() - began < 5
    assert {columns(row) for row in rows[:-1]} == {60}
