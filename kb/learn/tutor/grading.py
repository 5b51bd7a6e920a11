"""Grades without a model: a comparison of words, which proposes a grade and says by which words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kb.learn.model import Question
from kb.learn.tutor.state import Grade
from kb.terms import query_terms, terms

RIGHT, PARTLY = 0.4, 0.15
"""Shares of the deciding words from which an answer in one's own words is proposed as right, as partly right. Chosen
by eye: the learner judges, with the excerpt before them."""
MOST_WORDS = 8

Rarity = Callable[[Sequence[str]], Mapping[str, int]]
"""In how many passages each term stands."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A grade, the deciding words that the answer holds, and those it does not."""

    grade: Grade
    by: tuple[str, ...]
    missing: tuple[str, ...]


def deciding_words(question: Question, rarity: Rarity) -> tuple[str, ...]:
    """The rarest words of the answer that the prompt did not give away."""
    given = frozenset(terms(question.prompt))
    words = {term.forms[0]: term.surface for term in query_terms(question.answer) if len(term.forms[0]) > 2}
    often = rarity(list(words))
    telling = [form for form in words if form not in given] or list(words)
    return tuple(words[form] for form in sorted(telling, key=lambda form: often.get(form, 0))[:MOST_WORDS])


def propose(question: Question, words: Sequence[str], answer: str) -> Proposal:
    """What an answer is worth, by its words alone; only the learner can say whether it means the same."""
    said, taken = _chosen(question, answer), right_option(question)
    if taken and said in question.options:
        # Chosen by its number or in full: another option that holds the same words is still another one.
        return Proposal("right", (taken,), ()) if said == taken else Proposal("wrong", (), (taken,))
    if question.kind == "cloze":
        same = terms(question.answer) == terms(answer) or question.answer.strip() == answer.strip(" `")
        return Proposal("right", (question.answer,), ()) if same else Proposal("wrong", (), (question.answer,))
    present = frozenset(terms(said))
    if taken and not _holds(present, taken):
        # Reasons alone do not say which option it was.
        words = [taken, *(word for word in words if word != taken)]
    held = tuple(word for word in words if _holds(present, word))
    share = len(held) / len(words) if words else 0.0
    grade: Grade = "right" if share >= RIGHT else "partly" if share >= PARTLY else "wrong"
    return Proposal(grade, held, tuple(word for word in words if word not in held))


def right_option(question: Question) -> str:
    """The option that the answer names first; empty where it names none, or there are none to choose from."""
    said = folded(question.answer)
    places = {option: said.find(folded(option)) for option in question.options}
    named = [option for option, place in places.items() if place >= 0]
    # One option may begin as another does: the longer is meant.
    return min(named, key=lambda option: (places[option], -len(option)), default="")


def folded(text: str) -> str:
    """A name without case, quotes and emphasis, which options and outcomes seldom share."""
    return " ".join(re.sub(r"[\"“”*_`]", "", text).casefold().split())


def _holds(present: frozenset[str], words: str) -> bool:
    return all(term.coverage(present) == 1.0 for term in query_terms(words))


def _chosen(question: Question, answer: str) -> str:
    """The option of a number that was typed, else the answer itself."""
    typed = answer.strip().rstrip(".)")
    if question.options and typed.isdecimal() and 1 <= int(typed) <= len(question.options):
        return question.options[int(typed) - 1]
    return next((option for option in question.options if folded(option) == folded(answer)), answer)
