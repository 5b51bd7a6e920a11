"""The words of documents for the suggestions: a number for each, what it weighs, and those that are boilerplate.

Two decisions of one folder share a template, so a word is weighed by how few documents of the same source and kind
have it: "context", "decision" and "consequences" weigh nothing among decisions.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.decisions.boilerplate import mark_of
from kb.terms import STOP_WORDS, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kb.decisions.boilerplate import Marks

    Floats = NDArray[np.float32]
    Ids = NDArray[np.int32]

SMALL_GROUP = 5
"""In a smaller group a template cannot be told from a subject: its words are weighed among all documents."""
MOST_GROUPS = 24

Group = tuple[str, str]
"""Source and kind."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file: `terms` are ids of words, `counts` how often each stands in it."""

    file_id: int
    group: Group
    terms: "Ids"
    counts: "Floats"
    title: "Ids"
    length: int
    vector: "Floats | None"
    """Mean of its passages' vectors, of length one; None where none of them has a vector yet."""
    complete: bool
    """Whether all of its passages had vectors when it was read; else it is read again."""
    marks: "Marks"
    """Of its lines, by which boilerplate is known."""


class Vocabulary:
    """Numbers for words; it only grows, so that what was counted once stays true."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._words: list[str] = []

    def __len__(self) -> int:
        return len(self._ids)

    def id(self, word: str) -> int:
        """The number of a word, a new one where it is new."""
        number = self._ids.get(word)
        if number is None:
            number = self._ids[word] = len(self._ids)
            self._words.append(word)
        return number

    def find(self, word: str) -> int | None:
        return self._ids.get(word)

    def words(self, numbers: Iterable[int]) -> list[str]:
        return [self._words[number] for number in numbers]


class Boilerplate:
    """The lines of all documents that are boilerplate, by their marks, with the words of each."""

    def __init__(
        self, marks: frozenset[int] = frozenset(), lines: "dict[int, tuple[Ids, Floats]] | None" = None
    ) -> None:
        self.marks = marks
        self.lines = {mark: said for mark, said in (lines or {}).items() if mark in marks}

    def __contains__(self, line: str) -> bool:
        return mark_of(line) in self.marks

    def read(self, texts: Iterable[str], number: Callable[[str], int]) -> "Boilerplate":
        """Learn the words of those lines that stand in a text."""
        for line in (line for text in texts for line in text.split("\n")):
            mark = mark_of(line)
            if mark in self.marks and mark not in self.lines:
                self.lines[mark] = numbered(Counter(word for word in terms(line) if word not in STOP_WORDS), number)
        return self


class Weights:
    """How much each word says, in each group of documents."""

    def __init__(self, documents: Sequence[Document], words: int) -> None:
        import numpy as np

        self._np = np
        counted = Counter(document.group for document in documents)
        own = [group for group, count in counted.most_common(MOST_GROUPS) if count >= SMALL_GROUP]
        self._of: dict[Group, Floats] = {g: self._idf([d for d in documents if d.group == g], words) for g in own}
        self._all = self._idf(documents, words)
        self._found = self._counted(documents, words)
        self._length = {g: _mean_length([d for d in documents if d.group == g]) for g in own}
        self._mean_length = _mean_length(documents)

    def _idf(self, documents: Sequence[Document], words: int) -> "Floats":
        np, found = self._np, self._counted(documents, words)
        idf: Floats = np.maximum(np.log((len(documents) + 1) / (found + 0.5)), 0).astype(np.float32)
        return idf

    def _counted(self, documents: Sequence[Document], words: int) -> "Floats":
        found = self._np.zeros(words, dtype=self._np.float32)
        for document in documents:
            found[document.terms] += 1
        return found

    def documents_with(self, ids: "Ids") -> "Floats":
        """In how many documents each word stands."""
        return self._found[ids]

    def has(self, group: Group) -> bool:
        return group in self._of

    def of(self, document: Document, ids: "Ids") -> "Floats":
        return self._of.get(document.group, self._all)[ids]

    def relative_length(self, document: Document) -> float:
        """The length of a document as a multiple of the usual one in its group."""
        return document.length / self._length.get(document.group, self._mean_length)


def numbered(counted: Counter[str], number: Callable[[str], int]) -> tuple["Ids", "Floats"]:
    import numpy as np

    pairs = [(n, count) for word, count in counted.items() if (n := number(word)) >= 0]
    ids = np.array([n for n, _ in pairs], dtype=np.int32)
    return ids, np.array([count for _, count in pairs], dtype=np.float32)


def unit(vector: "Floats") -> "Floats":
    """A vector of length one in the same direction."""
    return vector / (math.sqrt(float(vector @ vector)) or 1.0)


def _mean_length(documents: Iterable[Document]) -> float:
    lengths = [document.length for document in documents]
    return sum(lengths) / len(lengths) if lengths else 1.0
