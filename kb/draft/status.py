"""The draft of a status report: progress, risks, blockers and what is next, out of commits, notes and decisions."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb.draft.commits import KIND, Done, Log
from kb.draft.facts import Role
from kb.draft.linked import link
from kb.draft.paper import Drafted, Paper, finished, marks, quoted, section
from kb.draft.telling import Said, matching
from kb.learn.pool import Material

BLOCKED = re.compile(
    r"\b(?:blocked (?:by|on|until)|blockers?:|(?:is|are|still|we) waiting (?:for|on)|stuck (?:on|at)|on hold until|"
    r"(?:cannot|can't) (?:\w+ ){0,3}until)\b",
    re.IGNORECASE,
)
RISKY = re.compile(
    r"\b(?:risks?|risky|worr(?:y|ied)|might (?:break|fail|lose|slip)|could (?:break|fail|lose)|not (?:yet )?tested|"
    r"untested|flaky|work-?around|temporar(?:y|ily)|for now|hack|regression|data loss|security|deadline|not safe)\b",
    re.IGNORECASE,
)
AHEAD = re.compile(
    r"\b(?:todo|next steps?|still to do|not (?:done|built|finished) yet|remains to|to be done)\b", re.IGNORECASE
)
REVERT = re.compile(r"^revert\b", re.IGNORECASE)
MENDING = re.compile(r"\b(?:fix|fixes|fixed|mend|mended|repair|hotfix|bug)\b", re.IGNORECASE)
QUIET = frozenset({"chore", "style", "ci", "build", "docs", "test"})
MOST_OF_AREA, MOST_AREAS, MOST_OF_SECTION = 4, 6, 5
OFTEN = 3
"""A file that was mended so many times in one report is a risk."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the notes of these days say: those that were touched, and decisions that nobody has taken yet."""

    notes: tuple[Material, ...] = ()
    new_lines: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By file id the lines, without margins, that came in these days; a note that is not here is new as a whole."""
    decided: tuple[Material, ...] = ()
    open: tuple[Material, ...] = ()


def status_draft(
    paper: Paper, log: Log, written: Written, *, title: str, since: str, folder: str, day: str, command: str
) -> Drafted:
    """The report since a day; where nothing happened, its sections with places to fill."""
    given = paper.facts
    parts = [
        f"# {title}\n\nFrom {since} to {day}.\n",
        section(
            "Progress", [*paper.given(*given.of("done", "plain", "solution", "good")), *_progress(paper, log.commits)]
        )
        if given.of("done", "plain", "solution", "good") or log.commits
        else section("Progress", [paper.gap("what was done")]),
    ]
    if decided := _decided(paper, written, folder):
        parts.append(section("Decisions", decided))
    sections: Sequence[tuple[str, tuple[Role, ...], list[str], str]] = (
        (
            "Risks",
            ("risk", "problem", "bad"),
            _risks(paper, log, written, folder),
            "what could go wrong, or “none known”",
        ),
        ("Blockers", ("blocker",), _sentences(paper, log, written, BLOCKED, folder), "who waits for what, or “none”"),
        ("Next", ("next",), _sentences(paper, log, written, AHEAD, folder), "what comes next, and who does it"),
        ("Questions", ("question",), [], ""),
    )
    for name, roles, found, missing in sections:
        lines = [*paper.given(*given.of(*roles)), *found]
        if lines or missing:
            parts.append(section(name, lines or [paper.gap(missing)]))
    _ask(paper, log)
    return finished(paper, "\n".join(parts), command=command, day=day, title=title, notices=log.notices)


def _progress(paper: Paper, commits: Sequence[Done]) -> list[str]:
    """The commits by area, the fullest first; what only tidies up comes last and short."""
    telling = [c for c in commits if _kind(c) not in QUIET and not REVERT.match(c.summary)]
    areas: dict[str, list[Done]] = {}
    for commit in telling:
        areas.setdefault(commit.area, []).append(commit)
    several = len({commit.email for commit in commits}) > 1
    lines: list[str] = []
    ordered = sorted(areas.items(), key=lambda item: (-len(item[1]), item[0]))
    for area, found in ordered[:MOST_AREAS]:
        if len(ordered) > 1:
            lines.append(f"**{area or 'across the repository'}**")
        lines += [_told(paper, commit, named=several) for commit in found[:MOST_OF_AREA]]
        lines += _more(paper, found[MOST_OF_AREA:], "also:")
    lines += _more(paper, [c for _, found in ordered[MOST_AREAS:] for c in found], "elsewhere:")
    tidying = [c for c in commits if _kind(c) in QUIET]
    return lines + _more(paper, tidying, "tests, docs and tidying up:")


def _told(paper: Paper, commit: Done, *, named: bool) -> str:
    return paper.of_commit(f"{commit.plain}, {commit.author}" if named else commit.plain, commit)


def _more(paper: Paper, commits: Sequence[Done], lead: str) -> list[str]:
    """The rest on one line: a report is read in a minute, and every commit can still be found."""
    if not commits:
        return []
    shown = commits[:3]
    names = "; ".join(commit.plain for commit in shown)
    more = " …" if len(commits) > len(shown) else ""
    return [paper.of_commit(f"{lead} {names}{more}", *commits[:MOST_OF_AREA])]


def _decided(paper: Paper, written: Written, folder: str) -> list[str]:
    lines = []
    for material in written.decided[:MOST_OF_SECTION]:
        if cites := paper.sources.cite(material.parts[0], most=1):
            status = paper.standing(material.file.file_id) or "no status"
            lines.append(f"- {link(material.file, folder)}: {status} {marks(cites)}")
    return lines


def _risks(paper: Paper, log: Log, written: Written, folder: str) -> list[str]:
    lines = [paper.of_commit(f"taken back: {c.plain}", c) for c in log.commits if REVERT.match(c.summary)]
    mended = [commit for commit in log.commits if MENDING.search(commit.summary)]
    often = Counter(path for commit in mended for path in commit.files)
    for path, times in often.most_common(2):
        if times >= OFTEN:
            lines.append(
                paper.of_commit(f"`{path}` was mended again and again", *[c for c in mended if path in c.files][:5])
            )
    for material in written.open[:MOST_OF_SECTION]:
        cites = paper.sources.cite(material.parts[0], most=1)
        lines += [f"- not decided yet: {link(material.file, folder)} {marks(cites)}"] if cites else []
    return lines + _sentences(paper, log, written, RISKY, folder)


def _sentences(paper: Paper, log: Log, written: Written, pattern: re.Pattern[str], folder: str) -> list[str]:
    """What commits and notes of these days say of it, in their own words."""
    lines: list[str] = []
    for commit in log.commits:
        for sentence in re.split(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*[-*] )", commit.text):
            told = " ".join(sentence.split()).lstrip("-* ")
            if pattern.search(told) and not REVERT.match(told):
                lines.append(paper.of_commit(told, commit))
    for material in written.notes:
        # A decision tells of waiting and of what comes next in general, not of this week.
        if material.file.kind != "adr" or pattern is RISKY:
            said = matching(material, pattern, most=MOST_OF_SECTION)
            for one in [s for s in said if _is_new(s, written)][:1]:
                lines += _note(paper, material, one, folder)
    return list(dict.fromkeys(lines))[:MOST_OF_SECTION]


def _is_new(said: Said, written: Written) -> bool:
    new = written.new_lines.get(said.part.file_id)
    lines = said.part.text.split("\n")[said.start - said.part.start : said.end - said.part.start + 1]
    return new is None or any(line.strip() in new for line in lines)


def _note(paper: Paper, material: Material, said: Said, folder: str) -> list[str]:
    cites = paper.sources.cite(said.part, said.start, said.end)
    return [f"- {link(material.file, folder)}: {quoted(said.text)} {marks(cites)}"] if cites else []


def _ask(paper: Paper, log: Log) -> None:
    if log.commits:
        paper.verify.append(
            "What is not in a commit of the checked-out branch: other branches, reviews, talks, incidents"
        )
        paper.verify.append("Progress says what it is good for, not only what was typed")
    for fact in paper.facts.guessed:
        if fact.role in ("risk", "blocker", "problem", "next"):
            paper.verify.append(f"“{fact.text[:60]}” is {_article(fact.role)}")


def _article(role: Role) -> str:
    return {"risk": "a risk", "blocker": "a blocker", "problem": "a risk"}.get(role, "what comes next")


def _kind(commit: Done) -> str:
    match = KIND.match(commit.summary)
    return match["kind"] if match else ""
