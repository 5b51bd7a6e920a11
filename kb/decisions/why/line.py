"""The line that is asked about, with what stands around it: its declaration, its comments, the names on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.files import split_lines
from ingest.readers import read_document
from kb.model import Block

NAME = re.compile(r"[A-Za-z_$][\w$]*")
DECLARES = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|internal|static|async|abstract|final|override|unsafe|pub"
    r"(?:\([^)]*\))?)\s+)*"
    r"(?:def|class|func|fn|function|interface|struct|enum|trait|module|type)\s+(?:\([^)]*\)\s*)?([A-Za-z_$][\w$]*)"
)
COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*|--|;|<!--|\"\"\"|''')")
REMARK = re.compile(r"(?:^|\s)(?:#|//|--|/?\*)\s")
OPENS = ("{", "(", "[", ":")
HEADER_LINES = 20
NEAR_LINES = 60
"""A declaration up to this long is read as a whole: what its comments name is named for each of its lines."""
SAID_CHARS = 700
MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Line:
    """Line `number` of a file; `source` is empty and `file_id` None where the index does not know the file."""

    source: str
    path: str
    abspath: str
    file_id: int | None
    number: int
    lines: tuple[str, ...]
    start: int
    end: int
    """The declaration around it, or the paragraph; the line alone where there is neither."""
    symbols: tuple[str, ...] = ()
    """What is declared around it, the innermost first."""
    elsewhere: frozenset[str] = frozenset()
    """What the file declares beside that: a note that names one of these speaks of another place."""

    @property
    def text(self) -> str:
        return self.lines[self.number - 1]

    @property
    def names(self) -> tuple[str, ...]:
        """The identifiers on the line that are more than a common word."""
        found = (match.group() for match in NAME.finditer(self.text))
        return tuple(dict.fromkeys(name for name in found if is_telling(name)))[:MOST_NAMES]

    @property
    def names_around(self) -> frozenset[str]:
        """The same of the whole declaration, with what is said right above it."""
        first = self.start
        while first > 1 and COMMENT.match(self.lines[first - 2]):
            first -= 1
        text = "\n".join(self.lines[first - 1 : self.end])
        return frozenset(match.group() for match in NAME.finditer(text) if is_telling(match.group()))

    def comments(self) -> list[tuple[int, str]]:
        """(number, text) of the lines of the file that hold a comment."""
        return [(n, text) for n, text in enumerate(self.lines, start=1) if REMARK.search(text)]

    def near(self) -> str:
        """The line, its declaration down to it, and the comment right above: what is said for this line."""
        first = self.number
        while first > 1 and COMMENT.match(self.lines[first - 2]):
            first -= 1
        if self.end - self.start < NEAR_LINES:
            first = min(first, self.start)
        above = (self._without_remark(n) for n in range(first, self.number))
        return "\n".join((*above, self.text))

    def _without_remark(self, number: int) -> str:
        """Another line without the comment at its end, which is said of that line; what opens a block speaks of it."""
        text = self.lines[number - 1]
        remark = REMARK.search(text)
        code = text[: remark.start()].rstrip() if remark else ""
        return text if not code or (number == self.start and code.endswith(OPENS)) else code

    def header(self) -> str:
        """The beginning of the file, where it says what it is for."""
        return "\n".join(map(self._without_remark, range(1, min(HEADER_LINES, len(self.lines)) + 1)))

    def said(self) -> str:
        """What to look for by meaning: names, the line, what it stands in."""
        around = "\n".join(self.lines[self.start - 1 : self.end])
        return "\n".join((" ".join(self.symbols), self.text.strip(), around))[:SAID_CHARS]


def is_telling(name: str) -> bool:
    """True for an identifier that is no common word: `parse_config`, `useCartSync`, `_guarded`; not `Drain`."""
    if len(name) < 5 or (name.startswith("__") and name.endswith("__")):
        return False
    return "_" in name.rstrip("_") or bool(re.search(r"[a-z0-9][A-Z]", name))


def line_at(
    text: str, *, source: str, path: str, abspath: str, file_id: int | None, number: int
) -> Line | None:  # fmt: skip
    """Line `number` of a file with this text; None where it has fewer."""
    lines = split_lines(text)
    if not 1 <= number <= len(lines):
        return None
    blocks = read_document(path, text, source_name=source).blocks
    block = _innermost(blocks, number)
    symbols = tuple(dict.fromkeys((*_inner(lines, block, number), *_outer(block)))) if block else ()
    start, end = (block.start, min(block.end, len(lines))) if block else (number, number)
    elsewhere = _elsewhere(lines, blocks, symbols)
    return Line(source, path, abspath, file_id, number, lines, start, end, symbols, elsewhere)


def _elsewhere(lines: Sequence[str], blocks: Sequence[Block], symbols: Sequence[str]) -> frozenset[str]:
    """The other declarations of a file; not those that use what is declared here, as a function does its constants."""
    declared = {match[1] for match in map(DECLARES.match, lines) if match}
    users: set[str] = set()
    for block in blocks:
        if block.role == "declaration":
            declared.update((block.symbol, *block.trail))
            text = "\n".join(lines[block.start - 1 : block.end])
            if symbols and (is_telling(symbols[0]) or symbols[0].isupper()) and symbols[0] in NAME.findall(text):
                users.update((block.symbol, *block.trail))
    return frozenset(name for name in declared.difference(symbols, users) if len(name) > 2)


def _innermost(blocks: Sequence[Block], number: int) -> Block | None:
    around = [block for block in blocks if block.start <= number <= block.end]
    return min(around, key=lambda block: block.end - block.start, default=None)


def _outer(block: Block) -> list[str]:
    if block.role in ("declaration", "comment"):
        return [name for name in (block.symbol, *reversed(block.trail)) if name]
    return []


def _inner(lines: Sequence[str], block: Block, number: int) -> list[str]:
    """Functions inside a small class, which is one block: upwards, each further out than the last."""
    found: list[str] = []
    if block.role != "declaration":
        return found
    depth = len(lines[number - 1]) - len(lines[number - 1].lstrip()) + 1
    for at in range(number, block.start - 1, -1):
        text = lines[at - 1]
        indent = len(text) - len(text.lstrip())
        if text.strip() and indent < depth and (match := DECLARES.match(text)):
            found.append(match[1])
            depth = indent
    return found
