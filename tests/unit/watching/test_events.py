"""What happens on a real disk is heard as places to look at, and what does not matter is not heard at all."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from ingest.events import Listener
from ingest.events.observer import ObserverEvents
from ingest.watcher import Watcher
from kb.model import Source
from tests.unit.watching.conftest import Place

Watching = Callable[..., Watcher]


def test_create_edit_delete_and_move_are_heard(place: Place, watching: Watching) -> None:
    watching()
    file = place.write("a.md")
    place.ear.waits_for("a.md")
    place.ear.forget()
    file.write_text("more")
    place.ear.waits_for("a.md")
    place.ear.forget()
    file.rename(place.root / "b.md")
    place.ear.waits_for("a.md", "b.md")
    place.ear.forget()
    (place.root / "b.md").unlink()
    place.ear.waits_for("b.md")


def test_what_is_appended_to_a_file_that_stays_open_is_heard(place: Place, watching: Watching) -> None:
    watching()
    with open(place.root / "log.md", "w") as file:
        place.ear.waits_for("log.md")
        place.until_quiet()
        file.write("a line\n")
        file.flush()
        place.ear.waits_for("log.md")


def test_a_right_taken_away_is_heard(place: Place, watching: Watching) -> None:
    file = place.write("a.md")
    watching()
    file.chmod(0o000)
    place.ear.waits_for("a.md")


def test_reading_and_listing_are_not_heard(place: Place, watching: Watching) -> None:
    file = place.write("sub/a.md", "text")
    watching()
    place.until_quiet()
    for _ in range(20):
        assert file.read_text() == "text"
        assert os.listdir(place.root / "sub") == ["a.md"]
        os.stat(file)
    place.ear.hears_nothing()


def test_an_atomic_save_is_heard_at_its_place(place: Place, watching: Watching) -> None:
    place.write("a.md")
    watching()
    place.until_quiet()
    place.write(".a.md.tmp", "new").replace(place.root / "a.md")
    place.ear.waits_for("a.md")


def test_a_case_only_rename_and_a_swap_are_heard_at_both_ends(place: Place, watching: Watching) -> None:
    for name in ("Readme.md", "one.md", "two.md"):
        place.write(name)
    watching()
    (place.root / "Readme.md").rename(place.root / "README.md")
    (place.root / "one.md").rename(place.root / "swap")
    (place.root / "two.md").rename(place.root / "one.md")
    (place.root / "swap").rename(place.root / "two.md")
    place.ear.waits_for("Readme.md", "README.md", "one.md", "two.md")


def test_folders_made_in_a_hurry_are_watched(place: Place, watching: Watching) -> None:
    watching()
    place.write("a/b/c/deep.md")
    place.ear.waits_for("a")
    place.until_quiet()
    place.write("a/b/c/deep.md", "edited")
    place.ear.waits_for("a/b/c/deep.md")


def test_a_folder_moved_in_is_looked_at_whole_and_followed(place: Place, watching: Watching, tmp_path: Path) -> None:
    (tmp_path / "outside/sub").mkdir(parents=True)
    (tmp_path / "outside/sub/a.md").write_text("x")
    watching()
    (tmp_path / "outside").rename(place.root / "inside")
    place.ear.waits_for("inside")
    place.until_quiet()
    place.write("inside/sub/a.md", "edited")
    place.ear.waits_for("inside/sub/a.md")


def test_a_folder_renamed_is_followed_under_its_new_name_only(place: Place, watching: Watching) -> None:
    place.write("old/sub/a.md")
    watching()
    (place.root / "old").rename(place.root / "new")
    place.ear.waits_for("old", "new")
    place.until_quiet()
    place.write("new/sub/a.md", "edited")
    place.ear.waits_for("new/sub/a.md")
    assert not [path for _, path in place.ear.places if path.startswith("old")]


def test_a_folder_moved_out_is_let_go(place: Place, watching: Watching, tmp_path: Path) -> None:
    place.write("sub/deep/a.md")
    watching()
    (place.root / "sub").rename(tmp_path / "elsewhere")
    place.ear.waits_for("sub")
    place.until_quiet()
    (tmp_path / "elsewhere/deep/a.md").write_text("edited")
    place.ear.hears_nothing()


def test_a_folder_deleted_and_made_again_is_followed(place: Place, watching: Watching) -> None:
    watching()
    for round_ in range(20):
        place.write("sub/a.md", str(round_))
        place.ear.waits_for("sub")
        shutil.rmtree(place.root / "sub")
        (place.root / "sub").mkdir()
    place.until_quiet()
    place.write("sub/a.md", "at last")
    place.ear.waits_for("sub/a.md")


def test_a_deleted_folder_that_somebody_holds_open_is_followed_when_it_is_made_again(
    place: Place, watching: Watching
) -> None:
    watching()
    place.write("sub/a.md")
    place.ear.waits_for("sub")
    place.until_quiet()
    held = os.open(place.root / "sub", os.O_RDONLY)
    try:
        # As long as it is held, the kernel does not tell that its watch has ended.
        shutil.rmtree(place.root / "sub")
        (place.root / "sub").mkdir()
        place.until_quiet()
        place.write("sub/a.md", "edited")
        place.ear.waits_for("sub/a.md")
    finally:
        os.close(held)


def test_a_changed_ignore_file_means_its_folder(place: Place, watching: Watching) -> None:
    place.write("sub/a.md")
    watching()
    place.write("sub/.gitignore", "*.log\n")
    place.ear.waits_for("sub")
    place.write(".kbignore", "sub/\n")
    place.ear.waits_for("*")


def test_folders_that_are_never_read_are_not_watched(place: Place, watching: Watching) -> None:
    for path in (".git/objects/aa/b", "web/node_modules/left-pad/index.js", ".venv/lib/x.py", "src/a.py"):
        place.write(path)
    watcher = watching()
    place.until_quiet()
    place.write(".git/objects/aa/c")
    place.write("web/node_modules/left-pad/more.js")
    place.write("web/node_modules/new/index.js")
    place.write(".venv/lib/y.py")
    place.ear.hears_nothing()
    assert watcher._events is not None
    assert watcher._events.watches == 3  # type: ignore[attr-defined]
    place.write("src/a.py", "edited")
    place.ear.waits_for("src/a.py")


def test_a_vendored_folder_that_was_brought_back_is_watched(place: Place, watching: Watching) -> None:
    place.write("vendor/ours/a.md")
    watching()
    place.until_quiet()
    place.write("vendor/ours/a.md", "edited")
    place.ear.hears_nothing()
    place.write(".kbignore", "!vendor/\n")
    place.ear.waits_for("*")
    place.until_quiet()
    place.write("vendor/ours/a.md", "edited again")
    place.ear.waits_for("vendor/ours/a.md")


def test_a_place_in_an_inner_source_belongs_to_it(place: Place, watching: Watching) -> None:
    place.write("inner/deep/b.md")
    watcher = watching(place.source, Source(2, "inner", str(place.root / "inner")))
    place.write("inner/deep/b.md", "edited")
    place.write("a.md")
    place.ear.waits_for("a.md")
    place.ear.waits_for("deep/b.md", source_id=2)
    assert not [path for source_id, path in place.ear.places if source_id == 1 and "inner" in path]
    watcher.follow([place.source])
    place.until_quiet()
    place.write("inner/deep/b.md", "once more")
    place.ear.waits_for("inner/deep/b.md")


def test_a_source_no_longer_followed_is_not_heard(place: Place, watching: Watching) -> None:
    watcher = watching()
    watcher.follow([])
    place.write("a.md")
    place.ear.hears_nothing()
    assert watcher.state() == []


def test_names_that_are_not_utf8_are_heard(place: Place, watching: Watching) -> None:
    watching()
    with open(os.path.join(os.fsencode(place.root), b"caf\xe9.md"), "w") as file:
        file.write("x")
    place.ear.waits_for(r"caf\xe9.md")


def test_links_are_not_followed(place: Place, watching: Watching, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (place.root / "link").symlink_to(tmp_path / "outside")
    (place.root / "loop").symlink_to(place.root)
    watching()
    (tmp_path / "outside/a.md").write_text("x")
    place.ear.hears_nothing()


def test_a_checkout_is_heard(place: Place, watching: Watching) -> None:
    def git(*command: str) -> None:
        subprocess.run(["git", *command], cwd=place.root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    place.write("kept.md")
    git("add", ".")
    git("commit", "-qm", "x")
    git("checkout", "-qb", "other")
    for n in range(30):
        place.write(f"topic{n % 3}/n{n}.md")
    git("add", ".")
    git("commit", "-qm", "y")
    git("checkout", "-q", "main")
    watching()
    git("checkout", "-q", "other")
    place.ear.waits_for("topic0", "topic1", "topic2")
    assert not [path for _, path in place.ear.places if path.startswith(".git")]


def test_the_way_of_other_systems_hears_the_same(place: Place, watching: Watching, tmp_path: Path) -> None:
    place.write("node_modules/a/index.js")
    place.write("gone.md")

    def make(listener: Listener) -> ObserverEvents:
        return ObserverEvents(listener)

    watching(make_events=make)
    place.write("sub/a.md")
    place.write("b.md").rename(place.root / "c.md")
    (place.root / "gone.md").rename(tmp_path / "gone.md")
    place.ear.waits_for("sub", "b.md", "c.md", "gone.md")
    place.until_quiet()
    place.write("node_modules/a/index.js", "edited")
    (place.root / "sub/a.md").read_text()
    place.ear.hears_nothing()
    place.write("sub/a.md", "edited")
    place.ear.waits_for("sub/a.md")
