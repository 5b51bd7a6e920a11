"""Decisions and their problems as a person reads them in a narrow window."""

from typing import Any

from kb.cli.views.decisions import check_lines, link_lines, list_lines
from kb.cli.views.page import Page, plain

PAGE = Page(cwd="/home/me")


def decision(number: int, title: str, **more: Any) -> dict[str, Any]:
    path = f"docs/architecture-decisions/{number:04}-{title.lower().replace(' ', '-')}.md"
    standing = {"status": "accepted", "superseded_by": [], "superseded_on": None}
    return {"number": number, "title": f"ADR {number}: {title}", "path": path, "source": "shop", **standing, **more}


def test_the_list_fits_the_page_and_its_columns_stand_below_each_other() -> None:
    told = [
        decision(1, "Keep the orders of all shops in one relational database"),
        decision(2, "Use MySQL", superseded_by=["docs/0003-use-postgres.md"], superseded_on="2024-02-02"),
        decision(3, "Use Postgres für alle 文書", status=None),
    ]
    lines = [plain(line) for line in list_lines({"decisions": told}, PAGE)]
    assert all(len(line) <= PAGE.width for line in lines)
    assert lines[0].startswith("ADR-0001  Keep the orders") and lines[0].endswith("elational-database.md")
    assert lines[0].index("accepted") == lines[1].index("superseded by ADR-0003")


def test_a_problem_that_is_too_long_goes_on_below_its_place() -> None:
    problems = [
        {"kind": "dangling-link", "path": "a.md", "source": "shop", "line": 7, "message": "b.md leads to no file"},
        {"kind": "dangling-link", "path": "docs/" * 20 + "a.md", "source": "shop", "line": 8, "message": "word " * 30},
    ]
    first, *rest, last = (plain(line) for line in check_lines({"problems": problems, "checked": 2}, PAGE))
    assert first == "shop:a.md:7: dangling-link b.md leads to no file"
    assert rest[0].startswith("…") and rest[0].endswith("docs/a.md:8: dangling-link")
    assert " ".join(rest[1:]).split() == ["word"] * 30
    assert max(map(len, rest)) <= PAGE.width and last == "2 problems in 2 decisions"


def test_a_proposed_succession_is_shown_as_one_to_come() -> None:
    link = {"src": "b.md", "dst": "a.md", "relation": "supersedes", "in_effect": False, "path": "b.md", "source": "s",
            "start": 3, "end": 3, "evidence": "supersedes ADR-1"}  # fmt: skip
    assert plain(link_lines({"links": [link]}, PAGE)[0]) == "b.md would supersede a.md"
