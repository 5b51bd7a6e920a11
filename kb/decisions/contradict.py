"""Candidates for a contradiction: two decisions in force that choose opposite things for one subject.

Three signs are taken, each of which can be quoted: one chose what the other turned down; one says to do what the other
says not to do; both say what to use for the same thing and name different things. A sign is no proof: what is found
is called a candidate, and only pairs that are alike anyway are looked at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.model import StoredChunk
from kb.terms import STOP_WORDS, terms

IN_FORCE = frozenset({
    "accepted", "implemented", "implementing", "implementable", "active", "final", "experimental", "provisional",
})  # fmt: skip
CHOSEN = re.compile(
    r"chosen option(?:s)?\s*:?\W{0,4}[\"“'*`]{0,3}(?P<choice>[^\"”\n]{2,160}?)[\"”*`]{1,3}", re.IGNORECASE
)
CHOSEN_PLAIN = re.compile(r"chosen option(?:s)?\s*:\s*(?P<choice>[^,.\n]{2,160})", re.IGNORECASE)
OPTIONS = frozenset({"considered options", "options", "options considered", "alternatives", "alternatives considered"})
DECIDED = frozenset({"decision", "decision outcome", "decisions", "outcome"})
ITEM = re.compile(r"^\s{0,3}(?:[-*+]|\d{1,2}[.)])\s+(?P<text>\S.*)$")
NEGATED = re.compile(
    r"\b(?:do not|don't|does not|doesn't|must not|should not|shall not|will not|won't|cannot|never|no longer|stop|"
    r"avoid|drop|remove|abandon|disable|forbid|ban|reject|disallow|prohibit)\b",
    re.IGNORECASE,
)
"""Words that turn an action round; "without" and "not" alone also stand in the name of a thing."""
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(?P<name>.*?)\s*#*\s*$")
FOR = re.compile(r"\s(?:for|as|in|to|when|on|of)\s", re.IGNORECASE)
DOING = frozenset(terms(
    "use using adopt adopting choose choosing keep keeping store storing write writing run running build building "
    "allow allowing enable enabling require requiring make have with stop stopping avoid avoiding drop dropping remove "
    "removing forbid abandon disable reject prefer switch migrate move introduce add support replace not never no "
    "longer without against should must shall will"
))  # fmt: skip
SAME = 0.6
"""Two phrases with this share of words in common speak of the same thing."""
SUBJECT = 0.5
MOST_CHARS = 200


@dataclass(frozen=True, slots=True)
class Phrase:
    """Some words of a decision with the line on which they stand (as indexed)."""

    line: int
    text: str
    words: frozenset[str]

    @property
    def negated(self) -> bool:
        return NEGATED.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a decision says to do, and what it turned down."""

    title: Phrase
    chosen: Phrase | None
    turned_down: tuple[Phrase, ...]

    @property
    def stated(self) -> tuple[Phrase, ...]:
        return (self.title, self.chosen) if self.chosen else (self.title,)


def choice_of(chunks: Sequence[StoredChunk]) -> Choice | None:
    """The choice that a decision states; None for an empty file."""
    if not chunks:
        return None
    lines = [line for chunk in chunks for line in section_lines(chunk)]
    title = _title(chunks[0].title, lines)
    chosen = next((p for number, text, _ in lines if (p := _chosen(number, text))), None)
    if chosen is None:
        chosen = next((_phrase(n, text) for n, text, section in lines if section in DECIDED and _is_prose(text)), None)
    options = [
        _phrase(number, match["text"])
        for number, text, section in lines
        if section in OPTIONS and (match := ITEM.match(text))
    ]
    turned_down = tuple(option for option in options if option.words and not (chosen and _same(option, chosen)))
    return Choice(title, chosen, turned_down)


def opposed(first: Choice, second: Choice) -> tuple[Phrase, Phrase] | None:
    """The two phrases that contradict each other, one of each; None where no sign of it is found."""
    for one, two in ((first, second), (second, first)):
        for option in two.turned_down:
            if (
                one.chosen
                and _same(one.chosen, option)
                and not _same(one.chosen, two.chosen)
                and _subject(first, second)
            ):
                return (one.chosen, option) if one is first else (option, one.chosen)
    for a in first.stated:
        for b in second.stated:
            if a.negated != b.negated and _same(a, b):
                return a, b
    return _for_the_same(first.title, second.title)


def _for_the_same(a: Phrase, b: Phrase) -> tuple[Phrase, Phrase] | None:
    """Use X for Z" and "Use Y for Z"."""
    one, two = _what_and_for(a), _what_and_for(b)
    if one is None or two is None or a.negated or b.negated:
        return None
    same_end = _alike(one[1], two[1]) >= SAME
    return (a, b) if same_end and not one[0] & two[0] else None


def _what_and_for(phrase: Phrase) -> tuple[frozenset[str], frozenset[str]] | None:
    split = FOR.search(phrase.text)
    if split is None:
        return None
    what, end = _words(phrase.text[: split.start()]), _words(phrase.text[split.end() :])
    # A title that begins with no verb ("Policy for logs") chooses nothing.
    doing = set(terms(phrase.text.split()[0])) & DOING if phrase.text.split() else set()
    return (what, end) if what and end and doing else None


def _subject(first: Choice, second: Choice) -> bool:
    """Whether both decide the same question: they weigh the same options, or their titles share words."""
    one = {word for phrase in (*first.turned_down, *first.stated) for word in phrase.words}
    two = {word for phrase in (*second.turned_down, *second.stated) for word in phrase.words}
    options = [a for a in first.turned_down for b in second.turned_down if _same(a, b)]
    mutual = any(_same(first.chosen, b) for b in second.turned_down) and any(
        _same(second.chosen, a) for a in first.turned_down
    )
    return mutual or bool(options) or _alike(first.title.words, second.title.words) >= SUBJECT / 2 or (
        len(one & two) / max(1, min(len(one), len(two))) >= SUBJECT
    )  # fmt: skip


def _same(a: Phrase | None, b: Phrase | None) -> bool:
    return a is not None and b is not None and bool(a.words & b.words) and _alike(a.words, b.words) >= SAME


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0


def _chosen(number: int, text: str) -> Phrase | None:
    match = CHOSEN.search(text) or CHOSEN_PLAIN.search(text)
    return _phrase(number, match["choice"]) if match else None


def _title(title: str, lines: Sequence[tuple[int, str, str]]) -> Phrase:
    bare = re.sub(r"^(?:[A-Za-z]{2,8}[-_ ]?)?\d{1,5}\s*[.:)–-]\s*", "", title)
    number = next((n for n, text, _ in lines if bare and bare in text), lines[0][0])
    return _phrase(number, bare)


def _phrase(number: int, text: str) -> Phrase:
    cut = text.strip()[:MOST_CHARS]
    return Phrase(number, cut, _words(cut))


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in terms(text) if word not in STOP_WORDS and word not in DOING)


def section_lines(chunk: StoredChunk) -> Iterator[tuple[int, str, str]]:
    """(line number, text, name of the section in lower case) of a passage, which may run over several sections."""
    section = chunk.trail[-1] if chunk.trail else ""
    for number, text in enumerate(chunk.text.split("\n"), chunk.start):
        if heading := HEADING.match(text):
            section = heading["name"]
        yield number, text, section.lower().strip(" :")


def _is_prose(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith(("#", "<!--", "|", "```", "---"))
