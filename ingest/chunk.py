"""Cuts a document into the passages that are embedded, found and quoted.

A chunk is whole blocks as long as they fit; its lines are those of the file. What
belongs together stays so: a heading with what follows it, a sentence that leads to
a fence with the fence, a declaration with its comment (the reader attached that).
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.pieces import Piece, cut
from kb.model import Block, Chunk, Document, Role

LEAD_IN_CHARS = 300
"""A paragraph this short right before a fence speaks of the fence, also without a colon."""
HEADER_CHARS = 200
INDEX_LINKS = 10
LINK_LINE = re.compile(r"^\s*(?:[-*+]|\d+[.)]|\|)?\s*!?\[[^\]]*\](?:\(|\[|:)|^\s*[-*+]\s*(?:<?https?://\S+|\[\[)")
WORD_BREAK = re.compile(r"[-_\s]+")


@dataclass(frozen=True, slots=True)
class ChunkLimits:
    """Sizes in characters: merge up to `target_chars`, never exceed `max_chars`."""

    target_chars: int = 500
    max_chars: int = 900
    new_section_chars: int = 150
    """A chunk shorter than this takes in the start of the next section instead of standing alone."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """Blocks that must not be parted, with the size of their lines."""

    blocks: tuple[Block, ...]
    chars: int

    @property
    def opens_section(self) -> bool:
        return self.blocks[0].role == "heading"


def chunk_document(document: Document, limits: ChunkLimits | None = None) -> list[Chunk]:
    """The chunks of a document in the order of its lines; none for a file without text."""
    limits = limits or ChunkLimits()
    index = is_index(document)
    chunks: list[Chunk] = []
    for group in _groups(_units(document, limits), limits):
        for piece in _pieces(document, group, limits):
            role: Role = "list" if index and piece.role == "prose" else piece.role
            chunks.append(
                Chunk(
                    ordinal=len(chunks), start=piece.start, end=piece.end, text=piece.text,
                    trail=piece.trail, symbols=piece.symbols, role=role,
                )
            )  # fmt: skip
    return chunks


def header(document: Document, path: str, chunk: Chunk) -> str:
    """One line that says where a chunk stands: folder, title, trail and symbols, at most `HEADER_CHARS` characters."""
    folder = WORD_BREAK.sub(" ", posixpath.dirname(path).replace("/", " ")).strip()
    names = [document.title, *chunk.trail, *chunk.symbols[:3]]
    places = list(dict.fromkeys(name for name in (" ".join(name.split()) for name in names) if name))
    line = f"{folder}: {' > '.join(places)}" if folder else " > ".join(places)
    return line if len(line) <= HEADER_CHARS else line[: HEADER_CHARS - 1].rstrip() + "…"


def is_index(document: Document) -> bool:
    """True for a page that mostly links to others: it leads to answers and holds none."""
    if document.kind == "code":
        return False
    lines = [line for block in document.blocks if block.role not in ("heading", "metadata", "comment")
             for line in document.lines[block.start - 1 : block.end] if line.strip()]  # fmt: skip
    links = sum(1 for line in lines if "[" in line and LINK_LINE.match(line))
    return links >= INDEX_LINKS and links > 0.6 * len(lines)


def _units(document: Document, limits: ChunkLimits) -> list[_Unit]:
    """Blocks joined with what they lead to, as long as the joint still fits a chunk."""
    units: list[_Unit] = []
    held: list[Block] = []
    chars = 0
    for block in document.blocks:
        size = _chars(document, block)
        if held and not _leads_to(document, held[-1], block, chars=chars, room=limits.max_chars - size):
            units.append(_Unit(tuple(held), chars))
            held, chars = [], 0
        held.append(block)
        chars += size + 1
    if held:
        units.append(_Unit(tuple(held), chars))
    return units


def _leads_to(document: Document, block: Block, after: Block, *, chars: int, room: int) -> bool:
    """True when `block` must stand in the chunk of the block `after` it."""
    if block.role == "heading":
        # A heading alone says nothing; only what would be cut for its sake stands without it.
        whole = after.role in ("fence", "table", "list", "declaration") and room >= 0
        return not whole or chars <= room
    if chars > room or block.trail != after.trail:
        return False
    if block.role == "comment" and after.role == "declaration":
        return after.start - block.end <= 1
    if block.role not in ("prose", "list") or after.role not in ("fence", "table", "list", "quote"):
        return False
    if _last_line(document, block).endswith((":", "：")):
        return True
    return block.role == "prose" and after.role in ("fence", "table") and _chars(document, block) <= LEAD_IN_CHARS


def _groups(units: Sequence[_Unit], limits: ChunkLimits) -> Iterator[list[Block]]:
    """Units merged up to the target size, parted where a new section starts."""
    group: list[Block] = []
    chars = 0
    for unit in units:
        if group and not _joins(group, unit, chars=chars, limits=limits):
            yield group
            group, chars = [], 0
        group = [*group, *unit.blocks] if group else list(unit.blocks)
        chars += unit.chars
    if group:
        yield group


def _joins(group: list[Block], unit: _Unit, *, chars: int, limits: ChunkLimits) -> bool:
    last, first = group[-1], unit.blocks[0]
    if (last.role == "metadata" and last.start == 1) or chars + unit.chars > limits.max_chars:
        return False
    if all(block.role == "heading" for block in unit.blocks):
        return True
    if (unit.opens_section or last.trail != first.trail) and last.role != "heading":
        return chars < limits.new_section_chars
    # Slightly over the target is better than a last paragraph that stands alone.
    return chars + unit.chars <= limits.target_chars or chars < limits.new_section_chars


def _pieces(document: Document, group: list[Block], limits: ChunkLimits) -> Iterator[Piece]:
    first, last = group[0], group[-1]
    content = [block for block in group if block.role != "heading"] or group
    largest = max(content, key=lambda block: _chars(document, block))
    trail = largest.trail
    if largest.role == "heading":
        trail = group[-1].trail
    symbols = tuple(dict.fromkeys(block.symbol for block in group if block.symbol))
    whole = Piece(start=first.start, end=last.end, text="", trail=trail, symbols=symbols, role=largest.role)
    if any(block.text is not None for block in group):
        yield from cut(whole, _rendered(document, group), limits.target_chars, limits.max_chars)
        return
    numbered = [(number, document.lines[number - 1]) for number in range(first.start, last.end + 1)]
    yield from cut(whole, numbered, limits.target_chars, limits.max_chars)


def _rendered(document: Document, group: list[Block]) -> list[tuple[int, str]]:
    """Rendered lines, each with the line of the file it stands for: exact where both have as many lines."""
    numbered: list[tuple[int, str]] = []
    for block in group:
        if block.text is None:
            numbered.extend((number, document.lines[number - 1]) for number in range(block.start, block.end + 1))
            continue
        rendered = block.text.split("\n")
        numbered.extend((min(block.start + offset, block.end), line) for offset, line in enumerate(rendered))
    return numbered


def _chars(document: Document, block: Block) -> int:
    if block.text is not None:
        return len(block.text)
    return sum(map(len, document.lines[block.start - 1 : block.end])) + block.end - block.start


def _last_line(document: Document, block: Block) -> str:
    if block.text is not None:
        return block.text.rstrip().rpartition("\n")[2]
    return document.lines[block.end - 1].rstrip()
