"""Payloads become lines, lines become rows: by table, without a screen."""

from typing import Any

import pytest

from tui.entries import answer_entries, copied
from tui.fold import clip, clip_start, columns, fold, folded
from tui.sheets import Line, answer_sheet

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


def test_an_answer_shows_passage_place_and_standing() -> None:
    lines = answer_sheet(ANSWERED, "/n").lines
    assert [(line.gutter + line.text, line.style) for line in lines] == [
        ("Use MySQL", "title"),
        ("adr · superseded by 0002-use-postgres", "warn"),
        ("│ Sessions live", "text"),
        ("│   in MySQL.", "text"),
        ("[1] adr/0001-use-mysql.md:3-4", "place"),
        ("", "text"),
        ("as of May", "dim"),
    ]
    assert [entry.label + entry.title for entry in answer_entries(ANSWERED, "/n")] == ["Answer", "[1] Use MySQL"]


def test_what_is_not_in_the_notes_comes_with_the_nearest() -> None:
    said = [line.gutter + line.text for line in answer_sheet(NOT_FOUND, "").lines]
    assert said == [
        "Not in your notes.",
        "What lies nearest does not speak of: purged, years.",
        "",
        "Nearest:",
        "· Use MySQL",
        "  superseded by 0002-use-postgres",
        "  notes:adr/0001-use-mysql.md:3-4",
    ]
    first, nearest = answer_entries(NOT_FOUND, "")
    assert (first.title, first.place) == ("Not in your notes", None)
    assert nearest.place is not None and copied(nearest.place, "/n/adr") == "0001-use-mysql.md:3"


def test_every_row_of_a_quote_has_its_bar() -> None:
    quoted = Line("one two three four", gutter="│ ", repeated=True)
    numbered = Line("one two three four", gutter="12 ")
    assert [row.gutter for row in folded([quoted, numbered], 13)] == ["│ ", "│ ", "12 ", "   "]
