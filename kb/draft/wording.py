"""The words by which a review compares a proposal with a decision: what names a thing, and what only speaks of one."""

import re

from kb.decisions.contradict import DOING
from kb.terms import STOP_WORDS, terms

WEAK = frozenset(terms(
    "option approach solution existing new custom own current default simple single multiple standard plain general "
    "common based native full only other same different library libraries framework tool tools format system way "
    "support code project module class type value name names file files version one two data service application"
))  # fmt: skip
"""Words that tell no option from another by themselves."""
NOUNS_TOO = frozenset(terms("build building store storing run running write writing support switch have with"))
"""Verbs of doing that also name what something is for: a build tool, a store."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
SHORT_NAME = 2
"""A word of so few letters is a name only with a digit in it (`H2`)."""


def words_of(text: str, *, but: frozenset[str] = DOING) -> frozenset[str]:
    """The stems of the words that tell something, identifiers as wholes; no verbs of doing, no numbers."""
    found = set[str]()
    for word in WORD.findall(text):
        lower = word.lower()
        if lower in STOP_WORDS or lower.isdigit() or (len(word) <= SHORT_NAME and lower.isalpha()):
            continue
        stem = terms(word)[0]
        if stem not in but:
            found.add(stem)
    return frozenset(found)


def subject_words(text: str) -> frozenset[str]:
    """The words by which a text says what it is about: also those that alone would name nothing."""
    return words_of(text, but=DOING - NOUNS_TOO)
