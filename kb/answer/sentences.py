"""What a language model wrote, cut into sentences, each with the passages that it cites."""

import re
from dataclasses import dataclass

CITED = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()")
"""`[1]` and `[1, 2]`; `[1](…)` is a link."""
QUOTED = re.compile(r'"([^"\n]{2,})"|“([^”\n]{2,})”|`([^`\n]+)`')
BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)]|#{1,6}|>)\s+")
END = re.compile(
    r"(?:[.!?:][\"”]?(?:\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])*\.?|(?:\[\d{1,3}(?:\s*,\s*\d{1,3})*\])+)(?=\s+[^\s\w(]*[A-Z\d])"
)
ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|approx|resp|no|fig|al)\.$", re.IGNORECASE)
WORD = re.compile(r"\w")
FENCE = re.compile(r"^\s*(?:```|~~~)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as it was written, and the numbers that stand in its brackets."""

    text: str
    cites: tuple[int, ...]

    @property
    def bare(self) -> str:
        """The sentence without its citations."""
        return CITED.sub("", self.text).strip()


def sentence(text: str) -> Sentence:
    numbers = (int(n) for group in CITED.findall(text) for n in group.split(","))
    return Sentence(text, tuple(dict.fromkeys(numbers)))


def sentences_of(reply: str) -> list[Sentence]:
    """The sentences of a reply: by lines and full stops, never within a quote; a citation goes with what is before.

    Fenced code is left out: what can be typed is quoted below an answer, letter for letter.
    """
    found: list[str] = []
    fenced = False
    for line in reply.splitlines():
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            found += _cut(BULLET.sub("", line).strip())
    return [sentence(text) for text in found if WORD.search(CITED.sub("", text))]


def quotes_of(text: str) -> list[str]:
    """What stands in quotation marks or as code."""
    return [next(filter(None, match.groups())) for match in QUOTED.finditer(text)]


def _cut(text: str) -> list[str]:
    quotes = [match.span() for match in QUOTED.finditer(text)]
    ends = [
        match.end() for match in END.finditer(text)
        if not any(first < match.start() < last - 1 for first, last in quotes)
        and not ABBREVIATED.search(text[: match.start() + 1])
    ]  # fmt: skip
    return [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
