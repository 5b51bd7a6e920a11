"""Where notes tell of mistakes and failures: what a learner should meet on paper first."""

import re

from kb.learn.pool import Material

PITFALL = re.compile(
    r"\b(?:mistakes?|gotchas?|pitfalls?|caveats?|beware|careful|caution|warning|danger(?:s|ous)?|fails?|failed|failure|"
    r"breaks?|broken|wrong|doesn't work|does not work|accidentally|lost|lose|unexpected(?:ly)?|surpris\w+|"
    r"defects?|bugs?)\b",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:(?:nothing|nobody|none)(?:\s+\w+){0,5}?|(?:no|not|never|without)(?:\s+\w+)?)\s+"
    r"(?:mistakes?|wrong|lost|lose|fails?|failed|failure|breaks?|broken|surpris\w+|defects?|bugs?|danger(?:s|ous)?)\b",
    re.IGNORECASE,
)
"""Where a note says that all is well."""
LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*\)")
LIST_MARK = re.compile(r"^(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
SHORTEST, MOST_QUOTED = 20, 120


def pitfall_in(material: Material) -> str:
    """The first sentence near to the topic that tells of a mistake or a failure, empty where none does."""
    return next(iter(pitfalls_in(material, most=1)), "")


def pitfalls_in(material: Material, *, most: int) -> list[str]:
    """Sentences that tell of a mistake or a failure, from the passage that is nearest to the topic on."""
    found: list[str] = []
    best = material.best
    for part in (best, *(part for part in material.parts if part is not best)):
        if material.file.kind == "code" or part.role in ("fence", "table", "metadata"):
            continue
        for sentence in SENTENCE.split(part.text):
            told = plain(sentence)
            if len(told) >= SHORTEST and not told.startswith(("#", "```", "|", ">", "$")) and _warns(told):
                found.append(shortened(told))
            if len(found) == most:
                return found
    return found


def plain(sentence: str) -> str:
    """A sentence on one line, without the mark of its list and the addresses of its links."""
    return LIST_MARK.sub("", LINK.sub(r"\1", " ".join(sentence.split())))


def shortened(told: str) -> str:
    return told if len(told) <= MOST_QUOTED else told[: MOST_QUOTED - 1].rstrip() + "…"


def _warns(told: str) -> bool:
    """Whether the part that is quoted tells of a mistake: cut off before it, the quote would warn of nothing."""
    return PITFALL.search(DENIED.sub("", shortened(told))) is not None
