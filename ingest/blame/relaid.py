"""Where a line stood before a change that only laid the text out anew: pure functions over the lines of two versions.

A formatter splits and joins lines, swaps quotes, adds trailing commas and drops semicolons; a sorter moves imports.
None of that is the reason of a line. Lines are compared by their tokens, in which these things do not show.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, pairwise

TOKEN = re.compile(r"""'[^'\n]*'|"[^"\n]*"|`[^`\n]*`|\w+|[^\w\s]""")
QUOTES = "'\"`"
CLOSING = frozenset(")]}")
MOST_LINES = 4_000
"""Of the part in which two versions differ; beyond it lines are only looked up."""
MOST_TOKENS = 6_000
FEWEST_TOKENS = 4
"""A shorter line (`return None`) stands in many places: only its neighbours could tell where it came from."""
IMPORT = re.compile(r"\s*(?:import\b|from\s+\S+\s+import\b|#\s*include\b|use\s|using\s|require\b|export\s.*\bfrom\b)")

Key = tuple[str, ...]


def lines_of(content: bytes) -> list[str]:
    """Lines as git counts them: only a line feed ends one."""
    return content.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")


def earlier_line(old: Sequence[str], new: Sequence[str], line: int) -> int | None:
    """The line of `old` that says the same as line `line` of `new` (both from 1); None where it is really new."""
    first, last_old, last_new = _differing(old, new)
    if line <= first:
        return line
    if line > last_new:
        return line - last_new + last_old
    before = [_key(text) for text in old[first:last_old]]
    after = [_key(text) for text in new[first:last_new]]
    at = line - first - 1
    if not after[at]:
        return None
    found = _aligned(before, after, at) if len(before) + len(after) <= MOST_LINES else None
    if found is None:
        found = _moved(before, after, at, text=new[line - 1])
    return None if found is None else found + first + 1


def _differing(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, int]:
    """How many lines are alike at the beginning, and where the differing part ends in each version."""
    shortest = min(len(old), len(new))
    first = next((n for n in range(shortest) if old[n].rstrip() != new[n].rstrip()), shortest)
    last = next((n for n in range(shortest - first) if old[-1 - n].rstrip() != new[-1 - n].rstrip()), shortest - first)
    return first, len(old) - last, len(new) - last


def _key(text: str) -> Key:
    """A line's tokens, without what formatters put in and take out."""
    tokens = [_unquoted(token) for token in TOKEN.findall(text)]
    if tokens and tokens[-1] == ";":
        tokens.pop()
    kept = [token for token, after in pairwise((*tokens, "")) if token != "," or after not in CLOSING]
    return tuple(kept)


def _unquoted(token: str) -> str:
    return f'"{token[1:-1]}"' if len(token) > 1 and token[0] in QUOTES and token[-1] == token[0] else token


def _aligned(before: Sequence[Key], after: Sequence[Key], at: int) -> int | None:
    """The line by its place among lines that are alike, or by its tokens where lines were split and joined."""
    for tag, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if j <= at < j_end:
            if tag == "equal":
                return i + at - j
            return _split_or_joined(before[i:i_end], after[j:j_end], at - j, base=i) if tag == "replace" else None
    return None


def _split_or_joined(before: Sequence[Key], after: Sequence[Key], at: int, *, base: int) -> int | None:
    old, new = list(_numbered(before)), list(_numbered(after))
    if len(old) + len(new) > MOST_TOKENS:
        return None
    wanted = [place for place, (number, _) in enumerate(new) if number == at]
    if not wanted:
        return None
    matcher = SequenceMatcher(None, [token for _, token in old], [token for _, token in new], autojunk=False)
    for i, j, size in matcher.get_matching_blocks():
        if j <= wanted[0] and wanted[-1] < j + size:
            # A lone bracket is like any other: it is taken only from a part that is alike as a whole.
            if len(wanted) < 2 and size < FEWEST_TOKENS:
                return None
            return base + old[i + wanted[0] - j][0]
    return None


def _numbered(keys: Iterable[Key]) -> Iterator[tuple[int, str]]:
    """(number of the line, token) of all lines, without commas before a closing bracket of the next line."""
    flat = [(number, token) for number, key in enumerate(keys) for token in key]
    following = [token for _, token in islice(flat, 1, None)]
    for (number, token), after in zip(flat, [*following, ")"], strict=True):
        if token != "," or after not in CLOSING:
            yield number, token


def _moved(before: Sequence[Key], after: Sequence[Key], at: int, *, text: str) -> int | None:
    """The one place where the same line stood; short lines are taken only where they import something."""
    key = after[at]
    if len(key) < FEWEST_TOKENS and not IMPORT.match(text):
        return None
    places = [number for number, other in enumerate(before) if other == key]
    return places[0] if len(places) == 1 and after.count(key) == 1 else None
