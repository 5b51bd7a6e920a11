"""The brief out of a real ledger: what changed, what is due, what could not be read, how the night went."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.discover import Rules
from ingest.indexer import Indexer
from kb.app.brief import brief
from kb.app.brief.section import MOST_ITEMS, MOST_NEW
from kb.app.brief.since import parse_since
from kb.config import load_settings
from kb.embedding.hashing import HashingEmbedder
from kb.errors import UsageError
from kb.progress import ignore
from kb.store.ledger import Ledger

ADR = "# {title}\n\n## Status\n\n{status}\n\n## Context\n\nWe had to choose.\n\n## Decision\n\nThis one.\n{more}"


class Desk:
    """A folder of files under one source, and the ledger over it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "work"
        self.root.mkdir()
        self.settings = load_settings(home=str(folder / "home"), environ={})
        self.ledger = Ledger.open(self.settings.ledger, create=True)
        self.add("work", self.root, days=400)

    def add(self, name: str, root: Path, *, days: int = 0) -> None:
        """A source that was added so many days ago."""
        root.mkdir(exist_ok=True)
        source = self.ledger.catalog.add_source(name, str(root))
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        with self.ledger.database.transaction():
            self.ledger.database.execute("UPDATE source SET added_at = ? WHERE id = ?", (at, source.id))

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def decide(self, number: int, title: str, *, status: str = "Accepted", more: str = "") -> str:
        path = f"docs/adr/{number:04}-{title.lower().replace(' ', '-')}.md"
        self.write(path, ADR.format(title=f"{number}. {title}", status=status, more=more))
        return path

    def index(self) -> None:
        indexer = Indexer(
            self.ledger, rules=Rules(max_file_bytes=10_000), load_embedder=HashingEmbedder, on_progress=ignore
        )
        indexer.read(self.ledger.catalog.sources())

    def age(self, days: int) -> None:
        """All that was noted so far was noted so many days ago."""
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        with self.ledger.database.transaction():
            self.ledger.database.execute("UPDATE change SET at = ?", (at,))

    def ran(self, **told: Any) -> None:
        with self.ledger.database.transaction():
            self.ledger.database.set_meta("night", json.dumps(told))

    def brief(self, since: str = "", now: datetime | None = None) -> dict[str, Any]:
        return brief(self.ledger, self.settings, since=since, now=now)

    def section(self, name: str, **asked: Any) -> dict[str, Any]:
        sections = {section["name"]: section for section in self.brief(**asked)["sections"]}
        found: dict[str, Any] = sections[name]
        return found

    def names(self, **asked: Any) -> list[str]:
        return [section["name"] for section in self.brief(**asked)["sections"]]

    def texts(self, name: str, **asked: Any) -> list[str]:
        return [item["text"] for item in self.section(name, **asked)["items"]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.ledger.close()


def test_an_empty_index_has_nothing_to_tell(desk: Desk) -> None:
    told = desk.brief()
    assert (told["sections"], told["as_of"]) == ([], None)
    assert datetime.fromisoformat(told["since"]) < datetime.now().astimezone()


def test_decisions_come_first_then_notes_then_code(desk: Desk) -> None:
    path = desk.decide(1, "Use SQLite")
    desk.write("til/git/undo.md", "# Undo a commit\n\ngit reset\n")
    desk.write("src/a.py", "def a():\n    return 1\n")
    desk.index()
    told = desk.brief()
    assert [section["name"] for section in told["sections"]] == ["decisions", "notes", "code"]
    assert told["as_of"]
    item = told["sections"][0]["items"][0]
    lines = len((desk.root / path).read_text().splitlines())
    assert item["text"] == "added: 1. Use SQLite"
    assert (item["path"], item["source"], item["abspath"]) == (path, "work", str(desk.root / path))
    assert (item["start"], item["end"], item["status"], item["superseded_by"]) == (1, lines, "accepted", None)
    assert [section["total"] for section in told["sections"]] == [1, 1, 1]


def test_a_file_is_told_once_and_as_it_differs_from_before(desk: Desk) -> None:
    for name in ("kept", "gone", "back"):
        desk.write(f"{name}.md", f"# The {name}\n\nold\n")
    desk.index()
    desk.age(10)
    desk.write("new.md", "# The new\n\none\n")
    desk.write("brief.md", "# The brief\n\none\n")
    desk.write("kept.md", "# The kept\n\nonce\n")
    (desk.root / "back.md").unlink()
    desk.index()
    desk.write("new.md", "# The new\n\ntwo and more\n")
    desk.write("kept.md", "# The kept\n\ntwice or so\n")
    desk.write("back.md", "# The back\n\nagain\n")
    (desk.root / "brief.md").unlink()
    (desk.root / "gone.md").unlink()
    desk.index()
    told = {item["path"]: item["what"] for item in desk.section("notes", since="7d")["items"]}
    assert told == {"kept.md": "changed", "gone.md": "removed", "back.md": "changed", "new.md": "added"}
    gone = next(item for item in desk.section("notes")["items"] if item["path"] == "gone.md")
    assert (gone["start"], gone["end"]) == (None, None)


def test_what_changed_before_is_not_told(desk: Desk) -> None:
    desk.write("a.md", "# A\n\ntext\n")
    desk.index()
    desk.age(3)
    assert desk.names() == []
    assert desk.names(since="7d") == ["notes"]


def test_a_superseded_decision_is_told_with_its_successor(desk: Desk) -> None:
    desk.decide(1, "Use Redis", status="Superseded by [2](0002-use-sqlite.md)")
    new = desk.decide(2, "Use SQLite")
    desk.index()
    told = {item["path"]: item["superseded_by"] for item in desk.section("decisions")["items"]}
    assert told == {"docs/adr/0001-use-redis.md": new, new: None}


def test_much_code_is_counted_per_folder(desk: Desk) -> None:
    for folder in ("src/one", "src/two", "lib"):
        for number in range(8):
            desk.write(f"{folder}/f{number}.py", f"def f{number}():\n    return {number}\n")
    desk.write("setup.py", "x = 1\n")
    desk.index()
    section = desk.section("code")
    assert section["total"] == 25
    assert [(item["path"], item["files"], item["text"]) for item in section["items"]] == [
        ("lib", 8, "8 files: 8 added"),
        ("src/one", 8, "8 files: 8 added"),
        ("src/two", 8, "8 files: 8 added"),
        (".", 1, "1 file: 1 added"),
    ]
    assert section["items"][0]["abspath"] == str(desk.root / "lib")


def test_many_folders_are_told_by_those_above_them(desk: Desk) -> None:
    for number in range(30):
        desk.write(f"src/deep{number}/inner/f.py", f"x = {number}\n")
    desk.index()
    assert [(item["path"], item["files"]) for item in desk.section("code")["items"]] == [("src", 30)]


def test_a_long_section_is_cut_and_says_how_long_it_is(desk: Desk) -> None:
    for number in range(MOST_ITEMS + 5):
        desk.write(f"n{number}.md", f"# N{number}\n\ntext {number}\n")
    desk.index()
    section = desk.section("notes")
    assert (len(section["items"]), section["total"]) == (MOST_ITEMS, MOST_ITEMS + 5)


def test_decisions_in_force_are_due_at_their_line(desk: Desk) -> None:
    due = desk.decide(1, "Use SQLite", more="\nReview date: 2026-03-01\n")
    desk.decide(2, "Use Later", more="\nReview date: 2999-03-01\n")
    desk.decide(3, "Use Old", status="Superseded by [4](0004-use-new.md)", more="\nReview date: 2026-03-01\n")
    desk.decide(4, "Use New")
    desk.decide(5, "Use Maybe", status="Proposed", more="\nReview date: 2026-03-01\n")
    desk.decide(6, "Use Never", status="Rejected", more="\nReview date: 2026-03-01\n")
    desk.write(
        "docs/adr/0007-front.md",
        "---\nstatus: accepted\nvalid-until: 2026-01-15\n---\n\n# Use Front\n\n## Context\n\nc\n",
    )
    desk.index()
    section = desk.section("due", now=datetime(2026, 3, 1, 9, tzinfo=UTC).astimezone())
    assert [(item["path"], item["due"]) for item in section["items"]] == [
        ("docs/adr/0007-front.md", "2026-01-15"),
        (due, "2026-03-01"),
    ]
    item = section["items"][1]
    written = (desk.root / due).read_text().splitlines()
    assert written[item["start"] - 1] == item["evidence"] == "Review date: 2026-03-01"
    assert section["items"][0]["start"] == 3
    assert "due" not in desk.names(now=datetime(2026, 1, 14, 9, tzinfo=UTC).astimezone())


def test_a_due_date_in_a_long_decision_stands_at_its_true_line(desk: Desk) -> None:
    more = "\n".join(f"\nParagraph {n} tells why it was so, at some length, and then a little more." for n in range(80))
    path = desk.decide(1, "Use Much", more=f"{more}\n\n```\nexpires: 2020-01-01\n```\n\nRevisit: 2026-02-02\n")
    desk.index()
    items = desk.section("due")["items"]
    assert [item["due"] for item in items] == ["2026-02-02"]
    assert (desk.root / path).read_text().splitlines()[items[0]["start"] - 1] == "Revisit: 2026-02-02"


def test_only_what_somebody_should_see_to_is_listed_as_left_out(desk: Desk) -> None:
    desk.write("big.md", "# Big\n\n" + "word " * 5_000)
    desk.write(".env", "X=1\n")
    desk.write("ignored.md", "# I\n")
    desk.write(".gitignore", "ignored.md\n")
    desk.write("image.png", "x")
    desk.write("node_modules/a.js", "x")
    (desk.root / "broken.md").symlink_to("nowhere.md")
    desk.index()
    told = {item["path"]: item["reason"] for item in desk.section("left_out")["items"]}
    assert told == {"big.md": "larger than 10000 bytes", "broken.md": "symbolic link that leads nowhere"}


def test_a_file_that_is_served_in_its_old_version_is_listed(desk: Desk) -> None:
    desk.write("a.md", "# A\n\ntext\n")
    desk.index()
    source = desk.ledger.catalog.sources()[0]
    with desk.ledger.database.transaction():
        desk.ledger.catalog.mark_stale(source.id, "a.md", "permission denied")
    assert desk.texts("left_out") == ["a.md: permission denied; its old version is served"]


def test_the_last_night_is_told_while_it_is_news_or_failed(desk: Desk) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=9)).isoformat(timespec="seconds")
    just_now = datetime.now(UTC).isoformat(timespec="seconds")
    desk.ran(at=just_now, took_s=3.0, ok=True, summary="2 of 9 files changed")
    assert desk.texts("night") == ["2 of 9 files changed"]
    desk.ran(at=long_ago, took_s=3.0, ok=True, summary="2 of 9 files changed")
    assert "night" not in desk.names()
    desk.ran(at=long_ago, took_s=3.0, ok=False, summary="failed: backup")
    item = desk.section("night")["items"][0]
    assert (item["text"], item["ok"], item["path"]) == ("failed: backup", False, None)
    desk.ran(at="whenever", ok=True, summary="")
    assert "night" not in desk.names()
    with desk.ledger.database.transaction():
        desk.ledger.database.set_meta("night", "{half")
    assert "night" not in desk.names()


def test_a_brief_writes_nothing(desk: Desk) -> None:
    desk.decide(1, "Use SQLite", more="\nReview date: 2026-03-01\n")
    desk.index()
    desk.ledger.close()
    desk.ledger = Ledger.open(desk.settings.ledger, read_only=True)
    before = desk.ledger.database.version()
    assert desk.names() == ["decisions", "due"]
    assert desk.ledger.database.version() == before


NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def test_spans_of_time() -> None:
    assert parse_since("7d", NOW) == NOW - timedelta(days=7)
    assert parse_since("12h", NOW) == NOW - timedelta(hours=12)
    assert parse_since(" 2W ", NOW) == NOW - timedelta(days=14)
    assert parse_since("2026-11-20T08:00:00+02:00", NOW) == datetime(2026, 11, 20, 6, tzinfo=UTC)
    day = parse_since("2026-11-01", NOW)
    assert day.replace(tzinfo=None) == datetime(2026, 11, 1)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set here")
def test_yesterday_begins_at_local_midnight_also_when_the_clocks_changed() -> None:
    before = os.environ.get("TZ")
    os.environ["TZ"] = (
        "Europe/Vienna" if Path("/usr/share/zoneinfo/Europe/Vienna").exists() else "CET-1CEST,M3.5.0,M10.5.0"
    )
    time.tzset()
    try:
        monday = datetime(2026, 10, 26, 8, tzinfo=UTC)
        # In summer time still at midnight, in winter time now.
        assert parse_since("", monday) == parse_since("yesterday", monday) == datetime(2026, 10, 24, 22, tzinfo=UTC)
        assert parse_since("today", monday) == datetime(2026, 10, 25, 23, tzinfo=UTC)
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


@pytest.mark.parametrize(
    "text", ["soon", "7", "7 days", "2026-13-01", "99999999999999", "-1d", "2027-01-01", "tomorrow"]
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_since(text, NOW)
    assert "--since 7d" in refused.value.hint


def test_on_the_day_a_source_is_added_it_is_told_as_one(desk: Desk) -> None:
    desk.write("today.md", "# Today\n\nWritten.\n")
    desk.add("big", desk.root.parent / "big")
    for number in range(MOST_NEW + 1):
        (desk.root.parent / "big" / f"{number:04}-a.md").write_text(
            ADR.format(title=f"{number}. A", status="Accepted", more="")
        )
    desk.index()
    told = desk.brief()["sections"]
    assert [section["name"] for section in told] == ["sources", "notes"]
    assert [item["text"] for item in told[0]["items"]] == [f"new source big: {MOST_NEW + 1} files"]
    assert [item["title"] for item in told[1]["items"]] == ["Today"]


def test_a_new_source_of_few_files_is_told_file_by_file(desk: Desk) -> None:
    desk.add("small", desk.root.parent / "small")
    (desk.root.parent / "small" / "a.md").write_text("# A\n\nx\n")
    desk.index()
    assert [section["name"] for section in desk.brief()["sections"]] == ["notes"]
