"""A review of a design or a diff, as a colleague would write it: what it says, what we decided, and what to look at.

Each finding quotes its own side and, where it has one, ours. It explains and asks; it does not judge.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kb.draft.bars import Bar, bars_of
from kb.draft.binding import binding
from kb.draft.boundaries import Crossing, boundaries_of
from kb.draft.challenges import challenges
from kb.draft.conflicts import Conflict, conflicts
from kb.draft.failures import Missing, missing_cases, swallowed
from kb.draft.ground import Surveyor
from kb.draft.paper import Paper, marks, section
from kb.draft.precedents import Precedent, precedent_for, precedents
from kb.draft.proposed import Proposal, read_proposal
from kb.draft.sources import Cites
from kb.draft.trouble import troubles

Kind = Literal["conflict", "boundary", "failure", "precedent"]
TITLES: dict[Kind, str] = {
    "conflict": "Conflicts with decisions in force", "boundary": "Boundaries crossed",
    "failure": "Failure cases that are not spoken of", "precedent": "We have something like it",
}  # fmt: skip
NOTHING = (
    "No conflict with a decision in force was found, no boundary crossed, and no failure case that is plainly missing. "
    "That is not a proof: only what decisions say in so many words is looked for."
)
KEEP = "If its reasons still hold, keep to it; if one fell, say which, in a decision that takes its place."
WHY_KEEP = "Two answers in force to one question cost everybody who meets the second."
MOST_KEPT_BY = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One comment; `line` is that of the text under review, `path` and `symbol` say where in a diff it belongs."""

    kind: Kind
    line: int
    quote: str
    text: str
    cites: Cites
    path: str = ""
    file_line: int = 0
    """The line in the file that a diff changes; 0 where there is none."""
    symbol: str = ""
    decision: str = ""
    """Path of the decision that a conflict is with."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The body of a review, and its findings one by one."""

    body: str
    findings: tuple[Finding, ...]

    @property
    def conflicts(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.kind == "conflict")


def review(
    paper: Paper,
    surveyor: Surveyor,
    text: str,
    *,
    name: str,
    sources: Sequence[str],
    own: tuple[str, str],
    ask_why: bool,
) -> Reviewed:
    """The review of a text; `sources` are those whose decisions bind it, `own` is (source, path) of the text itself."""
    proposal = read_proposal(text)
    bars = _binding(bars_of(surveyor.ledger), sources, own)
    found = [_conflict(paper, surveyor, conflict) for conflict in conflicts(proposal, bars)]
    known = boundaries_of(surveyor.ledger)
    for source in sources or tuple(known):
        if source in known:
            found += [_crossing(paper, surveyor, c) for c in known[source].crossings(proposal.statements)]
    found += _failures(paper, surveyor, proposal)
    found += [_precedent(paper, p) for p in precedents(surveyor, proposal)]
    findings = tuple(_placed(finding, proposal) for finding in found if finding is not None)
    if ask_why:
        _challenge(paper, surveyor, proposal, text)
    paper.verify += _to_verify(findings)
    body = _by_function(findings, name) if proposal.is_diff else _by_kind(findings, name)
    return Reviewed(f"# Review of {name}\n\n{body or NOTHING}\n", findings)


def _binding(bars: Iterable[Bar], sources: Sequence[str], own: tuple[str, str]) -> list[Bar]:
    """The decisions of the text's own repository; all where that has none."""
    others = [bar for bar in bars if (bar.decision.source, bar.decision.path) != own]
    return [bar for bar in others if bar.decision.source in sources] or others


# Findings


def _conflict(paper: Paper, surveyor: Surveyor, conflict: Conflict) -> Finding | None:
    bar, statement = conflict.bar, conflict.statement
    told = surveyor.material(bar.told_in)
    cites = paper.sources.line(told, bar.line)
    if not cites:
        return None
    decision = surveyor.material(bar.decision.file_id)
    held = binding(paper.sources, decision)
    kept = held.cites if held and held.cites != cites else ()
    title = f"“{decision.file.title}”" + (f" ({decision.file.status})" if decision.file.status else "")
    instead = (
        f"; what it chose: {bar.chosen_name}" if bar.way in ("turned down", "instead of") and bar.chosen_name else ""
    )
    said = {
        "turned down": f"{title} looked at this and turned it down: “{bar.name}”{instead}.",
        "instead of": f"{title} took another way instead of this: “{bar.name}”{instead}.",
        "not to do": f"{title} says not to do this: “{bar.name}”.",
        "given up": f"This was chosen once and given up: “{bar.name}”. In force in its place is {title}.",
        "chosen": f"{title} chose what would go here: {bar.name}.",
    }[bar.way]
    return Finding(
        "conflict", statement.line, statement.text, f"{said} {KEEP}", (*cites, *kept), statement.path,
        symbol=statement.symbol, decision=bar.decision.path,
    )  # fmt: skip


def _crossing(paper: Paper, surveyor: Surveyor, crossing: Crossing) -> Finding | None:
    own, target = crossing.source_folder, crossing.target_folder
    lines = crossing.kept_by[:MOST_KEPT_BY]
    cites = tuple(n for line in lines for n in paper.sources.line(surveyor.material(line.file_id), line.line))
    if not cites:
        return None
    text = (
        f"`{own}` would know `{target}`. Until now the arrow leads the other way only: `{target}` imports `{own}`. "
        f"With both, neither can be read, tested or moved alone. Could `{target}` hand in what is needed, "
        "or could what both need move below both?"
    )
    s = crossing.statement
    return Finding("boundary", s.line, s.text, text, cites, s.path, 0, s.symbol)


def _failures(paper: Paper, surveyor: Surveyor, proposal: Proposal) -> list[Finding]:
    found = [
        Finding(
            "failure",
            change.at,
            change.text.strip(),
            question[:1].upper() + question[1:],
            (),
            change.path,
            change.line,
            change.symbol,
        )
        for change, question in swallowed(proposal.changes)
    ]
    return found + [_missing(paper, surveyor, missing) for missing in missing_cases(proposal)]


def _missing(paper: Paper, surveyor: Surveyor, missing: Missing) -> Finding:
    """With our own trouble of that kind, or code of ours that deals with it, where there is some."""
    matter, statement = missing.matter, missing.statement
    text = f"This brings in {matter.name}, and nothing in the text says how it fails. {matter.question}"
    notes = surveyor.near(f"{statement.text} {matter.look_for}", "til", "note", "adr")
    told = troubles(paper.sources, f"{statement.text} {matter.look_for}", notes[:3], most=3)
    earlier = [item for item in told if matter.covered.search(item.text) or matter.found.search(item.text)]
    if earlier:
        met = f"{text} We met it before: {earlier[0].text}"
        return Finding("failure", statement.line, statement.text, met, earlier[0].cites)
    at = precedent_for(surveyor, f"{matter.look_for} {statement.text}")
    if at is not None and matter.covered.search(at[1].text):
        see = f"{text} See `{at[3]}`, which deals with it."
        return Finding("failure", statement.line, statement.text, see, paper.sources.cite(at[1]))
    return Finding("failure", statement.line, statement.text, text, ())


def _precedent(paper: Paper, precedent: Precedent) -> Finding | None:
    cites = paper.sources.cite(precedent.part, precedent.line)
    if not cites:
        return None
    where = f"See `{precedent.name}` in `{precedent.material.file.path}`, same pattern"
    if precedent.change is not None:
        change = precedent.change
        text = f"{where}. Who knows that one knows this one, if it is made alike; or is that one enough as it is?"
        return Finding(
            "precedent", change.at, change.text.strip(), text, cites, change.path, change.line, change.symbol
        )
    statement = precedent.statement
    assert statement is not None, "a precedent is one for a change or for a statement"
    text = f"{where}. The simplest thing may be to use or to widen it: what does it lack?"
    return Finding("precedent", statement.line, statement.text, text, cites)


def _challenge(paper: Paper, surveyor: Surveyor, proposal: Proposal, text: str) -> None:
    said = " ".join([proposal.title, *(s.text for s in proposal.statements[:2])]) if not proposal.is_diff else ""
    ground = surveyor.ground(
        said or " ".join(dict.fromkeys(c.symbol for c in proposal.changes if c.symbol)) or text[:200]
    )
    tests = [surveyor.material(i) for m in ground.code[:1] for i, _ in surveyor.guards.tests_of(m, most=1)]
    paper.challenged(challenges(paper.sources, decisions=ground.decisions, code=ground.code[:2], tests=tests))


# Writing


def _placed(finding: Finding, proposal: Proposal) -> Finding:
    """A finding in a diff with the line of the file that it is about."""
    if finding.file_line or not finding.path:
        return finding
    line = next((change.line for change in proposal.changes if change.at == finding.line), 0)
    return replace(finding, file_line=line)


def _by_kind(findings: Sequence[Finding], name: str) -> str:
    parts = []
    for kind, title in TITLES.items():
        mine = [finding for finding in findings if finding.kind == kind]
        lead = [WHY_KEEP] if kind == "conflict" else []
        if mine:
            told = ["\n".join(_lines(finding, f"{name}:{finding.line}")) for finding in mine]
            parts.append(section(title, [*lead, *told]))
    return "\n".join(parts)


def _by_function(findings: Sequence[Finding], name: str) -> str:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.line):
        groups.setdefault((finding.path, finding.symbol), []).append(finding)
    return "\n".join(
        section(
            f"`{path or name}`" + (f" · `{symbol}`" if symbol else ""),
            ["\n".join(_lines(f, f"{f.path or name}:{f.file_line or f.line}", kind=True)) for f in mine],
        )
        for (path, symbol), mine in groups.items()
    )


def _lines(finding: Finding, place: str, *, kind: bool = False) -> list[str]:
    return [f"**{TITLES[finding.kind]}**: `{place}`" if kind else f"`{place}`", f"> {_one_line(finding.quote)}", "",
            f"{finding.text} {marks(finding.cites)}".rstrip(), ""]  # fmt: skip


def _to_verify(findings: Sequence[Finding]) -> list[str]:
    told = []
    if any(finding.kind == "conflict" for finding in findings):
        told.append("Open each decision that is quoted: does it speak of this case?")
    if any(finding.kind == "failure" for finding in findings):
        told.append("A failure case may be dealt with elsewhere: ask before you say it is missing")
    if any(finding.kind == "precedent" for finding in findings):
        told.append("Open each precedent: is it alike, or only named alike?")
    return told or ["Read the text yourself: what no decision speaks of was not looked at"]


def _one_line(text: str) -> str:
    return " ".join(text.split())
