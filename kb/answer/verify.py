"""The one judge of what a language model wrote: a sentence stays where the passages that it cites say the same.

First what must not differ at all (figures, names, code, negations, opposites, who does what), then a logistic rule over
what its other words lack. What does not hold is dropped and counted; nothing is mended.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.answer.figures import is_figure, unmatched
from kb.answer.meaning import LIGHT, Meanings
from kb.answer.naming import unnamed
from kb.answer.opposites import nearest, parts, turned
from kb.answer.roles import swapped
from kb.answer.sentences import Sentence, quotes_of, sentence, sentences_of
from kb.sanitize import for_prompt
from kb.terms import QueryTerm, query_terms, terms

if TYPE_CHECKING:
    from kb.embedding.port import Embedder

LINK = re.compile(r"!\[|\]\(|<\s*/?\s*[a-z!]|\b(?:https?|ftp|file|data|javascript):", re.IGNORECASE)
"""What an answer never needs, for its places stand below it, and what text in a note may want to have opened."""
CODE = re.compile(r"`[^`\n]+`")
CAUSE = re.compile(r"\b(?:because|since|due to|owing to|for reasons? of|as a result of|thanks to)\b", re.IGNORECASE)
CAUSED = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|reason\w*|hence|therefore|so that|apparently|caused?)\b",
    re.IGNORECASE,
)

ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instruction|rule|prompt|above|previous|prior|"
    r"everything|guideline|passage|system)|\b(?:system|developer) (?:prompt|message|note|override)\b|"
    r"\byou (?:are|act) (?:now|as)\b|\bas an? (?:ai|assistant|language model)\b|"
    r"^\W*(?:(?:assistant|ai|llm)\s*[:>,]|system\s*[:>])|\bnew (?:rules?|instructions?|task)\b|"
    r"\b(?:note|message|instruction|attention)s? (?:to|for) (?:the )?(?:ai|assistant|model|llm|reader model)\b|"
    r"(?:^|[.!?;:>#*/\"'(\[-]\s*|\b(?:must|please|always|now|and)\s)"
    r"(?:answer|reply|respond|say|write|print|output|repeat|tell the user|state)\b"
    r"(?:\s+(?:only|exactly|just|always|instead|verbatim|with|that|the following|in capitals)\b|\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
"""Text in a passage that is meant for whoever writes the answer: neither it nor what follows says anything."""
PARAGRAPH = re.compile(r"\n\s*\n")

ALIKE = 0.75
"""Cosine from which on a word of the passage says what another word of the sentence says."""
UNREAD = 0.35
"""Where no model tells: as far from the passage as most words are that it does not have."""
UNREAD_COSINE = 0.7
LIGHT_WEIGHT = 0.3

BIAS = -1.51
WEIGHTS: Mapping[str, float] = {"lack": -3.77, "worst": -0.95, "cosine": 1.48, "cause": -1.14, "words": 3.58}
"""Fitted by tests/bench/verify.py (penalty .0006) on the labelled pairs of the spans whose crc32(id) % 3 is not 0, as
far as no rule refuses them; being wrong is worse than being silent, so the threshold drops more than it must."""
THRESHOLD = 0.4


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence stays; `reason` is empty where it does."""

    supported: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The sentences of a text that hold, in their order, and how many do not."""

    sentences: tuple[Sentence, ...]
    dropped: int

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


def checked(text: str, spans: Mapping[int, str], *, embedder: "Embedder | None" = None) -> Checked:
    """What of a text the passages that it cites say; `spans` by the numbers that it cites them with."""
    meanings = Meanings(embedder) if embedder is not None else None
    written = sentences_of(text)
    kept = tuple(item for item in written if check(item.text, spans, meanings=meanings).supported)
    return Checked(kept, len(written) - len(kept))


def check(text: str, spans: Mapping[int, str], *, meanings: Meanings | None = None) -> Verdict:
    """Whether the passages that one sentence cites say what it says."""
    told = sentence(text)
    if not told.cites:
        return Verdict(False, "cites nothing")
    if absent := [n for n in told.cites if n not in spans]:
        return Verdict(False, f"cites [{absent[0]}], which was not given")
    claimed, said = told.bare, "\n\n".join(evidence(for_prompt(spans[n])) for n in told.cites)
    if LINK.search(CODE.sub(" ", claimed)):
        return Verdict(False, "a link")
    if figure := unmatched(claimed, said):
        return Verdict(False, f"the figure {figure.value}{figure.unit}")
    if name := unnamed(claimed, said):
        return Verdict(False, f"the name {name}")
    if turn := turned(claimed, said):
        return Verdict(False, f"turned round: {turn}")
    if swapped(claimed, said):
        return Verdict(False, "another does it, or to another")
    sure = confidence(signals(claimed, said, meanings))
    return Verdict(True) if sure >= THRESHOLD else Verdict(False, f"not said ({sure:.2f})")


def evidence(said: str) -> str:
    """What of a passage may bear out a sentence: each paragraph up to an order to whoever writes."""
    return "\n\n".join(
        paragraph[: order.start()] if (order := ORDER.search(paragraph)) else paragraph
        for paragraph in PARAGRAPH.split(said)
    )


def signals(claimed: str, said: str, meanings: Meanings | None) -> dict[str, float]:
    """What speaks for and against a sentence by the words in which it differs from its passage."""
    words = query_terms(claimed)
    present = frozenset(terms(said))
    compared = frozenset(terms(" ".join(quotes_of(claimed))))
    # Figures and quotes were compared already, and may be written otherwise: "30 s" for "thirty seconds".
    unseen = [
        word
        for word in words
        if word.coverage(present) < 1 and not is_figure(word.surface) and not compared.issuperset(word.forms)
    ]
    near = meanings.nearest_words(claimed, unseen, said) if meanings else [UNREAD] * len(unseen)
    lacks = [
        max(0.0, ALIKE - cosine) * _weight(word) * (1 - word.coverage(present))
        for word, cosine in zip(unseen, near, strict=True)
    ]
    given = any(CAUSED.search(part.text) for part in nearest(claimed, parts(said)))
    return {
        "lack": sum(lacks),
        "worst": max(lacks, default=0.0),
        "cosine": meanings.likeness(claimed, said) if meanings else UNREAD_COSINE,
        "cause": float(bool(CAUSE.search(claimed)) and not given),
        "words": min(len(words), 12) / 10,
    }


def confidence(measured: Mapping[str, float]) -> float:
    """How likely the passage says it, 0..1: a logistic rule over the signals."""
    return 1 / (1 + math.exp(-(BIAS + sum(weight * measured[name] for name, weight in WEIGHTS.items()))))


def _weight(word: QueryTerm) -> float:
    return LIGHT_WEIGHT if word.forms[0] in LIGHT else 1.0
