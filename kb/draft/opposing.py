"""Which decisions in force a draft could put an end to: they choose otherwise, turned it down, or decide the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.decisions.contradict import Choice, Phrase, choice_of, opposed
from kb.draft.facts import Fact
from kb.draft.ground import Surveyor
from kb.learn.pool import Material
from kb.model import StoredChunk

SAME_TITLE = 0.6
"""Two titles with this share of words in common decide the same thing."""


@dataclass(frozen=True, slots=True)
class Opposing:
    """A decision in force that could have to go; `phrase` is what in it speaks against the draft, None for no words."""

    material: Material
    how: str
    phrase: Phrase | None = None


def opposing_to(
    surveyor: Surveyor, decisions: Sequence[Material], title: str, facts: Sequence[Fact], *, named: str
) -> list[Opposing]:
    """Those of some decisions in force near to this that choose otherwise, turned it down, or decide the same thing."""
    like = next((material.parts[0] for material in decisions if material.parts), None)
    ours = choice_of([_as_decision(title, facts, like)]) if like is not None else None
    if ours is None:
        return []
    told = set(surveyor.graph.mentioned(named, source=decisions[0].file.source))
    found: list[Opposing] = []
    for material in decisions:
        theirs = choice_of(material.parts)
        if theirs is None:
            continue
        if (against := opposed(ours, theirs)) is not None:
            found.append(Opposing(material, "says otherwise", against[1]))
        elif (refused_here := _turned_down(ours, theirs)) is not None:
            found.append(Opposing(material, "turned this down", refused_here))
        elif material.file.file_id in told or _same_subject(ours, theirs):
            found.append(Opposing(material, "decides the same thing"))
    return found


def _turned_down(ours: Choice, theirs: Choice) -> Phrase | None:
    """An option of theirs that ours takes up, on a subject that both have in common."""
    words = frozenset[str]().union(*(phrase.words for phrase in ours.stated))
    subject = theirs.title.words | (theirs.chosen.words if theirs.chosen else frozenset())
    for option in theirs.turned_down:
        is_chosen = theirs.chosen is not None and theirs.chosen.words <= words
        if option.words and option.words <= words and not is_chosen and (words - option.words) & subject:
            return option
    return None


def _same_subject(ours: Choice, theirs: Choice) -> bool:
    one, two = ours.title.words, theirs.title.words
    return len(one & two) >= 2 and len(one & two) / max(1, min(len(one), len(two))) >= SAME_TITLE


def _as_decision(title: str, facts: Sequence[Fact], like: StoredChunk) -> StoredChunk:
    """The draft's own choice as a decision would state it, so that it is read by the same rules as theirs."""
    options = "\n".join(f"* {fact.text}" for fact in facts if fact.role == "option")
    chosen = next((fact.text for fact in facts if fact.role == "chosen"), title)
    text = f'# {title}\n\n## Considered Options\n\n{options}\n\n## Decision Outcome\n\nChosen option: "{chosen}"\n'
    return replace(like, title=title, text=text, trail=(), start=1, end=text.count("\n"))
