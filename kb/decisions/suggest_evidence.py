"""Two spans that show what two files have in common: whole lines of each, as they stand on the disk now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.readers.decision import LINK_HEADINGS
from ingest.readers.links import DEFINED
from kb.answer.disk import is_rendered, read_now, shift
from kb.decisions.suggest_documents import Document, Documents, unit
from kb.model import StoredChunk
from kb.store.ledger import Ledger
from kb.terms import STOP_WORDS, terms

if TYPE_CHECKING:
    from kb.decisions.suggest_documents import Floats

MOST_LINES = 4
MOST_PASSAGES = 60
"""Of a longer file only the first passages are compared: a subject is told early."""
UNTOLD = frozenset({"metadata", "comment", "heading"})
MEANING = 2.0
"""What a cosine of one counts beside the weights of shared words."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole lines of a file, letter for letter."""

    file_id: int
    start: int
    end: int
    quote: str


class Evidence:
    """Finds the spans for pairs of files; reads each file once."""

    def __init__(self, ledger: Ledger, documents: Documents) -> None:
        self._ledger = ledger
        self._documents = documents
        self._files: dict[int, _File | None] = {}

    def of_pair(self, first: Document, second: Document) -> tuple[Span, Span] | None:
        """The spans of the two that are nearest to each other; None where one of the files is gone or was rewritten."""
        one, two = self._file(first.file_id), self._file(second.file_id)
        if one is None or two is None:
            return None
        if not one.passages or not two.passages:
            return None
        shared = self._shared(first, second)
        m, n = _nearest(one, two, shared)
        return one.span(one.passages[m], shared), two.span(two.passages[n], shared)

    def line(self, file_id: int, indexed: int) -> Span | None:
        """The line that was the `indexed` one when the file was read; None where its passage stands there no more."""
        file = self._file(file_id)
        moved = file.moved(indexed) if file else None
        if file is None or moved is None or not 0 < indexed + moved <= len(file.lines):
            return None
        return Span(file_id, indexed + moved, indexed + moved, file.lines[indexed + moved - 1])

    def chunks(self, file_id: int) -> Sequence[StoredChunk]:
        """The first passages of a file as indexed; none where it is gone."""
        file = self._file(file_id)
        return file.chunks if file else ()

    def opening(self, file_id: int) -> Span | None:
        """The line that names a file: its heading, else its first line with words."""
        file = self._file(file_id)
        for number, line in enumerate(file.lines if file else (), 1):
            if line.lstrip().startswith("# ") or (line[:1].isalnum() and not _is_field(line)):
                return Span(file_id, number, number, line)
        return None

    def _shared(self, first: Document, second: Document) -> dict[str, float]:
        """Weights of the words that stand in both, by how few documents around them have those."""
        weights, vocabulary = self._documents.weights, self._documents.vocabulary
        common = set(first.terms.tolist()) & set(second.terms.tolist())
        words = vocabulary.words(sorted(common))
        import numpy as np

        ids = np.array(sorted(common), dtype=np.int32)
        rated = np.minimum(weights.of(first, ids), weights.of(second, ids)).tolist()
        return {word: weight for word, weight in zip(words, rated, strict=True) if weight > 0}

    def _file(self, file_id: int) -> "_File | None":
        if file_id not in self._files:
            self._files[file_id] = _opened(self._ledger, file_id)
        return self._files[file_id]


@dataclass(frozen=True, slots=True)
class _Passage:
    chunk: StoredChunk
    moved: int
    words: frozenset[str]
    vector: "Floats | None"


@dataclass(frozen=True, slots=True)
class _File:
    lines: Sequence[str]
    passages: Sequence[_Passage]
    moves: Sequence[tuple[int, int, int | None]]
    """(start, end, lines by which it moved) of all passages as indexed; None for one that was rewritten."""
    chunks: Sequence[StoredChunk]

    def moved(self, line: int) -> int | None:
        """By how much a line moved with the passage that it stands in, or with the one below it (front matter)."""
        return next((moved for _, end, moved in self.moves if line <= end), None)

    def span(self, passage: _Passage, shared: Mapping[str, float]) -> Span:
        """The few lines of a passage that hold most of what is shared."""
        chunk = passage.chunk
        if is_rendered(chunk):
            return Span(chunk.file_id, chunk.start, chunk.end, chunk.text)
        first, last = chunk.start + passage.moved, chunk.end + passage.moved
        held = {n: shared.keys() & set(terms(self.lines[n - 1])) for n in range(first, last + 1)}

        def weight(start: int) -> float:
            near = range(start, min(start + MOST_LINES, last + 1))
            return sum(shared[word] for word in set[str]().union(*(held[n] for n in near)))

        starts = [n for n in held if _tells(self.lines[n - 1])] or [first]
        best = max(starts, key=lambda n: (weight(n), -n))
        end = min(best + MOST_LINES - 1, last)
        while end > best and not _tells(self.lines[end - 1]):
            end -= 1
        return Span(chunk.file_id, best, end, "\n".join(self.lines[best - 1 : end]))


def _opened(ledger: Ledger, file_id: int) -> _File | None:
    chunks = ledger.passages.of_file(file_id)[:MOST_PASSAGES]
    if not chunks or (lines := _lines(chunks)) is None:
        return None
    generation = ledger.embeddings.generation()
    vectors = ledger.embeddings.of_keys(generation, [chunk.key for chunk in chunks]) if generation else {}
    told = [chunk for chunk in chunks if chunk.role not in UNTOLD and not _is_list_of_links(chunk)] or chunks
    columns = ledger.passages.terms_of([chunk.id for chunk in told])
    moves = {chunk.id: 0 if is_rendered(chunk) else shift(chunk, tuple(lines)) for chunk in chunks}
    passages = [
        _Passage(
            chunk,
            moved,
            frozenset(word for word in columns[chunk.id].body.split() if word not in STOP_WORDS),
            unit(vectors[chunk.key]) if chunk.key in vectors else None,
        )
        for chunk in told
        if (moved := moves[chunk.id]) is not None
    ]
    return _File(lines, passages, [(chunk.start, chunk.end, moves[chunk.id]) for chunk in chunks], chunks)


def _lines(chunks: Sequence[StoredChunk]) -> Sequence[str] | None:
    if not is_rendered(chunks[0]):
        return read_now(chunks[0])
    return [line for chunk in chunks for line in chunk.text.split("\n")]


def _nearest(one: _File, two: _File, shared: Mapping[str, float]) -> tuple[int, int]:
    """The places of the two passages that have most in common, in words and in meaning."""
    import numpy as np

    numbers = {word: n for n, word in enumerate(shared)}
    weights = np.array(list(shared.values()), dtype=np.float32)
    a, b = _held(one, numbers), _held(two, numbers)
    # Else the longest passages would always win: they hold most words of anything.
    lengths = np.outer(
        [max(len(passage.words), 1) for passage in one.passages],
        [max(len(passage.words), 1) for passage in two.passages],
    )
    common = (a * weights) @ b.T / lengths**0.25
    rated = common + MEANING * (_vectors(one) @ _vectors(two).T if _dim(one) == _dim(two) else 0.0)
    m, n = np.unravel_index(int(rated.argmax()), rated.shape)
    return int(m), int(n)


def _held(file: _File, numbers: Mapping[str, int]) -> "Floats":
    """Which passage holds which of the shared words, as ones."""
    import numpy as np

    held = np.zeros((len(file.passages), len(numbers)), dtype=np.float32)
    for place, passage in enumerate(file.passages):
        held[place, [numbers[word] for word in passage.words & numbers.keys()]] = 1
    return held


def _dim(file: _File) -> int:
    return next((len(p.vector) for p in file.passages if p.vector is not None), 1)


def _vectors(file: _File) -> "Floats":
    import numpy as np

    none = np.zeros(_dim(file), dtype=np.float32)
    return np.array([none if passage.vector is None else passage.vector for passage in file.passages])


def _tells(line: str) -> bool:
    """Whether a quote may begin or end with this line: headings, comments and addresses say nothing of the matter."""
    bare = line.strip()
    return bool(bare) and not bare.startswith(("#", "<!--", "---", "```", "===")) and not DEFINED.match(line)


def _is_list_of_links(chunk: StoredChunk) -> bool:
    return bool(chunk.trail) and chunk.trail[-1].lower().strip(" :") in LINK_HEADINGS


def _is_field(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return bool(colon) and len(name) < 30 and " " not in name.strip()
