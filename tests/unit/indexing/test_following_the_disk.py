"""A run reads what changed and nothing else, and embeds only what has no vector yet."""

import os
import shutil
import subprocess

import pytest

import ingest.history
import ingest.intake
from kb.model import SkippedFile
from kb.store.passages import Filter
from tests.unit.app.world import World
from tests.unit.words import matching

LONG = "# Long\n\n" + "\n".join(f"## Part {n}\n\n" + f"Sentence {n} about item{n}. " * 20 + "\n" for n in range(6))


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are read from now on."""
    read: list[str] = []
    plain = ingest.intake.prepare

    def noted(job: ingest.intake.Job) -> ingest.intake.Outcome:
        read.append(job.found.path)
        return plain(job)

    monkeypatch.setattr(ingest.intake, "prepare", noted)
    return read


def test_nothing_changed_reads_and_embeds_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.write("b/c.py", "def c():\n    return 1\n")
    first = world.index()
    assert (first["added"], first["unchanged"], len(world.embedder.texts)) == (2, 0, first["embedded"])
    read, world.embedder.texts = reads(monkeypatch), []
    again = world.index()
    assert (again["added"], again["changed"], again["removed"], again["unchanged"], again["embedded"]) == (
        0,
        0,
        0,
        2,
        0,
    )
    assert read == []
    assert world.embedder.texts == []


def test_a_touched_file_is_read_once_and_not_embedded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    world.age("a.md")
    read, world.embedder.texts = reads(monkeypatch), []
    touched = world.index()
    assert (touched["changed"], touched["unchanged"], touched["chunks"]) == (0, 1, 0)
    world.index()
    assert read == ["a.md"]
    assert world.embedder.texts == []


def test_a_full_run_reads_all_and_embeds_nothing_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    read, world.embedder.texts = reads(monkeypatch), []
    full = world.index(full=True)
    assert (full["added"], full["changed"], full["embedded"]) == (0, 1, 0)
    assert read == ["a.md"]


def test_an_edit_with_its_old_time_is_found_by_a_full_run(world: World) -> None:
    file = world.write("a.md", "# A\n\nkangaroo\n")
    world.index()
    stamp = file.stat().st_mtime_ns
    file.write_text("# A\n\nplatypus\n")
    os.utime(file, ns=(stamp, stamp))
    assert world.index()["unchanged"] == 1
    assert world.index(full=True)["changed"] == 1
    assert world.paths("platypus") == ["a.md"]


def test_a_move_embeds_nothing(world: World) -> None:
    file = world.write("deep/folder/long.md", LONG)
    world.index()
    world.embedder.texts = []
    (world.notes / "other").mkdir()
    file.rename(world.notes / "other/renamed.md")
    moved = world.index()
    assert (moved["added"], moved["removed"], moved["embedded"]) == (1, 1, 0)
    assert world.embedder.texts == []
    assert world.files() == [("notes", "other/renamed.md")]
    assert world.paths("item3") == ["other/renamed.md"]


def test_an_edit_embeds_only_the_changed_passage(world: World) -> None:
    world.write("long.md", LONG)
    assert world.index()["embedded"] >= 6
    world.embedder.texts = []
    world.write("long.md", LONG.replace("Sentence 3 about item3.", "A wombat instead.", 1))
    edited = world.index()
    assert (edited["changed"], edited["embedded"]) == (1, 1)
    assert "wombat" in world.embedder.texts[0]


def test_twins_are_embedded_once_and_both_found(world: World) -> None:
    world.write("one/same.md", "# Same\n\nA numbat eats termites.\n")
    world.write("two/same.md", "# Same\n\nA numbat eats termites.\n")
    report = world.index()
    assert (report["chunks"], report["embedded"]) == (2, 1)
    assert sorted(world.paths("numbat")) == ["one/same.md", "two/same.md"]
    shutil.rmtree(world.notes / "one")
    world.index()
    assert world.paths("numbat") == ["two/same.md"]


def test_a_removed_file_is_gone_from_both_legs(world: World) -> None:
    world.write("a.md", "# A\n\nThe quoll hunts at night.\n")
    (gone := world.write("b.md", "# B\n\nThe bilby digs burrows.\n"))
    world.index()
    gone.unlink()
    assert world.index()["removed"] == 1
    assert "b.md" not in world.paths("the bilby digs burrows")


def test_a_newly_ignored_file_is_purged(world: World) -> None:
    world.write("keep.md", "# Keep\n\nwords\n")
    world.write("drafts/secret-plan.md", "# Plan\n\nacquire the zoo\n")
    world.index()
    world.write(".gitignore", "drafts/\n")
    assert world.index()["removed"] == 1
    assert ("notes", "drafts/secret-plan.md") not in world.files()
    world.write(".gitignore", "")
    world.write(".kbignore", "keep.md\n")
    world.index()
    assert [path for _, path in world.files() if path.endswith(".md")] == ["drafts/secret-plan.md"]
    assert world.look(lambda ledger: matching(ledger, ["keep"], 10, Filter(path_glob="keep.md"))) == []


def test_a_file_turned_binary_is_removed_and_listed(world: World) -> None:
    world.write("a.md", "# A\n\nwas text\n")
    world.write("b.md", "# B\n\ntext\n")
    world.index()
    world.write("a.md", bytes(range(256)) * 8)
    report = world.index()
    assert report["skipped"] == [{"path": "a.md", "reason": "binary file"}]
    assert world.files() == [("notes", "b.md")]
    assert world.status()["skipped"] == [{"path": "a.md", "source": "notes", "reason": "binary file"}]
    world.write("a.md", "# A\n\ntext again\n")
    assert world.index()["added"] == 1
    assert world.status()["skipped"] == []


def test_a_file_that_turned_into_a_secret_is_removed(world: World) -> None:
    world.write("key.md", "# Key\n\nHow to make a key.\n")
    world.index()
    world.write("key.md", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAA\n" * 20)
    assert [item["path"] for item in world.index()["skipped"]] == ["key.md"]
    assert world.files() == []


def test_one_bad_note_does_not_stop_the_run(world: World) -> None:
    cell = '{"cell_type":"markdown","metadata":{},"source":["half \\ud83d and nul \\u0000 here"]}'
    world.write("lone.ipynb", f'{{"cells":[{cell}],"metadata":{{}},"nbformat":4,"nbformat_minor":5}}')
    world.write("title.md", '---\ntitle: "esc \\e nul \\0 end"\n---\n\nbody\n')
    api = '{"openapi":"3.0.0","info":{"title":"Zoo \\udead","version":"1"},"paths":{"/x":{"get":{}}}}'
    world.write("api.json", api)
    world.write("good.md", "# Good\n\nfine\n")
    assert world.index()["added"] == 4
    hit = next(hit for hit in world.search("half nul") if hit["path"] == "lone.ipynb")
    assert hit["snippet"] == "half  and nul  here"
    titles = world.look(lambda ledger: [row[0] for row in ledger.database.execute("SELECT title FROM file")])
    assert not any(set(title) & {"\x1b", "\0", "\udead"} for title in titles)


def test_an_empty_root_keeps_everything_with_a_warning(world: World) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    (world.notes / "a.md").rename(world.folder / "a.md")
    report = world.index()
    assert report["removed"] == 0
    assert "is empty" in report["warnings"][0]
    assert "1 indexed files are kept" in report["warnings"][0]
    assert world.files() == [("notes", "a.md")]
    (world.folder / "a.md").rename(world.notes / "a.md")
    assert world.index()["warnings"] == []


def test_a_missing_root_keeps_everything_and_the_others_are_read(world: World) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    other = world.folder / "other"
    other.mkdir()
    (other / "b.md").write_text("# B\n\nfirst\n")
    world.index(other)
    world.notes.rename(world.folder / "unmounted")
    (other / "b.md").write_text("# B\n\nthe second version\n")
    report = world.index()
    assert (report["removed"], report["changed"], len(report["warnings"])) == (0, 1, 1)
    assert world.files() == [("notes", "a.md"), ("other", "b.md")]
    assert world.paths("text") != []


def test_a_root_with_nothing_left_but_ignored_files_is_no_mount_point(world: World) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    world.write(".git/HEAD", "ref: refs/heads/main\n")
    (world.notes / "a.md").unlink()
    assert world.index()["removed"] == 1


def test_a_git_date_outlives_an_edit(world: World) -> None:
    world.write("a.md", "# A\n\nText.\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x", "--date", "2020-02-02T12:00:00"]):
        subprocess.run(["git", *command], cwd=world.notes, check=True)
    world.index()
    day = world.look(lambda ledger: ledger.catalog.date_of(1, "a.md"))
    assert day == "2020-02-02"
    world.write("a.md", "# A\n\nAnother text.\n")
    assert world.index()["changed"] == 1
    assert world.look(lambda ledger: ledger.catalog.date_of(1, "a.md")) == day


def test_git_is_not_asked_for_a_file_that_is_refused_each_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("a.md", "# A\n\nText.\n")
    world.write("bad.md", bytes(range(256)) * 8)
    world.index()
    asked: list[str] = []
    monkeypatch.setattr(ingest.history.FirstCommits, "of", lambda _, paths: asked.extend(paths) or {})
    assert [item["path"] for item in world.index()["skipped"]] == ["bad.md"]
    assert asked == []


def test_worker_processes_read_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        world.write(f"n{number}.md", f"# Note {number}\n\nabout item{number}\n")
    world.write("bad.md", bytes(range(256)) * 8)
    monkeypatch.setattr(ingest.intake, "POOL_FROM", 3)
    report = world.index()
    assert (report["added"], report["chunks"]) == (8, 8)
    assert [item["path"] for item in report["skipped"]] == ["bad.md"]
    assert world.paths("item5")[0] == "n5.md"


def test_what_was_left_out_is_told_for_each_source(world: World) -> None:
    world.write("big.md", "x" * 5_000_000)
    world.write("a.md", "# A\n\nText.\n")
    world.index()
    kept = world.look(lambda ledger: ledger.catalog.skipped())
    assert kept == [("notes", SkippedFile("big.md", "larger than 4 MiB"))]
