"""Cuts a file's lines into the passages that could be quoted: runs of whole blocks, short enough to read.

Works on plain lines, without a parser: a cold `kb ask` must not wait for one. What a
chunk is for finding, a window is for reading.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "prose", "fence", "item", "table", "code"]

QUOTE_LINES = 20
"""A passage is at most this long, unless it is one block that must stay whole. Of the development questions on
two TIL collections, answers hold what was asked for .64 of the time at 12 lines, .70 at 16 and .76 at 20."""
WHOLE_LINES = 40
"""A single block up to this length is quoted whole; a longer one is cut."""

FENCE = re.compile(r"^\s*(`{3,}(?=[^`]*$)|~{3,})")
"""A line that closes its backticks again is code in a sentence, not the start of a block."""
HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s")
FRONT_MATTER = re.compile(r"^---\s*$")


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines that belong together; 1-based and inclusive."""

    start: int
    end: int
    kind: BlockKind

    @property
    def length(self) -> int:
        return self.end - self.start + 1


@dataclass(frozen=True, slots=True)
class Window:
    """A run of neighbouring blocks that could be quoted."""

    blocks: tuple[TextBlock, ...]

    @property
    def start(self) -> int:
        return self.blocks[0].start

    @property
    def end(self) -> int:
        return self.blocks[-1].end

    @property
    def length(self) -> int:
        return self.end - self.start + 1


def prose_blocks(lines: Sequence[str], start: int = 1, end: int = 0) -> list[TextBlock]:
    """Headings, paragraphs, list items, tables and fences between two lines of a text file."""
    blocks: list[TextBlock] = []
    number, last = _after_front_matter(lines) if start == 1 else start, end or len(lines)
    while number <= last:
        line = lines[number - 1]
        if not line.strip():
            number += 1
            continue
        if fence := FENCE.match(line):
            stop = _fence_end(lines, number, fence.group(1), last)
            blocks.append(TextBlock(number, stop, "fence"))
        elif HEADING.match(line):
            stop = number
            blocks.append(TextBlock(number, stop, "heading"))
        else:
            stop = _paragraph_end(lines, number, last)
            blocks.append(TextBlock(number, stop, _prose_kind(line)))
        number = stop + 1
    return blocks


def code_blocks(lines: Sequence[str], start: int = 1, end: int = 0) -> list[TextBlock]:
    """Runs of code lines between blank lines."""
    blocks: list[TextBlock] = []
    first = 0
    last = end or len(lines)
    for number in range(start, last + 2):
        if number <= last and lines[number - 1].strip():
            first = first or number
        elif first:
            blocks.append(TextBlock(first, number - 1, "code"))
            first = 0
    return blocks


def windows(blocks: Sequence[TextBlock], limit: int = QUOTE_LINES, *, across: bool = False) -> list[Window]:
    """Every run of whole blocks of at most `limit` lines that ends in content; a longer block stands alone."""
    found: list[Window] = []
    for first in range(len(blocks)):
        for last in range(first, len(blocks)):
            run = tuple(blocks[first : last + 1])
            if run[-1].end - run[0].start >= limit and not _whole(run):
                break
            # The next section answers another question; `across` where the sections are one thought.
            if not across and blocks[last].kind == "heading" and any(block.kind != "heading" for block in run):
                break
            if run[-1].kind != "heading":
                found.append(Window(run))
    return found


def _whole(run: tuple[TextBlock, ...]) -> bool:
    """One long block, alone or with the one line that leads to it, is quoted whole up to `WHOLE_LINES`."""
    content = [block for block in run if block.kind != "heading"]
    if run[-1].end - run[0].start >= WHOLE_LINES:
        return False
    return len(content) == 1 or (len(content) == 2 and content[0].kind == "prose" and content[1].kind == "fence")


def _after_front_matter(lines: Sequence[str]) -> int:
    if lines and FRONT_MATTER.match(lines[0]):
        for number in range(2, min(len(lines), 200) + 1):
            if FRONT_MATTER.match(lines[number - 1]):
                return number + 1
    return 1


def _fence_end(lines: Sequence[str], start: int, mark: str, last: int) -> int:
    for number in range(start + 1, last + 1):
        stripped = lines[number - 1].strip()
        if stripped.startswith(mark) and not stripped.strip(mark[0]):
            return number
    return last


def _paragraph_end(lines: Sequence[str], start: int, last: int) -> int:
    number = start
    while number < last:
        following = lines[number]
        if not following.strip() or FENCE.match(following) or HEADING.match(following):
            break
        if ITEM.match(following) and number - start + 1 >= QUOTE_LINES // 2:
            break
        number += 1
    return number


def _prose_kind(line: str) -> BlockKind:
    if ITEM.match(line):
        return "item"
    return "table" if line.lstrip().startswith("|") else "prose"
