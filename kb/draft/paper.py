"""What every draft is written on: it says that it is a draft, marks what is missing, and lists what to verify.

Alone writes that frame, and lets no figure through that neither the writer nor a source gave (`kb.draft.measure`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from kb.decisions.succession import Succession
from kb.draft.commits import Done
from kb.draft.facts import Fact, Facts
from kb.draft.measure import MEASURE, held
from kb.draft.pack import Item
from kb.draft.sources import Cites, Sources
from kb.model import Citation

TITLE = re.compile(r"^# .*$", re.MULTILINE)
MARK = re.compile(r"\x02(\d{1,4})\x03")
GAP = re.compile(r"_\[[^\]\n]+\]_")
LINK = re.compile(r"!?\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
LONGEST_QUOTE = 320


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft as its command shows it."""

    title: str
    text: str
    citations: tuple[Citation, ...]
    verify: tuple[str, ...]
    commits: tuple[Done, ...] = ()
    is_empty: bool = False
    """Whether it is the bare template: neither facts nor sources came in."""
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class Paper:
    """Writes the lines of one draft, and remembers what its writer has to look at."""

    facts: Facts
    sources: Sources
    succession: Succession
    verify: list[str] = field(default_factory=list)
    commits: list[Done] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """What a sharp reviewer would ask of it."""

    def fact(self, fact: Fact) -> str:
        """What the writer said, as a bullet; code as it is."""
        return fact.text if fact.is_code else f"- {fact.text}"

    def given(self, *facts: Fact) -> list[str]:
        return [self.fact(fact) for fact in facts]

    def cited(self, text: str, cites: Cites) -> str:
        """A bullet that rests on sources, with their numbers behind it; empty where they are gone from the disk."""
        if not cites:
            return ""
        return f"- {self.measured(text, cites)} {marks(cites)}"

    def measured(self, text: str, cites: Cites) -> str:
        """`text` with `[measure]` for each figure that the writer did not give and these sources do not have."""
        texts = [self.sources.citations[n - 1].quote for n in cites]
        return held(text, texts=[*texts, self.facts.text, *map(self._place, cites)])

    def items(self, items: Iterable[Item]) -> list[str]:
        """Statements of a pack as bullets; one that rests on nothing is left out."""
        return [self.cited(item.text, item.cites) for item in items if item.cites]

    def challenged(self, items: Iterable[Item]) -> None:
        """Questions go into the draft with or without a source: they claim nothing."""
        for item in items:
            self.asked.append(f"- {self.measured(item.text, item.cites)} {marks(item.cites)}".rstrip())

    def of_commit(self, text: str, *commits: Done) -> str:
        """A bullet that rests on commits, with their short names behind it."""
        self.commits += [commit for commit in commits if commit not in self.commits]
        said = held(text, texts=[*(f"{c.text}\n{c.day}\n{' '.join(c.files)}" for c in commits), self.facts.text])
        return f"- {said} ({', '.join(f'`{commit.short}`' for commit in commits)})"

    def gap(self, what: str) -> str:
        """A place that only the writer can fill."""
        return f"_[{what}]_"

    def standing(self, file_id: int) -> str:
        """`accepted`, or for what holds no longer what took its place; empty for no decision."""
        decision = self.succession.by_id.get(file_id)
        if decision is None:
            return ""
        ends = self.succession.in_force(decision.file_id)
        if not ends:
            return decision.status
        part = "partly superseded" if self.succession.is_partial(decision.file_id) else "superseded"
        return f"{part}; now {', '.join(end.path for end in ends)}"

    def _place(self, n: int) -> str:
        chunk = self.sources.citations[n - 1].chunk
        return f"{chunk.title}\n{chunk.path}\n{chunk.number or ''}\n{chunk.date}"


def finished(paper: Paper, body: str, *, command: str, day: str, title: str, notices: Iterable[str] = ()) -> Drafted:
    """The draft with its frame: the mark under the title, at the end what to verify and the sources."""
    body, asked, citations = _numbered(body, "\n".join(paper.asked), paper.sources.citations)
    is_empty = not (paper.facts.items or citations or paper.commits)
    verify = tuple(dict.fromkeys([*paper.verify, *_still_to_do(body)]))
    mark = f"> **Draft** of {day}, made by `{command}`: {_rests_on(paper, citations)}. Nobody has reviewed it."
    head = TITLE.search(body)
    at = head.end() if head else 0
    text = f"{body[:at]}\n\n{mark}\n{body[at:]}" if head else f"{mark}\n\n{body}"
    parts = [re.sub(r"\n{3,}", "\n\n", text).rstrip()]
    if asked:
        parts.append(f"## What a reviewer would ask\n\n{asked}")
    if verify:
        parts.append("## To verify\n\n" + "\n".join(f"- [ ] {item}" for item in verify))
    if citations:
        parts.append("## Sources\n\n" + "\n".join(_source_line(paper, citation) for citation in citations))
    return Drafted(title, "\n\n".join(parts) + "\n", citations, verify, tuple(paper.commits), is_empty, tuple(notices))


def marks(cites: Cites) -> str:
    """The places of the numbers `[1] [4]`, which are given when the draft is finished."""
    # Not as brackets: a quoted line may hold `[1]` itself, and that is no citation of ours.
    return " ".join(f"\x02{n}\x03" for n in cites)


def quoted(text: str) -> str:
    """Words out of a file on one line, in quotation marks; cut where they are too long to be read at a glance."""
    # Links lead from where they stand; the source has them letter for letter.
    line = " ".join(LINK.sub(r"\1", text).split())
    return f"“{line}”" if len(line) <= LONGEST_QUOTE else f"“{line[:LONGEST_QUOTE].rsplit(' ', 1)[0]} …”"


def section(title: str, lines: Sequence[str], *, level: int = 2) -> str:
    """A heading with its lines; bullets stand together, anything else apart."""
    told: list[str] = []
    for line in filter(None, lines):
        apart = not (told and told[-1].startswith("- ") and line.startswith("- "))
        told += ["", line] if apart else [line]
    return "\n".join([f"{'#' * level} {title}", *(told or [""]), ""])


def _numbered(body: str, asked: str, citations: Sequence[Citation]) -> tuple[str, str, tuple[Citation, ...]]:
    """The text with its citations counted in the order of reading; a source that nothing cites would be padding."""
    # A file may hold anything, also what looks like a mark of ours: it is one only where there is such a source.
    found = [n for n in map(int, MARK.findall(f"{body}\n{asked}")) if 0 < n <= len(citations)]
    order = {n: at for at, n in enumerate(dict.fromkeys(found), 1)}
    used = tuple(replace(citations[n - 1], n=at) for n, at in order.items())

    def told(text: str) -> str:
        return MARK.sub(lambda match: f"[{order[n]}]" if (n := int(match[1])) in order else "", text)

    return told(body), told(asked), used


def _still_to_do(body: str) -> list[str]:
    found = [f"Fill in: {match[0][2:-2]}" for match in GAP.finditer(body)]
    if MEASURE in body:
        found.append(f"Measure, or take out, what is marked `{MEASURE}`: neither you nor a source gives the figure")
    return found


def _rests_on(paper: Paper, citations: Sequence[Citation]) -> str:
    parts = [
        *(["its writer's facts"] if paper.facts.items else []),
        *(["the commits named in it"] if paper.commits else []),
        *(["the places listed under Sources"] if citations else []),
    ]
    if not parts:
        return "nothing was found to fill it with"
    return "it rests on " + (f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0])


def _source_line(paper: Paper, citation: Citation) -> str:
    lines = f"{citation.start}-{citation.end}" if citation.end != citation.start else str(citation.start)
    standing = paper.standing(citation.chunk.file_id)
    return f"- [{citation.n}] `{citation.chunk.path}:{lines}`" + (f" · {standing}" if standing else "")
