"""The words leg by itself, for tests that ask what the full text holds."""

from collections.abc import Sequence

from kb.search.query import Query
from kb.search.words import WordScores
from kb.store.ledger import Ledger
from kb.store.passages import Filter


def query_of(ledger: Ledger, forms: Sequence[str]) -> Query:
    """A query for terms as they are stored."""
    frequency = ledger.passages.document_frequency(forms)
    return Query(
        text=" ".join(forms), terms=(), forms=tuple(forms), frequency=frequency, sought=tuple(frequency), weights={}
    )


def matching(ledger: Ledger, forms: Sequence[str], limit: int, chosen: Filter) -> list[int]:
    """Ids of the chunks that hold any of the forms, the best first."""
    return WordScores().best(ledger, query_of(ledger, forms), limit=limit, chosen=chosen)
