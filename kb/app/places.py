"""REFs: `[SOURCE:]PATH[:START[-END]]` resolved to a file on disk and its place in a source."""

import os
import re
from dataclasses import dataclass

from kb.errors import NotFoundError, UsageError
from kb.model import Source
from kb.store.ledger import Ledger

LINES = re.compile(r"^(?P<path>.+?):(?P<start>\d{1,9})(?:-(?P<end>\d{1,9}))?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and the lines that are meant; `start` and `end` are 0 where the whole file is.

    `path` is as the ledger spells it, `abspath` as the operating system opens it.
    """

    source: str
    path: str
    abspath: str
    start: int = 0
    end: int = 0


def split_lines_off(ref: str) -> tuple[str, int, int]:
    """`a.md:3-9` → (`a.md`, 3, 9); no lines → 0, 0."""
    match = LINES.match(ref)
    if match is None:
        return ref, 0, 0
    start = int(match["start"])
    end = int(match["end"] or start)
    if start < 1 or end < start:
        raise UsageError(f"not a range of lines: {ref}", "lines count from 1, as in: kb get README.md:3-9")
    return match["path"], start, end


def as_known(path: str) -> str:
    r"""A path that was typed, as the ledger knows it: bytes that are not UTF-8 as ``\xNN``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def shown_abspath(root: str, path: str) -> str:
    """The absolute path of a file of the ledger as JSON spells it; `path` is as the ledger knows it."""
    return os.path.join(as_known(root), *path.split("/"))


def resolve(ledger: Ledger, ref: str, cwd: str) -> Place:
    """The place that `ref` means; a file below the current folder wins over one in a source."""
    if os.path.isfile(os.path.join(cwd, ref)):
        return _on_disk(ledger, os.path.join(cwd, ref), 0, 0)
    path, start, end = split_lines_off(ref)
    if os.path.isfile(os.path.join(cwd, path)):
        return _on_disk(ledger, os.path.join(cwd, path), start, end)
    source, colon, rest = path.partition(":")
    name = as_known(source)
    named = name if colon and any(s.name == name for s in ledger.catalog.sources()) else ""
    wanted = as_known(rest if named else path).removeprefix("./")
    known = ledger.passages.files_at(wanted, named)
    if not known:
        raise NotFoundError(f"no such file: {path}", "kb search shows paths that can be opened")
    if len(known) > 1:
        names = ", ".join(f"{row[1]}:{wanted}" for row in known)
        raise UsageError(f"{wanted} stands in several sources", f"say which: {names}")
    _, name, root, raw = known[0]
    return Place(name, wanted, os.path.join(root, os.fsdecode(raw)), start, end)


def owner(sources: list[Source], abspath: str) -> Source | None:
    """The innermost source that holds a path, None when none does."""
    real = os.path.realpath(abspath)
    holding = [s for s in sources if real == s.root or real.startswith(s.root.rstrip(os.sep) + os.sep)]
    return max(holding, key=lambda source: len(source.root), default=None)


def _on_disk(ledger: Ledger, abspath: str, start: int, end: int) -> Place:
    real = os.path.realpath(abspath)
    source = owner(ledger.catalog.sources(), real)
    if source is None:
        return Place("", as_known(os.path.basename(real)), real, start, end)
    path = as_known(os.path.relpath(real, source.root).replace(os.sep, "/"))
    return Place(source.name, path, real, start, end)
