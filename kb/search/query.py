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


POSTINGS = 15_000
"""So many places of words are looked at, some 10 ms of work: in a large index a question's commonest words, which tell
passages apart least, find nothing by themselves; they still count in the ranking of what the others found."""


@dataclass(frozen=True, slots=True)
class Query:
    """`weights` is the inverse document frequency of each form; `vector` is None where there are no vectors."""

    text: str
    terms: tuple[QueryTerm, ...]
    forms: tuple[str, ...]
    frequency: Mapping[str, int]
    """In how many chunks each form stands; without those that stand in none."""
    sought: tuple[str, ...]
    """The forms that candidates are found by: all of them, or in a large index the rarer ones."""
    weights: Mapping[str, float]
    vector: "Vector | None" = None

    def weight(self, term: QueryTerm) -> float:
        return self.weights[term.forms[0]]

    def coverage(self, present: Collection[str]) -> float:
        """Share of the question's words, by weight, that stand in `present`, 0..1."""
        known = present if isinstance(present, (set, frozenset)) else frozenset(present)
        if known.isdisjoint(self.forms):
            return 0.0  # of most titles and paths, and asked for hundreds of them in each search
        total = sum(self.weight(term) for term in self.terms)
        return sum(self.weight(term) * term.coverage(known) for term in self.terms) / total if total else 0.0


def parse_query(text: str, passages: Passages, *, context: str = "") -> Query:
    """The words of a question, weighted by how rare they are; a context adds its rarest ones for finding."""
    asked = tuple(query_terms(text))
    forms = all_forms(asked)
    total = passages.count()
    frequency = passages.document_frequency(forms)
    weights = _weights(forms, frequency, total)
    sought = _within_budget(forms, frequency)
    if context:
        beside = _rare_terms(context[:CONTEXT_CHARS], passages, total, known=forms)
        forms, sought, frequency = [*forms, *beside], [*sought, *beside], {**frequency, **beside}
    return Query(text=text, terms=asked, forms=tuple(forms), frequency=frequency, sought=tuple(sought), weights=weights)


def _within_budget(forms: Sequence[str], frequency: Mapping[str, int]) -> list[str]:
    """The rarest forms that stand in `POSTINGS` chunks together, at least one."""
    chosen: list[str] = []
    spent = 0
    for form in sorted((form for form in forms if frequency.get(form)), key=lambda form: frequency[form]):
        spent += frequency[form]
        if chosen and spent > POSTINGS:
            break
        chosen.append(form)
    return chosen


def _weights(forms: Sequence[str], frequency: Mapping[str, int], total: int) -> dict[str, float]:
    """Inverse document frequency as in Okapi BM25, never negative."""
    return {
        form: math.log(1 + (total - frequency.get(form, 0) + 0.5) / (frequency.get(form, 0) + 0.5)) for form in forms
    }


def _rare_terms(context: str, passages: Passages, total: int, *, known: Collection[str]) -> dict[str, int]:
    """The context's rarest words that the index holds at all, with the number of chunks that hold each."""
    distinct = [form for form in dict.fromkeys(terms(context)) if form not in known][:2_000]
    frequency = passages.document_frequency(distinct)
    held = [form for form in distinct if frequency.get(form)]
    rarest = sorted(held, key=lambda form: frequency[form])[:CONTEXT_TERMS] if total else []
    return {form: frequency[form] for form in rarest}
