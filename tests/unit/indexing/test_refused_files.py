"""What was refused once is not opened again until its size or time differ, or the reason may have gone."""

import os
import stat
from pathlib import Path
from time import perf_counter

import pytest

from ingest.files import Unreadable, read_text
from tests.unit.app.world import World

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAA\n" * 20
REASONS = [
    {"path": "blob.txt", "reason": "binary file"},
    {"path": "gen.py", "reason": "generated file"},
    {"path": "key.md", "reason": "holds a private key"},
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the regular files that are opened for reading their content."""
    names: list[str] = []
    plain = os.open

    def noted(path: bytes | str, flags: int, *rest: int, **options: int) -> int:
        if isinstance(path, bytes) and stat.S_ISREG(os.lstat(path).st_mode):
            names.append(os.path.basename(path).decode())
        return plain(path, flags, *rest, **options)

    monkeypatch.setattr(os, "open", noted)
    return names


@pytest.fixture
def refusing(world: World) -> World:
    world.write("a.md", "# A\n\nText.\n")
    world.write("blob.txt", bytes(range(256)) * 8)
    world.write("gen.py", "# @generated\nx = 1\n")
    world.write("key.md", KEY)
    return world


def by_path(report: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    return sorted(report["skipped"], key=lambda item: item["path"])


def test_refused_files_are_named_in_each_run_and_read_in_the_first(refusing: World, opened: list[str]) -> None:
    assert by_path(refusing.index()) == REASONS
    assert sorted(opened) == ["a.md", "blob.txt", "gen.py", "key.md"]
    opened.clear()
    for _ in range(2):
        assert by_path(refusing.index()) == REASONS
        assert [item["path"] for item in refusing.status()["skipped"]] == ["blob.txt", "gen.py", "key.md"]
    assert opened == []


def test_a_refused_file_is_read_again_when_it_changed_and_by_a_full_run(refusing: World, opened: list[str]) -> None:
    refusing.index()
    opened.clear()
    refusing.age("gen.py")
    assert by_path(refusing.index()) == REASONS
    assert opened == ["gen.py"]
    refusing.write("gen.py", "x = 1\n")
    assert (refusing.index()["added"], refusing.index()["unchanged"]) == (1, 2)
    opened.clear()
    refusing.index(full=True)
    assert sorted(opened) == ["a.md", "blob.txt", "gen.py", "key.md"]


def test_a_file_that_could_not_be_read_for_now_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, opened: list[str]
) -> None:
    world.write("a.md", "# A\n\nText.\n")

    def busy(*_: object, **__: object) -> None:
        raise Unreadable("it changes while it is read", keep_old=True)

    with monkeypatch.context() as patched:
        patched.setattr("ingest.prepare.read_text", busy)
        assert len(world.index()["skipped"]) == 1
    assert world.index()["added"] == 1
    assert opened == ["a.md"]


def test_a_reader_that_fails_is_asked_once_and_its_file_stays_stale(
    world: World, monkeypatch: pytest.MonkeyPatch, opened: list[str]
) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.index()

    def failing(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ingest.prepare.read_document", failing)
    world.write("a.md", "# A\n\nAnother text.\n")
    for _ in range(3):
        assert len(world.index()["skipped"]) == 1
        assert len(world.status()["stale"]) == 1
    assert opened == ["a.md", "a.md"]


def test_two_thousand_files_without_a_change_take_less_than_a_second(world: World, opened: list[str]) -> None:
    for number in range(1_000):
        world.write(f"d{number % 20}/n{number}.md", f"# Note {number}\n")
        world.write(f"d{number % 20}/g{number}.py", f"# @generated\nx = {number}\n")
    assert len(world.index(text_only=True)["skipped"]) == 1_000
    opened.clear()
    started = perf_counter()
    again = world.index(text_only=True)
    assert perf_counter() - started < 1
    assert (again["unchanged"], len(again["skipped"])) == (1_000, 1_000)
    assert opened == []


def test_of_a_large_binary_only_the_head_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dump.txt").write_bytes(bytes(range(256)) * 8_000)
    sizes: list[int] = []
    plain = os.read

    def noted(descriptor: int, size: int) -> bytes:
        part = plain(descriptor, size)
        sizes.append(len(part))
        return part

    monkeypatch.setattr(os, "read", noted)
    with pytest.raises(Unreadable, match="binary file"):
        read_text(str(tmp_path), b"dump.txt", max_bytes=4_000_000)
    assert sum(sizes) <= 8_192
