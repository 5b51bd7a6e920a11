"""`kb related` and `kb link` as scripts and people use them: the installed command over real files."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KB = [sys.executable, "-P", "-m", "kb"]
ROOT = str(Path(__file__).parents[2])
DEADLINE_S = 170
BODY = "## Context\n\n{context}\n\n## Decision\n\n{decision}\n\n## Consequences\n\nWe learn it.\n"


def adr(number: int, title: str, context: str, decision: str) -> str:
    head = f"# {number}. {title}\n\nDate: 2021-01-0{number}\n\n## Status\n\nAccepted\n\n"
    return head + BODY.format(context=context, decision=decision)


FILES = {
    "adr/0001-files.md": adr(1, "Keep carts in files", "Carts of the shop need a place.", "Carts are kept in files."),
    "adr/0002-sqlite.md": adr(2, "Keep carts in SQLite", "Carts of the shop get lost.", "Carts are kept in SQLite."),
    "adr/0003-bread.md": adr(3, "Bake bread on Friday", "The oven is cold.", "Dough rises \x1b]0;owned\x07 overnight."),
}
PAIR = ("adr/0002-sqlite.md", "adr/0001-files.md", "--relation", "supersedes")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one indexed folder `shop` beside it."""
    root = tmp_path_factory.mktemp("linking")
    write_files(root)
    done = kb(root, "index", str(root / "shop"))
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def shop(indexed: Path) -> Path:
    """The same with its files as they were, and indexed so."""
    write_files(indexed)
    assert kb(indexed, "index").returncode == 0
    return indexed


def write_files(root: Path) -> None:
    for name, text in FILES.items():
        path = root / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def environ(root: Path) -> dict[str, str]:
    path = os.pathsep.join([ROOT, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "KB_HOME": str(root / "home"), "PYTHONPATH": path, "NO_COLOR": "1"}


def kb(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    cwd = root / "shop"
    return subprocess.run(
        [*KB, *words], capture_output=True, text=True, env=environ(root), cwd=cwd, timeout=DEADLINE_S, check=False
    )


def told(root: Path, *words: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(kb(root, *words, "--json").stdout)
    return payload


def texts(root: Path) -> dict[str, str]:
    return {name: (root / "shop" / name).read_text("utf-8") for name in FILES}


def test_related_is_one_object_of_places_that_open(shop: Path) -> None:
    payload = told(shop, "related", "adr/0001-files.md", "-n", "2")
    assert payload["path"] == "adr/0001-files.md"
    first = payload["related"][0]
    assert (first["path"], first["source"], first["declared"]) == ("adr/0002-sqlite.md", "shop", False)
    assert first["abspath"] == str(shop / "shop/adr/0002-sqlite.md")
    assert first["start"] <= first["end"]
    assert len(first["evidence"]) == 2
    for span in first["evidence"]:
        lines = Path(span["abspath"]).read_text().split("\n")
        assert span["quote"] == "\n".join(lines[span["start"] - 1 : span["end"]])


def test_a_suggestion_names_both_ends_and_quotes_both(shop: Path) -> None:
    payload = told(shop, "link", "suggest")
    (found,) = payload["suggestions"]
    assert {found["src"], found["dst"]} == {"adr/0001-files.md", "adr/0002-sqlite.md"}
    assert {span["path"] for span in found["evidence"]} == {found["src"], found["dst"]}
    assert {"relation", "score", "src_source", "dst_source"} <= set(found)
    shown = kb(shop, "link", "suggest", "adr/0002-sqlite.md")
    assert shown.returncode == 0
    assert "adr/0001-files.md:" in shown.stdout
    none = kb(shop, "link", "suggest", "adr/0003-bread.md")
    assert (none.returncode, none.stdout) == (1, "No link to suggest\n")


def test_without_a_yes_the_change_is_shown_and_nothing_is_written(shop: Path) -> None:
    shown = kb(shop, "link", "accept", *PAIR)
    assert shown.returncode == 1
    assert "+Superseded by [2. Keep carts in SQLite](0002-sqlite.md)" in shown.stdout.split("\n")
    assert "-Accepted" in shown.stdout.split("\n")
    assert "--yes" in shown.stderr
    machine = kb(shop, "link", "accept", *PAIR, "--json")
    payload = json.loads(machine.stdout)
    assert machine.returncode == 1
    assert not payload["written"]
    assert payload["notices"]
    assert texts(shop) == FILES


def test_with_a_yes_it_is_written_on_both_sides_indexed_and_not_written_twice(shop: Path) -> None:
    payload = told(shop, "link", "accept", *PAIR, "--yes")
    assert payload["written"]
    assert [item["path"] for item in payload["changed"]] == ["adr/0002-sqlite.md", "adr/0001-files.md"]
    assert told(shop, "related", "adr/0001-files.md")["related"][0]["relation"] == "supersedes"
    after = texts(shop)
    assert after["adr/0003-bread.md"] == FILES["adr/0003-bread.md"]
    again = kb(shop, "link", "accept", *PAIR, "--yes")
    assert again.returncode == 0
    assert "says already" in again.stdout
    assert texts(shop) == after


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_on_a_terminal_it_asks(shop: Path, answer: str, code: int) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*KB, "link", "accept", *PAIR], env=environ(shop), cwd=shop / "shop", stdin=terminal, stderr=terminal,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    os.close(terminal)
    os.write(controller, f"{answer}\n".encode())
    out, _ = process.communicate(timeout=DEADLINE_S)
    os.close(controller)
    assert process.returncode == code
    assert b"+Superseded by [2. Keep carts in SQLite](0002-sqlite.md)" in out
    assert (texts(shop) == FILES) == (code == 1)


def test_no_escape_of_a_note_reaches_the_terminal(shop: Path) -> None:
    for words in (
        ("related", "adr/0001-files.md"),
        ("related", "adr/0003-bread.md"),
        ("link", "accept", "adr/0003-bread.md", "adr/0001-files.md", "--relation", "related"),
    ):
        done = kb(shop, *words)
        assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("related", "adr/0404-no.md"), 1),
        (("link", "accept", "adr/0001-files.md", "adr/0001-files.md", "--relation", "related"), 2),
        (("link", "accept", "adr/0001-files.md", "adr/0002-sqlite.md", "--relation", "likes"), 2),
        (("link", "accept", "adr/0001-files.md", "adr/0002-sqlite.md"), 2),
        (("link", "suggest", "--source", "nowhere"), 2),
    ],
)
def test_what_is_wrong_is_said_in_one_object(shop: Path, words: tuple[str, ...], code: int) -> None:
    done = kb(shop, *words, "--json")
    assert done.returncode == code
    assert set(json.loads(done.stdout)["error"]) == {"code", "message", "hint"}
    assert texts(shop) == FILES


def test_a_link_out_of_its_source_is_told_before_the_change(shop: Path) -> None:
    other = shop / "other" / "adr" / "0004-tea.md"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text(adr(4, "Drink tea", "The pot is cold.", "Tea it is."), "utf-8")
    assert kb(shop, "index", str(shop / "other")).returncode == 0
    pair = ("shop:adr/0001-files.md", "other:adr/0004-tea.md", "--relation", "related")
    first, *rest = kb(shop, "link", "accept", *pair).stdout.split("\n")
    told_first = "leads out of its source (shop and other): it holds only where both lie as they do here"
    assert told_first in first and any(line.startswith("--- ") for line in rest)
    assert told_first in told(shop, "link", "accept", *pair)["outside"]
    assert told(shop, "link", "accept", *PAIR)["outside"] == ""
    # Left as it was: the others of this file look at one source.
    assert kb(shop, "source", "remove", "other").returncode == 0
