"""The commits that a draft is made of: the writer's own, or everybody's, since a day, as git stores them.

Git is asked as for a line's reason, under an empty configuration; only the name of the user is read from theirs.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.blame import Repository, Untold
from kb.sanitize import for_terminal

BUDGET_S = 3.0
MOST = 400
"""Of more commits than these the newest are read."""
FIELD, RECORD = "\x1f", "\x1e"
FORMAT = f"{RECORD}%H{FIELD}%an{FIELD}%ae{FIELD}%as{FIELD}%B{FIELD}"
TRAILER = re.compile(r"^(?:[A-Z][A-Za-z-]+-by|Change-Id|Co-authored-by|Refs?|Fixes|Closes):", re.IGNORECASE)
KIND = re.compile(r"^(?P<kind>[a-z]+)(?:\((?P<scope>[^)]+)\))?!?:\s+(?P<rest>.+)$")
"""`fix(api): …`, as conventional commits are written."""
MOST_CHARS = 4_000
"""Of a message."""
NAMES, READ_FOR_CHANGES = 200, 40
NOTES = (".md", ".rst", ".txt")


@dataclass(frozen=True, slots=True)
class Done:
    """One commit; `body` is what stands under its summary, without trailers."""

    id: str
    author: str
    email: str
    day: str
    summary: str
    body: str
    files: tuple[str, ...]

    @property
    def short(self) -> str:
        return self.id[:8]

    @property
    def text(self) -> str:
        return f"{self.summary}\n{self.body}".strip()

    @property
    def plain(self) -> str:
        """The summary without what kind of change it is."""
        match = KIND.match(self.summary)
        return match["rest"] if match else self.summary

    @property
    def area(self) -> str:
        """The scope that the commit names, else the folder that holds most of its files; empty for the top."""
        match = KIND.match(self.summary)
        if match and match["scope"]:
            return match["scope"]
        folders = [path.split("/")[0] for path in self.files if "/" in path]
        return max(sorted(set(folders)), key=folders.count, default="")


@dataclass(frozen=True, slots=True)
class Log:
    """The newest first; `notices` say what git could not tell."""

    commits: tuple[Done, ...] = ()
    top: str = ""
    author: str = ""
    """The e-mail address that was looked for, empty where all were."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Lines that a commit took out of a file and those it put there: before and after."""

    commit: Done
    path: str
    line: int
    """Where the new lines begin, in that commit."""
    before: tuple[str, ...]
    after: tuple[str, ...]


def read_log(cwd: str, since: datetime, *, own: bool) -> Log:
    """The commits of the checked-out branch since a moment, no merges; with `own` only the configured user's."""
    if not cwd:
        return Log(notices=("the current folder is gone, so no commits are taken",))
    author = configured_email(cwd) if own else ""
    if own and not author:
        return Log(notices=("git knows no user here, so no commits are taken: git config user.email you@example.org",))
    try:
        with Repository(os.path.join(cwd, "."), budget_s=BUDGET_S) as repository:
            # git stops at the first older commit date; the day of the author is looked at again below.
            told = repository.ask(
                "log", "--no-merges", f"--since={since.isoformat()}", f"-n{MOST}", "--no-renames", "--name-only",
                f"--format={FORMAT}", repository.commit, "--",
            )  # fmt: skip
            top = repository.top
    except Untold as error:
        return Log(author=author, notices=(f"no commits are taken: {error}",))
    found = tuple(c for c in _parsed(told or b"") if not own or c.email.lower() == author.lower())
    cut = (f"only the newest {MOST} commits are read",) if len(found) == MOST else ()
    return Log(found, top, author, cut)


def commits_on(cwd: str, paths: Sequence[str], *, most: int) -> list[Done]:
    """The last commits to some files, paths from the current folder; none without git."""
    asked = _asked(cwd, paths, "--name-only", f"-n{most}")
    return list(_parsed(asked))


def changes_on(cwd: str, paths: Sequence[str], *, most: int) -> list[Change]:
    """Small changes to some files, paths from the current folder, the newest first; none without git."""
    asked = _asked(cwd, paths, "-p", "-U0", "--no-ext-diff", "--no-textconv", f"-n{READ_FOR_CHANGES}")
    found: list[Change] = []
    for record in asked.decode("utf-8", "replace").split(RECORD)[1:]:
        head, _, patch = record.rpartition(FIELD)
        if (done := _done(head, "")) is not None:
            found += _changes(done, patch)
    return found[:most]


def lines_added(cwd: str, since: datetime) -> dict[str, set[str]]:
    """The lines, without margins, that came into each note since a moment, by its path from the repository's top."""
    asked = _asked(
        cwd, ["."], "-p", "-U0", "--no-ext-diff", "--no-textconv", f"--since={since.isoformat()}", f"-n{MOST}"
    )
    found: dict[str, set[str]] = {}
    for part in FILE.split(asked.decode("utf-8", "replace"))[1:]:
        if (name := NEW_NAME.search(part)) and name[1].strip().endswith(NOTES):
            lines = (line[1:].strip() for line in part[name.end() :].split("\n") if line.startswith("+"))
            found.setdefault(name[1].strip(), set()).update(filter(None, lines))
    return found


def _asked(cwd: str, paths: Sequence[str], *words: str) -> bytes:
    """What `git log` tells of some files; nothing without git, or where it takes too long."""
    if not paths or not cwd:
        return b""
    try:
        with Repository(os.path.join(cwd, "."), budget_s=BUDGET_S) as repository:
            inside = [repository.inside(os.path.realpath(os.path.join(cwd, path))) for path in paths[:NAMES]]
            command = ["log", "--no-merges", "--no-renames", *words, f"--format={FORMAT}", repository.commit, "--"]
            return repository.ask(*command, *inside) or b""
    except Untold:
        return b""


def configured_email(cwd: str) -> str:
    """The address that the user's commits carry, empty where git knows none."""
    if told := os.environ.get("GIT_AUTHOR_EMAIL"):
        return told
    environment = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    try:
        done = subprocess.run(
            ["git", "config", "--get", "user.email"],
            cwd=cwd or None, env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=BUDGET_S,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""


def _parsed(told: bytes) -> Iterable[Done]:
    for record in told.decode("utf-8", "replace").split(RECORD)[1:]:
        head, _, names = record.rpartition(FIELD)
        if (done := _done(head, names)) is not None:
            yield done


def _done(head: str, names: str) -> Done | None:
    fields = head.split(FIELD)
    if len(fields) < 5:
        return None
    commit, author, email, day = (for_terminal(field, keep_newlines=False) for field in fields[:4])
    # Whoever may push may write anything into a message, of any length.
    message = for_terminal(FIELD.join(fields[4:])[:MOST_CHARS], keep_newlines=True, keep_tabs=True)
    summary, _, body = message.strip().partition("\n")
    kept = [line for line in body.split("\n") if not TRAILER.match(line)]
    files = tuple(name for name in names.split("\n") if name)
    return Done(commit, author, email, day, summary.strip(), "\n".join(kept).strip(), files)


HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(?P<line>\d+)(?:,\d+)? @@", re.MULTILINE)
FILE = re.compile(r"^diff --git ", re.MULTILINE)
NEW_NAME = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)
LONGEST = 12


def _changes(commit: Done, patch: str) -> Iterable[Change]:
    """The hunks that both take lines out and put some there, short enough to be read side by side."""
    for part in FILE.split(patch)[1:]:
        name = NEW_NAME.search(part)
        marks = list(HUNK.finditer(part))
        for at, mark in enumerate(marks if name else ()):
            end = marks[at + 1].start() if at + 1 < len(marks) else len(part)
            lines = part[mark.end() : end].split("\n")[1:]
            before = tuple(line[1:] for line in lines if line.startswith("-"))
            after = tuple(line[1:] for line in lines if line.startswith("+"))
            if name and 1 <= len(before) <= LONGEST and 1 <= len(after) <= LONGEST:
                yield Change(commit, name[1].strip(), int(mark["line"]), before, after)
