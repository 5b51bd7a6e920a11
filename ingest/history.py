"""What git knows about files that carry no date of their own: the day each was first committed."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

TIME_LIMIT_S = 10.0
"""A repository with a long history must not hold up an index run for a date."""


NOTES = ("*.md", "*.rst", "*.txt")


def first_commit_dates(root: str, paths: Sequence[str] = ()) -> dict[str, str] | None:
    """ISO date of the first commit of each note below `root`, or of `paths` alone; None when git was too slow to tell.

    Empty without git or a repository. A few `paths` are told much sooner than the whole history.
    """
    if not _in_repository(Path(root)):
        return {}
    # The user's own settings must not run gpg over each commit, nor show a file under an earlier name.
    settings = ("core.quotepath=off", "log.showSignature=false", "log.follow=false")
    command = ["git", *(part for setting in settings for part in ("-c", setting)), "log", "--diff-filter=A",
               "--name-only", "-z", "--relative", "--format=%x01%as", "--", *(paths or NOTES)]  # fmt: skip
    environment = dict(os.environ, GIT_OPTIONAL_LOCKS="0", LC_ALL="C")
    if paths:
        environment["GIT_LITERAL_PATHSPECS"] = "1"
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=TIME_LIMIT_S, check=True)
    except subprocess.TimeoutExpired:
        return None
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
