"""`kb tutor` as people and scripts use it: the installed command over real files, on a terminal and without one."""

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
FILES = {
    "til/cache/stale.md": (
        "# Serve a stale cache\n\nA stale cache answers with an old value \x1b]0;owned\x07 while a new one comes.\n"
        "\nSet it with `stale-while-revalidate=60` in the header of the response.\n"
    ),
    "src/cache.py": "def read_through(key, store):\n    value = store.get(key)\n    return value or store.stale(key)\n",
    "docs/adr/0002-place.md": (
        "# 2. Cache in one place\n\nDate: 2021-01-01\n\n## Status\n\nAccepted\n\n"
        "## Context\n\nWhere does the cache live?\n\n"
        "## Decision\n\nThe cache lives in SQLite, because readers stay available.\n\n## Consequences\n\nOne file.\n"
    ),
}


def environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "KB_HOME": str(folder / "state"), "KB_NO_DAEMON": "1",
        "KB_MODELS": os.environ.get("KB_MODELS") or str(folder / "models"), "PYTHONPATH": ROOT,
    }  # fmt: skip


def kb(folder: Path, *words: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    return subprocess.run(
        [*KB, *words], cwd=folder / "app", env=environment(folder), capture_output=True, text=True, timeout=DEADLINE_S,
        **given,
    )  # fmt: skip


def told(folder: Path, *words: str, stdin: str | None = None) -> Any:
    done = kb(folder, "tutor", *words, "--json", stdin=stdin)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an indexed `app` in it."""
    root = tmp_path_factory.mktemp("tutor")
    for name, text in FILES.items():
        path = root / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert kb(root, "index", "--text-only", str(root / "app")).returncode == 0
    return root


def test_a_script_goes_step_by_step(app: Path) -> None:
    first = told(app, "stale cache")
    assert (first["stage"], first["step"]["options"]) == ("level", ["new", "some", "expert"])
    session = str(first["session"])
    assert told(app, "--session", session, "--answer", "new")["stage"] == "goal"
    assert told(app, "--session", session, "--answer", "-", stdin="to build\none\n")["stage"] == "theory"
    shown = told(app, "--resume")
    assert (shown["goal"], shown["session"]) == ("to build one", first["session"])
    assert set(shown["excerpts"][0]) >= {"n", "path", "source", "abspath", "start", "end", "quote", "kind", "status"}
    for _ in range(20):
        if (shown := told(app, "--session", session, "--tell"))["stage"] == "done":
            break
    assert shown["stage"] == "done"
    assert shown["held"] == 0


def test_without_a_terminal_the_first_step_is_printed_with_its_excerpts(app: Path) -> None:
    done = kb(app, "tutor", "CAP", "theorem", "--at", "src/cache.py:1-3", "--level", "some", "--goal", "know")
    assert done.returncode == 0
    assert "│ def read_through(key, store):" in done.stdout
    assert "src/cache.py:1-3" in done.stdout
    assert "--answer" in done.stderr
    assert not {"\x1b", "\x07"} & set(done.stdout + done.stderr)


def test_a_line_is_a_target(app: Path) -> None:
    assert told(app, "src/cache.py:2", "--level", "some")["topic"] == "read_through"
    assert kb(app, "tutor", "src/none.py:2").returncode == 1
    assert kb(app, "tutor", "src/cache.py:99").returncode == 1


def test_nothing_near_is_exit_1_and_names_the_nearest(app: Path) -> None:
    done = kb(app, "tutor", "quantum chromodynamics", "--json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "not_found"
    assert "quantum chromodynamics" in error["message"]


@pytest.mark.parametrize(
    "words",
    [(), ("",), ("x" * 10_000,), ("cache", "--resume"), ("cache", "--answer", "x"), ("cache", "--at", "src/cache.py"),
     ("--resume", "--answer", "x", "--tell"), ("cache", "--level", "wizard"), ("--session", "-1")],
)  # fmt: skip
def test_what_is_off_is_wrong_usage_and_keeps_nothing(app: Path, words: tuple[str, ...]) -> None:
    assert kb(app, "tutor", *words).returncode == 2


def test_a_session_that_is_not_there_is_exit_1(app: Path) -> None:
    assert kb(app, "tutor", "--session", "4711").returncode == 1


def test_on_a_terminal_it_is_a_dialogue_that_is_kept_when_it_is_left(app: Path) -> None:
    shown = dialogue(app, ["tutor", "stale cache", "--goal", "know"], ["new", "", "", "an old value", "q"])
    assert "How well do you know this already" in shown
    assert "Question 1 of" in shown
    assert "by words alone" in shown
    assert "goes on here" in shown
    # What a file holds never acts on the terminal.
    assert "\x1b]0;owned" not in shown
    assert told(app, "--resume")["stage"] in ("reveal", "question")
    assert "goes on here" in dialogue(app, ["tutor", "--resume"], ["\x04"])


def dialogue(folder: Path, words: list[str], lines: list[str]) -> str:
    """What a terminal shows of a command whose user types these lines, each at the next prompt."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*KB, *words], cwd=folder / "app", env={**environment(folder), "TERM": "dumb"}, stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, typed = b"", 0
    try:
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # the terminal closes with the last process on it
                break
            if not piece:
                break
            shown += piece
            if shown.count(b"q leaves)") > typed and typed < len(lines):
                line = lines[typed]
                os.write(ours, line.encode() + (b"" if line == "\x04" else b"\n"))
                typed += 1
        assert process.wait(timeout=DEADLINE_S) == 0
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
    return " ".join(shown.decode().split())
