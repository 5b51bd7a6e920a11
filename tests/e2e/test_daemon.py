"""The daemon and the commands beside it, as somebody at a shell meets them: the installed `kb`, in subprocesses."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.homes import Home, copied, daemons_of, ended, eventually, kill_daemons

UNDO = "# Undo a commit\n\nTo undo the last commit and keep its changes, type:\n\n```\ngit reset --soft HEAD~1\n```\n"
QUESTION = "how do I undo the last commit?"
OTHER_SETTINGS = {"KB_MAX_FILE_BYTES": "100000"}
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel who is connected")


@pytest.fixture(scope="module")
def notes(base: Path) -> Path:
    """A repository of notes with one commit."""
    folder = base / "notes"
    (folder / "git").mkdir(parents=True)
    (folder / "git/undo.md").write_text(UNDO)
    for number in range(8):
        (folder / f"n{number}.md").write_text(f"# Note {number}\n\nThis is about item{number}.\n")
    for words in (("init", "-q", "-b", "trunk"), ("add", "."), ("commit", "-q", "-m", "Notes")):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def indexed(base: Path, notes: Path) -> Home:
    """An index that no test changes."""
    home = Home(base / "indexed", cwd=base)
    home.json("index", "notes")
    assert home.daemon() is None
    return home


@pytest.fixture
def home(base: Path, indexed: Home, request: pytest.FixtureRequest) -> Iterator[Home]:
    """A copy of that index, without a daemon before and after."""
    number = sum(1 for _ in base.glob("home-*"))
    mine = copied(indexed, base / f"home-{number}")
    yield mine
    kill_daemons(mine.state)


@pytest.fixture
def note(notes: Path) -> Iterator[Path]:
    """A place for a note that is gone after the test."""
    place = notes / "late.md"
    yield place
    place.unlink(missing_ok=True)


def test_starting_and_stopping_may_be_repeated(home: Home) -> None:
    first = home.json("daemon", "start")
    again = home.json("daemon", "start")
    assert (first["started"], again["started"]) == (True, False)
    assert first["pid"] == again["pid"] == home.daemon()
    told = home.json("daemon", "status")
    assert told["running"]
    assert told["pid"] == first["pid"]
    assert [source["mode"] for source in told["sources"]] == ["watched"]
    assert home.json("daemon", "stop") == {"running": False, "stopped": True}
    assert home.json("daemon", "stop") == {"running": False, "stopped": False}
    gone = home("daemon", "status", "--json")
    assert gone.code == 1
    assert set(gone.json) == set(told), "the fields are the same, whether it runs or not"
    assert gone.json["running"] is False
    assert daemons_of(home.state) == []
    assert not (home.state / "daemon.sock").exists()


def test_a_start_without_an_index_names_the_next_command_and_makes_nothing(base: Path) -> None:
    nothing = Home(base / "nothing", cwd=base)
    for words in (("daemon", "start"), ("watch",)):
        result = nothing(*words)
        assert result.code == 3
        assert "kb index PATH" in result.err
    assert not nothing.state.exists()


def test_starts_at_once_start_one_also_where_the_homes_path_is_too_long_for_a_socket(indexed: Home) -> None:
    home = copied(indexed, indexed.cwd / ("x" * 120) / "home-long")
    assert len(os.fsencode(home.state / "daemon.sock")) > 108
    try:
        with ExitStack() as stack:
            starts = [stack.enter_context(home.began("daemon", "start", "--json")) for _ in range(3)]
            results = [ended(process) for process in starts]
        assert [result.code for result in results] == [0, 0, 0], results
        assert {result.json["pid"] for result in results} == {home.daemon()}
        assert len(daemons_of(home.state)) == 1
        assert home.json("ask", QUESTION)["index"]["daemon"] is True
        assert home.json("daemon", "stop")["stopped"] is True
        assert not (home.state / "daemon.json").exists()
    finally:
        kill_daemons(home.state)


def test_a_question_without_a_daemon_is_answered_here_and_starts_one_behind(home: Home, notes: Path) -> None:
    last_scan = home.json("status", KB_NO_DAEMON="1")["index"]["as_of"]
    # Captured, and it returns although the daemon that it started lives on.
    here = home.json("ask", QUESTION)
    assert here["index"]["daemon"] is False
    assert here["index"]["as_of"] == last_scan
    pid = home.until_daemon()
    by_daemon = home.json("ask", QUESTION)
    assert by_daemon["index"]["daemon"] is True
    assert by_daemon["index"]["as_of"] >= last_scan
    same = {"answer", "citations", "nearest", "status", "confidence", "missing", "notices", "mode", "question"}
    assert {key: here[key] for key in same} == {key: by_daemon[key] for key in same}
    assert set(here) == set(by_daemon)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=notes, check=True, capture_output=True, text=True)
    for told in (here, by_daemon, home.json("search", "item3"), home.json("status")):
        assert {"as_of", "pending", "pending_changes", "daemon", "sources"} <= set(told["index"])
        (source,) = told["index"]["sources"]
        assert (source["name"], source["branch"]) == ("notes", "trunk")
        assert commit.stdout.startswith(source["commit"])
    # A stop right after it finds the one that a question started.
    assert home.json("daemon", "stop")["stopped"] is True
    assert pid not in daemons_of(home.state)


def test_a_daemon_that_is_only_just_coming_is_stopped_too(home: Home) -> None:
    home.json("ask", QUESTION)
    assert home.json("daemon", "stop")["stopped"] is True
    assert daemons_of(home.state) == []


def test_a_flag_a_variable_and_a_setting_turn_the_daemon_off(home: Home) -> None:
    home.json("ask", QUESTION, "--no-daemon")
    home.json("search", "item3", KB_NO_DAEMON="1")
    home.json("config", "set", "no_daemon", "true")
    home.json("ask", QUESTION)
    # Its log is made by who starts it.
    assert not (home.state / "daemon.log").exists()
    home.json("config", "set", "no_daemon", "false")
    home.json("search", "item3")
    home.until_daemon()


def test_beside_a_daemon_a_command_of_its_own_reads_and_does_not_write(home: Home) -> None:
    home.json("daemon", "start")
    assert home.json("search", "item3", "--no-daemon")["index"]["daemon"] is False
    refused = home("index", "--no-daemon", "--json")
    assert refused.code == 4
    assert refused.json["error"]["code"] == "locked"
    assert f"the daemon (pid {home.daemon()}) owns the index" in refused.json["error"]["message"]
    assert "--no-daemon" in refused.json["error"]["hint"]


def test_a_daemon_that_nobody_asks_leaves(home: Home) -> None:
    with home.began("daemon", "run", "--idle-exit", "1") as process:
        home.until_daemon()
        result = ended(process)
    assert result.code == 0, result
    assert "nobody asked for" in result.err
    assert not (home.state / "daemon.sock").exists()


def test_a_daemon_of_other_settings_is_replaced(home: Home) -> None:
    first = home.json("daemon", "start")["pid"]
    answered = home.json("ask", QUESTION, **OTHER_SETTINGS)
    assert answered["status"] == "answered"
    assert answered["index"]["daemon"] is False
    second = home.until_daemon(other_than=first)
    assert home.json("ask", QUESTION, **OTHER_SETTINGS)["index"]["daemon"] is True
    assert home.daemon() == second
    # A start in so many words replaces it at once.
    third = home.json("daemon", "start")
    assert third["started"] is True
    assert third["problem"] == ""
    assert third["pid"] == home.daemon() != second
    # And a command that writes waits until the other has left, and does it itself.
    assert home.json("index", **OTHER_SETTINGS)["unchanged"] == 9
    eventually(lambda: third["pid"] not in daemons_of(home.state))


def test_fresh_sees_every_change_that_was_on_disk_before(home: Home, note: Path) -> None:
    home.json("daemon", "start")
    for word in ("quaggaone", "quaggatwo"):
        note.write_text(f"# Late\n\nThis is about {word}.\n")
        told = home.json("search", word, "--fresh", "-n", "1")
        assert word in told["hits"][0]["snippet"]
        assert (told["index"]["pending"], told["index"]["daemon"]) == (0, True)
    note.unlink()
    assert "late.md" not in {hit["path"] for hit in home.json("search", "quaggatwo", "--fresh")["hits"]}
    home.json("daemon", "stop")
    note.write_text("# Late\n\nThis is about quaggathree.\n")
    told = home.json("search", "quaggathree", "--fresh", "-n", "1", KB_NO_DAEMON="1")
    assert told["hits"][0]["path"] == "late.md"


def test_watch_is_the_daemon_in_the_foreground(home: Home, note: Path) -> None:
    with home.began("watch") as process:
        assert home.until_daemon() == process.pid
        note.write_text("# Late\n\nThis is about okapiword.\n")

        def is_found() -> bool:
            return "late.md" in {hit["path"] for hit in home.json("search", "okapiword", "-n", "1")["hits"]}

        eventually(is_found)
        assert home.json("daemon", "start")["pid"] == process.pid
        second = home("watch", "--json")
        assert second.code == 4
        assert second.json["error"]["code"] == "locked"
        process.send_signal(signal.SIGINT)
        result = ended(process)
    assert result.code == 0, result
    assert result.out == ""
    assert "answering" in result.err
    assert "leaving" in result.err
    assert home.daemon() is None


def test_a_frozen_daemon_keeps_no_question_from_its_answer(home: Home) -> None:
    pid = home.json("daemon", "start")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        told = home.json("ask", QUESTION)
        assert (told["status"], told["index"]["daemon"]) == ("answered", False)
    finally:
        os.kill(pid, signal.SIGKILL)


@only_linux
def test_a_daemon_that_is_killed_in_the_middle_costs_no_answer_and_no_note(home: Home, note: Path) -> None:
    pid = home.json("daemon", "start")["pid"]
    eventually(lambda: home.clients() == 0)
    note.write_text("# Late\n\nThis is about bonoboword.\n")
    with home.began("search", "bonoboword", "--fresh", "-n", "1", "--json") as process:
        eventually(lambda: home.clients() > 0 or process.poll() is not None)
        os.kill(pid, signal.SIGKILL)
        result = ended(process)
    assert result.code == 0, result
    assert result.json["hits"][0]["path"] == "late.md"
    # The socket that it left behind is in nobody's way.
    home.json("ask", QUESTION)
    assert home.until_daemon() != pid
    assert all(check["ok"] for check in home.json("doctor")["checks"])


def test_questions_at_once_on_a_cold_home_all_have_an_answer_and_one_daemon(home: Home) -> None:
    with ExitStack() as stack:
        asked = [stack.enter_context(home.began("ask", QUESTION, "--json")) for _ in range(10)]
        results = [ended(process) for process in asked]
    assert [result.code for result in results] == [0] * 10, results
    assert {result.json["citations"][0]["path"] for result in results} == {"git/undo.md"}
    home.until_daemon()
    eventually(lambda: len(daemons_of(home.state)) == 1)


@only_linux
def test_an_interrupted_index_leaves_the_daemon_and_goes_on_from_there(home: Home, base: Path) -> None:
    pid = home.json("daemon", "start")["pid"]
    more = base / "more"
    more.mkdir()
    for number in range(150):
        (more / f"m{number}.md").write_text(f"# More {number}\n\nThis is about thing{number}.\n")
    eventually(lambda: home.clients() == 0)
    with home.began("index", "more") as process:
        eventually(lambda: home.clients() > 0)
        process.send_signal(signal.SIGINT)
        result = ended(process)
    assert result.code == 130, result
    assert "what was read is kept" in result.err
    assert home.daemon() == pid
    assert home.json("ask", QUESTION)["index"]["daemon"] is True
    home.json("index", "more")
    assert home.json("search", "thing149", "-n", "1")["hits"][0]["path"] == "m149.md"


@pytest.mark.parametrize("by_daemon", [True, False])
def test_the_night_leaves_a_backup_and_nothing_of_deleted_text(home: Home, note: Path, by_daemon: bool) -> None:
    word = "xylofonquux"
    env = {} if by_daemon else {"KB_NO_DAEMON": "1"}
    if by_daemon:
        home.json("daemon", "start")
    note.write_text(f"# Late\n\nThis is about {word}.\n")
    home.json("index", **env)
    assert holders(home.state, word), "else this test finds nothing out"
    note.unlink()
    told = home.json("schedule", "run", "--now", **env)
    assert told["ok"], told
    assert [step["name"] for step in told["steps"]] == ["scan", "embed", "purge", "compact", "check", "backup"]
    assert holders(home.state, word) == []
    assert (home.state / "backup/ledger.db").is_file()
    assert home.json("status", **env)["night"]["ok"] is True
    assert home("schedule", "run", "--now", "--quiet", **env).out == ""


def holders(folder: Path, word: str) -> list[str]:
    """The files in whose bytes a word stands."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]
