"""Words that turn a statement round: negations, opposites, limits, and where a passage has them otherwise.

English, as all rules over text here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.terms import query_terms, terms

CLAUSE = re.compile(
    r"(?<=[.!?;:])\s+|\n\s*(?:```|~~~).*\n|\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|#|>|\|)\s)|[,;]\s+|\s[–—-]\s|"
    r"\s(?=(?:and|but|while|whereas|because|although|though|unless|so|yet|which|where|for which|hence)\s)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*(?:```|~~~).*\n|\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|#|>|\||-->)\s?)")
NOT = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|cannot|without|hardly|barely)\b|n['’]t\b", re.IGNORECASE
)
NOT_MEANT = re.compile(
    r"\bnot (?:\w+ )?(?:only|just|merely|simply)\b|\bno (?:matter|difference)\b|\bnothing but\b|\bwhether or not\b|"
    r"\bno\.\s?\d|\bwhy not\b|(?<=neither)\b(.*?)\bnor\b",
    re.IGNORECASE | re.DOTALL,
)
DENIES = re.compile(
    r"\b(?:avoid\w*|fail\w*|lack\w*|missing|misses|impossible|incorrect\w*|unable|prevent\w*|exclud\w*|except|neglect\w*|"
    r"forg[oe]t\w*|reject\w*|eliminat\w*|invalid|wrong|refus\w*|disallow\w*|forbid\w*|independent\w*|ignor\w*|"
    r"vanish\w*|gone|free of|skip\w*|non|else|in?sufficient\w*)\b|!=|(?<!\w)!\w",
    re.IGNORECASE,
)  # fmt: skip
HINTS = re.compile(
    r"\b(?:instead|rather|unless|stop\w*|remov\w*|drop\w*|only|hard\w*|difficult\w*|too|beyond|out of|few|little|less|"
    r"apart|separate\w*|outside|away|deprecated|without|un(?!der|it|til|ion|iq|i)\w{4,})\b",
    re.IGNORECASE,
)  # fmt: skip
"""Say "not" in another word: in one sentence with what is negated the first, in one clause with it the second."""
OPPOSITES = tuple(
    (frozenset(terms(one)), frozenset(terms(other)))
    for one, other in (
        ("first", "last previous final"), ("beginning", "end"),
        ("begin begins starts", "ends stops"),
        ("before", "after"), ("stay stays remain remains", "vanish disappear disappears"),
        ("show shows highlight display displays", "hide hides"),
        ("enable enabled enables", "disable disabled disables"),
        ("more", "less fewer"), ("possible", "impossible"),
        ("increase raises raise grow grows higher", "decrease reduce lower lowers shrink shrinks"),
        ("faster fast quick quickly quicker", "slower slow slowly"), ("easier easy easily", "harder hard difficult"),
        ("above over >=", "below under beneath <="), ("major", "minor"), ("add adds", "remove removes"),
        ("local", "remote"), ("public", "private"), ("inside", "outside"), ("good", "bad"),
        ("high", "low"), ("maximum max most", "minimum min least"), ("accept accepted", "reject rejected proposed"),
        ("open opens", "close closes"), ("allow allows allowed permits", "forbid forbids disallow prohibits denies"),
        ("robust", "fragile"), ("loosely loose", "tightly tight strict"), ("single", "multiple several many"),
        ("positive", "negative"), ("forwards forward", "backwards backward"), ("left", "right"), ("up", "down"),
        ("include includes", "exclude excludes"), ("static statically", "dynamic dynamically"),
        ("optional", "mandatory required"), ("synchronous", "asynchronous"), ("always", "never rarely sometimes"),
        ("better best", "worse worst"), ("short", "long"), ("small smaller", "large larger big bigger"),
        ("success succeeds", "failure fails"), ("true", "false"), ("horizontal", "vertical"), ("read", "write"),
        ("cheap cheaper", "expensive"), ("safe", "unsafe dangerous"), ("early earlier", "late later"),
        ("ascending", "descending"), ("client", "server"), ("implicit", "explicit"),
        ("mutable", "immutable"), ("old older", "new newer"), ("valid", "invalid"), ("internal", "external"),
        ("centralized", "decentralized"), ("correct", "incorrect wrong"), ("same", "different"), ("present", "absent"),
    )
)  # fmt: skip
ONLY = re.compile(r"\b(?:only|solely|exclusively|merely|nothing but)\b", re.IGNORECASE)
LIMITED = re.compile(
    r"\b(?:only|just|solely|exclusively|merely|alone|sole|nothing but|except|no other|one|single|without)\b",
    re.IGNORECASE,
)
WHOLLY = re.compile(r"\b(?:always|never|all|every|each|any|everything|everywhere|entire|whole|both)\b", re.IGNORECASE)
WHOLE = re.compile(
    r"\b(?:always|never|all|every|each|any|everything|everywhere|entire|entirely|whole|both|no|none|whenever|across|"
    r"without|must|full|fully|everyone|everybody|regardless|whether)\b",
    re.IGNORECASE,
)
MUST = re.compile(r"\b(?:must|has to|have to|had to|required|requires|mandatory|obliged)\b", re.IGNORECASE)
MAY = re.compile(r"\b(?:can|may|might|could|optional\w*|if desired|if (?:you|we) (?:want|like))\b", re.IGNORECASE)
BOUND = re.compile(
    r"\b(?:must|has to|have to|had to|needs?|needed|required|requires|requirement|should|shall|want|wants|will)\b",
    re.IGNORECASE,
)
AT_LEAST = re.compile(r"\b(?:at least|no less than|minimum(?: of)?|or more|or above|or higher)\b", re.IGNORECASE)
AT_MOST = re.compile(r"\b(?:at most|no more than|maximum(?: of)?|up to|or less|or fewer|or below)\b", re.IGNORECASE)
ESCAPED = re.compile(r"\\[nrt]")
REACH = 2
SMALL = frozenset(
    terms("a an the of to in on at is are was were be been it its this that for with by as you we they will has have")
)
ALIKE = 0.7
OVERLAP = 0.5
"""Share of a clause's words that another needs to speak of the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """A clause or sentence of a passage, with its terms."""

    text: str
    present: frozenset[str]


def clauses(text: str) -> list[Part]:
    return [Part(part, frozenset(terms(part))) for part in CLAUSE.split(text) if part and part.strip()]


def parts(text: str) -> list[Part]:
    return [Part(part, frozenset(terms(part))) for part in SENTENCE.split(text) if part and part.strip()]


def overlap(claimed: str, part: Part) -> float:
    """Share of the content words of a text that a part of a passage has."""
    words = query_terms(claimed)
    return sum(term.coverage(part.present) for term in words) / len(words) if words else 0.0


def nearest(claimed: str, said: Sequence[Part], *, most: int = 3) -> list[Part]:
    """The parts that speak of most of what a text says, those that tell hardly less than the best."""
    scored = sorted(((overlap(claimed, part), -n) for n, part in enumerate(said)), reverse=True)
    if not scored or scored[0][0] == 0:
        return []
    return [said[-n] for score, n in scored[:most] if score >= 0.8 * scored[0][0]]


def turned(claimed: str, said: str) -> str:
    """What a sentence turns round of the passage that it cites, in a word; empty where nothing is seen."""
    said = ESCAPED.sub(" ", said)
    whole = parts(said)
    near = nearest(claimed, whole)
    within = clauses(said)
    return (
        _negated(claimed, within, whole)
        or _affirmed(claimed, near, within)
        or _opposite(claimed, near, whole, within)
        or _limited(claimed, near)
    )


def _negated(claimed: str, said: Sequence[Part], whole: Sequence[Part]) -> str:
    for clause in clauses(claimed):
        if len(query_terms(clause.text)) < 2:
            continue
        best = nearest(clause.text, said)
        if not best:
            continue
        if _denies(clause.text):
            around = [part for part in whole if any(found.text.strip() in part.text for found in best)]
            if not any(NOT.search(part.text) or _other(DENIES, part.text, claimed) for part in around) and not any(
                _other(HINTS, part.text, claimed) for part in best
            ):
                return "negation"
        elif (
            not any(words.search(clause.text) for words in (NOT, DENIES))
            and not HINTS.search(claimed)
            and all(_denies(part.text) for part in best)
            and overlap(clause.text, best[0]) >= OVERLAP
        ):
            return "negation"
    return ""


def _other(denying: re.Pattern[str], text: str, claimed: str) -> bool:
    """Whether a text denies in a word that the sentence has not: "does not exclude" is not what "excludes" says."""
    own = frozenset(terms(claimed))
    return any(not own.intersection(terms(match[0])) for match in denying.finditer(text))


def _affirmed(claimed: str, near: Sequence[Part], within: Sequence[Part]) -> str:
    """What a sentence says, and the passage only ever with a "not" before it."""
    if not near or overlap(claimed, near[0]) < OVERLAP:
        return ""
    for clause in clauses(claimed):
        if any(words.search(clause.text) for words in (NOT, DENIES, HINTS)):
            continue
        for term in query_terms(clause.text):
            there = [part for part in within if term.forms[0] in part.present]
            if there and all(
                term.forms[0] in _after_not(part.text) and part.text.strip() in near[0].text for part in there
            ):
                return "negation"
    return ""


def _after_not(text: str) -> frozenset[str]:
    text = NOT_MEANT.sub(" ", text)
    return frozenset(
        form
        for match in NOT.finditer(text)
        for form in [term.forms[0] for term in query_terms(text[match.end() :])][:REACH]
    )


def _denies(text: str) -> bool:
    return len(NOT.findall(NOT_MEANT.sub(" ", text))) % 2 == 1


def _opposite(claimed: str, near: Sequence[Part], whole: Sequence[Part], within: Sequence[Part]) -> str:
    """A word beside which the passage has its opposite: "the first run" where that says "the last run"."""
    mine = _beside(claimed)
    theirs = [_beside(part.text) for part in whole]
    for one, other in OPPOSITES:
        for here, there in ((one, other), (other, one)):
            words = here & mine.keys()
            if not words or mine.keys() & there:
                continue
            if (
                near
                and overlap(claimed, near[0]) >= ALIKE
                and near[0].present & there
                and not near[0].present & here
                and _denies(claimed) == _denies(near[0].text)
            ):
                return "opposite"
            beside = _union(mine, words)
            against = any(beside & _union(found, there) for found in theirs)
            if not against or any(beside & _union(found, here) for found in theirs):
                continue
            # "not faster" is what "slower" says
            if any(_denies(claimed) == _denies(part.text) for part in within if part.present & there):
                return "opposite"
    return ""


def _union(beside: Mapping[str, frozenset[str]], words: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*(beside.get(word, frozenset()) for word in words))


def _beside(text: str) -> dict[str, frozenset[str]]:
    """The terms of a text, each with those that stand at most two words away from it."""
    found = [term for term in terms(text) if term not in SMALL]
    beside: dict[str, frozenset[str]] = {}
    for n, term in enumerate(found):
        around = frozenset((*found[max(n - REACH, 0) : n], *found[n + 1 : n + 1 + REACH]))
        beside[term] = beside.get(term, frozenset()) | around
    return beside


def _limited(claimed: str, near: Sequence[Part]) -> str:
    there = NOT_MEANT.sub(" ", " ".join(part.text for part in near))
    closest = NOT_MEANT.sub(" ", near[0].text) if near else ""
    # "only in the file was not enough" limits nothing.
    if any(
        ONLY.search(clause.text) and not NOT.search(clause.text) for clause in clauses(claimed)
    ) and not LIMITED.search(closest):
        return "only"
    if WHOLLY.search(claimed) and not WHOLE.search(there):
        return "all"
    if MUST.search(claimed) and MAY.search(there) and not BOUND.search(there):
        return "must"
    if (AT_LEAST.search(claimed) and AT_MOST.search(there) and not AT_LEAST.search(there)) or (
        AT_MOST.search(claimed) and AT_LEAST.search(there) and not AT_MOST.search(there)
    ):
        return "bound"
    return ""
