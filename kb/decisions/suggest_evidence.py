"""Two spans that show what two files have in common: whole lines of each, as they stand on the disk now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.readers.decision import LINK_HEADINGS
from ingest.readers.links import DEFINED
from kb.answer.disk import is_rendered, read_now, shift
from kb.decisions.suggest_documents import Documents
from kb.decisions.suggest_words import Boilerplate, Document, unit
from kb.model import StoredChunk
from kb.store.ledger import Ledger
from kb.terms import STOP_WORDS, terms

if TYPE_CHECKING:
    from kb.decisions.suggest_words import Floats

MOST_LINES = 4
MOST_PASSAGES = 60
"""Of a longer file only the first passages are compared: a subject is told early."""
UNTOLD = frozenset({"metadata", "comment", "heading"})
ENOUGH = 0.7
"""Evidence that was not quoted yet may be this much weaker."""
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

    def of_pair(
        self, first: Document, second: Document, *, line: int = 0, quoted: Collection[tuple[int, int]] = ()
    ) -> tuple[Span, Span] | None:
        """The spans of the two that are nearest to each other; None where one of the files is gone or was rewritten.

        That of the first holds its `line`, where one is given; of about equal ones it is one that is not yet `quoted`.
        """
        one, two = self._file(first.file_id), self._file(second.file_id)
        if one is not None and line:
            one = one.at(line)
        if one is None or two is None or not one.passages or not two.passages:
            return None
        shared = self._shared(first, second)
        told = {start for file_id, start in quoted if file_id == first.file_id} if not line else set[int]()
        m, n = _nearest(one, two, shared, told=told)
        return one.span(one.passages[m], shared, told=told, line=line), two.span(two.passages[n], shared)

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
            self._files[file_id] = _opened(self._ledger, file_id, self._documents.boilerplate)
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
    boilerplate: Boilerplate

    def at(self, line: int) -> "_File":
        """The same with those passages only that hold a line, where there are such."""
        around = [p for p in self.passages if p.chunk.start + p.moved <= line <= p.chunk.end + p.moved]
        return replace(self, passages=around or self.passages)

    def moved(self, line: int) -> int | None:
        """By how much a line moved with the passage that it stands in, or with the one below it (front matter)."""
        return next((moved for _, end, moved in self.moves if line <= end), None)

    def span(
        self, passage: _Passage, shared: Mapping[str, float], *, told: Collection[int] = (), line: int = 0
    ) -> Span:
        """The few lines of a passage that hold most of what is shared, and `line`, where one is given."""
        chunk = passage.chunk
        if is_rendered(chunk):
            return Span(chunk.file_id, chunk.start, chunk.end, chunk.text)
        first, last = chunk.start + passage.moved, chunk.end + passage.moved
        held = {
            n: shared.keys() & set(terms(self.lines[n - 1])) if self._tells(n) else set[str]()
            for n in range(first, last + 1)
        }

        def weight(start: int) -> float:
            near = range(start, min(start + MOST_LINES, last + 1))
            return sum(shared[word] for word in set[str]().union(*(held[n] for n in near)))

        starts = [n for n in held if self._tells(n)] or [first]
        near = [n for n in starts if n <= line < n + MOST_LINES] if line in held else []
        best = max(near or starts, key=lambda n: (weight(n), -n))
        other = max((n for n in starts if not any(abs(n - t) < MOST_LINES for t in told)), key=weight, default=best)
        if best in told and not near and weight(other) >= ENOUGH * weight(best):
            best = other
        end = min(best + MOST_LINES - 1, last)
        while end > max(best, line if near else 0) and not self._tells(end):
            end -= 1
        own = next((n - 1 for n in range(best + 1, end + 1) if self.lines[n - 1] in self.boilerplate), end)
        return Span(chunk.file_id, best, own, "\n".join(self.lines[best - 1 : own]))

    def _tells(self, number: int) -> bool:
        return _tells(self.lines[number - 1]) and self.lines[number - 1] not in self.boilerplate


def _opened(ledger: Ledger, file_id: int, boilerplate: Boilerplate) -> _File | None:
    chunks = ledger.passages.of_file(file_id)[:MOST_PASSAGES]
    if not chunks or (lines := _lines(chunks)) is None:
        return None
    generation = ledger.embeddings.generation()
    vectors = ledger.embeddings.of_keys(generation, [chunk.key for chunk in chunks]) if generation else {}
    told = [chunk for chunk in chunks if chunk.role not in UNTOLD and not _is_list_of_links(chunk)] or chunks
    # Of a form that nobody filled in nothing is left to be quoted.
    told = [c for c in told if any(_tells(line) and line not in boilerplate for line in c.text.split("\n"))]
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
    return _File(lines, passages, [(chunk.start, chunk.end, moves[chunk.id]) for chunk in chunks], chunks, boilerplate)


def _lines(chunks: Sequence[StoredChunk]) -> Sequence[str] | None:
    if not is_rendered(chunks[0]):
        return read_now(chunks[0])
    return [line for chunk in chunks for line in chunk.text.split("\n")]


def _nearest(one: _File, two: _File, shared: Mapping[str, float], *, told: Collection[int] = ()) -> tuple[int, int]:
    """The places of the two passages that have most in common, in words and in meaning.

    A passage of the first that was `told` already, by the lines quoted of it, gives way to one about as near.
    """
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
    again = [any(p.chunk.start + p.moved <= line <= p.chunk.end + p.moved for line in told) for p in one.passages]
    fresh = np.where(np.array(again)[:, None], -np.inf, rated)
    if float(fresh.max()) >= ENOUGH * float(rated.max()):
        rated = fresh
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
