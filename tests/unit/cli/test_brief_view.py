"""The brief as a person reads it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from kb.cli.views.brief import SHOWN_ITEMS, brief_lines, moment
from kb.cli.views.page import Line, Page, plain

PAGE = Page(cwd="/home/me")
SINCE = "2026-11-20T00:00:00+00:00"


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        if hasattr(time, "tzset"):
            time.tzset()
        yield
    if hasattr(time, "tzset"):
        time.tzset()


def texts(lines: list[Line]) -> list[str]:
    return [plain(line).rstrip() for line in lines]


def item(text: str, path: str = "", **more: Any) -> dict[str, Any]:
    place = {
        "path": path or None,
        "source": "shop" if path else None,
        "abspath": f"/home/me/shop/{path}" if path else None,
    }
    return {"text": text, **place, "start": 1 if path else None, "end": 9 if path else None, **more}


def payload(**sections: list[dict[str, Any]]) -> dict[str, Any]:
    made = [{"name": n, "title": n.upper(), "items": items, "total": len(items)} for n, items in sections.items()]
    return {"since": SINCE, "as_of": None, "sections": made}


def test_nothing_new_is_said() -> None:
    assert texts(brief_lines(payload(), PAGE)) == ["Nothing new since Fri 2026-11-20 00:00"]


def test_sections_with_their_items_and_places() -> None:
    told = payload(
        decisions=[
            item("added: Use SQLite", "docs/adr/0002-b.md", status="accepted", superseded_by=None),
            item("changed: Use Redis", "docs/adr/0001-a.md", status="superseded", superseded_by="docs/adr/0002-b.md"),
        ],
        due=[item("Use SQLite: to be reviewed since 2026-03-01", "docs/adr/0002-b.md", start=7, end=7)],
        left_out=[item("big.md: larger than 4 MiB", "big.md", reason="larger than 4 MiB")],
        night=[item("failed: backup", ok=False)],
    )
    assert texts(brief_lines(told, PAGE)) == [
        "Since Fri 2026-11-20 00:00",
        "",
        "DECISIONS  2",
        "  added: Use SQLite  accepted  shop/docs/adr/0002-b.md",
        "  changed: Use Redis  superseded by ADR-0002  shop/docs/adr/0001-a.md",
        "",
        "DUE  1",
        "  Use SQLite: to be reviewed since 2026-03-01  shop/docs/adr/0002-b.md:7",
        "",
        "LEFT_OUT  1",
        "  larger than 4 MiB  shop/big.md",
        "",
        "NIGHT  1",
        "  failed: backup",
    ]


def test_what_does_not_fit_is_counted_by_files() -> None:
    told = payload(code=[item(f"{n} files", f"src{n}", files=n) for n in range(1, SHOWN_ITEMS + 2)])
    told["sections"][0]["total"] = sum(range(1, SHOWN_ITEMS + 2)) + 4
    assert texts(brief_lines(told, PAGE))[-1] == f"  and {SHOWN_ITEMS + 1 + 4} more"


def test_a_long_title_leaves_room_for_the_place() -> None:
    lines = texts(brief_lines(payload(notes=[item("added: " + "word " * 50, "a.md")]), Page(60, wrap=True)))
    assert lines[-1].endswith("…  shop:a.md")
    assert len(lines[-1]) <= 60


def test_a_moment_that_is_none_is_shown_as_it_is() -> None:
    assert moment("whenever") == "whenever"


def test_a_link_to_suggest_shows_both_ends_within_the_page() -> None:
    pair = item(
        "a: related? b", "docs/architecture-decisions/0018-uuid-resource-names.md", title="Valid UUIDs " * 5,
        relation="related", dst="docs/architecture-decisions/0002-cf-resource-guid-format-of-all-kinds.md",
        dst_source="shop", dst_abspath=None, dst_title="The format of the GUIDs of resources",
    )  # fmt: skip
    lines = texts(brief_lines(payload(suggestions=[pair]), PAGE))[-2:]
    assert lines[0].startswith("  Valid UUIDs") and lines[0].endswith("0018-uuid-resource-names.md:1-9")
    assert lines[1].startswith("    related? The format of") and lines[1].endswith("-of-all-kinds.md")
    assert max(map(len, lines)) <= PAGE.width


def test_long_paths_and_names_stay_within_the_page() -> None:
    told = item(
        "changed: Use the slug", "docs/" * 20 + "20201003-a.md", status="superseded",
        superseded_by="docs/20201016-use-the-slug-as-its-unique-and-only-id.md",
    )  # fmt: skip
    line = texts(brief_lines(payload(decisions=[told]), PAGE))[-1]
    assert len(line) <= PAGE.width and line.endswith("20201003-a.md") and "superseded by 2020" in line
