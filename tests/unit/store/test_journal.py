"""The journal keeps what cannot be made again: whole after a kill, private, and never thrown away for being damaged."""

import multiprocessing
import os
import signal
import stat
import threading
from pathlib import Path

import pytest

from kb.errors import IndexMismatchError, StorageError
from kb.store.journal import STEPS, Journal

ADD = "INSERT INTO turn (conversation, at, question, answer) VALUES (1, '2026-01-01', ?, '{}')"


def questions(path: Path) -> list[str]:
    with Journal.open(path) as journal:
        return [row["question"] for row in journal.rows("SELECT question FROM turn ORDER BY id")]


def test_it_is_made_private_and_at_the_newest_version(tmp_path: Path) -> None:
    path = tmp_path / "home" / "journal.db"
    with Journal.open(path) as journal:
        assert journal.rows("PRAGMA user_version")[0][0] == len(STEPS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        with pytest.raises(ZeroDivisionError), journal.transaction():
            journal.execute(ADD, ("half",))
            raise ZeroDivisionError
        with journal.transaction():
            journal.execute(ADD, ("whole",))
    assert questions(path) == ["whole"]


def test_a_damaged_journal_is_said_to_be_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"no database at all" * 100)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"journal is damaged.*journal\.db") as told:
        Journal.open(path)
    assert "kb doctor --restore" in told.value.hint
    assert path.read_bytes() == before


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(IndexMismatchError, match="newer kb"):
        Journal.open(path)


def test_many_threads_may_open_and_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"

    def write(name: str) -> None:
        with Journal.open(path) as journal:
            for number in range(10):
                with journal.transaction():
                    journal.execute(ADD, (f"{name}{number}",))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(questions(path)) == sorted(f"{name}{number}" for name in "abcd" for number in range(10))


def _write_until_killed(path: str, told: "multiprocessing.connection.Connection") -> None:
    with Journal.open(Path(path)) as journal:
        number = 0
        while True:
            with journal.transaction():
                journal.execute(ADD, (str(number),))
            told.send(number)
            number += 1


def test_what_was_told_as_kept_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    writer = context.Process(target=_write_until_killed, args=(str(path), theirs))
    writer.start()
    theirs.close()
    kept = [ours.recv() for _ in range(20)]
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert set(map(str, kept)) <= set(questions(path))


def test_a_copy_holds_all_that_was_written(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as journal:
        with journal.transaction():
            journal.execute(ADD, ("kept",))
        journal.copy_to(tmp_path / "copy.db")
    assert questions(tmp_path / "copy.db") == ["kept"]
