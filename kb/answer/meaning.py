"""How near a sentence is to a passage by an embedding model: the words that only the sentence has, and the whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from kb.answer.opposites import parts
from kb.terms import QueryTerm, terms

if TYPE_CHECKING:
    from kb.embedding.port import Embedder, Matrix


LIGHT = frozenset(
    terms(
        """
    able among allow allows already always author available back become becomes begin bring call called case certain
    code come comes
    consist contain contains currently decide decided decision describe describes different difference done
    enable enables end example exist existing exists explain explains extra file find finds fresh function further
    generally give gives go goes good hand handed happen help helps hence hold holds include includes instance instances
    instead keep keeps kind know known later leave leaves left like long look looks lot made make making many mean means
    method mostly name named names need needs new normally note notes now number offer offers often one order other own
    part particular place point possible provide provided provides put puts quite reach reached reason reasons remain
    respective respectively run running say says set sets several short show shows simply some sometimes sort speak
    specific stand stands start starts state stay stood support supports take takes tell tells then therefore thing
    things thus time times today took trying turn turned turns typically use used uses usually very want wanted wants
    way ways well whole wish work works write writes writer
    """
    )
)
"""Words that claim little by themselves: that a passage has another one in their place says little too."""


@dataclass
class Meanings:
    """Reads each passage once, for all sentences that cite it."""

    embedder: "Embedder"
    _tokens: "dict[str, Matrix]" = field(default_factory=dict)
    _windows: "dict[str, Matrix]" = field(default_factory=dict)

    def likeness(self, claimed: str, said: str) -> float:
        """The cosine of a sentence and the nearest two sentences of a passage."""
        if said not in self._windows:
            texts = [part.text for part in parts(said)]
            pairs = [" ".join(pair) for pair in pairwise(texts)]
            self._windows[said] = self.embedder.embed_passages(pairs or [said])
        return float((self._windows[said] @ self.embedder.embed_query(claimed)).max())

    def nearest_words(self, claimed: str, words: Sequence[QueryTerm], said: str) -> list[float]:
        """For each of these words of a sentence the cosine to the word of the passage that means most nearly the same.

        Both in their context, so that the same word in another sense is not near.
        """
        import numpy as np

        if not words:
            return []
        if said not in self._tokens:
            self._tokens[said] = _unit(self.embedder.embed_tokens(said)[1])
        spans, vectors = self.embedder.embed_tokens(claimed)
        found = []
        for word in words:
            at = re.search(re.escape(word.surface), claimed)
            start, end = at.span() if at else (0, 0)
            own = [n for n, (first, last) in enumerate(spans) if first < end and last > start]
            if not own or not len(self._tokens[said]):
                found.append(0.0)
                continue
            vector = np.asarray(vectors[own].mean(axis=0))
            found.append(float((self._tokens[said] @ (vector / (np.linalg.norm(vector) or 1.0))).max()))
        return found


def _unit(vectors: "Matrix") -> "Matrix":
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)
