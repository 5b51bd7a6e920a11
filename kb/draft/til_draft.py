"""The draft of a TIL: problem, solution, trade-offs and related notes, out of the writer's bullets and own commits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.draft.commits import Done, Log
from kb.draft.facts import Fact, Facts, Role, read_facts
from kb.draft.linked import link
from kb.draft.paper import Drafted, Paper, finished, marks, quoted, section
from kb.draft.telling import telling
from kb.draft.til import til_text
from kb.learn.pool import Material
from kb.terms import query_terms, terms

NEAR = 0.34
"""A commit that names this share of the words that are asked for belongs to the note …"""
AS_NEAR = 0.7
"""… where no other names many more of them."""
SAME_WORK = 0.4
"""Two commits with this share of their files in common are one piece of work."""
FEWEST_WORDS = 5
"""A shorter sentence of a commit ("Behaviour is unchanged.") teaches nothing."""
MOST_COMMITS, MOST_OTHERS, MOST_RELATED, MOST_SENTENCES = 5, 8, 4, 5
SPOKEN_OF, LONGEST_QUOTE = 0.3, 200
PROBLEM: tuple[Role, ...] = ("problem", "mistake", "driver")
SOLUTION: tuple[Role, ...] = ("solution", "chosen", "reason", "done", "plain", "good", "criterion", "next")
TRADE_OFFS: tuple[Role, ...] = ("bad", "risk", "option", "question", "blocker")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The commits that the note is about, and those of the same days that it is not."""

    about: tuple[Done, ...]
    others: tuple[Done, ...]


def choose(log: Log, *, asked: str) -> Chosen:
    """By the words asked for; with none the commit that explains most, and those that touch its files."""
    if asked.strip():
        rated = [(commit, _named(commit, asked)) for commit in log.commits]
        least = max(NEAR, AS_NEAR * max((share for _, share in rated), default=0.0))
        about = [c for c, share in sorted(rated, key=lambda item: -item[1]) if share >= least]
    else:
        told = sorted(log.commits, key=lambda commit: -_explained(commit))[:1]
        about = told + [c for c in log.commits if c not in told and _overlap(c, told[0]) >= SAME_WORK]
    about = about[:MOST_COMMITS]
    # Who asked for something, and has it, need not look through the rest of the week.
    others = () if about and asked.strip() else tuple(c for c in log.commits if c not in about)
    return Chosen(tuple(about), others[:MOST_OTHERS])


def til_draft(
    paper: Paper, title: str, chosen: Chosen, related: Sequence[Material], *, folder: str, day: str, command: str
) -> Drafted:
    """The whole draft; the bare template where there is neither a fact nor a commit."""
    title = title or _title(paper.facts, chosen)
    if not (paper.facts.items or chosen.about or chosen.others):
        return Drafted(title, til_text(title or "_[Title]_", date=day), (), (), is_empty=True)
    if not title:
        title = paper.gap("title: what you would search for next time")
    parts = [
        til_text(title, date=day).rstrip() + "\n",
        section("Problem", _lines(paper, chosen, PROBLEM) or [paper.gap("what went wrong, and how you noticed")]),
        section(
            "Solution",
            _solution(paper, chosen) or [paper.gap("what to do, as a command or a few lines of code")],
        ),
        section(
            "Trade-offs",
            _lines(paper, chosen, TRADE_OFFS) or [paper.gap("what it costs, when not to do it, what else you tried")],
        ),
    ]
    linked = [
        *paper.given(*paper.facts.of("related")),
        *_related(paper, related, f"{title} {paper.facts.text}", folder),
    ]
    if linked:
        parts.append(section("Related", linked))
    if chosen.others:
        parts.append(section("Your other commits of these days", [paper.of_commit(c.plain, c) for c in chosen.others]))
        paper.verify.append("Take out the last section; what belongs to this note goes above")
    _ask(paper, chosen)
    return finished(paper, "\n".join(parts), command=command, day=day, title=title)


def _solution(paper: Paper, chosen: Chosen) -> list[str]:
    summaries = [paper.of_commit(commit.plain, commit) for commit in chosen.about]
    return [*paper.given(*paper.facts.of(*SOLUTION)), *summaries, *_said(paper, chosen, SOLUTION)]


def _lines(paper: Paper, chosen: Chosen, roles: tuple[Role, ...]) -> list[str]:
    return [*paper.given(*paper.facts.of(*roles)), *_said(paper, chosen, roles)]


def _said(paper: Paper, chosen: Chosen, roles: tuple[Role, ...]) -> list[str]:
    """The sentences of the commits' own texts that tell of one of these."""
    found: list[str] = []
    for commit in chosen.about:
        sentences = [fact for block in read_facts(commit.body).items for fact in _sentences(block)]
        found += [paper.of_commit(fact.text, commit) for fact in sentences if _tells(fact, roles)]
    return found[:MOST_SENTENCES]


def _tells(fact: Fact, roles: tuple[Role, ...]) -> bool:
    return fact.role in roles and (fact.is_code or len(fact.text.split()) >= FEWEST_WORDS)


def _sentences(block: Fact) -> list[Fact]:
    if block.is_code or block.stated:
        return [block]
    return [fact for part in SENTENCE.split(block.text) for fact in read_facts(part).items]


def _related(paper: Paper, related: Sequence[Material], subject: str, folder: str) -> list[str]:
    lines: list[str] = []
    for material in related[:MOST_RELATED]:
        standing = paper.standing(material.file.file_id)
        line = f"- {link(material.file, folder)}" + (f" ({standing})" if standing else "")
        said = next((s for s in telling(material, subject, least=SPOKEN_OF) if len(s.text) <= LONGEST_QUOTE), None)
        cites = paper.sources.cite(said.part, said.start, said.end) if said else ()
        lines.append(f"{line}: {quoted(said.text)} {marks(cites)}" if said and cites else line)
    return lines


def _title(facts: Facts, chosen: Chosen) -> str:
    """What the one commit says of itself; a note of bullets alone is named by its writer."""
    return chosen.about[0].plain if chosen.about and not facts.items else ""


def _ask(paper: Paper, chosen: Chosen) -> None:
    if chosen.about:
        named = ", ".join(f"`{commit.short}`" for commit in chosen.about)
        paper.verify.append(f"These commits are what the note is about: {named}")
    for fact in paper.facts.guessed:
        if fact.role in (*PROBLEM, *TRADE_OFFS):
            where = "Problem" if fact.role in PROBLEM else "Trade-offs"
            paper.verify.append(f"“{_short(fact.text)}” belongs under {where}")
    if any(fact.is_code for fact in paper.facts.items) or chosen.about:
        paper.verify.append("The solution works as written, on a clean checkout")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59].rstrip() + "…"


def _explained(commit: Done) -> int:
    """How much a commit teaches: the words of its text, and more where it tells of a problem."""
    problem = any(fact.role in PROBLEM for block in read_facts(commit.body).items for fact in _sentences(block))
    return len(commit.body.split()) * (2 if problem else 1)


def _overlap(one: Done, two: Done) -> float:
    union = set(one.files) | set(two.files)
    return len(set(one.files) & set(two.files)) / len(union) if union else 0.0


def _named(commit: Done, asked: str) -> float:
    """The share of the asked words that a commit names, in its text or its paths."""
    words = query_terms(asked)
    held = frozenset(terms(f"{commit.text} {' '.join(commit.files)}"))
    titled = frozenset(terms(commit.summary))
    if not words:
        return 0.0
    return sum(word.coverage(held) + word.coverage(titled) / 2 for word in words) / len(words)
