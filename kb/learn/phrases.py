"""Phrases that authors give weight to: what stands in titles, headings, symbols, tags and code marks, cut into terms.

Two written forms of the same words are one phrase: its key is made of stems, its name is the form written most often.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kb.model import StoredChunk
from kb.terms import CAMEL, STOP_WORDS, terms

LONGEST = 3
"""Words in a phrase: a longer one is a sentence, which seldom stands twice."""
WORD = re.compile(r"[^\W_][\w'’]*(?:[.\-]\w+)*")
MARKED = re.compile(r"(?<!`)`([^`\n]{2,40})`(?!`)|(?<![*_\w])[*_]{1,2}([^*_\n]{3,40})[*_]{1,2}(?![*_\w])")
"""Inline code and emphasis: where an author names a thing."""
NUMBERED = re.compile(r"^(?:[A-Za-z]{2,8}[-_ ]?)?\d{1,5}\s*[.:)–-]\s*")
SECTIONS = frozenset(
    " ".join(terms(name))
    for name in (
        "abstract", "acknowledgements", "alternatives", "alternatives considered", "appendix", "background",
        "changelog", "conclusion", "cons", "consequences", "considered options", "contents", "context",
        "context and problem statement", "decision", "decision drivers", "decision outcome", "decisions", "details",
        "diagram", "example", "examples", "implementation", "introduction", "links", "misc", "more information",
        "motivation", "negative consequences", "notes", "options", "overview", "positive consequences", "problem",
        "proposal", "pros", "pros and cons", "pros and cons of the options", "rationale", "references", "related",
        "related decisions", "resources", "see also", "solution", "source", "status", "summary", "table of contents",
        "tldr", "update", "usage",
    )
)  # fmt: skip
"""Headings that every note of a kind has: they name a part of the note, nothing of the domain."""
EMPTY = frozenset(terms(
    "add adding all another any back basic better bit change changes check code current different do each easy exact "
    "example examples file files find first fix get given handle just latest line list look make more multiple my name "
    "new nice note one only other out previous quick quickly recent run running set setting show simple single some "
    "something specific start string that thing things this time trick try trying turn two type types update updating "
    "use user using value values various version way ways with without work working write writing yes your"
))  # fmt: skip
"""Words that name nothing by themselves; inside a phrase they may."""


@dataclass(slots=True)
class Phrase:
    """One phrase with its written forms and the files that were seen to hold it."""

    key: str
    forms: Counter[str] = field(default_factory=Counter)
    files: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The most frequent form; of two as frequent the shorter, then the one in small letters."""
        return min(self.forms, key=lambda form: (-self.forms[form], len(form), form.swapcase()))


def key_of(text: str) -> str:
    """The stems of a phrase's content words, sorted."""
    return " ".join(sorted({stem for word in _words(text) for stem in _stems(word)}))


def collect(chunks: Iterable[StoredChunk]) -> dict[str, Phrase]:
    """All phrases of the telling places of some passages."""
    found: dict[str, Phrase] = {}
    seen = defaultdict[int, set[str]](set)

    def take(form: str, file_id: int) -> None:
        if (key := key_of(form)) and key not in SECTIONS:
            phrase = found.setdefault(key, Phrase(key))
            phrase.forms[_cased(form)] += 1
            phrase.files.add(file_id)

    for chunk in chunks:
        for text, whole in _places(chunk):
            if text not in seen[chunk.file_id]:
                seen[chunk.file_id].add(text)
                for form in (text,) if whole else _ngrams(text):
                    take(form, chunk.file_id)
    return found


def is_telling(symbol: str) -> bool:
    """Whether a symbol names a thing for others: `_copy` is a file's own affair, `submit` a word like any other."""
    return not symbol.startswith("_") and (not symbol.islower() or len(terms(symbol)) > 1)


def names_nothing(key: str) -> bool:
    """Whether a key holds only words that name nothing by themselves."""
    return set(key.split()) <= EMPTY


def _places(chunk: StoredChunk) -> Iterator[tuple[str, bool]]:
    """(text, whether it is a name as a whole)."""
    for symbol in chunk.symbols:
        name = symbol.rsplit(".", 1)[-1]
        if is_telling(name):
            yield name, True
    if chunk.kind == "code":
        return
    yield NUMBERED.sub("", chunk.title), False
    for heading in chunk.trail:
        if " ".join(terms(heading)) not in SECTIONS:
            yield heading, False
    for match in MARKED.finditer(chunk.text):
        yield (match[1] or match[2]).strip(), False


def _ngrams(text: str) -> Iterator[str]:
    for run in _runs(text):
        for size in range(1, LONGEST + 1):
            for at in range(len(run) - size + 1):
                words = run[at : at + size]
                if size > 1 or _names(words[0]):
                    yield " ".join(words)


def _runs(text: str) -> Iterator[list[str]]:
    """Words that stand together with no stop word or other sign between them."""
    run: list[str] = []
    end = 0
    for match in WORD.finditer(text):
        word = match[0]
        apart = text[end : match.start()].strip() not in ("", "-")
        if apart and run:
            yield run
            run = []
        end = match.end()
        if word.lower() in STOP_WORDS or (word.isdigit() or len(word) < 2):
            if run:
                yield run
            run = []
        else:
            run.append(word)
    if run:
        yield run


def _names(word: str) -> bool:
    return len(word) > 2 and terms(word)[:1] != [] and terms(word)[0] not in EMPTY


def _words(text: str) -> list[str]:
    return [match[0] for match in WORD.finditer(text) if match[0].lower() not in STOP_WORDS]


def _stems(word: str) -> Sequence[str]:
    found = terms(word)
    # An identifier is its parts: `AppWorkload` and "app workload" are one.
    return found[1:] if len(found) > 1 and (CAMEL.search(word) or "." in word or "-" in word) else found


def _cased(form: str) -> str:
    """`Interactive Rebase` of a title is `interactive rebase`; `SQLite`, `AppWorkload` and `FTS5` stay."""
    return " ".join(word.lower() if word.istitle() else word for word in form.split())
