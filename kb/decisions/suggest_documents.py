"""Whole documents as the suggestions compare them: their words, their title and their mean vector, held in memory.

Two decisions of one folder share a template, so a word is weighed by how few documents of the same source and kind
have it: "context", "decision" and "consequences" weigh nothing among decisions. What is held follows the ledger: a
changed file is a new file id there, so only such files are read again.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.decisions.latest import FILES_AND_VECTORS, Latest
from kb.store.ledger import Ledger
from kb.terms import STOP_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ids = NDArray[np.int32]

KINDS = ("adr", "til", "note")
MOST_DOCUMENTS = 20_000
"""Above this decisions come first and then the newest notes: all that is held stays below 400 MB."""
TITLE_COUNTS = 3
"""How often a word of the title counts as if it stood in the text."""
SMALL_GROUP = 5
"""In a smaller group a template cannot be told from a subject: its words are weighed among all documents."""
MOST_GROUPS = 24
AT_ONCE = 400

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


class Weights:
    """How much each word says, in each group of documents."""

    def __init__(self, documents: Sequence[Document], words: int) -> None:
        import numpy as np

        self._np = np
        counted = Counter(document.group for document in documents)
        own = [group for group, count in counted.most_common(MOST_GROUPS) if count >= SMALL_GROUP]
        self._of: dict[Group, Floats] = {g: self._idf([d for d in documents if d.group == g], words) for g in own}
        self._all = self._idf(documents, words)
        self._length = {g: _mean_length([d for d in documents if d.group == g]) for g in own}
        self._mean_length = _mean_length(documents)

    def _idf(self, documents: Sequence[Document], words: int) -> "Floats":
        np = self._np
        found = np.zeros(words, dtype=np.float32)
        for document in documents:
            found[document.terms] += 1
        idf: Floats = np.maximum(np.log((len(documents) + 1) / (found + 0.5)), 0).astype(np.float32)
        return idf

    def has(self, group: Group) -> bool:
        return group in self._of

    def of(self, document: Document, ids: "Ids") -> "Floats":
        return self._of.get(document.group, self._all)[ids]

    def relative_length(self, document: Document) -> float:
        """The length of a document as a multiple of the usual one in its group."""
        return document.length / self._length.get(document.group, self._mean_length)


class Documents:
    """All notes of a ledger; made by `documents_of`, never changed."""

    def __init__(self, found: Sequence[Document], vocabulary: Vocabulary, *, left_out: int = 0) -> None:
        self.all = found
        self.vocabulary = vocabulary
        self.place = {document.file_id: place for place, document in enumerate(found)}
        self._known = len(vocabulary)
        self.weights = Weights(found, self._known)
        self.left_out = left_out
        """How many notes were too many to be compared."""

    def find(self, word: str) -> int:
        """The number of a word, -1 for one that none of these has; another thread may know more words by now."""
        number = self.vocabulary.find(word)
        return -1 if number is None or number >= self._known else number


def documents_of(ledger: Ledger) -> Documents:
    """The notes of a ledger; the same object, for all threads, as long as no file changed in it."""
    return _latest.of(ledger)


def document_of(ledger: Ledger, documents: Documents, file_id: int, *, line: int = 0) -> Document | None:
    """Any one file, or the passage of it that holds `line`, as a document; None where it has no text."""
    if not line and (place := documents.place.get(file_id)) is not None:
        return documents.all[place]
    chunks = [chunk for chunk in ledger.passages.of_file(file_id) if not line or chunk.start <= line <= chunk.end]
    if not chunks:
        return None
    rows = [(file_id, chunk.id, chunk.key) for chunk in chunks]
    # Found, not added: a word that no note has cannot be shared with one, and others read the vocabulary now.
    return _read(ledger, {file_id: (chunks[0].source, chunks[0].kind)}, rows, documents.find).get(file_id)


def _made(ledger: Ledger, before: Documents | None) -> Documents:
    marks = ",".join("?" * len(KINDS))
    listed = ledger.database.execute(
        "SELECT f.id, s.name, f.kind FROM file f JOIN source s ON s.id = f.source_id"
        f" WHERE f.kind IN ({marks}) ORDER BY f.kind <> 'adr', f.id DESC",
        KINDS,
    ).fetchall()
    chosen = {int(file_id): (str(source), str(kind)) for file_id, source, kind in listed[:MOST_DOCUMENTS]}
    vocabulary = before.vocabulary if before else Vocabulary()
    kept = {d.file_id: d for d in before.all if d.complete} if before else {}
    found = {file_id: kept[file_id] for file_id in chosen if file_id in kept}
    missing = [file_id for file_id in chosen if file_id not in found]
    for start in range(0, len(missing), AT_ONCE):
        part = missing[start : start + AT_ONCE]
        rows = ledger.database.execute(
            "SELECT file_id, id, key FROM chunk"
            f" WHERE file_id IN ({','.join('?' * len(part))}) ORDER BY file_id, ordinal",
            part,
        ).fetchall()
        found.update(_read(ledger, chosen, rows, vocabulary.id))
    # In the order of the ids, so that ties fall the same way every time.
    return Documents([found[i] for i in sorted(found)], vocabulary, left_out=max(0, len(listed) - MOST_DOCUMENTS))


def _read(
    ledger: Ledger,
    groups: Mapping[int, Group],
    rows: Sequence[tuple[int, int, bytes]],
    number: Callable[[str], int],
) -> dict[int, Document]:
    """Documents out of the rows (file id, chunk id, content key) of their passages."""
    import numpy as np

    columns = ledger.passages.terms_of([chunk_id for _, chunk_id, _ in rows])
    generation = ledger.embeddings.generation()
    vectors = ledger.embeddings.of_keys(generation, [key for _, _, key in rows]) if generation else {}
    of_file: dict[int, list[tuple[int, bytes]]] = {}
    for file_id, chunk_id, key in rows:
        of_file.setdefault(file_id, []).append((chunk_id, key))
    found: dict[int, Document] = {}
    for file_id, chunks in of_file.items():
        texts = [columns[chunk_id] for chunk_id, _ in chunks if chunk_id in columns]
        if not texts:
            continue
        counted = Counter(word for text in texts for word in text.body.split() if word not in STOP_WORDS)
        title = [w for w in dict.fromkeys(texts[0].title.split()) if w not in STOP_WORDS and not w.isdigit()]
        for word in title:
            counted[word] += TITLE_COUNTS
        ids, counts = _numbered(counted, number)
        rated = [vectors[key] for _, key in chunks if key in vectors]
        found[file_id] = Document(
            file_id, groups[file_id], ids, counts,
            np.array([n for n in map(number, title) if n >= 0], dtype=np.int32),
            counted.total() or 1, unit(np.mean(rated, axis=0)) if rated else None,
            len(rated) == len(chunks),
        )  # fmt: skip
    return found


def _numbered(counted: Counter[str], number: Callable[[str], int]) -> tuple["Ids", "Floats"]:
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


_latest = Latest(_made, watched=FILES_AND_VECTORS)
