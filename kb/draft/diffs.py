"""A unified diff as what it adds and takes away, by file and by function: no repository is needed to read it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.decisions.why.line import DECLARES

FILE = re.compile(r"^\+\+\+ (?:[abiwco]/)?(?P<path>[^\t\n]+)")
OLD_FILE = re.compile(r"^--- (?:[abiwco]/)?(?P<path>[^\t\n]+)")
HUNK = re.compile(r"^@@ -(?P<old>\d+)(?:,(?P<oldcount>\d+))? \+(?P<new>\d+)(?:,(?P<count>\d+))? @@ ?(?P<context>.*)$")
METHOD = re.compile(
    r"^\s+(?:(?:public|private|protected|static|async|final|override|virtual|synchronized|get|set)\s+)+"
    r"(?:[\w<>\[\],.?]+\s+)?([A-Za-z_$][\w$]*)\s*\([^;]*$"
    r"|^(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:\([^)]*\)|[A-Za-z_$][\w$]*)\s*=>"
)


@dataclass(frozen=True, slots=True)
class Changed:
    """One line of a diff; `at` is its line in the diff, `line` that of the new file (0 for one that goes)."""

    at: int
    line: int
    text: str
    path: str
    symbol: str
    is_added: bool
    is_declaration: bool = False
    """Whether it declares `symbol`, which is new then."""


def is_diff(text: str) -> bool:
    """Whether a text is a unified diff."""
    return bool(re.search(r"^(?:diff --git |@@ -\d+(?:,\d+)? \+\d+)", text, re.MULTILINE)) and bool(
        re.search(r"^\+\+\+ ", text, re.MULTILINE)
    )


def changes_of(text: str) -> list[Changed]:
    """The lines that come and go, in the diff's order, each under the function that it stands in."""
    found: list[Changed] = []
    path = old = symbol = ""
    left_old = left_new = number = 0
    for at, line in enumerate(text.split("\n"), 1):
        if line.startswith(("@@ -", "diff --git ")):
            # A line of a hunk begins with a blank or a sign: somebody cut the hunk before short.
            left_old = left_new = 0
        if left_old <= 0 and left_new <= 0:
            if match := OLD_FILE.match(line):
                old = match["path"]
            elif match := FILE.match(line):
                path = old if match["path"] == "/dev/null" else match["path"]
            elif match := HUNK.match(line):
                left_old, left_new = int(match["oldcount"] or 1), int(match["count"] or 1)
                number, symbol = int(match["new"]), _declared(match["context"]) or ""
            continue
        mark, body = line[:1], line[1:]
        if mark == "\\":
            continue
        declared = _declared(body)
        symbol = declared or symbol
        if mark in ("+", "-"):
            is_added = mark == "+"
            found.append(
                Changed(at, number if is_added else 0, body, path, symbol, is_added, bool(declared) and is_added)
            )
        left_old -= mark != "+"
        left_new -= mark != "-"
        number += mark != "-"
    return found


def functions_of(changes: Sequence[Changed]) -> list[tuple[str, str, tuple[Changed, ...]]]:
    """(path, function, its changed lines), in the order of the diff; a function is empty at the top of a file."""
    groups: dict[tuple[str, str], list[Changed]] = {}
    for change in changes:
        groups.setdefault((change.path, change.symbol), []).append(change)
    return [(path, symbol, tuple(lines)) for (path, symbol), lines in groups.items()]


def _declared(text: str) -> str:
    """What a line declares, empty where it declares nothing."""
    # `export default function f` is read as `function f`.
    match = DECLARES.match(text)
    if match:
        return match[1]
    other = METHOD.match(text)
    return (other[1] or other[2]) if other else ""
