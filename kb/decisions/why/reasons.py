"""The nouns of `kb why`: a note that may hold the reason, the way that led to it, and what it says."""

from dataclasses import dataclass
from typing import Literal, get_args

from kb.model import StoredFile

How = Literal[
    "named in comment", "named in commit", "named in merge", "named in file", "mentions symbol", "same commit",
    "mentions enclosing symbol", "mentions names on line", "mentions file", "named elsewhere in file",
    "mentions folder", "takes its place", "nearest by meaning",
]  # fmt: skip
"""In words, and fixed: programs switch on them. What was written for this line comes before what was written for its
file, a name before a guess."""

ORDER: tuple[How, ...] = tuple(how for how in get_args(How) if how != "takes its place")
"""The ways to a note, the surest first; a successor stands where the decision stood that led to it."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A way to a note: `named` are the words that led there, `at` the line of the note where they stand (0: none)."""

    file_id: int
    how: How
    named: str = ""
    at: int = 0
    weight: float = 0.0
    """Orders leads of one kind: the higher, the nearer to the line."""
    sure: bool = True
    """False where the note may as well speak of another place: of a file of that name, or of what is only alike."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Whole lines of a file as they stand on disk."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A note with what it says; `instead_of` is the path of the decision whose place it took, or empty."""

    note: StoredFile
    quote: Quote
    how: How
    sure: bool
    named: str = ""
    instead_of: str = ""
