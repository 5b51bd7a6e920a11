"""Reads the frames out of a stack trace, and finds the indexed file of each by the end of its path.

A trace comes from another machine: `/app/src/shop/cart.py` is our `src/shop/cart.py`, while the `decoder.py` of the
standard library is not ours because we have one too.
"""

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.store.ledger import Ledger

MOST_LINES = 20_000
MOST_FRAMES = 400
MOST_LINE_CHARS = 2_000
PAINT = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""Colours and links of a terminal, which stand in the middle of a path where a run was recorded with them."""
PYTHON = re.compile(r'^\s*(?:\|\s*)?File "(?P<path>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<symbol>[^\n]+))?')
PYTEST = re.compile(r"^(?P<path>[\w./\\-]+\.py):(?P<line>\d+): (?:in (?P<symbol>\S+)|[A-Z]\w*)")
JAVA = re.compile(
    r"^\s*at (?:[\w.@-]+/{1,2})*(?P<owner>[\w$.]+)\.(?P<symbol>[\w$<>]+)\((?P<path>[\w$-]+\.\w+):(?P<line>\d+)\)"
)
JAVASCRIPT = re.compile(
    r"^\s*at (?:async )?(?:(?P<symbol>[^\n(]+?) \()?(?:file://|webpack-internal:///|webpack://(?:[\w.-]+)?/?)?"
    r"(?P<path>(?:[A-Za-z]:)?[^\s():]+\.[cm]?[jt]sx?)(?:\?[^\s:]*)?:(?P<line>\d+):\d+\)?"
)
FIREFOX = re.compile(r"^(?P<symbol>[^@\n]*)@(?:\w+://[^/\s]*/)?(?P<path>[^\s:]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+$")
CSHARP = re.compile(r"^\s*at (?P<symbol>[^\n(]+)\([^\n)]*\) in (?P<path>[^\n]+?):line (?P<line>\d+)")
RUBY = re.compile(
    r"^\s*(?:\d+: )?(?:from )?(?P<path>[^\s:]+\.(?:rb|rake|erb)):(?P<line>\d+):in [`'](?P<symbol>[^'\n]+)'"
)
GO = re.compile(r"^\s+(?P<path>(?:[A-Za-z]:)?[^\s:]+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?\s*$")
RUST = re.compile(r"^\s+at (?P<path>(?:[A-Za-z]:)?[^\s:]+\.rs):(?P<line>\d+)(?::\d+)?\s*$")
RUST_PANIC = re.compile(r"panicked at (?:'[^'\n]*', )?(?P<path>[^\s:]+\.rs):(?P<line>\d+)(?::\d+)?")
ONE_LINE = (PYTHON, JAVA, CSHARP, JAVASCRIPT, FIREFOX, RUBY, RUST_PANIC, PYTEST)
BELOW_ITS_CALL = (GO, RUST)
CALL = re.compile(
    r"^\s*(?:created by )?(?:\d+:\s+)?(?:0x[0-9a-f]+ - )?(?P<symbol>[\w./*()<>:\[\]$ ]+?)(?:\([^()]*\))?\s*$"
)
OUTERMOST_FIRST = "Traceback (most recent call last)"
CAUSE = "Caused by:"
OTHERS = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|node:internal|\.cargo|\.rustup|rustc|go/pkg/mod|gems"
    r"|vendor/bundle|usr/lib|usr/local/lib|usr/local/go|sdk/go[\d.]+|lib/python[\d.]+|python\d+/lib|nix/store)/",
    re.IGNORECASE,
)
"""Folders of other people's code."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a trace; `path` has forward slashes, `written` is the frame's own line.

    `is_whole` where the path is that of a package (Java): a file fits only if it ends in all of it.
    """

    path: str
    line: int
    symbol: str
    written: str
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class IndexedFile:
    source: str
    root: str
    path: str
    raw: bytes

    @property
    def abspath(self) -> str:
        return os.path.join(self.root, os.fsdecode(self.raw))


@dataclass(frozen=True, slots=True)
class FrameFile:
    """The file of a frame; `several` are those that fit equally well, where none is meant alone."""

    file: IndexedFile | None
    several: tuple[str, ...] = ()


def frames_in(trace: str) -> list[Frame]:
    """The frames of a trace, the innermost first, whichever its language writes first."""
    runs: list[tuple[bool, list[Frame]]] = [(False, [])]
    previous = ""
    for text in (PAINT.sub("", line[:MOST_LINE_CHARS]) for line in trace.splitlines()[:MOST_LINES]):
        if OUTERMOST_FIRST in text or text.lstrip().startswith(CAUSE):
            runs.append((OUTERMOST_FIRST in text, []))
        elif frame := _frame(text, previous):
            runs[-1][1].append(frame)
        previous = text
    # Of a chain of exceptions the last one written is where it began (Java), or what was not caught (Python).
    found = [
        frame
        for outermost_first, run in reversed(runs)
        for frame in (reversed(run) if outermost_first or all(f.path.endswith(".py") for f in run) else run)
    ]
    return found[:MOST_FRAMES]


def _frame(text: str, previous: str) -> Frame | None:
    for form in ONE_LINE:
        if match := form.search(text) if form is RUST_PANIC else form.match(text):
            groups = match.groupdict()
            path = groups["path"].replace("\\", "/")
            owner = groups.get("owner")
            if owner:
                package = owner.split(".")[:-1]
                path = "/".join((*package, path))
            return _made(path, match, groups.get("symbol") or "", text, is_whole=bool(owner))
    for form in BELOW_ITS_CALL:
        if match := form.match(text):
            call = CALL.match(previous)
            return _made(match["path"].replace("\\", "/"), match, call["symbol"] if call else "", text)
    return None


def _made(path: str, match: re.Match[str], symbol: str, text: str, *, is_whole: bool = False) -> Frame | None:
    line = int(match["line"][:9])
    return Frame(path, line, symbol.strip(), text.strip(), is_whole) if line else None


class FrameFiles:
    """The indexed files by their names; `home_source` is preferred where two fit equally well."""

    def __init__(self, ledger: Ledger, *, home_source: str = "") -> None:
        self._ledger = ledger
        self._home_source = home_source

    def find(self, frame: Frame) -> FrameFile:
        """The file whose path ends in most of the frame's, if that is enough to be sure."""
        written = [part for part in frame.path.split("/") if part not in ("", ".", "..")]
        if not written:
            return FrameFile(None)
        fitting: dict[tuple[int, bool], list[IndexedFile]] = defaultdict(list)
        candidates = self._by_name.get(written[-1], [])
        theirs = bool(OTHERS.search(frame.path))
        for file in candidates:
            alike = _alike(written, file.abspath.replace(os.sep, "/").split("/"))
            own = file.path.split("/")
            enough = alike == len(written) if frame.is_whole else alike >= min(2, len(written))
            if (enough or alike >= len(own)) and (not theirs or frame.path == file.abspath):
                fitting[(min(alike, len(written)), alike >= len(own))].append(file)
        best = fitting[max(fitting)] if fitting else []
        at_home = [file for file in best if file.source == self._home_source] or best
        if len(at_home) > 1:
            return FrameFile(None, tuple(f"{file.source}:{file.path}" for file in at_home[:4]))
        return FrameFile(at_home[0] if at_home else None)

    @cached_property
    def _by_name(self) -> dict[str, list[IndexedFile]]:
        rows: Sequence[tuple[str, str, str, bytes]] = self._ledger.database.execute(
            "SELECT s.name, s.root, f.path, f.raw FROM file f JOIN source s ON s.id = f.source_id"
        ).fetchall()
        named: dict[str, list[IndexedFile]] = defaultdict(list)
        for row in rows:
            named[posixpath.basename(row[2])].append(IndexedFile(*row))
        return named


def _alike(written: Sequence[str], known: Sequence[str]) -> int:
    """How many names two paths have in common, from their ends."""
    count = 0
    for one, other in zip(reversed(written), reversed(known), strict=False):
        if one != other:
            break
        count += 1
    return count
