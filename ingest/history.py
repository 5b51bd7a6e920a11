"""What git knows about files that carry no date of their own: the day each was first committed."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.head import head

TIME_LIMIT_S = 10.0
"""A repository with a long history must not hold up an index run for a date."""
TIME_LIMIT_OF_FEW_S = 2.0
"""After the edit of one note somebody waits to find it."""
ASKED_BY_NAME = 50
"""Git is asked for so few notes alone: after the edit of one it need not look at all others."""
REMEMBERED = 10_000
NOTES = ("*.md", "*.rst", "*.txt")


@dataclass(frozen=True, slots=True)
class _Told:
    """What git said of a file at a commit; `day` is empty when it knew of none, None when it was too slow."""

    day: str | None
    commit: str


_told: dict[tuple[str, str], _Told] = {}
"""A first commit stays the first: a note that is saved all day long costs one walk through the history."""


class FirstCommits:
    """The days of the first commits of files below one root, asked for in a run over `count` files."""

    def __init__(self, root: str, *, count: int) -> None:
        self._root = root
        self._asked_by_name = count <= ASKED_BY_NAME
        self._all: dict[str, str] | None = None
        self._asked = False

    def of(self, paths: Sequence[str]) -> dict[str, str]:
        """ISO date by path, empty where git knows none; a path is missing where git was too slow to tell."""
        if self._asked_by_name:
            return _remembered(self._root, paths)
        if not self._asked:
            self._all, self._asked = first_commit_dates(self._root), True
        return {} if self._all is None else {path: self._all.get(path, "") for path in paths}


def first_commit_dates(root: str, paths: Sequence[str] = ()) -> dict[str, str] | None:
    """ISO date of the first commit of each note below `root`, or of `paths` alone; None when git was too slow to tell.

    Empty without git or a repository. A few `paths` are told much sooner than the whole history.
    """
    # The user's own settings must not run gpg over each commit, nor show a file under an earlier name.
    settings = ("core.quotepath=off", "log.showSignature=false", "log.follow=false")
    command = [*(part for setting in settings for part in ("-c", setting)), "log", "--diff-filter=A",
               "--name-only", "-z", "--relative", "--format=%x01%as", "--", *(paths or NOTES)]  # fmt: skip
    output = _git(root, command, literal=bool(paths), limit_s=TIME_LIMIT_OF_FEW_S if paths else TIME_LIMIT_S)
    return None if output is None else _parse(output)


def _remembered(root: str, paths: Sequence[str]) -> dict[str, str]:
    at = head(root)
    commit = at.commit if at else ""
    told = {path: _told.get((root, path)) for path in paths}
    # No answer holds until the next commit, and no longer; without a commit to name it by, not even so long.
    new = [path for path, t in told.items() if t is None or (not t.day and (t.commit != commit or not commit))]
    if new:
        days = _days(root, new)
        if len(_told) > REMEMBERED:
            _told.clear()
        for path in new:
            told[path] = _told[root, path] = _Told(None if days is None else days.get(path, ""), commit)
    return {path: t.day for path, t in told.items() if t is not None and t.day is not None}


def _days(root: str, paths: Sequence[str]) -> dict[str, str] | None:
    # A note that is not committed costs a walk through the whole history to find nothing: asked first, it is no walk.
    listed = _git(
        root, ["ls-tree", "-z", "--name-only", "HEAD", "--", *paths], literal=True, limit_s=TIME_LIMIT_OF_FEW_S
    )
    if listed is None:
        return None
    committed = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    return first_commit_dates(root, committed) if committed else {}


def _git(root: str, command: Sequence[str], *, literal: bool, limit_s: float) -> bytes | None:
    """What git answers, nothing where it cannot; None after `limit_s` seconds."""
    if not _in_repository(Path(root)):
        return b""
    environment = dict(os.environ, GIT_OPTIONAL_LOCKS="0", LC_ALL="C")
    if literal:
        environment["GIT_LITERAL_PATHSPECS"] = "1"
    try:
        done = subprocess.run(
            ["git", *command], cwd=root, env=environment, capture_output=True, timeout=limit_s, check=True
        )
    except subprocess.TimeoutExpired:
        return None
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout


def _in_repository(folder: Path) -> bool:
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def _parse(output: bytes) -> dict[str, str]:
    dates: dict[str, str] = {}
    day = ""
    for token in output.split(b"\0"):
        text = token.strip(b"\n")
        if text.startswith(b"\x01"):
            day = text[1:].decode()
        elif text:
            # Newest first, so a later overwrite is the earlier commit.
            dates[os.fsdecode(text)] = day
    return dates
