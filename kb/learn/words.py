"""Which files hold which words, and what a topic's words say in this corpus: its domain, its focus, its short forms."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kb.store.ledger import Ledger
from kb.terms import QueryTerm, query_terms

DOMAIN_SHARE = 0.6
"""A word of the topic that so many of the nearest files hold tells none of them apart ("git" among notes on git)."""
FEWEST_IN_CORE = 8
"""Files at the core of a topic: with fewer, those that hold less of it are let in."""
LISTING_PARTS, LISTING_SHARE = 5, 0.6
"""A file of at least so many passages, most of them lists, is a table of contents: it holds every word."""
BLOB_CHARS, BLOB_BLANKS = 400, 0.05
"""A line of so many characters with hardly a blank is an address or a list of names: nobody reads words in it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What somebody wants to learn, as its words stand in the files."""

    text: str
    words: tuple[QueryTerm, ...]
    domain: frozenset[int]
    """The files that hold every common word of the topic, all files where none is common."""
    focus: tuple[QueryTerm, ...]
    """The words that tell the files of the domain apart."""
    short: tuple[str, ...]
    """Initials of the topic that the files write in its place: `fts5` for "full-text search"."""
    core: frozenset[int]
    """The files of the domain that hold most of the focus."""
    core_share: float
    """The share of the focus that each of them holds at least."""
    missing: tuple[str, ...]
    """Words that no file of the domain holds."""

    @property
    def stems(self) -> frozenset[str]:
        return frozenset(form for word in self.words for form in word.forms)

    @property
    def focus_text(self) -> str:
        return " ".join(word.surface for word in self.focus)


class FileWords:
    """The full text by file: a passage is too short a place for two words to meet in by chance or not."""

    def __init__(self, ledger: Ledger) -> None:
        self._passages = ledger.passages
        self._database = ledger.database
        self._file_of: dict[int, int] = dict(
            ledger.database.execute(
                "SELECT id, file_id FROM chunk WHERE NOT (start = end AND length(text) >= ?"
                " AND length(text) - length(replace(text, ' ', '')) < length(text) * ?)",
                (BLOB_CHARS, BLOB_BLANKS),
            )
        )
        self._known: dict[str, frozenset[int]] = {}
        listings = ledger.database.execute(
            "SELECT file_id FROM chunk GROUP BY file_id HAVING count(*) >= ? AND sum(role = 'list') >= ? * count(*)",
            (LISTING_PARTS, LISTING_SHARE),
        )
        self.listings = frozenset(int(row[0]) for row in listings)
        self.all = frozenset(self._file_of.values()) - self.listings

    def files(self, form: str) -> frozenset[int]:
        """The files that hold a term, tables of contents left out."""
        if form not in self._known:
            self._known[form] = self._of(self._passages_with(form))
        return self._known[form]

    def holding(self, word: QueryTerm) -> frozenset[int]:
        """The files that hold a word as a whole, or all of its parts in one passage."""
        whole, *parts = word.forms
        if not parts:
            return self.files(whole)
        return self.files(whole) | self._of(set.intersection(*(self._passages_with(part) for part in parts)))

    def with_all(self, forms: Collection[str]) -> frozenset[int]:
        """The files that hold each of some terms."""
        return frozenset.intersection(*(self.files(form) for form in forms)) if forms else frozenset()

    def _passages_with(self, form: str) -> set[int]:
        return {chunk for chunk, _ in self._passages.occurrences(form)}

    def _of(self, chunks: Iterable[int]) -> frozenset[int]:
        return frozenset(self._file_of[chunk] for chunk in chunks if chunk in self._file_of) - self.listings

    def share_of_chunks(self, forms: Sequence[str]) -> dict[str, float]:
        """For each term that stands anywhere the share of passages that hold it."""
        total = len(self._file_of) or 1
        return {form: count / total for form, count in self._passages.document_frequency(forms).items()}

    def numbered(self, letters: str) -> list[str]:
        """The terms that are these letters, with or without digits behind them."""
        rows = self._database.execute(
            "SELECT term FROM chunk_vocabulary WHERE term >= ? AND term < ?", (letters, letters + "\x7f")
        )
        return [term for (term,) in rows if not term[len(letters) :].strip("0123456789")]


def read_topic(text: str, words: FileWords, near: Iterable[int]) -> Topic:
    """A topic among the files of an index; `near` are those that a search finds nearest."""
    asked = tuple(query_terms(text))
    if not asked:
        return Topic(text, (), words.all, (), (), frozenset(), 0.0, ())
    nearest = set(near) & words.all
    holding = {word.surface: words.holding(word) for word in asked}
    # One word, the commonest: several that the nearest files hold are what the search went by.
    widest = max(asked, key=lambda word: len(holding[word.surface]))
    shared = len(holding[widest.surface] & nearest)
    common = [widest] if len(asked) > 1 and nearest and shared >= DOMAIN_SHARE * len(nearest) else []
    focus = [word for word in asked if word not in common] or list(asked)
    domain = frozenset.intersection(*(holding[word.surface] for word in common)) if common else words.all
    short = [form for letters in _initials(text) for form in words.numbered(letters)]
    abbreviated = frozenset[int]().union(*(words.files(form) for form in short)) & domain
    counts = {file_id: len(focus) for file_id in abbreviated}
    for word in focus:
        for file_id in (holding[word.surface] & domain) - abbreviated:
            counts[file_id] = counts.get(file_id, 0) + 1
    core, least = frozenset[int](), 0
    for least in range(len(focus), 0, -1):
        core = frozenset(file_id for file_id, held in counts.items() if held >= least)
        if len(core) >= FEWEST_IN_CORE:
            break
    missing = tuple(word.surface for word in asked if not holding[word.surface] & domain)
    return Topic(text, asked, domain, tuple(focus), tuple(short), core, least / len(focus) if core else 0.0, missing)


def _initials(text: str) -> list[str]:
    """The first letters of each three or more words that stand together."""
    words = [word for word in text.replace("-", " ").split() if word[:1].isalpha()]
    return [
        "".join(word[0] for word in words[first:last]).lower()
        for first in range(len(words))
        for last in range(first + 3, len(words) + 1)
    ]
