"""The journal over nights and damages: copied, looked at, put back, and never thrown away."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.app.brief.section import Morning
from kb.app.memory import cards_due, utc_now
from kb.errors import StorageError
from kb.store.journal import Journal
from tests.unit.app.world import World


@pytest.fixture
def kept(world: World) -> World:
    """A card with a grade, after its night."""
    world.write("n.md", "# N\n\nThe answer.\n\nAnother.\n")
    for number in range(40):
        world.write(f"m{number}.md", f"# M {number}\n\nThis is about item{number}.\n")
    world.index()
    with world.app() as app:
        card = app.card_add("Question?", ref="n.md:3", cwd="/")["card"]
        app.card_grade(card["id"], "good")
        assert app.night()["ok"]
    return world


def wrong(world: World) -> dict[str, str]:
    with world.app() as app:
        return {check["name"]: check["remedy"] for check in app.doctor()["checks"] if not check["ok"]}


def restored(world: World, *, from_backup: bool = True) -> list[str]:
    with world.app() as app:
        done: list[str] = app.repair(from_backup=from_backup)["repaired"]
    return done


def fronts(world: World) -> list[str]:
    with world.app() as app:
        return [card["front"] for card in app.card_list()["cards"]]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"Question?")] ^= 0x02
    path.write_bytes(content)


def _all_but_its_log(path: Path) -> None:
    """Gone, with the log of somebody else in its place."""
    path.unlink()
    path.with_name(f"{path.name}-wal").write_bytes(b"not a log of this file" * 200)


DAMAGES = (_cut, _garbage, _empty, _flip, Path.unlink, _all_but_its_log)


def test_a_night_copies_the_journal_and_all_is_sound(kept: World) -> None:
    copy = kept.settings.backup_dir / "journal.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    with Journal.open(copy) as journal:
        assert len(journal.rows("SELECT * FROM card")) == 1
    assert wrong(kept) == {}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_named_and_the_copy_put_back(kept: World, damage: Callable[[Path], None]) -> None:
    damage(kept.settings.journal)
    hit = kept.settings.journal.read_bytes() if kept.settings.journal.exists() else None
    assert wrong(kept) == {"journal": "kb doctor --restore"}
    done = restored(kept)
    assert "the copy of the journal was put back" in done
    assert not any("index" in text for text in done), "the sound index stays"
    assert fronts(kept) == ["Question?"]
    assert wrong(kept) == {}
    if hit:
        assert (kept.settings.home / "journal.db.damaged-1").read_bytes() == hit


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_night_never_copies_a_damaged_journal_over_the_good_copy(kept: World, damage: Callable[[Path], None]) -> None:
    copy = kept.settings.backup_dir / "journal.db"
    before = copy.read_bytes()
    damage(kept.settings.journal)
    with kept.app() as app:
        told = app.night()
    assert not told["ok"]
    assert "journal" in next(step["detail"] for step in told["steps"] if step["name"] == "backup")
    assert copy.read_bytes() == before


def test_a_journal_that_was_begun_anew_does_not_take_the_place_of_the_copy(kept: World) -> None:
    kept.settings.journal.unlink()
    with kept.app() as app:
        app.card_list()
    assert wrong(kept) == {"journal": "kb doctor --restore"}
    with kept.app() as app:
        assert not app.night()["ok"]
    restored(kept)
    assert fronts(kept) == ["Question?"]


def test_what_was_done_since_the_copy_stays_when_only_the_index_is_put_back(kept: World) -> None:
    with kept.app() as app:
        app.card_add("Since?", ref="n.md:5", cwd="/")
    done = restored(kept)
    assert any("backup was restored" in text for text in done)
    assert fronts(kept) == ["Question?", "Since?"]


@pytest.mark.parametrize("damage", (_cut, _garbage, _empty))
def test_a_damaged_journal_without_a_copy_is_kept_aside_and_a_new_one_begins(
    kept: World, damage: Callable[[Path], None]
) -> None:
    shutil.rmtree(kept.settings.backup_dir)
    damage(kept.settings.journal)
    if damage is _empty:
        assert fronts(kept) == [], "begun anew: there is nothing to compare it with"
        return
    hit = kept.settings.journal.read_bytes()
    assert wrong(kept)["journal"] == "kb doctor --restore"
    with pytest.raises(StorageError, match="damaged"):
        fronts(kept)
    restored(kept)
    assert fronts(kept) == []
    assert (kept.settings.home / "journal.db.damaged-1").read_bytes() == hit


@pytest.mark.parametrize("damage", (_cut, _garbage, _flip))
def test_a_damaged_copy_is_made_again(kept: World, damage: Callable[[Path], None]) -> None:
    damage(kept.settings.backup_dir / "journal.db")
    assert wrong(kept) == {"journal backup": "kb doctor --repair"}
    restored(kept, from_backup=False)
    assert wrong(kept) == {}
    assert fronts(kept) == ["Question?"]


def test_the_index_is_backed_up_also_beside_a_damaged_journal(kept: World) -> None:
    copy = kept.settings.backup_dir / "ledger.db"
    copy.unlink()
    _cut(kept.settings.journal)
    with kept.app() as app:
        app.night()
    assert copy.exists()


def test_the_brief_says_how_many_cards_wait(world: World) -> None:
    world.write("n.md", "# N\n\nThe answer.\n\nAnother.\n")
    world.index()

    def section() -> Any:
        with world.app() as app:
            return cards_due(Morning(app.ledger, world.settings, utc_now(), utc_now()))

    assert section() is None
    with world.app() as app:
        card = app.card_add("1?", ref="n.md:3", cwd="/")["card"]
        app.card_add("2?", ref="n.md:5", cwd="/")
    assert section().items[0]["text"] == "2 cards are due: kb recall"
    with world.app() as app:
        app.card_grade(card["id"], "easy")
    assert section().items[0]["text"] == "1 card is due: kb recall"
    _garbage(world.settings.journal)
    assert "kb doctor --restore" in section().items[0]["text"]
