"""Whole documents as the suggestions compare them: their own words, their title and their mean vector, in memory.

What is held follows the ledger: a changed file is a new file id there, so only such files are read again. What is
boilerplate follows from all of them together, and is taken away from each after it was read.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kb.decisions.boilerplate import is_template, marks_of, often
from kb.decisions.latest import FILES_AND_VECTORS, Latest
from kb.decisions.suggest_words import Boilerplate, Document, Group, Vocabulary, Weights, numbered, unit
from kb.store.ledger import Ledger
from kb.terms import STOP_WORDS

KINDS = ("adr", "til", "note")
MOST_DOCUMENTS = 20_000
"""Above this decisions come first and then the newest notes: all that is held stays below 400 MB."""
TITLE_COUNTS = 3
"""How often a word of the title counts as if it stood in the text."""
AT_ONCE = 400
LEAST_OWN = 0.34
"""A document with less text of its own is a form that is still to be filled in."""


class Documents:
    """All notes of a ledger without their boilerplate; made by `documents_of`, never changed."""

    def __init__(
        self, found: Sequence[Document], vocabulary: Vocabulary, *,
        raw: Mapping[int, Document] | None = None, boilerplate: Boilerplate | None = None, left_out: int = 0,
    ) -> None:  # fmt: skip
        self.all = found
        self.raw = raw or {}
        """The same with all their words, by file id: what is boilerplate changes with other files."""
        self.boilerplate = boilerplate or Boilerplate()
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
    rows = [(file_id, chunk.id, chunk.key, chunk.text) for chunk in chunks]
    # Found, not added: a word that no note has cannot be shared with one, and others read the vocabulary now.
    found = _read(ledger, {file_id: (chunks[0].source, chunks[0].kind)}, rows, documents.find).get(file_id)
    if found is None:
        return None
    return _own(found, Boilerplate(documents.boilerplate.marks).read([c.text for c in chunks], documents.find))


def _made(ledger: Ledger, before: Documents | None) -> Documents:
    marks = ",".join("?" * len(KINDS))
    listed = ledger.database.execute(
        "SELECT f.id, s.name, f.kind, f.path FROM file f JOIN source s ON s.id = f.source_id"
        f" WHERE f.kind IN ({marks}) ORDER BY f.kind <> 'adr', f.id DESC",
        KINDS,
    ).fetchall()
    chosen = {int(file_id): (str(source), str(kind)) for file_id, source, kind, _ in listed[:MOST_DOCUMENTS]}
    vocabulary = before.vocabulary if before else Vocabulary()
    kept = {d.file_id: d for d in before.raw.values() if d.complete} if before else {}
    found = {file_id: kept[file_id] for file_id in chosen if file_id in kept}
    missing = [file_id for file_id in chosen if file_id not in found]
    for start in range(0, len(missing), AT_ONCE):
        part = missing[start : start + AT_ONCE]
        rows = ledger.database.execute(
            "SELECT file_id, id, key, text FROM chunk"
            f" WHERE file_id IN ({','.join('?' * len(part))}) ORDER BY file_id, ordinal",
            part,
        ).fetchall()
        found.update(_read(ledger, chosen, rows, vocabulary.id))
    templates = {int(row[0]) for row in listed if row[0] in found and is_template(str(row[3]))}
    lines = before.boilerplate.lines if before else {}
    boilerplate = Boilerplate(often({i: d.marks for i, d in found.items()}, templates), lines)
    _read_lines(ledger, boilerplate, found, vocabulary.id)
    own = {d.file_id: d for d in before.all} if before and before.boilerplate.marks == boilerplate.marks else {}
    # In the order of the ids, so that ties fall the same way every time.
    ready = [own[i] if i in own and i in kept else _own(found[i], boilerplate) for i in sorted(found)]
    left_out = max(0, len(listed) - MOST_DOCUMENTS)
    return Documents(ready, vocabulary, raw=found, boilerplate=boilerplate, left_out=left_out)


def _read_lines(
    ledger: Ledger, boilerplate: Boilerplate, found: Mapping[int, Document], number: Callable[[str], int]
) -> None:
    """The words of all lines that are boilerplate, each out of one document that has it."""
    missing = set(boilerplate.marks) - boilerplate.lines.keys()
    for document in found.values():
        if not missing:
            return
        if not missing.isdisjoint(document.marks.tolist()):
            rows = ledger.database.execute("SELECT text FROM chunk WHERE file_id = ?", (document.file_id,))
            boilerplate.read([str(row[0]) for row in rows], number)
            missing -= boilerplate.lines.keys()


def _own(document: Document, boilerplate: Boilerplate) -> Document:
    """A document without the words of its boilerplate."""
    import numpy as np

    shared = [boilerplate.lines[m] for m in document.marks.tolist() if m in boilerplate.lines]
    if not shared:
        return document
    counts = document.counts.copy()
    for ids, said in shared:
        _, here, there = np.intersect1d(document.terms, ids, assume_unique=True, return_indices=True)
        counts[here] -= said[there]
    left = counts > 0
    length = float(counts[left].sum())
    # Of a form that is hardly filled in the vector is that of the form.
    vector = document.vector if length >= LEAST_OWN * document.length else None
    return replace(
        document, terms=document.terms[left], counts=counts[left], length=int(length) or 1, vector=vector
    )  # fmt: skip


def _read(
    ledger: Ledger,
    groups: Mapping[int, Group],
    rows: Sequence[tuple[int, int, bytes, str]],
    number: Callable[[str], int],
) -> dict[int, Document]:
    """Documents out of the rows (file id, chunk id, content key, text) of their passages."""
    import numpy as np

    columns = ledger.passages.terms_of([chunk_id for _, chunk_id, *_ in rows])
    generation = ledger.embeddings.generation()
    vectors = ledger.embeddings.of_keys(generation, [key for _, _, key, _ in rows]) if generation else {}
    of_file: dict[int, list[tuple[int, bytes]]] = {}
    said: dict[int, list[str]] = {}
    for file_id, chunk_id, key, text in rows:
        of_file.setdefault(file_id, []).append((chunk_id, key))
        said.setdefault(file_id, []).append(text)
    found: dict[int, Document] = {}
    for file_id, chunks in of_file.items():
        texts = [columns[chunk_id] for chunk_id, _ in chunks if chunk_id in columns]
        if not texts:
            continue
        counted = Counter(word for text in texts for word in text.body.split() if word not in STOP_WORDS)
        title = [w for w in dict.fromkeys(texts[0].title.split()) if w not in STOP_WORDS and not w.isdigit()]
        for word in title:
            counted[word] += TITLE_COUNTS
        ids, counts = numbered(counted, number)
        rated = [vectors[key] for _, key in chunks if key in vectors]
        found[file_id] = Document(
            file_id, groups[file_id], ids, counts,
            np.array([n for n in map(number, title) if n >= 0], dtype=np.int32),
            counted.total() or 1, unit(np.mean(rated, axis=0)) if rated else None,
            len(rated) == len(chunks), marks_of(said[file_id]),
        )  # fmt: skip
    return found


_latest = Latest(_made, watched=FILES_AND_VECTORS)
