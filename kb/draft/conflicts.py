"""Conflicts of a proposal with decisions in force: a statement that proposes what a decision rules out.

Precision first: who is told of conflicts that are none stops reading. So a statement counts only where it names all
of what was ruled out, in the subject of the decision, as something to be done, and where nothing in the text says
that the decision is known and kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.decisions.contradict import NEGATED
from kb.draft.bars import INSTEAD, Bar
from kb.draft.proposed import Proposal, Statement
from kb.draft.wording import WEAK, subject_words, words_of

ENOUGH = 0.75
"""Of what is forbidden or was given up in many words so many have to be said; of a name all."""
SHORT = 3
DOES = re.compile(
    r"\b(?:us(?:e[sd]?|ing)|adopt\w*|switch\w*|migrat\w+|mov(?:e[sd]?|ing)|replac\w+|introduc\w+|choos\w+|pick\w*|"
    r"go(?:es)? (?:with|back)|stor\w+|sav(?:e|es|ed|ing)|persist\w*|keep\w*|writ\w+|build\w*|built|"
    r"mak\w+|made|provision\w*|run\w*|gets?|becom\w+|put\w*|wir\w+|add(?:s|ed)?|bas(?:e|ed|es)|implement\w*|pars\w+|creat\w+|generat\w+|named?|"
    r"bring\w*|turn\w*|manag\w+|host\w*|deploy\w*|call\w*|need\w*|allow\w*|return\w*|distribut\w+|has|have)\b",
    re.IGNORECASE,
)
NOT_NOW = re.compile(
    r"\b(?:used to|was|were|had|could|would|might|considered|looked at|rejected|turned down|no option|alternative|"
    r"previously|formerly|originally|if|whether|unlike|as opposed)\b",
    re.IGNORECASE,
)
DENIES = re.compile(
    rf"{NEGATED.pattern}|\b(?:not|no|without|none|neither|nor|out of|free of|get rid|ban(?:s|ned)?|disallow\w*|"
    r"report(?:s|ed)?|warn(?:s|ed)?|delet\w+|deprecat\w+|remov\w+|dropp\w+|reject\w+|avoid\w*|except)\b|n['’]t\b",
    re.IGNORECASE,
)
UNDOES = re.compile(
    r"\b(?:replac\w+|remov\w+|drop\w*|abandon\w*|get(?:ting)? rid of|no longer (?:use|need|want|rely)\w*|stop\w* using|"
    r"do not use|don['’]t use|(?:switch|migrate|move|moves|moving|switching|migrating) (?:away |off )?from|"
    r"move off|away from|out of|instead of|rather than|in place of|without|deprecat\w+|retir\w+)\s+"
    r"(?P<what>[^.;]{2,120})",
    re.IGNORECASE,
)
TO = re.compile(r"\s+(?:to|with|by|in favou?r of|into)\s+", re.IGNORECASE)
FROM = re.compile(r"\bfrom\s+(?P<what>.{2,60}?)\s+(?=to\b)", re.IGNORECASE)
DECLARES_USE = re.compile(
    r"^\s*(?:import|from|use|using|require|include|#include|export|@|implementation|testImplementation|api|compile|"
    r"classpath|plugin|id|FROM|gem|resource|data|provider)\b|require\(|[\"'][\w.@/-]+[\"']\s*:|[\"'][\w.-]+:[\w.-]+|==|<dependency|<artifactId"
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A statement of the proposal against what a decision says."""

    statement: Statement
    bar: Bar


def conflicts(proposal: Proposal, bars: Sequence[Bar]) -> list[Conflict]:
    """One for each decision at most: the first statement that goes against it."""
    found: dict[int, Conflict] = {}
    said = frozenset(word for s in (*proposal.statements, *proposal.told) for word in words_of(f"{s.text} {s.around}"))
    for bar in bars:
        if len(bar.core & said) < ENOUGH * len(bar.core):
            continue
        if bar.decision.file_id in found or (bar.way != "chosen" and _is_known(proposal, bar)):
            continue
        goes = _undoes if bar.way == "chosen" else _proposes
        statement = next((s for s in proposal.statements if goes(s, bar, proposal)), None)
        if statement is not None:
            found[bar.decision.file_id] = Conflict(statement, bar)
    return sorted(found.values(), key=lambda conflict: conflict.statement.line)


def _proposes(statement: Statement, bar: Bar, proposal: Proposal) -> bool:
    """Whether a statement would do what was ruled out."""
    if statement.is_removed:
        return False
    if statement.is_code:
        held = words_of(statement.text)
        declares = DECLARES_USE.search(statement.text) is not None
        return declares and bar.core <= held and _is_subject(bar, f"{statement.text} {statement.around}", strict=False)
    around = f"{statement.around} {proposal.title}"
    for clause in statement.said:
        # "from A to B" may be the way that a long description itself goes.
        affirmed = _affirmed(clause) if len(bar.core) <= SHORT else INSTEAD.sub("", clause)
        held = words_of(affirmed)
        if not bar.rare <= held or not _covers(bar, held, held | words_of(around)):
            continue
        if DOES.search(clause) and not NOT_NOW.search(affirmed) and not DENIES.search(affirmed):
            return _is_subject(bar, f"{statement.text} {around}", strict=len(bar.core) < SHORT)
    return False


def _undoes(statement: Statement, bar: Bar, proposal: Proposal) -> bool:
    """Whether a statement would take away what was chosen."""
    if statement.is_code or statement.is_removed:
        return False
    for match in UNDOES.finditer(statement.text):
        gone = words_of(TO.split(match["what"], 1)[0])
        before = statement.text[: match.start()]
        # "replaced by X", "instead of not using X": something else goes.
        if (
            bar.core <= gone
            and not DENIES.search(before)
            and not NOT_NOW.search(before)
            and len(gone) <= len(bar.core) + 2
        ):
            return _is_subject(bar, f"{statement.text} {statement.around} {proposal.title}", strict=True)
    return False


def _covers(bar: Bar, held: frozenset[str], anywhere: frozenset[str]) -> bool:
    """Whether a clause names what was ruled out: in full; most of what is forbidden in many words."""
    if len(bar.core) <= SHORT or bar.way in ("turned down", "instead of"):
        return bar.core <= anywhere
    return len(bar.core & anywhere) >= ENOUGH * len(bar.core) and len(bar.core & held) >= len(bar.core) / 2


def _is_subject(bar: Bar, text: str, *, strict: bool) -> bool:
    """Whether a text speaks of what the decision is about."""
    held = subject_words(text)
    shared = bar.subject & held
    if shared - WEAK or len(shared) > 1 or len(bar.context & held) > 1:
        return True
    # What takes many words to say is its own subject.
    return not strict and len(bar.core) >= (SHORT if bar.way == "instead of" else SHORT + 1)


def _is_known(proposal: Proposal, bar: Bar) -> bool:
    """Whether the text affirms what was chosen somewhere: its author knows the decision, and keeps to it."""
    if not bar.chosen:
        return False
    for statement in (*proposal.statements, *proposal.told):
        for clause in statement.said:
            # A bare name in a list of options affirms nothing.
            says = statement in proposal.statements or DOES.search(clause)
            denies = statement.is_removed or UNDOES.search(clause) or DENIES.search(clause)
            if says and not denies and bar.chosen <= words_of(_affirmed(clause)):
                return True
    return False


def _affirmed(clause: str) -> str:
    """A clause without what it says something is done instead of."""
    return FROM.sub("", INSTEAD.sub("", clause))
