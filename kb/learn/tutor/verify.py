"""What a model says of the user's notes is shown only where an excerpt says it, letter for letter.

A claim has to cite its excerpt, to quote it, and to say nothing beside the quote that the excerpt
does not speak of. What does not is left out and counted; nothing is mended.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kb.learn.tutor.state import Excerpt
from kb.sanitize import for_prompt
from kb.terms import query_terms, terms

CITED = re.compile(r"\s*\[(\d{1,3})\]")
QUOTED = re.compile(r'"([^"\n]{2,})"|“([^”\n]{2,})”|`([^`\n]{2,})`')
NUMBER = re.compile(r"(?<![\w.])\d[\d.,]*")
NEGATION = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|instead|against)\b|n['’]t\b", re.I)
BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
END = re.compile(r"(?:[.!?][\"”]?(?:\s*\[\d{1,3}\])*\.?|(?:\[\d{1,3}\])+)(?=\s+[A-Z\"“`])")
WORD = re.compile(r"\w")
LEAST_QUOTED = 3
"""Terms in all quotes of a claim together: one common word in quotes proves nothing."""
SPOKEN_OF = 0.6
"""Share of the words beside the quotes that the excerpt has to speak of."""
FRAME = frozenset(
    terms("your notes note decision decisions decided decides code file files says say said states stated describes "
          "described chose choose chosen choice option explains explained shows shown reads wrote written excerpt "
          "here means")
)  # fmt: skip
"""Words that lead up to a quote and claim nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that its excerpts support."""

    text: str
    cites: tuple[int, ...]


def supported(reply: str, excerpts: Mapping[int, Excerpt]) -> tuple[list[Claim], int]:
    """The supported sentences of a reply, and how many were dropped."""
    sentences = sentences_of(reply)
    claims = [claim for sentence in sentences if (claim := _claim(sentence, excerpts)) is not None]
    return claims, len(sentences) - len(claims)


def stands_in(quote: str, excerpt: Excerpt) -> bool:
    """Whether an excerpt holds these words, whatever its line breaks."""
    return _folded(quote) in _folded(for_prompt(excerpt.quote))


def sentences_of(reply: str) -> list[str]:
    """The sentences of a reply: by lines and full stops, never within a quote; a citation goes with what is before."""
    found: list[str] = []
    for line in reply.splitlines():
        text = BULLET.sub("", line).strip()
        quotes = [match.span() for match in QUOTED.finditer(text)]
        ends = [
            match.end() for match in END.finditer(text)
            if not any(first < match.start() < last - 1 for first, last in quotes)
        ]  # fmt: skip
        found += [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [sentence for sentence in found if WORD.search(CITED.sub("", sentence))]


def _claim(sentence: str, excerpts: Mapping[int, Excerpt]) -> Claim | None:
    cites = tuple(dict.fromkeys(int(n) for n in CITED.findall(sentence)))
    if not cites or any(n not in excerpts for n in cites):
        return None
    text = CITED.sub("", sentence)
    quotes = [next(filter(None, match.groups())) for match in QUOTED.finditer(text)]
    if sum(len(terms(quote)) for quote in quotes) < LEAST_QUOTED:
        return None
    cited = [excerpts[n] for n in cites]
    if not all(any(stands_in(quote, excerpt) for excerpt in cited) for quote in quotes):
        return None
    beside = QUOTED.sub(" ", text)
    said = "\n".join(f"{excerpt.title}\n{excerpt.path}\n{excerpt.quote}" for excerpt in cited)
    if NEGATION.search(beside) or not set(NUMBER.findall(beside)) <= set(NUMBER.findall(said)):
        return None
    return Claim(sentence, cites) if _spoken_of(beside, said) >= SPOKEN_OF else None


def _spoken_of(text: str, said: str) -> float:
    present = frozenset(terms(said)) | FRAME
    # A text of stop words alone claims nothing either.
    words = [term for term in query_terms(text) if WORD.search(term.surface)]
    return sum(term.coverage(present) for term in words) / len(words) if words else 1.0


def _folded(text: str) -> str:
    return " ".join(text.split())
