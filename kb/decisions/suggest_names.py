"""The names that tell one thing from all others: what two projects must share before they are called related."""

import re

from kb.decisions.suggest_documents import Documents
from kb.store.ledger import Ledger
from kb.terms import STOP_WORDS, terms

MOST_PASSAGES = 60
FEW, FEW_OF_ALL = 5, 0.02
"""A name that more documents have than so many, or this share of all, is no name of one thing: "API", "GitHub"."""
PROPER = re.compile(
    r"(?<![\w@/.-])(?:[A-Za-z]\w*_\w+|\w*[a-z0-9][A-Z]\w*|[A-Z]{2,}[\w-]*|(?<=[a-z,;] )[A-Z][a-z][\w-]+)(?![\w/])"
)
"""`parse_config`, `KeepAlive`, `RBAC`, and a word with a capital inside of a sentence."""


class RareNames:
    """Over the documents of a ledger; reads each file once."""

    def __init__(self, ledger: Ledger, documents: Documents) -> None:
        self._ledger = ledger
        self._documents = documents
        self._names: dict[int, frozenset[str]] = {}

    def of(self, file_id: int) -> frozenset[str]:
        """The proper nouns and identifiers in a file's own text that few documents have."""
        if file_id not in self._names:
            self._names[file_id] = frozenset(filter(self._is_rare, self._named_in(file_id)))
        return self._names[file_id]

    def _named_in(self, file_id: int) -> set[str]:
        boilerplate = self._documents.boilerplate
        lines = (
            line
            for chunk in self._ledger.passages.of_file(file_id)[:MOST_PASSAGES]
            for line in chunk.text.split("\n")
            if line not in boilerplate
        )
        return {match[0].lower() for line in lines for match in PROPER.finditer(line)}

    def _is_rare(self, name: str) -> bool:
        import numpy as np

        if name in STOP_WORDS or not (forms := terms(name)):
            return False
        ids = [n for n in map(self._documents.find, forms[:1]) if n >= 0]
        most = max(FEW, FEW_OF_ALL * len(self._documents.all))
        return bool(ids) and float(self._documents.weights.documents_with(np.array(ids, dtype=np.int32)).max()) <= most
