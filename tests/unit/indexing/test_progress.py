"""What a run tells of itself while it reads: files of this source, chunks a second, never another source's share."""

import pytest

import ingest.intake
from kb.progress import Progress
from tests.unit.app.world import World


def test_each_source_counts_its_own_files(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.intake, "FILES_PER_COMMIT", 2)
    for number in range(5):
        world.write(f"n{number}.md", f"# Note {number}\n")
    other = world.folder / "other"
    other.mkdir()
    for number in range(3):
        (other / f"o{number}.md").write_text(f"# Other {number}\n")
    told: list[Progress] = []
    world.index(world.notes, other, on_progress=told.append, text_only=True)
    counted = [(item.stage, item.done, item.total) for item in told]
    assert counted == [
        ("scan", 5, 0), ("read", 2, 5), ("read", 4, 5), ("read", 5, 5),
        ("scan", 3, 0), ("read", 2, 3), ("read", 3, 3),
    ]  # fmt: skip
    assert all(item.detail.endswith(" chunks/s") for item in told if item.stage == "read")


def test_a_run_without_changes_tells_nothing(world: World) -> None:
    world.write("a.md", "# A\n")
    world.index()
    told: list[Progress] = []
    world.index(on_progress=told.append)
    assert told == []
