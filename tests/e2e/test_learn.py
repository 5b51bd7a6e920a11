"""`kb learn` as scripts and people use it: the installed command over real files, and a session at a terminal."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.learn.ramp import FILES, TOPIC

KB = [sys.executable, "-P", "-m", "kb"]
ROOT = str(Path(__file__).parents[2])
DEADLINE_S = 170


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one indexed folder `shop` beside it."""
    root = tmp_path_factory.mktemp("learning")
    for name, text in FILES.items():
        path = root / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    done = kb(root, "index", str(root / "shop"))
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def shop(indexed: Path) -> Path:
    """The same with nothing under study."""
    for left in (indexed / "home").glob("journal*"):
        left.unlink()
    return indexed


def environ(root: Path) -> dict[str, str]:
    path = os.pathsep.join([ROOT, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "KB_HOME": str(root / "home"), "PYTHONPATH": path, "NO_COLOR": "1", "TERM": "dumb"}


def kb(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    cwd = root / "shop"
    cwd.mkdir(exist_ok=True)
    return subprocess.run(
        [*KB, *words], capture_output=True, text=True, env=environ(root), cwd=cwd, timeout=DEADLINE_S, check=False
    )


def told(root: Path, *words: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(kb(root, *words, "--json").stdout)
    return payload


def at_terminal(root: Path, typed: str, *words: str) -> str:
    """What a person sees who types these lines, one as often as the command asks."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*KB, *words], cwd=root / "shop", env=environ(root), stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen, ends = "", time.monotonic() + DEADLINE_S
    os.write(ours, typed.encode())
    while select.select([ours], [], [], max(0.0, ends - time.monotonic()))[0]:
        try:
            piece = os.read(ours, 4_096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        seen += piece.decode("utf-8", "replace")
    os.close(ours)
    assert process.wait(DEADLINE_S) == 0, seen
    return seen


def test_a_plan_is_one_object_of_places_that_open(shop: Path) -> None:
    payload = told(shop, "learn", TOPIC, "--plan")
    assert {"topic", "coverage", "missing", "concepts", "stages", "progress", "changed", "took_ms"} <= set(payload)
    assert [stage["name"] for stage in payload["stages"]] == ["Ground", "Fit", "Practice"]
    readings = [item for stage in payload["stages"] for item in stage["reading"]]
    assert {item["path"] for item in readings} >= {"til/cache/expire.md", "docs/adr/0002-sqlite.md", "shop/cache.py"}
    for item in readings:
        lines = Path(item["abspath"]).read_text("utf-8").split("\n")
        assert 1 <= item["start"] <= item["end"] <= len(lines)
        assert item["why"] and item["minutes"] >= 1
    assert not list((shop / "home").glob("journal*"))


def test_without_a_terminal_the_plan_is_printed_with_its_warnings(shop: Path) -> None:
    shown = kb(shop, "learn", *TOPIC.split())
    assert shown.returncode == 0, shown.stderr
    assert "Learning: price cache  coverage" in shown.stdout
    assert "superseded by docs/adr/0002-sqlite.md" in shown.stdout
    assert "docs/adr/0002-sqlite.md:1-" in shown.stdout
    assert "SQLite" not in shown.stdout.split("which option was chosen")[1].split("\n")[0]


def test_a_session_goes_on_where_it_was_left(shop: Path) -> None:
    first = at_terminal(shop, "r\ny\nd\nq\n", "learn", TOPIC)
    assert "answered" in first and "kept: kb learn" in first
    after = told(shop, "learn", "--resume")
    assert (after["progress"]["questions_done"], after["progress"]["reading_done"]) == (1, 1)
    assert after["changed"] == []


def test_a_note_is_written_once_and_never_over_a_file(shop: Path) -> None:
    told(shop, "learn", TOPIC)
    target = shop / "study.md"
    first = kb(shop, "learn", TOPIC, "--note", "-o", str(target))
    assert first.returncode == 0, first.stderr
    text = target.read_text("utf-8")
    assert text.startswith("# Learning: price cache\n") and "- [ ] " in text
    again = kb(shop, "learn", TOPIC, "--note", "-o", str(target))
    assert (again.returncode, target.read_text("utf-8")) == (2, text)
    assert "there is a file already" in again.stderr
    assert kb(shop, "learn", TOPIC, "--note").stdout == text


def test_a_folder_beside_the_index_is_brought_in(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "invoices.md").write_text("# Invoices\n\nAn invoice of the cache is numbered.\n", "utf-8")
    payload = told(shop, "learn", "invoices of the cache", "--plan", "--with", str(tmp_path))
    paths = [item["abspath"] for stage in payload["stages"] for item in stage["reading"]]
    assert str(tmp_path / "invoices.md") in paths and payload["coverage"] == "thin"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("learn",), 2),
        (("learn", ""), 2),
        (("learn", "x" * 10_000), 2),
        (("learn", "zymurgy of quarks"), 1),
        (("learn", "--resume"), 1),
        (("learn", TOPIC, "--plan", "--resume"), 2),
        (("learn", TOPIC, "-o", "x.md"), 2),
        (("learn", TOPIC, "--with", "no/such/folder"), 2),
        (("learn", "bread", "--note"), 1),
    ],
)
def test_exit_codes(shop: Path, words: tuple[str, ...], code: int) -> None:
    done = kb(shop, *words)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
