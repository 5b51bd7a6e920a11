"""Which branch and commit a folder's repository is at, read from its files: no git process, well under 1 ms."""

import os
import re
from dataclasses import dataclass

_COMMIT = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST_BYTES = 1_000
"""HEAD, a loose ref and a worktree's pointers are one short line each; anything longer is something else."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a repository stands; `branch` is empty when HEAD is detached, `commit` before the first one."""

    branch: str
    commit: str


def head(root: str) -> Head | None:
    """The head of the repository that `root` lies in; None without one, or where it cannot be told by its files."""
    git = _git_folder(os.fsencode(root))
    line = _line(git, b"HEAD") if git else b""
    if git is None or not line:
        return None
    if _COMMIT.fullmatch(line):
        return Head("", line.decode())
    name = line.removeprefix(b"ref: ")
    # A reftable repository keeps its refs in a binary file and points at this name, which no branch can have.
    if name == line or name == b"refs/heads/.invalid":
        return None
    return Head(name.removeprefix(b"refs/heads/").decode("utf-8", "backslashreplace"), _commit(git, name))


def _git_folder(folder: bytes) -> bytes | None:
    """The folder that holds HEAD: `.git`, or what a worktree's or submodule's file of that name points at."""
    while True:
        git = os.path.join(folder, b".git")
        if os.path.isdir(git):
            return git
        if pointer := _line(folder, b".git"):
            return os.path.join(folder, pointer.removeprefix(b"gitdir: "))
        if (parent := os.path.dirname(folder)) == folder:
            return None
        folder = parent


def _commit(git: bytes, name: bytes) -> str:
    # A worktree has a HEAD of its own and shares the branches.
    shared = os.path.join(git, _line(git, b"commondir"))
    line = _line(git, name) or _line(shared, name) or _packed(shared, name)
    return line.decode() if _COMMIT.fullmatch(line) else ""


def _packed(git: bytes, name: bytes) -> bytes:
    """The commit of a ref among the packed ones, empty when it is not there."""
    try:
        with open(os.path.join(git, b"packed-refs"), "rb") as file:
            content = file.read()
    except OSError:
        return b""
    end = content.find(b" " + name + b"\n")
    return b"" if end < 0 else content[content.rfind(b"\n", 0, end) + 1 : end]


def _line(folder: bytes, name: bytes) -> bytes:
    """The first line of a small file, empty when there is none."""
    try:
        # Never waits: a pipe of this name would else hold up the answer.
        descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return b""
    try:
        return os.read(descriptor, _MOST_BYTES).partition(b"\n")[0].strip()
    except OSError:
        return b""
    finally:
        os.close(descriptor)
