"""The export: what Anki's importer makes of it is what the cards say, whatever stands in them."""

import csv
import html
import io
from datetime import UTC, datetime

import pytest

from kb.learn.anchoring import Anchor
from kb.learn.anki import HEADER, tsv
from kb.learn.cards import Card, Retired
from kb.learn.scheduling import Schedule

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def card(front: str, back: str = "back", *, quote: str = "quote", origin: str = "", retired: Retired = "") -> Card:
    anchor = Anchor(3, 9, quote)
    return Card(1, NOW, origin, front, back, "my notes", "a b.md", b"a b.md", anchor, b"", "", False, retired,
                Schedule(NOW))  # fmt: skip


def imported(text: str) -> list[list[str]]:
    """As Anki reads a file: comments first, then rows of a CSV with the separator that they name."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    return list(csv.reader(io.StringIO("".join(lines)), delimiter="\t"))


def shown(field: str) -> str:
    """The text that a browser shows."""
    return html.unescape(field.replace("<br>", "\n")).replace("\xa0", " ")


@pytest.mark.parametrize(
    "text",
    [
        "plain", "two\nlines", '"quoted" at once', "a <b> & c", "# a heading", "code:\n    if x:\n      pass", "ünï ✓",
        "&nbsp; as it is written", "ends with a quote\"", "<script>alert(1)</script>", "a  b",
    ],
)  # fmt: skip
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    ((front, back, _, place),) = imported(tsv([card(text, text)]))
    assert (shown(front), shown(back)) == (text, text)
    assert "<b>" not in front
    assert "<script" not in front
    assert shown(place) == "my notes:a b.md:3-9"


def test_tabs_and_carriage_returns_do_not_break_a_row() -> None:
    (row,) = imported(tsv([card("a\tb", "one\r\ntwo\rthree")]))
    assert len(row) == 4
    assert shown(row[0]).split() == ["a", "b"]
    assert shown(row[1]) == "one\ntwo\nthree"


def test_columns_and_tags_are_named_to_the_importer() -> None:
    text = tsv([card("q", origin="plan: SQLite full text")])
    assert tuple(text.splitlines()[:4]) == HEADER
    assert imported(text)[0][2].split(" ") == ["kb", "my-notes", "plan::-SQLite-full-text"]


def test_without_a_back_the_text_is_it_and_the_retired_stay_out() -> None:
    rows = imported(tsv([card("q", "", quote="the text"), card("x", retired="gone"), card("y", retired="user")]))
    assert [row[:2] for row in rows] == [["q", "the text"]]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)"])
def test_no_field_is_a_formula_to_a_spreadsheet(text: str) -> None:
    row = tsv([card(text, text)]).splitlines()[len(HEADER)]
    assert not any(field.startswith(("=", "+", "-", "@")) for field in row.split("\t"))
    assert shown(imported(tsv([card(text, text)]))[0][0]) == text
