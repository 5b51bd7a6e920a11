"""The desk work about code, as its commands do it: the pack before a design, a review that checks, a new file."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.homes import DEADLINE_S, KB, Home, Result
from tests.unit.drafting.test_review_conflicts import DECISIONS
from tests.unit.learn.ramp import FILES

AGAINST = "# Faster\n\nWe will use Maven as the build tool.\n"
WITH = "# Publish\n\nThe Gradle build publishes to Maven Central.\n"


@pytest.fixture(scope="module")
def home(base: Path) -> Iterator[Home]:
    notes = base / "notes"
    for path, text in {**FILES, **{f"docs/adr/1{name}": text for name, text in DECISIONS.items()}}.items():
        file = notes / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    made = Home(base / "home", cwd=notes)
    made.env["KB_NO_DAEMON"] = "1"
    assert made("index", str(notes)).code == 0
    yield made


def said(home: Home, text: str, *words: str) -> Result:
    """A command with a text on its standard input."""
    done = subprocess.run(
        [KB, *words], cwd=home.cwd, env=home.env, input=text.encode(), capture_output=True, timeout=DEADLINE_S
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_pack_of_a_task_names_places_that_open(home: Home) -> None:
    result = home("context", "expire", "the", "price", "cache")
    assert result.code == 0
    assert "Where this lives now" in result.out
    assert "shop/cache.py:" in result.out
    assert "docs/adr/0002-sqlite.md" in result.out


def test_a_ticket_comes_on_standard_input(home: Home) -> None:
    payload = said(home, "# Expire the price cache\n\nIt is in `PriceCache`.\n", "context", "-", "--json").json
    assert {section["name"] for section in payload["sections"]} >= {"where", "decisions", "tests", "placements", "open"}
    cited = {n for section in payload["sections"] for item in section["items"] for n in item["cites"]}
    assert cited == {source["n"] for source in payload["sources"]}


def test_the_prompt_and_the_diagram_are_all_that_is_printed(home: Home) -> None:
    assert home("context", "the price cache", "--prompt").out.startswith("You change a code base.")
    assert home("context", "the price cache", "--diagram").out.startswith("flowchart LR\n")
    assert home("context", "the price cache", "--diagram", "--prompt").code == 2


def test_a_conflict_fails_the_check_and_only_the_check(home: Home) -> None:
    assert said(home, AGAINST, "draft", "review", "-").code == 0
    result = said(home, AGAINST, "draft", "review", "-", "--check")
    assert result.code == 1
    assert "> We will use Maven as the build tool." in result.out
    assert "docs/adr/10001-use-gradle.md" in result.out
    assert said(home, WITH, "draft", "review", "-", "--check").code == 0


def test_a_draft_is_written_to_a_new_file_and_never_over_one(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "AGENTS.md"
    assert home("draft", "instructions", "-o", str(target)).code == 0
    text = target.read_text("utf-8")
    assert "> **Draft** of " in text
    again = home("draft", "instructions", "-o", str(target))
    assert again.code == 2
    assert target.read_text("utf-8") == text


def test_a_comment_says_the_problem_at_its_line(home: Home) -> None:
    result = home("draft", "comment", "the price is read twice", "--at", "shop/cache.py:6", "--json")
    assert result.code == 0
    assert result.json["sources"][0]["start"] == 6
    assert home("draft", "comment", "x", "--at", "shop/cache.py").code == 2


def test_a_file_that_is_not_there_is_said(home: Home) -> None:
    result = home("draft", "review", "none.md")
    assert result.code == 1
    assert "none.md" in result.err
