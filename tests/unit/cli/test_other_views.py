"""Search results, indexing reports, the status and the settings as a person reads them."""

from typing import Any

from kb.cli.views.hits import search_lines
from kb.cli.views.indexing import index_lines, size, survey_lines
from kb.cli.views.page import Line, Page, clip, columns, count, plain, seconds, spread
from kb.cli.views.state import model_lines, source_lines, status_lines

PAGE = Page(cwd="/home/me")
HIT = {
    "rank": 1,
    "path": "docs/adr/0003-a.md",
    "source": "shop",
    "abspath": "/home/me/shop/docs/adr/0003-a.md",
    "start": 3,
    "end": 9,
    "title": "Use A",
    "heading": "Use A › Context",
    "kind": "adr",
    "score": 0.5,
    "snippet": "one\n\ntwo\nthree",
    "status": "superseded",
    "superseded_by": "docs/adr/0004-b.md",
}


def texts(lines: list[Line]) -> list[str]:
    return [plain(line).rstrip() for line in lines]


def test_a_hit_has_rank_kind_place_heading_and_two_lines() -> None:
    assert texts(search_lines({"query": "a", "hits": [HIT]}, PAGE)) == [
        "1  ADR   shop/docs/adr/0003-a.md:3-9  superseded by ADR-0004",
        "   Use A › Context",
        "   one",
        "   two",
    ]


def test_hits_are_parted_and_ranks_are_aligned() -> None:
    hits = [{**HIT, "rank": n} for n in range(1, 11)]
    lines = texts(search_lines({"query": "a", "hits": hits}, PAGE))
    assert lines[0].startswith("1   ADR")
    assert lines[4] == ""
    assert lines[-4].startswith("10  ADR")


def test_no_hit_is_said() -> None:
    assert texts(search_lines({"query": "zebra", "hits": []}, PAGE)) == ["Nothing found for: zebra"]


def report(**changed: Any) -> dict[str, Any]:
    base = {"added": 0, "changed": 0, "removed": 0, "unchanged": 0, "chunks": 0, "skipped": [], "took_s": 0.2}
    return {**base, **changed}


def test_an_indexing_report_counts_what_was_done() -> None:
    lines = texts(index_lines(report(added=1870, unchanged=2, chunks=4000, took_s=61), PAGE))
    assert lines == ["1,870 added, 2 files unchanged · 4,000 chunks · 1 min 1 s"]


def test_nothing_to_do_is_said() -> None:
    assert texts(index_lines(report(unchanged=5), PAGE))[0].startswith("Nothing has changed, 5 files unchanged")


def test_what_was_left_out_is_listed_with_its_reason_up_to_a_limit() -> None:
    skipped = [{"path": f"f{n}.md", "reason": "binary"} for n in range(20)]
    lines = texts(index_lines(report(added=1, skipped=skipped), PAGE))
    assert lines[1:3] == ["20 left out:", "  f0.md  binary"]
    assert lines[-1] == "  and 12 more: kb status"


def test_a_dry_run_shows_folders_kinds_and_time() -> None:
    payload = {
        "files": 12,
        "bytes": 2_500_000,
        "kinds": {"code": 10, "note": 2},
        "folders": [{"path": "src", "files": 10, "bytes": 2000}],
        "expected_s": 3.2,
        "skipped": [],
    }
    lines = texts(survey_lines(payload, PAGE))
    assert lines[0] == "12 files · 2.5 MB · 10 code, 2 note"
    assert lines[2].split() == ["10", "files", "2.0", "KB", "src"]
    assert lines[-1] == "Expected time: 3.2 s. Nothing was written."


def test_status_says_what_waits_and_what_was_left_out() -> None:
    payload = {
        "sources": [{"name": "til", "root": "/home/me/til", "files": 3}],
        "files": 3,
        "chunks": 9,
        "kinds": {"til": 3},
        "pending": 4,
        "stale": [{"path": "locked.md", "source": "til", "reason": "permission denied"}],
        "skipped": [{"path": "x.bin", "source": "til", "reason": "binary"}],
        "daemon": {"running": False},
        "index": {"embedder": "m", "as_of": "2026-01-01", "home": "/h"},
    }
    lines = texts(status_lines(payload, PAGE))
    assert lines[0] == "3 files · 9 chunks · 3 til"
    assert "4 chunks wait for their vectors: kb index" in lines
    assert "  locked.md  permission denied" in lines
    assert "  x.bin  binary" in lines


def test_no_source_yet_names_the_command() -> None:
    assert texts(source_lines({"sources": []}, PAGE)) == ["No source yet: kb index PATH"]


def test_the_model_in_use_has_a_star() -> None:
    models = [
        {"name": "a", "current": True, "dim": 384, "exported": True, "default": True},
        {"name": "longer", "current": False, "dim": None, "exported": False, "default": False},
    ]
    assert texts(model_lines({"models": models}, PAGE)) == [
        "* a       384 dimensions, the default",
        "  longer  is prepared at its first use",
    ]


def test_measures_of_a_page() -> None:
    assert columns("東京") == 4
    assert columns("é") == 1
    assert clip("one  two\nthree", 9) == "one two…"
    assert plain(spread(["a"], ["b"], 5)) == "a   b"
    assert plain(spread(["long left"], ["right"], 5)) == "long left  right"
    assert [size(512), size(4_000), size(5_000_000_000)] == ["512 B", "4.0 KB", "5.0 GB"]
    assert [seconds(0.44), seconds(12.4), seconds(200)] == ["0.4 s", "12 s", "3 min 20 s"]
    assert [count(1, "file"), count(1870, "file"), count(2, "match", "matches")] == [
        "1 file",
        "1,870 files",
        "2 matches",
    ]
