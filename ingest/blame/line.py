"""The commit that a line owes its content to, and what came along with it."""

import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.blame.relaid import earlier_line, lines_of
from ingest.blame.repository import Commit, Repository, Untold

IGNORED = ".git-blame-ignore-revs"
MOST_STEPS = 8
"""So many formatters in a row are walked back over."""
MOVES_LIMIT_S = 1.5
"""Looking for moved lines compares all files of a commit; a very large one is blamed without."""
MERGE_LIMIT_S = 1.0
HASH = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


@dataclass(frozen=True, slots=True)
class Origin:
    """The commit of a line, with its place there; `passed` are the commits that only laid it out anew."""

    commit: Commit
    path: str
    line: int
    passed: tuple[str, ...] = ()
    certain: bool = True
    """False where the clone is shallow and this is as far as it goes back: the line may be older."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Blamed:
    commit: str
    path: str
    line: int
    previous: tuple[str, str] | None
    """Commit and path of the version before; None in the commit that added the file."""


def line_in(repository: Repository, path: str, content: bytes, line: int) -> int | None:
    """The number that a line of the working file has in the commit; None where it is not committed.

    Git is not asked to look at the working file: it would run the repository's filters over it.
    """
    committed = repository.blob(repository.commit, path)
    if committed is None:
        raise Untold("the file is not committed")
    return earlier_line(lines_of(committed), lines_of(content), line)


def origin_of(repository: Repository, path: str, line: int) -> Origin:
    """Where line `line` of the committed file `path` comes from; Untold where git does not say."""
    notices: list[str] = []
    passed: list[str] = []
    rev = repository.commit
    while True:
        blamed = _blamed(repository, rev, path, line, notices)
        older = _older(repository, blamed) if blamed.previous and len(passed) < MOST_STEPS else None
        if older is None or blamed.previous is None:
            break
        passed.append(blamed.commit)
        (rev, path), line = blamed.previous, older
    commit = repository.commit_at(blamed.commit)
    if commit is None:
        raise Untold("a commit is missing from the repository")
    certain = blamed.commit not in repository.shallow
    if not certain:
        notices.append("the clone is shallow: the line may be older than its oldest commit")
    return Origin(commit, blamed.path, blamed.line, tuple(passed), certain, tuple(dict.fromkeys(notices)))


def merge_of(repository: Repository, commit: Commit) -> Commit | None:
    """The merge that brought a commit into the line of first parents; None where it was made there."""
    with suppress(Untold):
        listed = repository.ask(
            "rev-list", "--parents", "--ancestry-path", f"{commit.id}..{repository.commit}", limit_s=MERGE_LIMIT_S
        )
        merge = _entrance(listed or b"", repository.commit, commit.id)
        return repository.commit_at(merge) if merge else None
    return None


def changed_in(repository: Repository, commit: Commit) -> list[tuple[str, bool]]:
    """(path from the top of the repository, whether it was new) of what a commit changed; none for a merge."""
    told = repository.ask("diff-tree", "--root", "-r", "--no-commit-id", "--no-renames", "--name-status", "-z",
                          commit.id)  # fmt: skip
    words = (told or b"").split(b"\0")
    return [(os.fsdecode(name), status == b"A") for status, name in zip(words[::2], words[1::2], strict=False)]


def _entrance(listed: bytes, head: str, commit: str) -> str:
    """Down the first parents for as long as they hold the commit: the last that does is the one that brought it."""
    parents = {
        words[0]: words[1:] for line in listed.decode("ascii", "replace").splitlines() if (words := line.split())
    }
    at = head
    while at in parents:
        first = parents[at][0] if parents[at] else ""
        if first == commit:
            return ""
        if first not in parents:
            return at if len(parents[at]) > 1 else ""
        at = first
    return ""


def _older(repository: Repository, blamed: _Blamed) -> int | None:
    """The line's number in the version before, where the commit only laid it out anew."""
    if blamed.previous is None:
        return None
    old = repository.blob(*blamed.previous)
    new = repository.blob(blamed.commit, blamed.path)
    if old is None or new is None:
        return None
    return earlier_line(lines_of(old), lines_of(new), blamed.line)


def _blamed(repository: Repository, rev: str, path: str, line: int, notices: list[str]) -> _Blamed:
    words = ["blame", "--no-textconv", "--porcelain", "-w", "-L", f"{line},{line}"]
    ignoring = _ignoring(repository, notices)
    told = None
    try:
        for moves, skipped in ((["-M", "-C"], ignoring), (["-M", "-C"], [])):
            told = repository.ask(*words, *moves, *skipped, rev, "--", path, limit_s=MOVES_LIMIT_S)
            if told is not None or not skipped:
                break
            notices.append(f"git refuses {IGNORED}: it was left out")
    except Untold:
        notices.append("git took too long to look for moved lines: this is where the line stands since")
        told = repository.ask(*words, rev, "--", path)
    finally:
        for word in ignoring[1:]:
            with suppress(OSError):
                os.unlink(word)
    if told is None:
        raise Untold("git cannot tell where the line comes from")
    return _parsed(told)


def _ignoring(repository: Repository, notices: list[str]) -> list[str]:
    """The option that leaves out the listed commits; whatever else stands in the list must not end the blame."""
    listed = Path(repository.top, IGNORED)
    try:
        if not listed.is_file():
            return []
        lines = [line.partition(b"#")[0].strip() for line in listed.read_bytes().splitlines()]
    except OSError:
        return []
    hashes = [line for line in lines if HASH.fullmatch(line)]
    if len(hashes) < sum(map(bool, lines)):
        notices.append(f"{IGNORED} holds lines that are no full commit ids: they were left out")
    if not hashes:
        return []
    descriptor, name = tempfile.mkstemp(prefix="kb-ignore-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"\n".join(hashes) + b"\n")
    return ["--ignore-revs-file", name]


def _parsed(told: bytes) -> _Blamed:
    first, *rest = told.split(b"\n")
    words = first.split(b" ")
    if len(words) < 3 or not HASH.fullmatch(words[0]):
        raise Untold("git answers in words that are not understood")
    fields: dict[bytes, bytes] = {}
    for text in rest:
        if text.startswith(b"\t"):
            break
        name, _, value = text.partition(b" ")
        fields[name] = value
    previous = None
    if b"previous" in fields:
        rev, _, path = fields[b"previous"].partition(b" ")
        previous = (rev.decode("ascii", "replace"), _path(path))
    return _Blamed(words[0].decode(), _path(fields.get(b"filename", b"")), int(words[1]), previous)


def _path(written: bytes) -> str:
    """A path as git writes it: in quotes, with escapes, where it holds a quote or a control character."""
    if len(written) < 2 or not (written.startswith(b'"') and written.endswith(b'"')):
        return os.fsdecode(written)
    return os.fsdecode(ESCAPE.sub(_unescaped, written[1:-1]))


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 255]) if code.isdigit() else ESCAPES.get(code, code)
