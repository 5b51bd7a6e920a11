"""The writer's own facts, from standard input: bullets, paragraphs and blocks of code, each under what it tells of.

What the writer labels (`Problem:`, `## Options`) stays where it was put. The rest is sorted by telling words, and a
draft asks its writer to look at those again; no fact is ever left out or reworded.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kb.sanitize import for_terminal

Role = Literal[
    "problem", "driver", "option", "chosen", "reason", "solution", "good", "bad", "risk", "blocker", "next", "done",
    "criterion", "question", "related", "mistake", "plain",
]  # fmt: skip

SPELLED: Mapping[Role, str] = {
    "problem": "problem context situation symptom background motivation issue pain why-now incident",
    "driver": "driver drivers constraint constraints requirement requirements must goal goals need needs force",
    "option": "option options alternative alternatives considered-options choice choices candidate candidates",
    "chosen": "decision chosen decided outcome proposal proposed we-will we-choose chosen-option",
    "reason": "because reason reasons rationale why",
    "solution": "solution fix fixed answer how trick resolution learned lesson workaround cause root-cause",
    "good": "good pro pros benefit benefits advantage advantages gain gains positive",
    "bad": "bad con cons drawback drawbacks downside cost costs disadvantage trade-off trade-offs tradeoff"
           " tradeoffs negative catch limits limitation consequence consequences",
    "risk": "risk risks worry concern concerns danger",
    "blocker": "blocker blockers blocked waiting waiting-for waits stuck",
    "next": "next todo next-steps plan planned to-do upcoming",
    "done": "done progress shipped finished merged released",
    "criterion": "criterion criteria metric metrics measure success validation validate acceptance confirmation slo"
                 " target targets",
    "question": "question questions open open-question open-questions unresolved unclear",
    "related": "related see see-also link links reference references",
    "mistake": "mistake mistakes pitfall pitfalls gotcha gotchas trap warning common-mistake common-mistakes",
    "plain": "note notes fact facts",
}  # fmt: skip
LABELS: Mapping[str, Role] = {label: role for role, labels in SPELLED.items() for label in labels.split()}
TELLING: Sequence[tuple[Role, re.Pattern[str]]] = tuple(
    (role, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))  # type: ignore[misc]
    for role, words in (
        ("blocker", r"blocked (?:by|on)|waiting (?:for|on)|stuck on|cannot (?:go on|continue|proceed|start) until"),
        ("question", r"(?:unclear|open question|not sure|do we (?:want|need)|should we)"),
        ("chosen", r"we (?:chose|decided|will use|go with|picked|want to use)|decided to"),
        ("reason", r"^(?:because|since it)"),
        ("solution", r"fixed (?:by|with|it)|solved (?:by|with)|turns out|turned out|the (?:fix|solution|trick|cause) "
                     r"(?:is|was)|workaround|helps?|works? (?:with|when|by)|root cause|learned"),
        ("bad", r"^but|but (?:it|then|costs?|needs?|only)|downside|drawback|trade-?off|slower|costs?|harder|caveat|"
                r"at (?:the|a) (?:price|expense)|only works"),
        ("risk", r"risk\w*|might (?:break|fail|slip|be late)|worr(?:y|ied)|afraid"),
        ("option", r"(?:another|other) (?:option|way)|alternativ\w+|we could|could (?:also )?use|instead of"),
        ("next", r"todo|next (?:week|step|is)|still to do|will (?:do|be done)|planned"),
        ("criterion", r"(?:at most|at least|less than|below|under|within) \d"),
        ("problem", r"fail\w*|broke\w*|breaks|error\w*|crash\w*|slow|hang\w*|wrong|lost|lose\w*|problem|bug|flak\w+|"
                    r"timed? ?out|out of memory|confus\w+|doesn't|does not|didn't|did not|cannot|can't|couldn't"),
    )
)  # fmt: skip
TURNS = re.compile(r"^(?:because|but|since it|it costs|costs)\b", re.IGNORECASE)
BULLET = re.compile(r"^(?P<indent>\s*)(?:[-*+•]|\d{1,2}[.)])\s+(?:\[[ xX]\]\s+)?(?P<text>.*)$")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(?P<name>.*?)\s*#*\s*$")
LABEL = re.compile(r"^(?:\*\*|__)?(?P<label>[A-Za-z][A-Za-z -]{1,24}?)(?:\*\*|__)?\s*:(?:\*\*|__)?\s*(?P<text>.*)$")
FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the writer says; `text` is as written, without its bullet and its label."""

    text: str
    role: Role = "plain"
    stated: bool = False
    """Whether the writer said what it tells of; else it was guessed by its words."""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All of them, in the writer's order."""

    items: tuple[Fact, ...] = ()

    def of(self, *roles: Role) -> list[Fact]:
        return [fact for fact in self.items if fact.role in roles]

    @property
    def guessed(self) -> list[Fact]:
        """Those that stand where their words, not their writer, put them."""
        return [fact for fact in self.items if not fact.stated and fact.role != "plain"]

    @property
    def text(self) -> str:
        return "\n".join(fact.text for fact in self.items)


def read_facts(text: str) -> Facts:
    """The facts of a text in any mix of bullets, paragraphs, labels, headings and fences."""
    found: list[Fact] = []
    role: Role | None = None
    # Control characters are for terminals, and some of them mark the places of citations while a draft is made.
    shown = for_terminal(text, keep_newlines=True, keep_tabs=True)
    for lines, is_code in _blocks(shown.replace("\r\n", "\n").split("\n")):
        if is_code:
            # Code belongs to what it was shown for.
            found.append(Fact("\n".join(lines), found[-1].role if found else role or "solution", bool(role), True))
            continue
        if (heading := HEADING.match(lines[0])) is not None:
            role = _role_of(heading["name"])
            continue
        told = " ".join(" ".join(lines).split())
        label = LABEL.match(told)
        named = _role_of(label["label"]) if label else None
        if label and named and not label["text"]:
            role = named
        elif told:
            found.append(_fact(label["text"] if label and named else told, named or role))
    return Facts(tuple(found))


def _fact(text: str, role: Role | None) -> Fact:
    # "because …" and "but …" in a list of options are no options: the list has gone on to what speaks for and against.
    if role is not None and not (role == "option" and TURNS.match(text)):
        return Fact(text, role, stated=True)
    return Fact(text, next((role for role, words in TELLING if words.search(text)), "plain"))


def _role_of(label: str) -> Role | None:
    name = "-".join(label.lower().replace("&", " ").split())
    return LABELS.get(name) or LABELS.get(name.split("-")[0]) if name.count("-") < 3 else None


def _blocks(lines: Iterable[str]) -> list[tuple[list[str], bool]]:
    """(lines, whether they are a fenced block): each bullet, paragraph and heading by itself."""
    found: list[tuple[list[str], bool]] = []
    current: list[str] = []
    fence = ""

    def close(*, is_code: bool = False) -> None:
        if current:
            found.append((list(current), is_code))
            current.clear()

    for line in lines:
        mark = FENCE.match(line)
        if fence:
            current.append(line)
            if mark and mark[1] == fence:
                fence = ""
                close(is_code=True)
        elif mark:
            close()
            fence = mark[1]
            current.append(line)
        elif bullet := BULLET.match(line):
            close()
            current.append(bullet["text"])
        elif not line.strip() or HEADING.match(line):
            close()
            if line.strip():
                found.append(([line], False))
        else:
            current.append(line.strip())
    close(is_code=bool(fence))
    return found
