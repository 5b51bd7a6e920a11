"""Every file of a home cut short, hit by a flipped bit or deleted: named, or harmless; and mended without embedding."""

import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.app.doctor import LOOKS
from kb.errors import NotFoundError
from tests.unit.app.serving import served
from tests.unit.app.world import World
from tests.unit.store.damaged import dump

MIRROR = ("data_level0.bin", "header.bin", "index_metadata.pickle", "length.bin", "link_lists.bin")
FILES = ("ledger.db", "backup/ledger.db", "backup/sources.json", "writer.lock", "vectors/1/seal.json",
         "vectors/1/chroma.sqlite3", *(f"vectors/1/*/{name}" for name in MIRROR))  # fmt: skip
HARMLESS_WITHOUT = ("backup/ledger.db", "writer.lock")
"""What an index may lack: a backup that is gone is no damage, and the lock's file is made by who takes it."""


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> World:
    """An index with all that a home may hold, after its night."""
    world = World(tmp_path_factory.mktemp("doctor"))
    for number in range(40):
        world.write(f"n{number}.md", f"# Note {number}\n\nThis is about item{number} and thing{number % 7}.\n")
    world.index()
    with world.app() as app:
        assert app.night()["ok"]
        assert wrong(app.doctor()) == []
    shutil.copytree(world.settings.home, world.folder / "clean")
    return world


@pytest.fixture
def world(clean: World) -> World:
    """That index as it was."""
    shutil.rmtree(clean.settings.home)
    shutil.copytree(clean.folder / "clean", clean.settings.home)
    clean.embedder.texts.clear()
    return clean


def wrong(told: dict[str, Any]) -> list[str]:
    return [check["name"] for check in told["checks"] if not check["ok"]]


def doctor(world: World) -> dict[str, Any]:
    with world.app() as app:
        return app.doctor()


def repair(world: World, **options: bool) -> dict[str, Any]:
    with world.app() as app:
        return app.repair(**options)


def damages(content: bytes) -> dict[str, Callable[[Path], None]]:
    def flipped(at: int) -> bytes:
        hit = bytearray(content)
        hit[at] ^= 0x10
        return bytes(hit)

    found: dict[str, Callable[[Path], None]] = {"deleted": Path.unlink}
    if content:
        at = len(content) // 3
        found["cut to half"] = lambda path: _write(path, content[: len(content) // 2])
        found[f"byte {at} flipped"] = lambda path: _write(path, flipped(at))
    return found


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def restored(clean: World) -> Path:
    shutil.rmtree(clean.settings.home)
    shutil.copytree(clean.folder / "clean", clean.settings.home)
    return clean.settings.home


def test_the_files_that_are_damaged_here_are_all_that_a_home_holds(world: World) -> None:
    home = world.settings.home
    assert {path for name in FILES for path in home.glob(name)} == {path for path in home.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FILES)
def test_damage_to_any_file_is_found_or_harmless_and_mended_without_embedding(world: World, name: str) -> None:
    (place,) = world.settings.home.glob(name)
    place = place.relative_to(world.settings.home)
    before = dump(world.settings.ledger)
    content = (world.settings.home / place).read_bytes()
    for what, damage in damages(content).items():
        damage(restored(world) / place)
        found = wrong(doctor(world))
        if not found:
            harmless = (what == "deleted" and name in HARMLESS_WITHOUT) or "flipped" in what or name == "writer.lock"
            assert harmless, f"{name}, {what}: not found"
            assert dump(world.settings.ledger) == before, f"{name}, {what}: changed, and not found"
        told = repair(world)
        assert bool(told["repaired"]) == bool(found), f"{name}, {what}: {found} {told['repaired']}"
        assert wrong(told) == [], f"{name}, {what}: {told}"
        assert world.paths("item7")[:1] == ["n7.md"], f"{name}, {what}"
    report = world.index()
    assert (report["added"], report["removed"], report["embedded"]) == (0, 0, 0)
    assert [text for text in world.embedder.texts if "Note" in text] == []


def test_a_lost_ledger_without_a_backup_is_begun_anew_with_its_sources(world: World) -> None:
    world.settings.ledger.unlink()
    (world.settings.backup_dir / "ledger.db").unlink()
    told = doctor(world)
    assert wrong(told) == ["ledger"]
    assert [check["remedy"] for check in told["checks"] if not check["ok"]] == ["kb doctor --repair"]
    assert "notes" in repair(world)["repaired"][0]
    assert world.index()["added"] == 40


def test_every_check_that_is_wrong_names_its_remedy(world: World) -> None:
    shutil.rmtree(world.settings.vectors_dir)
    (world.settings.backup_dir / "ledger.db").write_bytes(b"x" * 9_000)
    (world.settings.backup_dir / "sources.json").write_text("[")
    world.settings.home.chmod(0o755)
    told = doctor(world)
    assert set(wrong(told)) == {"rights", "vector mirror", "backup", "source list"}
    assert all(bool(check["remedy"]) == (not check["ok"]) for check in told["checks"])
    mended = repair(world)
    assert wrong(mended) == []
    assert len(mended["repaired"]) == 3, "a new backup writes the list of the sources too"
    assert stat.S_IMODE(world.settings.home.stat().st_mode) == 0o700


def test_looking_changes_no_file(world: World) -> None:
    def files() -> dict[str, bytes]:
        home = world.settings.home
        return {str(p): p.read_bytes() for p in home.rglob("*") if p.is_file() and p.name != "chroma.sqlite3"}

    before = files()
    assert wrong(doctor(world)) == []
    assert files() == before


def test_a_sound_index_has_nothing_to_mend(world: World) -> None:
    assert repair(world)["repaired"] == []


def test_restoring_goes_back_to_the_night_and_keeps_what_was_there(world: World) -> None:
    late = world.write("late.md", "# Late\n\nThis is about lateword.\n")
    try:
        assert world.index()["added"] == 1
        told = repair(world, from_backup=True)
        assert wrong(told) == []
        assert world.status()["files"] == 40
        assert (world.settings.home / "ledger.db.damaged-1").is_file()
        assert world.index()["added"] == 1
        assert world.paths("lateword")[:1] == ["late.md"]
    finally:
        late.unlink()


def test_restoring_without_a_backup_leaves_the_index_as_it_is(world: World) -> None:
    (world.settings.backup_dir / "ledger.db").unlink()
    with pytest.raises(NotFoundError, match="there is no backup"):
        repair(world, from_backup=True)
    assert world.paths("item7")[:1] == ["n7.md"]


def test_a_source_that_is_not_mounted_is_told_and_kept(world: World) -> None:
    world.notes.rename(world.folder / "away")
    try:
        told = doctor(world)
        assert wrong(told) == ["source notes"]
        assert world.status()["files"] == 40
    finally:
        (world.folder / "away").rename(world.notes)


def test_a_mount_point_without_its_disk_is_told_and_what_was_on_it_is_kept(world: World) -> None:
    world.notes.rename(world.folder / "away")
    world.notes.mkdir()
    try:
        world.index()
        told = doctor(world)
        assert wrong(told) == ["source notes"]
        assert any("is empty" in check["detail"] for check in told["checks"])
        status = world.status()
        assert status["files"] == 40
        assert [(gone["name"], gone["why"]) for gone in status["gone"]] == [("notes", "empty")]
    finally:
        world.notes.rmdir()
        (world.folder / "away").rename(world.notes)


def test_the_daemon_tells_of_itself_and_finds_damage_too(world: World) -> None:
    with served(world) as daemon, daemon.client() as client:
        told = client.call("doctor")
        assert wrong(told) == []
        assert any(check["name"] == "daemon" and "process" in check["detail"] for check in told["checks"])
        beside = doctor(world)
        assert wrong(beside) == []
        assert any(check["name"] == "daemon" and "not asked" in check["detail"] for check in beside["checks"])
        (world.settings.backup_dir / "ledger.db").write_bytes(b"x" * 9_000)
        assert wrong(client.call("doctor")) == ["backup"]


def test_progress_counts_the_looks(world: World) -> None:
    seen: list[tuple[int, int]] = []
    with world.app() as app:
        app.doctor(on_progress=lambda progress: seen.append((progress.done, progress.total)))
    assert seen == [(number, len(LOOKS)) for number in range(len(LOOKS) + 1)]


def test_a_ledger_that_opens_and_cannot_be_read_everywhere_is_told_with_all_other_checks(world: World) -> None:
    ledger = world.settings.ledger
    with sqlite3.connect(ledger) as connection:
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'source'"
        ).fetchone()
    connection.close()
    content = bytearray(ledger.read_bytes())
    content[(root - 1) * size : (root - 1) * size + 200] = bytes(200)
    ledger.write_bytes(content)
    told = doctor(world)
    assert any(name.startswith("ledger") for name in wrong(told))
    assert {"model", "daemon"} <= {check["name"] for check in told["checks"]}
    assert all(check["remedy"] for check in told["checks"] if not check["ok"])
    repair(world)
    assert wrong(doctor(world)) == []


def test_a_ledger_that_is_deleted_while_it_is_open_is_missed(world: World) -> None:
    with world.app() as app:
        assert app.status()["files"]
        world.settings.ledger.unlink()
        assert "ledger" in wrong(app.doctor())
