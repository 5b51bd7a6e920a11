"""What git knows about files that carry no date of their own: the day each was first committed."""

import os
import subprocess
from pathlib import Path

TIME_LIMIT_S = 10.0
"""A repository with a long history must not hold up an index run for a date."""


def first_commit_dates(root: str, patterns: tuple[str, ...] = ("*.md", "*.rst", "*.txt")) -> dict[str, str]:
    """ISO date of the first commit of each matching file below `root`; empty without git or in time trouble."""
    if not _in_repository(Path(root)):
        return {}
    command = ["git", "-c", "core.quotepath=off", "log", "--diff-filter=A", "--name-only", "-z", "--relative",
               "--format=%x01%as", "--", *patterns]  # fmt: skip
    environment = dict(os.environ, GIT_OPTIONAL_LOCKS="0", LC_ALL="C")
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=TIME_LIMIT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    return _parse(done.stdout)


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
