"""The nouns of the graph of decisions: a file that takes part in it, and one thing said of another."""

from dataclasses import dataclass

from kb.kinds import Kind
from kb.model import Relation


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as the ledger lists it."""

    file_id: int
    source: str
    path: str
    number: int | None
    title: str
    status: str
    """In lower case and the usual word (`accepted`, `superseded` …), empty where the text states none."""
    date: str
    """ISO date, empty where none is known."""


@dataclass(frozen=True, slots=True)
class Node:
    """Any indexed file that an edge begins or ends at: decision, TIL, note or code."""

    file_id: int
    source: str
    path: str
    kind: Kind
    title: str


@dataclass(frozen=True, slots=True)
class Edge:
    """`src` does to `dst` what `relation` says: the newer supersedes the older, the one that links is `src`.

    `line` and `evidence` stand in the file `stated_in`, which is `dst` where the text has the passive ("Superseded
    by …"). `declared` is False for what was inferred and no text says.
    """

    src: int
    dst: int
    relation: Relation
    line: int
    evidence: str
    stated_in: int
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Loose:
    """A reference that leads to no file of the index where it points; `meant` is the file it still seems to mean."""

    stated_in: int
    line: int
    relation: Relation
    target: str
    evidence: str
    meant: int | None
