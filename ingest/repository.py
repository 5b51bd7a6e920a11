"""Where a git repository begins and which ignore files it brings, read without running git."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator

from ingest.ignore import Chain, IgnoreFile, parse

IGNORE_FILES = frozenset({b".gitignore", b".kbignore"})
"""A change of one of these is a change of what its folder holds for us."""
MAX_IGNORE_BYTES = 1 << 20
"""A longer ignore file is not one: reading it could take for ever."""


def surrounding(root: bytes) -> Chain:
    """The ignore files above `root` that hold inside it: those between the top of its repository and itself."""
    folders = [root, *_parents(root)]
    top = next((n for n, folder in enumerate(folders) if os.path.lexists(os.path.join(folder, b".git"))), 0)
    kb: list[IgnoreFile] = []
    git: list[IgnoreFile] = []
    for folder in folders[1 : top + 1]:
        prefix = os.path.relpath(root, folder) + b"/"
        kb.extend(_file(os.path.join(folder, b".kbignore"), prefix=prefix))
        git.extend(_file(os.path.join(folder, b".gitignore"), prefix=prefix))
    if top:
        git.extend(_file(_exclude_file(folders[top]), prefix=os.path.relpath(root, folders[top]) + b"/"))
    return Chain(tuple(kb), tuple(git))


def entered(chain: Chain, folder: bytes, *, depth: int, names: Iterable[bytes]) -> Chain:
    """The chain that holds inside `folder` (absolute), whose paths begin after `depth` bytes of the walk's path."""
    kb, git = chain.kb, chain.git
    if b".git" in names:
        # A repository inside another one obeys its own rules only, as git has it.
        git = tuple(_file(_exclude_file(folder), depth=depth))
    if b".gitignore" in names:
        git = (*_file(os.path.join(folder, b".gitignore"), depth=depth), *git)
    if b".kbignore" in names:
        kb = (*_file(os.path.join(folder, b".kbignore"), depth=depth), *kb)
    return chain if (kb, git) == (chain.kb, chain.git) else Chain(kb, git)


def read_small(path: bytes) -> bytes:
    """The bytes of a regular file, or none: a pipe or a link named like an ignore file must not hold up the walk."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return b""
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise
        return b""
    with open(descriptor, "rb") as file:
        return file.read(MAX_IGNORE_BYTES)


def _file(path: bytes, *, depth: int = 0, prefix: bytes = b"") -> Iterator[IgnoreFile]:
    if content := read_small(path):
        yield IgnoreFile(parse(content), depth, prefix)


def _parents(folder: bytes) -> Iterator[bytes]:
    while (parent := os.path.dirname(folder)) != folder:
        yield parent
        folder = parent


def _exclude_file(repository: bytes) -> bytes:
    """Path of info/exclude; a worktree's or submodule's .git is a file that points elsewhere."""
    git = os.path.join(repository, b".git")
    if not os.path.isdir(git):
        git = os.path.join(repository, read_small(git).removeprefix(b"gitdir:").strip())
        git = os.path.join(git, read_small(os.path.join(git, b"commondir")).strip())
    return os.path.join(git, b"info", b"exclude")
