"""The branch and commit of a repository, told by its files as git itself tells them."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from ingest.head import Head, head


def git(folder: Path, *command: str) -> str:
    done = subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "docs/deep").mkdir(parents=True)
    (folder / "docs/deep/a.md").write_text("x")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "x")
    return folder


def as_git_says(folder: Path) -> Head:
    name = git(folder, "rev-parse", "--abbrev-ref", "HEAD")
    return Head("" if name == "HEAD" else name, git(folder, "rev-parse", "HEAD"))


def test_outside_of_a_repository_there_is_none(tmp_path: Path) -> None:
    assert head(str(tmp_path)) is None
    assert head(str(tmp_path / "nowhere")) is None


def test_a_branch_is_told_in_every_folder_of_its_repository(repository: Path) -> None:
    assert head(str(repository)) == head(str(repository / "docs/deep")) == as_git_says(repository)
    git(repository, "checkout", "-qb", "topic/über")
    assert head(str(repository)) == as_git_says(repository)


def test_packed_refs_are_read(repository: Path) -> None:
    for name in ("mai", "main2", "x/main"):
        git(repository, "branch", name)
    git(repository, "commit", "-q", "--allow-empty", "-m", "y")
    git(repository, "tag", "-a", "-m", "z", "v1")
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git/refs/heads/main").exists()
    assert head(str(repository)) == as_git_says(repository) == Head("main", git(repository, "rev-parse", "@"))


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert head(str(repository)) == Head("", git(repository, "rev-parse", "HEAD"))


def test_before_the_first_commit_there_is_a_branch_only(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "start")
    assert head(str(tmp_path)) == Head("start", "")


@pytest.mark.parametrize("packed", [False, True])
def test_a_worktree_has_its_own_head(repository: Path, tmp_path: Path, packed: bool) -> None:
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "-q", "-b", "side", str(tree))
    git(tree, "commit", "-q", "--allow-empty", "-m", "y")
    if packed:
        git(repository, "pack-refs", "--all")
    assert (tree / ".git").is_file()
    assert head(str(tree)) == as_git_says(tree)
    assert head(str(tree)) != head(str(repository))


def test_a_submodule_is_told_of_itself(repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repository), "inner")
    assert (outer / "inner/.git").is_file()
    assert head(str(outer / "inner")) == as_git_says(outer / "inner")


@pytest.mark.parametrize("content", ["", "ref: refs/heads/.invalid\n", "nonsense\n", "\0" * 5_000])
def test_what_the_files_do_not_tell_is_not_guessed(repository: Path, content: str) -> None:
    (repository / ".git/HEAD").write_text(content)
    assert head(str(repository)) is None


def test_a_pipe_for_a_head_does_not_hold_it_up(repository: Path) -> None:
    (repository / ".git/HEAD").unlink()
    os.mkfifo(repository / ".git/HEAD")
    assert head(str(repository)) is None


def test_it_takes_less_than_a_millisecond_among_ten_thousand_branches(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    refs = "".join(f"{commit} refs/heads/b{n:05}\n" for n in range(10_000))
    (repository / ".git/packed-refs").write_text("# pack-refs with: peeled fully-peeled sorted \n" + refs)
    (repository / ".git/HEAD").write_text("ref: refs/heads/b09999\n")
    took = []
    for _ in range(50):
        started = time.perf_counter()
        assert head(str(repository)) == Head("b09999", commit)
        took.append(time.perf_counter() - started)
    assert min(took) < 0.001
