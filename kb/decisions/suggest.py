"""How alike two documents are, without either naming the other: by their words, by their meaning, by their titles.

The weights were chosen on 14 masked collections and then scored on five others (tests/bench/suggest.py); they lie in
the middle of a flat optimum. A wider window, dates, numbers and single passages did not pay.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kb.decisions.latest import FILES_AND_VECTORS, Latest
from kb.decisions.suggest_documents import Documents, documents_of
from kb.decisions.suggest_words import SMALL_GROUP, Document, Group, unit
from kb.search.nearest import largest
from kb.store.ledger import Ledger

if TYPE_CHECKING:
    from kb.decisions.suggest_words import Floats, Ids


K1, B = 4.0, 0.3
"""A word that stands often in a whole document still counts more the tenth time; its length counts little."""
TITLE_K1, TITLE_B = 1.2, 0.75
MEANING = 0.2
TITLES = 0.08
HEAVY = 48
"""With so many of its rarest words a document is looked for among all, when all are gone through."""
CLOSEST = 6
BLOCK = 256


class Parts(NamedTuple):
    """What a likeness is made of, each an array over all documents."""

    words: "Floats"
    """Cosine of the weighed words, 0..1."""
    meaning: "Floats"
    """Cosine of the mean vectors, once what all documents of a group have in common is taken away."""
    titles: "Floats"
    """How much of each one's title the other one's text speaks of, 0..2."""

    def likeness(self) -> "Floats":
        likeness: Floats = self.words + MEANING * self.meaning + TITLES * self.titles
        return likeness


class Likeness:
    """Compares one document with all; made by `likeness_of`, never changed."""

    def __init__(self, documents: Documents) -> None:
        import numpy as np

        self._np = np
        self.documents = documents
        found = documents.all
        self._relative = np.array([documents.weights.relative_length(d) for d in found], dtype=np.float32)
        self._words = _Postings([d.terms for d in found], [self._weighed(d) for d in found])
        self._counts = _Postings([d.terms for d in found], [d.counts for d in found])
        self._titles = _Postings([d.title for d in found], [self._title_weights(d) for d in found])
        self._means = self._group_means()
        dim = next((len(d.vector) for d in found if d.vector is not None), 1)
        none = np.zeros(dim, dtype=np.float32)
        self._vectors = np.array([none if (v := self._centred(d)) is None else v for d in found] or [none])

    def parts(self, document: Document) -> Parts:
        """The likeness of every document to this one, in its parts."""
        np = self._np
        count = len(self.documents.all)
        words = self._words.product(document.terms, self._weighed(document), count)
        vector = self._centred(document)
        meaning = np.zeros(count, dtype=np.float32) if vector is None or not count else self._vectors @ vector
        relative = self.documents.weights.relative_length(document)
        spoken = document.counts / (document.counts + TITLE_K1 * (1 - TITLE_B + TITLE_B * relative))
        titles = self._titles.product(document.terms, spoken, count)
        titles += self._spoken_of(document, count)
        return Parts(words, meaning, titles)

    def best(self, document: Document, limit: int) -> list[tuple[Document, float]]:
        """The documents most like one, the best first, itself left out."""
        np = self._np
        scores = self.parts(document).likeness()
        own = self.documents.place.get(document.file_id)
        # Ties by place, so that the same index gives the same list.
        order: Sequence[int] = np.argsort(-scores, kind="stable")[: limit + 1].tolist()
        return [(self.documents.all[n], float(scores[n])) for n in order if n != own][:limit]

    def pair(self, first: Document, second: Document) -> float:
        """The likeness of two documents, as `best` gives it."""
        np = self._np
        _, here, there = np.intersect1d(first.terms, second.terms, assume_unique=True, return_indices=True)
        words = float(self._weighed(first)[here] @ self._weighed(second)[there])
        one, two = self._centred(first), self._centred(second)
        meaning = float(one @ two) if one is not None and two is not None else 0.0
        return words + MEANING * meaning + TITLES * (self._spoken(first, second) + self._spoken(second, first))

    def near_all(self, chosen: Sequence[Document]) -> Iterator[tuple[Document, list[tuple[Document, float]]]]:
        """For each of many documents the few most like it, by their rarest words and their meaning: a preselection.

        Exact scores of 5,000 documents with each other took over a minute, nearly all of it for words that say little.
        """
        np = self._np
        for start in range(0, len(chosen), BLOCK):
            block = chosen[start : start + BLOCK]
            none = np.zeros(self._vectors.shape[1], dtype=np.float32)
            vectors = np.array([none if (v := self._centred(d)) is None else v for d in block])
            for document, meaning in zip(block, vectors @ self._vectors.T, strict=True):
                weighed = self._weighed(document)
                heavy = np.argsort(-weighed, kind="stable")[:HEAVY]
                scores = MEANING * meaning
                scores += self._words.product(document.terms[heavy], weighed[heavy], len(self.documents.all))
                own = self.documents.place[document.file_id]
                best = largest(scores, CLOSEST + 1)
                yield document, [(self.documents.all[n], float(scores[n])) for n in best if n != own]

    def _spoken(self, titled: Document, document: Document) -> float:
        """How much of the title of one the text of another speaks of."""
        np = self._np
        _, here, there = np.intersect1d(titled.title, document.terms, assume_unique=True, return_indices=True)
        norm = TITLE_K1 * (1 - TITLE_B + TITLE_B * self.documents.weights.relative_length(document))
        counts = document.counts[there]
        return float(self._title_weights(titled)[here] @ (counts / (counts + norm)))

    def _weighed(self, document: Document) -> "Floats":
        norm = K1 * (1 - B + B * self.documents.weights.relative_length(document))
        return unit(document.counts / (document.counts + norm) * self.documents.weights.of(document, document.terms))

    def _title_weights(self, document: Document) -> "Floats":
        weights = self.documents.weights.of(document, document.title)
        return weights / (float(weights.sum()) or 1.0)

    def _spoken_of(self, document: Document, count: int) -> "Floats":
        """How much of the title of `document` each text speaks of."""
        np = self._np
        spoken: Floats = np.zeros(count, dtype=np.float32)
        for term, weight in zip(document.title.tolist(), self._title_weights(document).tolist(), strict=True):
            places, counts = self._counts.of(term)
            norm = TITLE_K1 * (1 - TITLE_B + TITLE_B * self._relative[places])
            spoken[places] += weight * counts / (counts + norm)
        return spoken

    def _group_means(self) -> "dict[Group | None, Floats]":
        np = self._np
        of: dict[Group | None, list[Floats]] = {None: []}
        for document in self.documents.all:
            if document.vector is not None:
                of[None].append(document.vector)
                if self.documents.weights.has(document.group):
                    of.setdefault(document.group, []).append(document.vector)
        return {group: np.mean(vectors, axis=0) for group, vectors in of.items() if len(vectors) >= SMALL_GROUP}

    def _centred(self, document: Document) -> "Floats | None":
        mean = self._means.get(document.group, self._means.get(None))
        if document.vector is None or mean is None:
            return document.vector
        return unit(document.vector - mean)


class _Postings:
    """For each term the documents that hold it, with a value: a sparse matrix by columns."""

    def __init__(self, terms: "Sequence[Ids]", values: "Sequence[Floats]") -> None:
        import numpy as np

        self._np = np
        owners = np.repeat(np.arange(len(terms), dtype=np.int32), [len(ids) for ids in terms])
        joined = np.concatenate([np.zeros(0, dtype=np.int32), *terms])
        order = np.argsort(joined, kind="stable")
        self._owners = owners[order]
        self._values = np.concatenate([np.zeros(0, dtype=np.float32), *values])[order].astype(np.float32)
        self._starts = np.searchsorted(joined[order], np.arange((int(joined.max()) if len(joined) else 0) + 2))

    def of(self, term: int) -> "tuple[Ids, Floats]":
        if term + 1 >= len(self._starts):
            return self._owners[:0], self._values[:0]
        found = slice(self._starts[term], self._starts[term + 1])
        return self._owners[found], self._values[found]

    def product(self, terms: "Ids", weights: "Floats", count: int) -> "Floats":
        """The sum over the terms of weight times value, for each document."""
        np = self._np
        known = terms + 1 < len(self._starts)
        firsts, ends = self._starts[terms[known]], self._starts[terms[known] + 1]
        lengths = ends - firsts
        # All postings of all terms in one step: a loop over the 1,500 words of a long proposal took 20 ms.
        places = np.repeat(firsts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
        values = self._values[places] * np.repeat(weights[known], lengths)
        total: Floats = np.bincount(self._owners[places], values, minlength=count).astype(np.float32)
        return total


def likeness_of(ledger: Ledger) -> Likeness:
    """The likeness over the notes of a ledger; the same object, for all threads, as long as no file changed in it."""
    return _latest.of(ledger)


_latest = Latest(lambda ledger, _: Likeness(documents_of(ledger)), watched=FILES_AND_VECTORS)
