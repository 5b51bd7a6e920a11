"""The nouns of the house: frozen, free of I/O, imported by every room.

Lines are 1-based and inclusive everywhere. A path is relative to its source's root,
with forward slashes; bytes that are not UTF-8 are shown as ``\\xNN`` escapes and the
raw form is kept beside it (`FoundFile.raw`).
"""

import os
from dataclasses import dataclass, field
from typing import Literal

from kb.kinds import Kind

Role = Literal["heading", "prose", "list", "fence", "table", "quote", "declaration", "comment", "metadata"]

Relation = Literal[
    "supersedes", "superseded_by", "amends", "amended_by", "extends", "extended_by", "requires", "required_by",
    "related", "links", "mentions", "contradicts",
]  # fmt: skip
"""What a file says of another. The passive ones are as written; in the graph they are the active ones, turned round."""


@dataclass(frozen=True, slots=True)
class Source:
    """One watched folder; `name` is unique and is what ``--source`` takes."""

    id: int
    name: str
    root: str


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that discovery lets through; `raw` are the bytes that the operating system knows it by."""

    path: str
    raw: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class SkippedFile:
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """The smallest piece a reader yields: one paragraph, list, fence, table or declaration.

    `text` is None where the block is just the lines of the file; a reader of a
    rendered format (notebook, HTML, PDF) puts the readable text there.
    """

    start: int
    end: int
    role: Role
    trail: tuple[str, ...] = ()
    symbol: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What a file says about another one; `target` is as written: a path, ``ADR-12``, a wikilink."""

    line: int
    relation: Relation
    target: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file as its reader understands it; `lines` are those of the decoded file, without line ends."""

    kind: Kind
    title: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    language: str = ""
    date: str = ""
    """ISO date, or empty when neither the text nor git knows one."""
    tags: tuple[str, ...] = ()
    number: int | None = None
    """A decision's number, None when it has none or the file is no decision."""
    status: str = ""
    """A decision's status in lower case (`accepted`, `superseded` …), empty for other files."""
    deciders: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is embedded and found as a whole; `text` is exactly what stands at `start`..`end`."""

    ordinal: int
    start: int
    end: int
    text: str
    trail: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    role: Role = "prose"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An indexed file as the ledger lists it; `raw` are the bytes of its path, by which it opens."""

    file_id: int
    source: str
    root: str
    path: str
    raw: bytes
    kind: Kind
    title: str
    date: str
    number: int | None
    status: str

    @property
    def abspath(self) -> str:
        """Where it lies, as the operating system opens it."""
        return os.path.join(self.root, os.fsdecode(self.raw))


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with what the ledger knows about its file: what ranking and answering work on."""

    id: int
    file_id: int
    source: str
    root: str
    path: str
    raw: bytes
    kind: Kind
    language: str
    title: str
    date: str
    number: int | None
    status: str
    ordinal: int
    start: int
    end: int
    trail: tuple[str, ...]
    symbols: tuple[str, ...]
    role: Role
    text: str
    key: bytes
    """Content key of the vector that stands for this chunk."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result: the passage that matched best, with the neighbours that matched too."""

    rank: int
    chunk: StoredChunk
    score: float
    signals: dict[str, float] = field(default_factory=dict)
    """The named parts that `score` was made of."""
    chunks: tuple[StoredChunk, ...] = ()
    """The run of neighbouring chunks that make up the hit, in the order of the file; holds `chunk`."""

    @property
    def start(self) -> int:
        return self.chunks[0].start if self.chunks else self.chunk.start

    @property
    def end(self) -> int:
        return self.chunks[-1].end if self.chunks else self.chunk.end


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote that stood letter for letter in the file when the answer was made."""

    n: int
    chunk: StoredChunk
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is ``not_found`` when the notes do not hold the answer; `nearest` then says what is close."""

    question: str
    status: Literal["answered", "not_found"]
    citations: tuple[Citation, ...]
    nearest: tuple[Hit, ...]
    missing: tuple[str, ...] = ()
    """Words of the question that the nearest passage does not speak of."""
    confidence: float = 0.0
    notices: tuple[str, ...] = ()
    pending: int = 0
    """Passages of the index that have no vector yet."""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of what a language model is given."""

    role: Literal["system", "user"]
    text: str
    sources: tuple[str, ...] | None = None
    """Whose text stands in it, by the names of the sources; None where that was not said: no remote model gets it."""
