"""Damage, a store that may not be written, a full disk: named by the installed `kb`, and got over with its remedies."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Home, can_drop_powers, copied, daemons_of, eventually, kill_daemons

ALONE = {"KB_NO_DAEMON": "1"}
REPAIR = "kb doctor --repair"
SMALL_DISK_BYTES = 8 << 20
SMALL_FILE_BYTES = 40_000
"""Enough for the log's own index, which a reader makes too."""


@pytest.fixture(scope="module")
def indexed(base: Path) -> Home:
    """An index after its night, that no test changes."""
    notes = base / "notes"
    notes.mkdir()
    for number in range(20):
        (notes / f"n{number}.md").write_text(f"# Note {number}\n\nThis is about item{number}.\n")
    home = Home(base / "indexed", cwd=base)
    home.json("index", "notes", **ALONE)
    assert home.json("schedule", "run", "--now", **ALONE)["ok"]
    return home


@pytest.fixture
def home(base: Path, indexed: Home) -> Iterator[Home]:
    mine = copied(indexed, base / f"home-{sum(1 for _ in base.glob('home-*'))}")
    yield mine
    kill_daemons(mine.state)


def wrong(told: Any) -> dict[str, str]:
    """The names of the checks that failed, with their remedies."""
    return {check["name"]: check["remedy"] for check in told["checks"] if not check["ok"]}


def finds(home: Home, number: int, **env: str) -> bool:
    path = home.json("search", f"item{number}", "-n", "1", **env)["hits"][0]["path"]
    return Path(path).name == f"n{number}.md"


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 3)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x10]))


def test_a_sound_index_is_said_to_be_sound(home: Home) -> None:
    told = home.json("doctor", **ALONE)
    assert wrong(told) == {}
    assert {"home", "ledger", "vectors", "model", "backup", "source notes", "daemon", "night run"} == {
        check["name"] for check in told["checks"]
    }
    assert home("doctor", "--repair", "--restore").code == 2


def test_a_broken_ledger_comes_back_from_the_night_and_nothing_is_embedded_again(home: Home) -> None:
    cut(home.state / "ledger.db")
    for words in (("search", "item3"), ("ask", "what is item3?"), ("status",), ("index",)):
        refused = home(*words, "--json", **ALONE)
        assert refused.code == 1, refused
        assert (refused.json["error"]["code"], refused.json["error"]["hint"]) == ("storage", REPAIR)
    found = home("doctor", **ALONE)
    assert found.code == 1
    assert REPAIR in found.out
    told = home.json("doctor", "--repair", **ALONE)
    assert wrong(told) == {}
    assert "the backup was restored" in told["repaired"][-1]
    report = home.json("index", **ALONE)
    assert (report["added"], report["removed"], report["embedded"]) == (0, 0, 0)
    assert finds(home, 7, **ALONE)


def test_a_repair_takes_the_place_of_the_daemon_and_gives_it_back(home: Home) -> None:
    first = home.json("daemon", "start")["pid"]
    flip(next((home.state / "vectors").glob("*/*/data_level0.bin")))
    found = home("doctor", "--json")
    assert found.code == 1
    assert wrong(found.json) == {"vector mirror": REPAIR}
    told = home.json("doctor", "--repair")
    assert told["repaired"] == ["the vector mirror was made anew from the ledger: 20 vectors, none embedded again"]
    assert home.until_daemon() != first
    assert finds(home, 7)
    assert home.json("doctor")["repaired"] == []


def test_restore_goes_back_to_the_night_and_the_next_index_catches_up(home: Home) -> None:
    late = home.cwd / "notes/late.md"
    late.write_text("# Late\n\nThis is about lateword.\n")
    try:
        home.json("index", **ALONE)
        home.json("daemon", "start")
        told = home.json("doctor", "--restore")
        assert any("the backup was restored" in line for line in told["repaired"])
        assert (home.state / "ledger.db.damaged-1").is_file()
        # The daemon that it started behind looks at the disk by itself.
        pid = home.until_daemon()
        assert home.json("search", "lateword", "--fresh", "-n", "1")["hits"][0]["path"] == "late.md"
        assert home.daemon() == pid
    finally:
        late.unlink()


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink], ids=["cut", "flipped", "deleted"])
def test_a_damaged_model_is_named_and_made_anew(home: Home, damage: Callable[[Path], None]) -> None:
    models = home.state / "models"
    shutil.copytree(home.env["KB_MODELS"], models)
    mine = {**ALONE, "KB_MODELS": str(models)}
    damage(next(models.glob("exports/*/model.onnx")))
    found = home("doctor", "--json", **mine)
    assert found.code == 1
    assert wrong(found.json) == {"model": REPAIR}
    if damage is not cut:
        return  # making one takes long, and takes no notice of how the one before was damaged
    told = home.json("doctor", "--repair", **mine)
    assert told["repaired"] == ["the exported model was made anew"]
    assert wrong(told) == {}
    assert finds(home, 7, **mine)


@pytest.mark.skipif(not can_drop_powers(), reason="rights do not count for root, and here it cannot be less")
def test_a_store_that_may_not_be_written_is_searched_and_refuses_writes(home: Home) -> None:
    for folder, _, names in os.walk(home.state):
        for name in names:
            os.chmod(os.path.join(folder, name), 0o400)
        os.chmod(folder, 0o500)
    before = {path: path.stat().st_mtime_ns for path in home.state.rglob("*")}
    try:
        read = home("search", "item7", "-n", "1", "--json", powerless=True)
        assert read.code == 0, read
        assert read.json["hits"][0]["path"] == "n7.md"
        assert home("status", powerless=True).code == 0
        for words in (("index",), ("source", "remove", "notes"), ("schedule", "run", "--now"), ("daemon", "start"),
                      ("doctor", "--repair")):  # fmt: skip
            refused = home(*words, "--json", powerless=True)
            assert refused.code == 1, (words, refused)
            assert refused.json["error"]["code"] == "storage"
            assert "cannot be written to" in refused.json["error"]["message"]
        looked = home("doctor", "--json", powerless=True)
        assert looked.code == 1
        assert set(wrong(looked.json)) == {"home"}
        assert {path: path.stat().st_mtime_ns for path in home.state.rglob("*")} == before
        assert daemons_of(home.state) == []
    finally:
        for folder, _, _ in os.walk(home.state):
            os.chmod(folder, 0o700)


class Disk:
    """A place that can be filled to its last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            piece = bytes(1 << 16)
            while piece:
                try:
                    file.write(piece)
                except OSError:
                    piece = piece[: len(piece) // 2]

    def free(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def disk(base: Path) -> Iterator[Disk]:
    """A small one of its own, where this user may mount one."""
    folder = base / "small"
    folder.mkdir()
    options = f"size={SMALL_DISK_BYTES},mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no disk may be mounted here")
    try:
        yield Disk(folder)
    finally:
        kill_daemons(folder)
        # A process that was killed holds its files for a moment yet.
        eventually(lambda: subprocess.run(["umount", str(folder)], capture_output=True).returncode == 0)


def many_new_notes(folder: Path) -> None:
    folder.mkdir()
    for number in range(100, 106):
        text = " ".join(f"word{number}x{n}" for n in range(300))
        (folder / f"n{number}.md").write_text(f"# Note {number}\n\nThis is about item{number}.\n\n{text}\n")


def test_a_full_disk_is_told_reading_goes_on_and_writing_resumes(indexed: Home, disk: Disk) -> None:
    home = copied(indexed, disk.folder / "home")
    new = home.cwd / "notes/new"
    home.json("daemon", "start")
    try:
        disk.fill()
        many_new_notes(new)
        refused = home("index", "--json")
        assert refused.code == 1, refused
        assert refused.json["error"]["code"] == "storage"
        assert "the disk is full" in refused.json["error"]["message"]
        assert "free some space" in refused.json["error"]["hint"]
        assert finds(home, 7)
        status = home.json("daemon", "status")
        assert status["settled"] is False
        assert "the disk is full" in status["problem"]
        alone = home("index", "--json", **ALONE)
        assert alone.code == 4, "the daemon lives on and has the index"
        disk.free()
        assert home.json("index")["skipped"] == []
        assert finds(home, 103)
        eventually(lambda: home.json("daemon", "status")["settled"])
        assert home.json("daemon", "status")["problem"] == ""
        assert wrong(home("doctor", "--json").json).keys() == {"space"}, "eight megabytes are little"
    finally:
        shutil.rmtree(new)


def test_a_file_that_may_not_grow_is_told_and_costs_nothing(home: Home) -> None:
    new = home.cwd / "notes/new"
    many_new_notes(new)
    try:
        with small_files(SMALL_FILE_BYTES):
            refused = home("index", "--json", **ALONE)
            assert refused.code == 1, refused
            assert refused.json["error"]["code"] == "storage"
            assert finds(home, 7, **ALONE)
        assert home.json("index", **ALONE)["skipped"] == []
        assert finds(home, 103, **ALONE)
        assert wrong(home.json("doctor", **ALONE)) == {}
    finally:
        shutil.rmtree(new)


@contextmanager
def small_files(size: int) -> Iterator[None]:
    """No file of a child may grow beyond so many bytes; Python ignores the signal, so writing fails."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
