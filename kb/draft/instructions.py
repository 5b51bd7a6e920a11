"""Instructions for a coding assistant (AGENTS.md, copilot-instructions): decisions in force, exemplars, do-nots.

It stands by itself in a repository: every line names its place there, not a number of a list.
"""

from collections.abc import Iterable, Sequence

from kb.draft.binding import Refused, binding, decided_at, given_up, refused, title_of
from kb.draft.challenges import challenges
from kb.draft.ground import Surveyor
from kb.draft.paper import Drafted, Paper
from kb.draft.patterns import Pattern, Patterns, declared_line
from kb.draft.sources import Cites
from kb.learn.pool import Material
from kb.search.signals import is_test

MOST_DECISIONS, MOST_DONOTS, MOST_PATTERNS = 60, 30, 5
LEAST_FILES = 2
LEAD = (
    "These lines are made of the decisions in force in this repository and of its own code. Keep to them; where a task "
    "needs something else, say so and ask for a decision first. Each line names the place that it rests on."
)
NOTHING = "No decision in force was found, and no code whose files are made alike."
MARK = "> **Draft** of {day}, made by `kb draft instructions`. Nobody has reviewed it; delete this line when you have."
VERIFY = (
    "Open each place: does the line say what stands there, in words that an assistant cannot misread?",
    "Take out what no longer holds, and what no assistant has to know",
    "Add what nobody ever wrote down: commands to build and to test, names to use",
)


def instructions(
    paper: Paper, surveyor: Surveyor, *, title: str, sources: Sequence[str], ask_why: bool, day: str
) -> Drafted:
    """The file as Markdown; `sources` are those whose decisions and code are told, all where none is named."""
    wanted = [d for d in surveyor.graph.decisions if not sources or d.source in sources]
    in_force = [surveyor.material(d.file_id) for d in wanted if surveyor.decided(d.file_id)][:MOST_DECISIONS]
    gone = [surveyor.material(d.file_id) for d in wanted if surveyor.graph.succession.is_gone(d)]
    parts = [
        ("Decisions in force", _decisions(paper, in_force)),
        ("Do not", _do_nots(paper, surveyor, gone, in_force)),
        ("Follow these exemplars", _exemplars(paper, surveyor, sources)),
    ]
    if ask_why:
        asked = challenges(paper.sources, decisions=in_force)
        parts.append(("What a reviewer would ask", [_line(paper, item.text, item.cites) for item in asked]))
    citations = tuple(paper.sources.citations)
    parts.append(("To verify", [f"- [ ] {item}" for item in VERIFY]))
    body = [f"## {name}\n\n{chr(10).join(lines)}\n" for name, lines in parts if lines]
    text = "\n".join([f"# {title}", "", MARK.format(day=day), "", LEAD if citations else NOTHING, "", *body])
    return Drafted(title, text, citations, VERIFY, is_empty=not citations)


def _decisions(paper: Paper, materials: Iterable[Material]) -> list[str]:
    lines = []
    for material in materials:
        item = binding(paper.sources, material)
        told = decided_at(material)
        if item is None or told is None:
            continue
        title, said = title_of(material), told[3].rstrip(".")
        lines.append(_line(paper, title if not said or said == title else f"{title}: {said}", item.cites))
    return lines


def _do_nots(paper: Paper, surveyor: Surveyor, gone: Sequence[Material], in_force: Sequence[Material]) -> list[str]:
    found: list[Refused] = [
        r for m in gone if (r := given_up(paper.sources, surveyor.graph, m)) is not None and r.instead
    ]
    lines = [_line(paper, f"{r.option}: superseded, in its place {r.instead}", r.cites) for r in found]
    for material in in_force:
        lines += [
            _line(paper, f"{r.option}: turned down for {r.instead}", r.cites) for r in refused(paper.sources, material)
        ]
    return list(dict.fromkeys(lines))[:MOST_DONOTS]


def _exemplars(paper: Paper, surveyor: Surveyor, sources: Sequence[str]) -> list[str]:
    """One file of each folder whose files are made alike, the folders with most of them first."""
    patterns = Patterns(surveyor)
    found: list[Pattern] = []
    for folder in patterns.folders(sources, least=LEAST_FILES):
        if len(found) == MOST_PATTERNS:
            break
        pattern = next((p for i in folder[:3] if (p := patterns.of(surveyor.material(i))) is not None), None)
        found += [pattern] if pattern is not None else []
    lines = []
    for pattern in found:
        at = declared_line(pattern.exemplar, pattern.declares[0])
        if at is None or is_test(pattern.exemplar.file.path):
            continue
        verbs = ", ".join(f"`{verb}…`" for verb in pattern.declares)
        kind = f"A new `…{pattern.ending}`" if pattern.ending else "A new file"
        text = f"{kind} in `{pattern.folder or '.'}/` is made as `{pattern.exemplar.file.path}` is: it declares {verbs}"
        lines.append(_line(paper, text, paper.sources.cite(at[0], at[1], at[1])))
    return lines


def _line(paper: Paper, text: str, cites: Cites) -> str:
    """A bullet with its places, as they open."""
    told = [paper.sources.citations[n - 1] for n in cites]
    lines = [f"`{c.chunk.path}:{c.start}" + (f"-{c.end}`" if c.end != c.start else "`") for c in told]
    places = f" ({', '.join(lines)})" if lines else ""
    return f"- {paper.measured(text, cites)}{places}"
