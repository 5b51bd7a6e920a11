"""Jupyter notebooks: the cells as written, without outputs, on their true lines in the JSON file."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.readers.links import line_references
from ingest.readers.markdown import read_markdown
from ingest.readers.plain import blank_line_blocks
from ingest.readers.reading import Reading
from kb.model import Block, Reference

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
MAX_DEPTH = 200


@dataclass(slots=True)
class _Cell:
    """A cell's lines, each with the line of the file that holds it."""

    kind: str = ""
    lines: list[tuple[int, str]] = field(default_factory=list)


def read_notebook(lines: Sequence[str]) -> Reading:
    """Markdown and code cells as blocks whose text is what the author typed."""
    cells = [cell for cell in _cells("\n".join(lines)) if cell.lines]
    if not cells:
        warning = "not a readable notebook; read as plain text"
        return Reading(blocks=tuple(blank_line_blocks(lines)), warnings=(warning,))
    blocks: list[Block] = []
    references: list[Reference] = []
    title = ""
    trail: tuple[str, ...] = ()
    for cell in cells:
        typed = [text for _, text in cell.lines]
        if cell.kind != "markdown":
            blocks.append(_block(cell, 1, len(typed), Block(1, len(typed), "fence", trail)))
            continue
        reading = read_markdown(["", *typed])
        title = title or reading.title
        for block in reading.blocks:
            inner = Block(block.start, block.end, block.role, block.trail or (trail if block.role != "heading" else ()))
            blocks.append(_block(cell, block.start - 1, block.end - 1, inner))
        trail = _last_trail(reading, ["", *typed], trail)
        references.extend(r for number, text in cell.lines for r in line_references(text, number))
    return Reading(blocks=tuple(blocks), title=title, references=tuple(references))


def _block(cell: _Cell, first: int, last: int, like: Block) -> Block:
    text = "\n".join(line for _, line in cell.lines[max(first, 1) - 1 : last])
    start, end = cell.lines[max(first, 1) - 1][0], cell.lines[last - 1][0]
    return Block(start=start, end=max(start, end), role=like.role, trail=like.trail, text=text)


def _last_trail(reading: Reading, lines: Sequence[str], before: tuple[str, ...]) -> tuple[str, ...]:
    """The section in which the next cell stands: that of the last heading."""
    headings = [block for block in reading.blocks if block.role == "heading"]
    if not headings:
        return before
    words = lines[headings[-1].start - 1].strip().lstrip("#").strip()
    return (*headings[-1].trail, words) if words != reading.title else headings[-1].trail


def _cells(text: str) -> Iterator[_Cell]:
    """The cells of a notebook by one pass over its tokens; a broken end loses only what follows it."""
    stack: list[str] = []
    key = ""
    cell = _Cell()
    line = 1
    at = 0
    tokens = TOKEN.finditer(text)
    for match, after in pairwise(_with_end(tokens)):
        if match is None:
            break
        token = match.group()
        line += text.count("\n", at, match.start())
        at = match.start()
        if token in "{[":
            stack.append(key)
            key = ""
            if len(stack) > MAX_DEPTH:
                break
        elif token in "}]":
            key = stack.pop() if stack else ""
            if token == "}" and stack and stack[-1] == "cells":
                yield cell
                cell = _Cell()
        elif token[0] == '"':
            if after is not None and after.group() == ":":
                key = token[1:-1]
            else:
                _take(cell, stack, key, token, line)
    if cell.lines:
        yield cell


def _with_end(tokens: Iterator[re.Match[str]]) -> Iterator[re.Match[str] | None]:
    yield from tokens
    yield None


def _take(cell: _Cell, stack: Sequence[str], key: str, token: str, line: int) -> None:
    """Keep a string that is a cell's type or a part of its source."""
    in_list = len(stack) > 2 and stack[-1] in ("source", "input") and stack[-3:-2] == ["cells"]
    in_cell = len(stack) > 1 and stack[-2] == "cells"
    if in_cell and key == "cell_type":
        cell.kind = token[1:-1]
    elif in_list or (in_cell and key in ("source", "input")):
        try:
            typed = str(json.loads(token, strict=False))
        except ValueError:
            return
        cell.lines.extend((line, part) for part in typed.removesuffix("\n").split("\n"))
