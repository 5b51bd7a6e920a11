"""A question taken apart once: its words, how rare each is in this index, and its vector."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.store.passages import Passages
from kb.terms import QueryTerm, all_forms, query_terms, terms

if TYPE_CHECKING:
    from kb.embedding.port import Vector

CONTEXT_CHARS = 4_000
CONTEXT_TERMS = 24
"""A diff on stdin steers by its rarest words: all of them would drown the question."""


@dataclass(frozen=True, slots=True)
class Query:
    """`weights` is the inverse document frequency of each form; `vector` is None where there are no vectors."""

    text: str
    terms: tuple[QueryTerm, ...]
    forms: tuple[str, ...]
    weights: Mapping[str, float]
    vector: "Vector | None" = None

    def weight(self, term: QueryTerm) -> float:
        return self.weights[term.forms[0]]

    def coverage(self, present: Collection[str]) -> float:
        """Share of the question's words, by weight, that stand in `present`, 0..1."""
        known = present if isinstance(present, (set, frozenset)) else frozenset(present)
        total = sum(self.weight(term) for term in self.terms)
        return sum(self.weight(term) * term.coverage(known) for term in self.terms) / total if total else 0.0


def parse_query(text: str, passages: Passages, *, context: str = "") -> Query:
    """The words of a question, weighted by how rare they are; a context adds its rarest ones for finding."""
    asked = tuple(query_terms(text))
    forms = all_forms(asked)
    total = passages.count()
    weights = _weights(forms, passages.document_frequency(forms), total)
    if context:
        forms = [*forms, *_rare_terms(context[:CONTEXT_CHARS], passages, total, known=forms)]
    return Query(text=text, terms=asked, forms=tuple(forms), weights=weights)


def _weights(forms: Sequence[str], frequency: Mapping[str, int], total: int) -> dict[str, float]:
    """Inverse document frequency as in Okapi BM25, never negative."""
    return {
        form: math.log(1 + (total - frequency.get(form, 0) + 0.5) / (frequency.get(form, 0) + 0.5)) for form in forms
    }


def _rare_terms(context: str, passages: Passages, total: int, *, known: Collection[str]) -> list[str]:
    """The context's rarest words that the index holds at all."""
    distinct = [form for form in dict.fromkeys(terms(context)) if form not in known][:2_000]
    frequency = passages.document_frequency(distinct)
    held = [form for form in distinct if frequency.get(form)]
    return sorted(held, key=lambda form: frequency[form])[:CONTEXT_TERMS] if total else []
