"""What comments and docstrings of source code refer to: decisions, by number or by file. Strings refer to nothing."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from ingest.readers.grammars import COMMENTS
from ingest.readers.links import DIGIT, MAX_REFERENCES, evidence, mentioned
from kb.model import Reference

MARK = re.compile(r"(?:^|[\s;{}),])(?://|#|--|;|%|/?\*+|<!--|\"\"\"|''')")
"""Where a comment begins, in the languages that have no grammar here."""
MAX_LINE_CHARS = 2_000
"""A longer line is none that somebody wrote a comment in."""
PARENTS = 4
"""How far above a word of a comment its node may lie: Ruby and Bash nest none, docstrings three."""


def comment_references(lines: Sequence[str], root: Any = None) -> tuple[Reference, ...]:
    """The decisions that comments name, once for each line; `root` is the syntax tree where there is one."""
    in_comment = _in_comment(root, lines) if root is not None else _looks_like_comment(lines)
    found: dict[tuple[str, int], Reference] = {}
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_CHARS or not DIGIT.search(line):
            continue
        for at, target in mentioned(line):
            if in_comment(number, at) and not _is_quoted(line[:at]):
                found.setdefault((target, number), Reference(number, "mentions", target, evidence(line, at)))
        if len(found) > MAX_REFERENCES:
            break
    return tuple(found.values())


def _is_quoted(before: str) -> bool:
    """Whether a comment speaks of the words `ADR-12`, as this one does, and not of that decision."""
    bare = before.replace('"""', "").replace("``", "`")
    return bare.count("`") % 2 == 1 or bare.count('"') % 2 == 1


def _looks_like_comment(lines: Sequence[str]) -> Callable[[int, int], bool]:
    def looks(number: int, at: int) -> bool:
        before = lines[number - 1][:at]
        mark = MARK.search(before)
        # An open quote before the mark: `url = "http://…#ADR-1"` says nothing of a decision.
        return mark is not None and not any(before[: mark.start()].count(quote) % 2 for quote in "\"'`")

    return looks


def _in_comment(root: Any, lines: Sequence[str]) -> Callable[[int, int], bool]:
    def within(number: int, at: int) -> bool:
        column = len(lines[number - 1][:at].encode("utf-8", "replace"))
        node = root.descendant_for_point_range((number - 1, column), (number - 1, column + 1))
        for _ in range(PARENTS):
            if node is None:
                return False
            if node.type in COMMENTS or _is_docstring(node):
                return True
            node = node.parent
        return False

    return within


def _is_docstring(node: Any) -> bool:
    """A string that is a statement of its own: nothing is done with it but reading."""
    return node.type == "string" and node.parent is not None and node.parent.type == "expression_statement"
