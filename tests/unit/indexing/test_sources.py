"""Several sources in one index: nested ones, twins by name and number, and single files of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest.intake
from kb.errors import NotFoundError, UsageError
from tests.unit.app.world import World


def decision(number: int, title: str, status: str) -> str:
    return f"# {number}. {title}\n\n## Status\n\n{status}\n\n## Context\n\nWhy.\n\n## Decision\n\n{title}.\n"


def test_an_inner_source_owns_its_files(world: World) -> None:
    world.write("a.md", "# A\n\nouter\n")
    world.write("inner/b.md", "# B\n\ninner\n")
    world.index(world.notes, world.notes / "inner")
    assert world.files() == [("inner", "b.md"), ("notes", "a.md")]
    assert world.index()["unchanged"] == 2


def test_an_outer_source_gives_up_what_a_new_inner_one_owns(world: World) -> None:
    world.write("a.md", "# A\n\nouter\n")
    world.write("inner/b.md", "# B\n\nthe pademelon hops\n")
    world.write("inner-not/c.md", "# C\n\nbeside it\n")
    world.index()
    world.embedder.texts = []
    world.index(world.notes / "inner")
    # At once, not at the next run over all: a passage must not be found twice.
    assert world.files() == [("inner", "b.md"), ("notes", "a.md"), ("notes", "inner-not/c.md")]
    hits = [(hit["source"], hit["path"]) for hit in world.search("pademelon")]
    assert hits[0] == ("inner", "b.md")
    assert hits.count(hits[0]) == 1
    assert world.embedder.texts == []


def test_the_innermost_of_three_wins_and_its_removal_gives_back(world: World) -> None:
    world.write("mid/in/c.md", "# C\n\ntext\n")
    world.write("mid/b.md", "# B\n\ntext\n")
    world.index()
    world.index(world.notes / "mid")
    world.index(world.notes / "mid" / "in")
    assert world.files() == [("in", "c.md"), ("mid", "b.md")]
    with world.app() as app:
        assert app.source_remove("in")["removed"] == 1
    world.index()
    assert world.files() == [("mid", "b.md"), ("mid", "in/c.md")]


def test_two_decisions_with_one_number_are_two(world: World) -> None:
    for name, new in (("shop", "Use Postgres"), ("blog", "Use Redis")):
        root = world.folder / name / "docs" / "adr"
        root.mkdir(parents=True)
        (root / "0001-use-files.md").write_text(decision(1, f"{name} uses files", "Superseded by ADR-2"))
        slug = new.lower().replace(" ", "-")
        (root / f"0002-{slug}.md").write_text(decision(2, new, "Accepted"))
    world.index(world.folder / "shop", world.folder / "blog")
    successors = {(hit["source"], hit["superseded_by"]) for hit in world.search("uses files") if hit["superseded_by"]}
    assert successors == {("shop", "docs/adr/0002-use-postgres.md"), ("blog", "docs/adr/0002-use-redis.md")}


def test_two_folders_of_one_name_become_two_sources(world: World) -> None:
    for parent in ("x", "y", "z/y"):
        folder = world.folder / parent / "docs"
        folder.mkdir(parents=True)
        (folder / "a.md").write_text(f"# A\n\n{parent}\n")
        world.index(folder)
    assert {name for name, _ in world.files()} == {"docs", "y-docs", "docs-2"}


def test_a_folder_whose_name_is_not_utf8_is_refused_in_words(world: World) -> None:
    world.index()
    folder = world.folder / "caf\udce9"
    folder.mkdir()
    with pytest.raises(UsageError, match="UTF-8"):
        world.index(folder)


# Single files


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are read from now on."""
    read: list[str] = []
    plain = ingest.intake.prepare
    monkeypatch.setattr(ingest.intake, "prepare", lambda job: read.append(job.found.path) or plain(job))
    return read


@pytest.fixture
def edited(world: World) -> World:
    """Two files, both changed since they were indexed, and a third that is new."""
    world.write("a/one.md", "# One\n\nfirst\n")
    world.write("two.md", "# Two\n\nfirst\n")
    world.index()
    world.write("a/one.md", "# One\n\nthe dunnart is small\n")
    world.write("two.md", "# Two\n\nthe dunnart is quick\n")
    world.write("a/three.md", "# Three\n\nthe dunnart is new\n")
    return world


def test_a_file_is_brought_up_to_date_alone(edited: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read = reads(monkeypatch)
    listed: list[str] = []
    plain = os.scandir

    def noted(path: bytes | str | int) -> Iterator[os.DirEntry[bytes]]:
        if isinstance(path, bytes):
            listed.append(os.path.relpath(os.fsdecode(path), edited.notes))
        return plain(path)

    monkeypatch.setattr(os, "scandir", noted)
    report = edited.index(edited.notes / "a/one.md")
    assert (report["added"], report["changed"], report["removed"], report["unchanged"]) == (0, 1, 0, 0)
    assert read == ["a/one.md"]
    assert listed == [".", "a"]
    assert edited.paths("dunnart")[0] == "a/one.md"
    assert edited.index(edited.notes / "a/three.md")["added"] == 1
    assert edited.index(edited.notes / "a/three.md")["unchanged"] == 1
    assert read == ["a/one.md", "a/three.md"]
    assert edited.index()["changed"] == 1


def test_a_file_beside_its_whole_source_is_read_once(edited: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read = reads(monkeypatch)
    edited.index(edited.notes / "a/one.md", edited.notes)
    assert sorted(read) == ["a/one.md", "a/three.md", "two.md"]


def test_an_ignored_or_secret_file_is_not_read_for_being_named(edited: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read = reads(monkeypatch)
    edited.write(".gitignore", "private/\n/two.md\n")
    for path in ("private/x.md", "two.md", ".env", "a/id_rsa"):
        (skipped,) = edited.index(edited.write(path, "TOKEN=quenda\n"))["skipped"]
        assert skipped["path"] == path
        assert skipped["reason"]
    assert read == []
    # Being ignored now is a reason to forget what was read before.
    assert edited.files() == [("notes", "a/one.md")]
    assert edited.paths("quenda") == [] or "two.md" not in edited.paths("quenda")
    listed = {item["path"] for item in edited.status()["skipped"]}
    assert {"two.md", ".env", "a/id_rsa"} <= listed


def test_what_was_left_out_elsewhere_stays_listed(edited: World) -> None:
    edited.write("bad.md", bytes(range(256)) * 8)
    edited.write("worse.md", bytes(range(256)) * 8)
    edited.index()
    edited.write("bad.md", "# Mended\n\ntext\n")
    edited.index(edited.notes / "bad.md")
    assert [item["path"] for item in edited.status()["skipped"]] == ["worse.md"]


def test_a_file_of_an_inner_source_goes_to_it(world: World) -> None:
    world.write("inner/b.md", "# B\n\nfirst\n")
    world.index(world.notes, world.notes / "inner")
    world.write("inner/b.md", "# B\n\nsecond\n")
    assert world.index(world.notes / "inner/b.md")["changed"] == 1
    assert world.files() == [("inner", "b.md")]


def test_a_link_to_a_file_means_the_file(edited: World) -> None:
    link = edited.folder / "link.md"
    link.symlink_to(edited.notes / "two.md")
    assert edited.index(link)["changed"] == 1
    assert [name for name, _ in edited.files()] == ["notes", "notes"]


def test_a_link_out_of_its_source_is_skipped_and_brings_no_new_source(edited: World) -> None:
    (edited.folder / "elsewhere").mkdir()
    (edited.folder / "elsewhere/far.md").write_text("# Far\n")
    link = edited.notes / "far.md"
    link.symlink_to(edited.folder / "elsewhere/far.md")
    assert [item["path"] for item in edited.index(link)["skipped"]] == ["far.md"]
    assert len(edited.status()["sources"]) == 1


def test_a_file_in_no_source_is_refused_with_the_way_to_add_its_folder(world: World) -> None:
    file = world.write("a.md", "# A\n\ntext\n")
    with pytest.raises(UsageError) as refused:
        world.index(file)
    assert refused.value.hint == f"kb index {world.notes}"


def test_a_missing_path_leaves_no_index_behind(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.index(Path(world.folder / "nowhere"))
    assert not world.settings.ledger.exists()
