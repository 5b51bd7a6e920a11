"""Who does what to whom: the words on both sides of a turning word, and the clause in which a name stands."""

import re
from collections.abc import Iterator, Sequence

from kb.answer.opposites import Part, clauses, nearest, overlap, parts
from kb.answer.sentences import QUOTED
from kb.terms import STOP_WORDS, query_terms, terms

TURNS = frozenset(("instead", "rather", "than", "before", "after", "via", "from", "into", "over", "to"))
"""What stands before one of these cannot change its place with what stands after it."""
TOKEN = re.compile(r"`[^`\n]+`|[\w.$#@:/'’+-]+")
CONTRAST = re.compile(r"\b(?:not|while|whereas|but|unlike)\b", re.IGNORECASE)
SIDE = 4
"""Content words on each side of a turning word that are compared."""
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
UNDER = 0.7
LEAST_BOUND = 0.34


def swapped(claimed: str, said: str) -> bool:
    """Whether a sentence has the sides of what its passage says the other way round."""
    return _crossed(claimed, nearest(claimed, parts(said))) or _unbound(claimed, said) or _under_another(claimed, said)


def _crossed(claimed: str, near: Sequence[Part]) -> bool:
    mine = _tokens(claimed)
    theirs = [_tokens(part.text) for part in near]
    for turn in TURNS.intersection(mine):
        if turn == "to" and "from" not in mine:
            continue  # mostly of an infinitive
        sides = [side for tokens in theirs for side in _sides(tokens, turn)]
        for left, right in _sides(mine, turn):
            own_left, own_right = left - right, right - left
            if sides and all(
                (own_left & (there_right - there_left) and not own_right & there_right)
                or (own_right & (there_left - there_right) and not own_left & there_left)
                for there_left, there_right in sides
            ):
                return True
    return False


def _unbound(claimed: str, said: str) -> bool:
    """Whether a name stands, in the passage, beside nothing of what is said of it here, and another name does."""
    if not CONTRAST.search(claimed):
        return False
    within = clauses(said)
    beside: dict[str, float] = {}
    for clause in clauses(claimed):
        for quote in QUOTED.finditer(clause.text):
            name, rest = quote[0].strip('`"“”'), QUOTED.sub(" ", clause.text)
            if len(query_terms(rest)) < 2:
                continue
            if best := max((overlap(rest, part) for part in within), default=0.0):
                with_name = max((overlap(rest, part) for part in within if name in part.text), default=0.0)
                beside[name] = min(beside.get(name, 1.0), with_name / best)
    if len({quote[0] for quote in QUOTED.finditer(claimed)}) < 2 or not beside:
        return False
    return min(beside.values()) < LEAST_BOUND


def _under_another(claimed: str, said: str) -> bool:
    """Whether a sentence begins with one heading of the passage, and says what stands under another."""
    cut = HEADING.split(said)
    sections = [Part(text, frozenset(terms(text))) for text in cut[2::2]]
    claimed = ARTICLE.sub("", claimed)
    subject = terms(claimed)
    for heading, own in zip(cut[1::2], sections, strict=True):
        name = terms(heading)
        if name and subject[: len(name)] == name:
            rest = " ".join(claimed.split()[len(name) :])
            return overlap(rest, own) < UNDER * max(overlap(rest, section) for section in sections)
    return False


def _sides(tokens: Sequence[str], turn: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    for n, token in enumerate(tokens):
        if token == turn:
            left = [word for word in tokens[:n] if word not in TURNS]
            right = [word for word in tokens[n + 1 :] if word not in TURNS]
            yield frozenset(left[-SIDE:]), frozenset(right[:SIDE])


def _tokens(text: str) -> list[str]:
    found = []
    for word in TOKEN.findall(text):
        bare = word.strip("`.,:'’").lower()
        if bare in TURNS:
            found.append(bare)
        elif bare and bare not in STOP_WORDS:
            found.append((terms(bare) or [bare])[0])
    return found
