"""Cards by the installed `kb`: made, listed, asked at a terminal, exported; with a daemon, and over a kill."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kb.app import open_app
from kb.config import load_settings
from tests.e2e.homes import KB, Home, kill_daemons

ALONE = {"KB_NO_DAEMON": "1"}
NOTE = "# Undo\n\nTo undo the last commit:\n\n```\ngit reset --soft HEAD~1\n```\n"
DEADLINE_S = 60


class Terminal:
    """A command between a keyboard and a screen of ours."""

    def __init__(self, home: Home, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [KB, *words], cwd=home.cwd, env={**home.env, **ALONE, "TERM": "dumb"}, stdin=theirs, stdout=theirs,
            stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> None:
        """Read the screen until it shows a text."""
        ends = time.monotonic() + DEADLINE_S
        while text not in self.seen:
            assert select.select([self._ours], [], [], max(0.0, ends - time.monotonic()))[0], (text, self.seen)
            try:
                self.seen += os.read(self._ours, 4_096).decode()
            except OSError as error:  # the other end is closed
                raise AssertionError((text, self.seen)) from error

    def types(self, text: str) -> None:
        self.seen = ""
        os.write(self._ours, text.encode())

    def close(self) -> int:
        try:
            return self.process.wait(DEADLINE_S)
        finally:
            os.close(self._ours)


@contextmanager
def terminal(home: Home, *words: str) -> Iterator[Terminal]:
    found = Terminal(home, *words)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.process.kill()
        found.close()


@pytest.fixture
def home(base: Path) -> Iterator[Home]:
    folder = base / f"recall-{sum(1 for _ in base.glob('recall-*'))}"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "undo.md").write_text(NOTE)
    mine = Home(folder / "home", cwd=folder)
    assert mine("index", "--text-only", "notes", **ALONE).code == 0
    yield mine
    kill_daemons(mine.state)


def add(home: Home) -> None:
    assert home.json("recall", "add", "What undoes a commit?", "--at", "notes/undo.md:3-7", **ALONE)["added"]


def test_where_nobody_sits_the_due_are_listed_and_the_exit_code_tells(home: Home) -> None:
    assert home("recall", **ALONE).code == 1
    assert home("recall", "--json", **ALONE).json["cards"] == []
    add(home)
    told = home("recall", **ALONE)
    assert (told.code, told.out.strip()) == (0, "1  What undoes a commit?  now  notes/undo.md:3-7")
    assert home.json("recall", **ALONE)["total"] == 1
    assert home.json("recall", "list", **ALONE)["cards"][0]["phase"] == "new"
    assert home("recall", "add", "What?", "--at", "notes/none.md:1", **ALONE).code == 1
    assert home("recall", "add", "What?", "--at", "notes/undo.md", **ALONE).code == 2
    assert home("recall", "--limit", "3", "list", **ALONE).code == 2


def test_a_round_at_a_terminal(home: Home) -> None:
    add(home)
    with terminal(home, "recall") as screen:
        screen.until("Enter shows the answer")
        assert "git reset" not in screen.seen
        screen.types("\n")
        screen.until("1 again")
        assert "git reset --soft HEAD~1" in screen.seen
        assert "notes/undo.md:3-7" in screen.seen
        screen.types("4\n")
        screen.until("1 grade, 1 recalled")
        assert screen.process.wait(DEADLINE_S) == 0
    assert home("recall", **ALONE).code == 1
    assert home.json("recall", "list", **ALONE)["cards"][0]["phase"] == "review"
    with terminal(home, "recall") as screen:
        screen.until("Nothing is due; the next is due in")
        assert screen.process.wait(DEADLINE_S) == 1


def test_what_was_shown_as_graded_survives_a_kill(home: Home) -> None:
    add(home)
    with terminal(home, "recall") as screen:
        screen.until("Enter shows")
        screen.types("\n")
        screen.until("1 again")
        screen.types("4\n")
        screen.until("easy: again in")
        os.kill(screen.process.pid, signal.SIGKILL)
    assert home.json("recall", "list", **ALONE)["cards"][0]["phase"] == "review"
    assert home.json("stats", **ALONE)["recall"]["grades"] == 1


def test_a_rewritten_text_is_due_and_a_lost_one_is_retired_and_said(home: Home) -> None:
    add(home)
    note = home.cwd / "notes" / "undo.md"
    note.write_text("A line above.\n\n" + NOTE.replace("HEAD~1", "HEAD^"))
    (card,) = home.json("recall", **ALONE)["cards"]
    assert (card["changed"], card["start"]) == (True, 5)
    assert "+git reset --soft HEAD^" in card["diff"]
    note.write_text("# Undo\n\nNo more.\n")
    told = home("recall", **ALONE)
    assert told.code == 1
    assert "retired, its text is gone: What undoes a commit?" in told.err
    assert home.json("recall", "list", **ALONE)["cards"][0]["retired"] == "gone"


def test_the_export_is_a_file_for_anki(home: Home) -> None:
    add(home)
    told = home("recall", "--export", "anki", **ALONE)
    assert told.code == 0
    row = told.out.splitlines()[-1].split("\t")
    assert row[0] == "What undoes a commit?"
    assert row[1].startswith("To undo the last commit:<br><br>```<br>git reset")
    assert row[3] == "notes:undo.md:3-7"
    assert home.json("recall", "--export", "anki", **ALONE)["text"] == told.out


def test_stats_with_targets(home: Home) -> None:
    (home.cwd / "notes" / "a.md").write_text(f"---\nkind: til\ndate: {time.strftime('%Y-%m-%d')}\n---\n\n# A\n")
    home("index", "--text-only", **ALONE)
    assert home("config", "set", "targets.til", "3", **ALONE).code == 0
    told = home.json("stats", "--weeks", "1", **ALONE)
    assert (told["weeks"][0]["written"]["til"], told["targets"]) == (1, {"til": 3})
    assert home("stats", "--weeks", "0", **ALONE).code == 2
    assert "retention" in home("stats", **ALONE).out


def test_with_a_daemon_it_is_the_same_and_a_kill_of_it_loses_no_grade(home: Home) -> None:
    assert home("daemon", "start").code == 0
    pid = home.until_daemon()
    assert home.json("recall", "add", "What undoes a commit?", "--at", "notes/undo.md:3-7")["added"]
    assert not home.json("recall", "add", "What undoes a commit?", "--at", "notes/undo.md:3-7", **ALONE)["added"]
    app = open_app(load_settings(home=str(home.state), environ=home.env))
    with closing(app):
        (card,) = app.cards_due()["cards"]
        once = app.card_grade(card["id"], "easy", seen=card["seen"])
        # As when the daemon was lost before it could answer.
        assert app.card_grade(card["id"], "easy", seen=card["seen"]) == once
    assert home.daemon() == pid
    os.kill(pid, signal.SIGKILL)
    assert home.json("stats", **ALONE)["recall"]["grades"] == 1
    assert home.json("recall", "list", **ALONE)["cards"][0]["phase"] == "review"
