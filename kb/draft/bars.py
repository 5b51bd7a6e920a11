"""What decisions in force rule out, as words that can be looked for and lines that can be quoted.

Five ways are read, each of which the decision says in its own words: an option that it turned down; what it took
something else "instead of"; what it says not to do; what a decision that it replaced had chosen; and what it chose,
which nobody may quietly take away. The words that all of its options share name the subject, and no option.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from kb.decisions.contradict import DECIDED, DOING, NEGATED, Choice, Phrase, choice_of, section_lines
from kb.decisions.edges import Decision
from kb.decisions.graph import Graph
from kb.decisions.latest import Latest
from kb.draft.binding import NOTHING, NUMBERED, PREFIX, option_name, plain
from kb.draft.ground import PROPOSED
from kb.draft.wording import WEAK, subject_words, words_of
from kb.learn.words import FileWords
from kb.model import StoredChunk
from kb.store.ledger import Ledger
from kb.terms import terms

Way = Literal["turned down", "instead of", "not to do", "given up", "chosen"]

INSTEAD = re.compile(r"\b(?:instead of|rather than|in place of)\s+(?P<what>[^.,;:()\n]{3,100})", re.IGNORECASE)
END_OF_OPTION = re.compile(r"\s+(?:for|to|in order|when|because|as an?|across|within)\s", re.IGNORECASE)
BANS = re.compile(
    r"\b(?:(?:must|should|shall|may) not|(?:we|you) (?:will not|do not|don['’]t|won['’]t|never)|never|avoid|forbid|"
    r"ban|prohibit|disallow)\b",
    re.IGNORECASE,
)
"""How a text forbids; what "does not" or "cannot" be is told, not forbidden."""
END_OF_BAN = re.compile(
    r"[,.;:]|\b(?:and|but|because|anymore|any more|in favou?r of|so|in (?:all |any )?(?:of )?(?:our|this|the))\b",
    re.IGNORECASE,
)
ASIDE = re.compile(r"\s*\([^)]*\)|\s+[-–—:]\s.*$")
MARKUP = re.compile(r"<!--.*?-->|<https?:[^>]*>|https?://\S+")
CONTEXT = ("context", "problem", "background", "motivation")
MOST_NAME_WORDS, MOST_OPTION_WORDS = 14, 8
FEW, COMMON, EVERYWHERE = 3, 0.12, 0.5
"""A word that more than a few decisions hold, and this share of them, names no option; one that half of them hold
names no subject."""
MOST_CONTEXT_CHARS = 700


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that a decision rules out; all of `core` has to be said for it to be meant."""

    decision: Decision
    way: Way
    core: frozenset[str]
    line: int
    """Of the decision's file, or of the one that it replaced, as indexed."""
    told_in: int
    """The file that the line stands in."""
    name: str
    """What is ruled out, as it is written; for what was chosen that."""
    chosen: frozenset[str]
    """What names the choice: a text that affirms it has understood."""
    chosen_name: str
    subject: frozenset[str]
    context: frozenset[str]
    rare: frozenset[str] = frozenset()
    """The half of `core` that fewest decisions hold: without these something else is meant."""


def bars_of(ledger: Ledger) -> Sequence[Bar]:
    """All of a ledger; the same object, for all threads, as long as no file changed in it."""
    return _latest.of(ledger)


def _made(ledger: Ledger, _: Sequence[Bar] | None) -> Sequence[Bar]:
    graph = Graph.read(ledger)
    found: list[Bar] = []
    for decision in graph.decisions:
        if graph.succession.is_gone(decision) or decision.status in PROPOSED:
            continue
        chunks = ledger.passages.of_file(decision.file_id)
        choice = choice_of(chunks)
        if choice is not None:
            found += _of_decision(ledger, graph, decision, chunks, choice)
    shares = _Shares(ledger, graph.decisions)
    return tuple(told for bar in found if (told := shares.judged(bar)) is not None)


class _Shares:
    """How many decisions of a source hold a word: what most of them hold tells none of them apart."""

    def __init__(self, ledger: Ledger, decisions: Sequence[Decision]) -> None:
        self._words = FileWords(ledger)
        self._of: dict[str, set[int]] = {}
        for decision in decisions:
            self._of.setdefault(decision.source, set()).add(decision.file_id)

    def judged(self, bar: Bar) -> Bar | None:
        """A bar with its rare words, without those of its subject that all decisions share; None where it is vague."""
        files = self._of[bar.decision.source]
        few = max(FEW, COMMON * len(files))
        counts = {word: len(self._words.files(word) & files) for word in bar.core}
        # Words that each are everywhere may still be a name together: "Apache Commons CLI".
        if bar.core <= WEAK or len(self._words.with_all(bar.core) & files) > few:
            return None
        ordered = sorted(bar.core, key=lambda word: (counts[word], word))
        widely = {
            w
            for w in bar.subject | bar.context
            if len(self._words.files(w) & files) > max(FEW, EVERYWHERE * len(files))
        }
        return replace(
            bar,
            rare=frozenset(ordered[: (len(ordered) + 1) // 2]),
            subject=bar.subject - widely,
            context=bar.context - widely,
        )


def _of_decision(
    ledger: Ledger, graph: Graph, decision: Decision, chunks: Sequence[StoredChunk], choice: Choice
) -> Iterator[Bar]:
    title = _title(decision)
    stated = choice.chosen if choice.chosen and _names(choice.chosen) else None
    named = _option(option_name(stated)) if stated else title
    options = [(option, words_of(_option(option_name(option)))) for option in choice.turned_down]
    instead = [match["what"] for match in INSTEAD.finditer(title)]
    own = words_of(INSTEAD.sub("", title))
    of_choice = words_of(named) if stated else own
    shared = frozenset.intersection(of_choice, *(words for _, words in options)) if options else frozenset[str]()
    others = frozenset[str]().union(*(words for _, words in options)) - shared
    # Without options nobody can tell the choice's name from its subject.
    denies = NEGATED.search(title) is not None
    chosen = (of_choice - shared - WEAK) if options and stated else frozenset[str]() if denies else _proper(title)
    subject = (subject_words(INSTEAD.sub("", title)) | shared) - chosen - others
    context = _context(chunks) - chosen - others

    def bar(way: Way, core: frozenset[str], line: int, name: str, told_in: int = decision.file_id) -> Bar:
        # What a title says not to do, or did before, is what the decision is about.
        own_subject = way == "given up" or (way == "not to do" and line == choice.title.line)
        return Bar(
            decision, way, core, line, told_in, name, chosen, named, subject if own_subject else subject - core,
            context - core,
        )  # fmt: skip

    for option, words in options:
        core = words - shared - of_choice - (WEAK if len(words) > 1 else frozenset())
        # A variant of what was chosen is told from it by a word or two, which mean nothing without the others.
        core = words if 2 * len(core) < len(words) else core
        is_chosen = stated is not None and option_name(option).lower().startswith(named.lower())
        if (
            core
            and not core <= of_choice
            and not is_chosen
            and option_name(option).lower() not in NOTHING
            and len(words) <= MOST_OPTION_WORDS
        ):
            yield bar("turned down", core, option.line, option_name(option))
    line = choice.title.line
    for what in instead:
        core = words_of(END_OF_OPTION.split(what, 1)[0]) - chosen
        if core - WEAK:
            yield bar("instead of", core, line, plain(what))
    if denies:
        yield from _forbidden(bar, line, title, of_title=True)
    for chunk in chunks:
        for number, text in _decided_lines(chunk):
            for match in INSTEAD.finditer(text):
                core = words_of(END_OF_OPTION.split(match["what"], 1)[0]) - chosen
                if len(core - WEAK) > 1:
                    yield bar("instead of", core, number, plain(match["what"]))
            if BANS.search(text):
                yield from _forbidden(bar, number, text, of_title=False)
    for old in graph.succession.before(decision.file_id):
        core = words_of(_title(old)) - WEAK
        replaced = choice_of(ledger.passages.of_file(old.file_id))
        if replaced is not None and len(core) > 1 and not core <= own:
            yield bar("given up", core, replaced.title.line, _title(old), old.file_id)
    if chosen and not denies:
        yield bar("chosen", chosen, stated.line if stated else line, named)


def _forbidden(bar: "_Make", line: int, text: str, *, of_title: bool) -> Iterator[Bar]:
    """What stands behind the "not": up to the end of the clause."""
    match = (NEGATED if of_title else BANS).search(text)
    assert match is not None, "it was just found"
    what = END_OF_BAN.split(text[match.end() :], maxsplit=1)[0]
    core = words_of(what)
    if len(core - WEAK) > 1:
        core -= WEAK
    # Half a sentence of common words forbids nothing that could be named.
    if len(core) > 1 and len(core) <= (8 if of_title else 4):
        yield bar("not to do", core, line, plain(what).strip())


def _decided_lines(chunk: StoredChunk) -> Iterator[tuple[int, str]]:
    """The lines of a passage that stand under a heading of deciding."""
    if chunk.role not in ("fence", "table", "metadata"):
        for number, text, section in section_lines(chunk):
            if section in DECIDED and text.strip() and not text.lstrip().startswith("#"):
                yield number, plain(text)


def _names(phrase: Phrase) -> bool:
    """Whether a chosen phrase is a name of an option, and not the first line of a paragraph."""
    return len(terms(_option(phrase.text))) <= MOST_NAME_WORDS


def _option(text: str) -> str:
    return ASIDE.sub("", plain(MARKUP.sub(" ", text))).strip(" .:\"'“”*_")


def _title(decision: Decision) -> str:
    return PREFIX.sub("", NUMBERED.sub("", plain(decision.title)))


def _proper(title: str) -> frozenset[str]:
    """The names in a title: `Elasticache` of "Use Elasticache for Redis", before what it is used for."""
    first = END_OF_OPTION.split(INSTEAD.sub("", title), 1)[0]
    words = first.split()
    lead = bool(words) and set(terms(words[0])) & DOING
    return words_of(" ".join(words[1:])) - WEAK if lead and len(words) > 1 else frozenset[str]()


def _context(chunks: Sequence[StoredChunk]) -> frozenset[str]:
    """The words of the question that was decided."""
    lines = (line for chunk in chunks for line in section_lines(chunk))
    told = [text for _, text, section in lines if any(name in section for name in CONTEXT) and not text.startswith("#")]
    return words_of(MARKUP.sub(" ", " ".join(told)[:MOST_CONTEXT_CHARS])) - WEAK


class _Make(Protocol):
    """The maker of bars of one decision."""

    def __call__(self, way: Way, core: frozenset[str], line: int, name: str, told_in: int = 0) -> Bar: ...


_latest = Latest(_made)
