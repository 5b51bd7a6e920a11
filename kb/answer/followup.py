"""Understands a question by the ones before it, without a language model: does it lean on them, and what is searched?

Pure, and made to do too little rather than too much: what was carried over wrongly answers a question that nobody
asked. A question with words enough of its own stands alone; of one that leans, the faces show what was searched.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.answer.likes import YEAR, same_kind
from kb.terms import STOP_WORDS, TOKEN, terms

ROOT_CHARS = 300
"""So much of an earlier question is carried on: a pasted page of it would drown the new one."""
FEW = 2
"""An opened ("and …?") or broken question leans with at most so many words of its own."""
MANY = 6
"""With so many words of its own a question names its matter, whatever its pronouns mean."""

RELATIONAL = frozenset(
    re.findall(
        r"\S+",
        """
    alternative alternatives option options reason reasons consequence consequences drawback drawbacks downside
    downsides upside upsides advantage advantages disadvantage disadvantages benefit benefits tradeoff tradeoffs
    trade-off trade-offs exception exceptions example examples detail details difference differences default date
    author status considered consider rejected decided decide decides decision changed replaced happen happens
    happened mean means meant works work say says said tell explain know think sure exactly else still true yes no ok
    okay thanks thank please faster better simpler easier quicker safer worse cheaper way ways long first second third
    last next new newer old older other others others' possible allowed instead again show hold holds apply applies
    another today nowadays currently yet ever always never anything nothing people somebody exist exists
    """,
    )
)
"""Words that say something of a thing which must be named beside them: alone they ask about what was asked before."""

OPENER = re.compile(
    r"^(?:(?:ok|okay|so|and|but|or|also|then|well|hm+|yes|no)[,\s]+)*"
    r"(?:(?:what|how) about|what of|what if|why not|same (?:for|with|in|on))\b|"
    r"^(?:and|but|or|so|also|then)\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"^(?:and|but|or|so|also|then)[,\s]+(?:what|how|where|when|which|who|why|is|are|do|does|did|can|should|will)\b"
    r"(?!\s+(?:about|not)\b)",
    re.IGNORECASE,
)
"""After its opener comes a whole question: with two words of its own it needs no other."""
FRAGMENT = re.compile(
    r"^(?:in|on|with|without|for|from|under|at|by|during|after|before|via|using|since)\b(?!.*\b(?:how|what|why|where)\b)",
    re.IGNORECASE,
)
BARE_WHICH = re.compile(r"^(?:which|what|whose)\s+\w+\W*$", re.IGNORECASE)
PRONOUN = re.compile(
    r"\b(?:it|its|it's|they|them|their|theirs|he|she|him|these|those|this|"
    r"(?:the|that|this|which|old|new|older|newer|first|second|other|last) ones?|the (?:former|latter))\b"
    # "that" joins clauses more often than it points: only at the end, or where nothing else can stand.
    r"|\bthat(?=\W*$)|\b(?:is|was|does|did|do|about|of|for|to|after|before|like|can|could|should|will|would) that\b",
    re.IGNORECASE,
)
WEAK = re.compile(r"\bthe (?:same|other)\b", re.IGNORECASE)
HERE = re.compile(
    r"\b(?:this|these) (?:repo|repository|project|codebase|machine|computer|laptop|folder|directory|file"
    r"|morning|week|month|year|days)\b",
    re.IGNORECASE,
)
"""What is around the one who asks was not named before."""
EXPLETIVE = re.compile(
    r"\bit (?:possible|safe|ok|okay|necessary|better|best|allowed|wise|bad|good|make sense|matter|mean|takes?) "
    r"(?:to|that|if|when|for)\b|\bit worth\b",
    re.IGNORECASE,
)
JOINT = re.compile(
    r"[,;:.?!]\s|\b(?:and|but|or|if|when|while|after|before|that|which|so|without|to|then)\b", re.IGNORECASE
)
"""Where a clause ends: what stands before it may be what a pronoun after it means."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question and what is searched for it: itself, or itself together with what it leans on."""

    question: str
    asked: str
    own: tuple[str, ...] = ()
    """Of a question that leans: its own words. What does not speak of them only answers the earlier one again."""

    @property
    def leans(self) -> bool:
        return self.asked != self.question


@dataclass(frozen=True, slots=True)
class Subject:
    """What a conversation is about: the last question that stood alone, and what was last asked of it."""

    root: str = ""
    latest: str = ""

    @property
    def text(self) -> str:
        return " – ".join(part for part in (self.root, self.latest) if part)


def understood(question: str, before: Sequence[str]) -> Understood:
    """A question in the light of the ones before it, the oldest first."""
    subject = Subject()
    for earlier in before:
        subject = _moved_on(subject, earlier)
    if not subject.root or not leans(question):
        return Understood(question, question)
    return Understood(question, _joined(subject, question)[0], tuple(own_words(question)))


def leans(question: str) -> bool:
    """Whether a question asks for what was said before it to be understood."""
    text = _plain(question)
    own = own_words(text)
    if not own or (len(own) < MANY and _points_back(text)):
        return True
    if OPENER.search(text):
        return len(own) < FEW if CLAUSE.search(text) else len(own) <= FEW
    if FRAGMENT.search(text):
        return len(own) <= FEW
    return (len(own) <= FEW and bool(WEAK.search(text))) or bool(BARE_WHICH.search(text))


def own_words(question: str) -> list[str]:
    """The words by which a question names its matter: no stop words, and none that speak of something else."""
    words = []
    for number, match in enumerate(TOKEN.finditer(_plain(question))):
        word = match.group()
        named = number > 0 and word[:1].isupper() and word != "I" and not word.startswith("I'")
        if named or (word.lower() not in STOP_WORDS and word.lower() not in RELATIONAL):
            words.append(word)
    return words


def unspoken(own: Sequence[str], text: str) -> tuple[str, ...]:
    """Those of a leaning question's own words that a text does not speak of; none where it speaks of half of them."""
    present = frozenset(terms(text))
    # No decision speaks of the years in which it holds: for them its dates speak.
    wanted = [word for word in own if not YEAR.fullmatch(word)]
    absent = [word for word in wanted if not _speaks_of(word, text, present)]
    return tuple(absent) if 2 * len(absent) > len(wanted) else ()


def _speaks_of(word: str, text: str, present: frozenset[str]) -> bool:
    if word.lower() in STOP_WORDS:  # Go: a name that is a common word otherwise
        return re.search(rf"\b{re.escape(word)}\b", text) is not None
    forms = terms(word)
    return bool(forms) and (forms[0] in present or (len(forms) > 1 and all(form in present for form in forms[1:])))


def _moved_on(subject: Subject, question: str) -> Subject:
    """What it is about after a question."""
    text = _plain(question)
    if not subject.root or not leans(text):
        # A first "why?" has nothing to lean on, and is nothing to lean on.
        return Subject(_ended(text)[:ROOT_CHARS]) if own_words(text) else subject
    if not own_words(text):
        return subject
    return _joined(subject, text)[1]


def _joined(subject: Subject, question: str) -> tuple[str, Subject]:
    """What is searched, and what it is about from then on."""
    text = _plain(question)
    root, taken = _put_in(own_words(text), subject.root)
    latest, taken_too = _put_in(own_words(text), subject.latest)
    own = set(own_words(text))
    if own and own <= taken | taken_too:
        # "what about Postgres?" after a question about MySQL asks the same of the other one.
        moved = Subject(root, latest)
        return f"{moved.text}?", moved
    moved = Subject(root, _ended(text)[:ROOT_CHARS])
    return f"{moved.text}?", moved


def _put_in(own: Sequence[str], text: str) -> tuple[str, set[str]]:
    """`text` with each own word in the place of one of its kind, and the words that found such a place."""
    taken: set[str] = set()
    for word in own:
        for match in TOKEN.finditer(text):
            if match.group() not in own and same_kind(word, match.group()):
                text = _article(text[: match.start()], word) + word + text[match.end() :]
                taken.add(word)
                break
    return text, taken


def _points_back(text: str) -> bool:
    """Whether a pronoun means something outside of the question."""
    spared = [match.span() for pattern in (HERE, EXPLETIVE) for match in pattern.finditer(text)]
    for match in PRONOUN.finditer(text):
        if any(start <= match.start() < end or start < match.end() <= end for start, end in spared):
            continue
        named = own_words(text[: match.start()])
        possessive = match.group().lower() in ("its", "their", "theirs")
        joined = possessive or len(named) > FEW or (named and JOINT.search(text[: match.start()], text.find(named[0])))
        if len(named) < FEW or not joined:
            return True
    return False


def _article(ahead: str, word: str) -> str:
    """`a` or `an` as the word after it wants it: "an ADR", "a TIL"."""
    return re.sub(r"\b(a)n?\s$", r"\1n " if word[0].lower() in "aeiou" else r"\1 ", ahead, flags=re.IGNORECASE)


def _plain(question: str) -> str:
    return " ".join(question.replace("’", "'").split())


def _ended(text: str) -> str:
    return text.rstrip(" ?!.,")
