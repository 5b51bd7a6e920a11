"""The draft of a mini-guide: how a thing is done here, before and after, common mistakes, exercises."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from kb.answer.windows import FENCE
from kb.draft.binding import binding, given_up, title_of
from kb.draft.blocks import example, fence, fenced, pair
from kb.draft.commits import Change, changes_on, commits_on
from kb.draft.ground import Ground, Surveyor
from kb.draft.linked import link
from kb.draft.paper import Drafted, Paper, finished, marks, quoted, section
from kb.draft.placement import Survey
from kb.draft.status import MENDING
from kb.draft.telling import matching, telling
from kb.draft.trouble import left_open, troubles
from kb.learn.pool import Material
from kb.terms import query_terms, terms

NOTES, RULES, SHOWN, MISTAKES, EXERCISES, CHANGES, MENDED, LOOKED_AT = 3, 4, 2, 6, 5, 2, 3, 100
INSTEAD = re.compile(r"\b(?:instead of|rather than|not with|no longer|never|do not|don't|avoid)\b", re.IGNORECASE)
NEAR = 0.5
SPOKEN_OF = 0.34
CONTEXT = re.compile(r"\b(?:context|problem|background|motivation)\b", re.IGNORECASE)
THEN = re.compile(
    r"\b(?:currently|previously|at the moment|so far|until now|used to|existing|originally|today|right now|for now)\b",
    re.IGNORECASE,
)
COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*|--|\"\"\"|''')")


def guide_draft(
    paper: Paper, surveyor: Surveyor, ground: Ground, survey: Survey, *,
    title: str, audience: str, folder: str, cwd: str, day: str, command: str,
) -> Drafted:  # fmt: skip
    """The whole draft; a section that nothing was found for has a place to fill."""
    facts = paper.facts
    reader = audience or "a colleague who has not done this here before"
    parts = [
        f"# {title}\n\nFor {reader}. After it you can "
        f"{paper.gap('what the reader can do afterwards, as something that can be watched')}.\n",
        section("In short", _in_short(paper, ground)),
        section(
            "How we do it", _rules(paper, ground, survey, surveyor) or [paper.gap("the way it is done, step by step")]
        ),
        section("Before and after", _before_after(paper, ground, cwd)),
        section(
            "Common mistakes", _mistakes(paper, surveyor, ground, cwd) or [paper.gap("what went wrong the last times")]
        ),
        section("Exercises", _exercises(paper, ground, survey)),
        section("Read on", _read_on(paper, ground, folder)),
    ]
    if facts.of("question"):
        parts.append(section("Open questions", paper.given(*facts.of("question"))))
    if ground.missing:
        paper.verify.append(
            f"Nothing of yours speaks of: {', '.join(ground.missing)}; what is here comes from its neighbours"
        )
    paper.verify.append(
        f"{reader[:1].upper()}{reader[1:]} can do the first exercise with this page alone: watch one try"
    )
    paper.verify.append("Each example still compiles, and is one you would defend in a review")
    return finished(paper, "\n".join(part for part in parts if part), command=command, day=day, title=title)


def _in_short(paper: Paper, ground: Ground) -> list[str]:
    lines = paper.given(*paper.facts.of("plain", "problem", "reason", "driver"))
    for material in [*ground.notes, *ground.decisions][:NOTES]:
        for said in telling(material, ground.subject, least=SPOKEN_OF):
            cites = paper.sources.cite(said.part, said.start, said.end)
            lines.append(paper.cited(quoted(said.text), cites))
    return list(filter(None, lines)) or [paper.gap("what this is and why it matters, in three sentences")]


def _rules(paper: Paper, ground: Ground, survey: Survey, surveyor: Surveyor) -> list[str]:
    """What is decided, then one piece of code that follows it, whole."""
    lines = paper.given(*paper.facts.of("solution", "chosen", "good", "done"))
    lines += paper.items(item for m in ground.decisions[:RULES] if (item := binding(paper.sources, m)) is not None)
    for material in ground.code[:1]:
        if (shown := example(paper, material)) is not None:
            pattern = survey.patterns.get(material.file.file_id)
            like = [surveyor.material(i).file.path for i in pattern.siblings[:2]] if pattern else []
            also = f" (made alike: {', '.join(f'`{path}`' for path in like)})" if like else ""
            lines += [f"As in `{material.file.path}`{also} {marks(shown[0])}:", shown[1]]
    if not any(line.startswith("As in") for line in lines):
        lines += [block for m in ground.notes[:NOTES] for block in fence(paper, m, ground.subject)][:2]
    return lines


def _before_after(paper: Paper, ground: Ground, cwd: str) -> list[str]:
    """A change that was made here, or two blocks of a note, or what was decided before and what is now."""
    lines: list[str] = []
    for change in _changes(ground, cwd):
        lines += _shown(paper, change)
    if not lines:
        lines = [block for m in [*ground.notes, *ground.decisions] for block in pair(paper, m)][:4]
    if not lines:
        for material in [*ground.notes, *ground.decisions]:
            for said in matching(material, INSTEAD):
                words = query_terms(ground.subject)
                held = frozenset(terms(said.text))
                if any(word.coverage(held) for word in words):
                    cites = paper.sources.cite(said.part, said.start, said.end)
                    lines.append(paper.cited(quoted(said.text), cites))
    if not any(lines):
        lines = [line for material in ground.decisions[:1] for line in _then_and_now(paper, material)]
    lines = list(filter(None, lines))[:6]
    lines += [paper.gap("an example of your own: the lines as somebody new would write them, and as they should be")]
    return lines


def _then_and_now(paper: Paper, material: Material) -> Iterator[str]:
    """How it was when a decision was taken, and what it decided."""
    context = replace(material, parts=tuple(p for p in material.parts if p.trail and CONTEXT.search(p.trail[-1])))
    then = next(iter(matching(context, THEN)), None) if context.parts else None
    now = binding(paper.sources, material)
    if then is not None and now is not None:
        yield paper.cited(f"Before: {quoted(then.text)}", paper.sources.cite(then.part, then.start, then.end))
        yield paper.cited(f"Now: {now.text}", now.cites)


def _changes(ground: Ground, cwd: str) -> list[Change]:
    """Small changes to the nearest code that are about the subject."""
    words = query_terms(ground.subject)
    rated: list[tuple[float, int, Change]] = []
    for at, change in enumerate(changes_on(cwd, _own(ground, cwd), most=200)):
        if all(COMMENT.match(line) or not line.strip() for line in (*change.before, *change.after)):
            continue
        held = frozenset(terms(f"{change.commit.text}\n" + "\n".join((*change.before, *change.after))))
        share = sum(word.coverage(held) for word in words) / len(words) if words else 0.0
        if share >= NEAR:
            rated.append((-share, at, change))
    best: dict[str, Change] = {}
    for _, _, change in sorted(rated, key=lambda item: item[:2]):
        best.setdefault(change.commit.id, change)
    return list(best.values())[:CHANGES]


def _own(ground: Ground, cwd: str) -> list[str]:
    """The nearest code below the folder where the user stands: another repository's history is not asked."""
    below = os.path.realpath(cwd).rstrip(os.sep) + os.sep if cwd else ""
    return [m.file.abspath for m in ground.code if below and os.path.realpath(m.file.abspath).startswith(below)]


def _shown(paper: Paper, change: Change) -> list[str]:
    language = os.path.splitext(change.path)[1].lstrip(".")
    about = paper.of_commit(f"{change.commit.plain}, in `{change.path}`", change.commit).removeprefix("- ")
    return [
        f"{about}:", "Before:", fenced(change.before, language), "After:", fenced(change.after, language),
    ]  # fmt: skip


def _mistakes(paper: Paper, surveyor: Surveyor, ground: Ground, cwd: str) -> list[str]:
    lines = paper.given(*paper.facts.of("mistake", "bad", "risk"))
    for material in ground.replaced:
        if (gone := given_up(paper.sources, surveyor.graph, material)) is not None:
            instead = f"; in force now: {gone.instead}" if gone.instead else ""
            lines.append(paper.cited(f"doing it the old way: {gone.option}{instead}", gone.cites))
    lines += paper.items(troubles(paper.sources, ground.subject, [*ground.notes, *ground.decisions], most=MISTAKES))
    mended = [commit for commit in commits_on(cwd, _own(ground, cwd), most=LOOKED_AT) if MENDING.search(commit.summary)]
    lines += [paper.of_commit(f"mended here before: {commit.plain}", commit) for commit in mended[:MENDED]]
    lines += paper.items(left_open(paper.sources, ground.code[:SHOWN], most=MENDED))
    return list(filter(None, lines))[:MISTAKES]


def _exercises(paper: Paper, ground: Ground, survey: Survey) -> list[str]:
    """Things to do in a scratch copy, each with the place where it can be compared."""
    lines = []
    for material in ground.decisions[:2]:
        if (item := binding(paper.sources, material)) is not None and item.cites:
            text = f"Say what “{title_of(material)}” chose, and what it turned down and why; then open it and compare."
            lines.append(paper.cited(text, item.cites))
    for material in ground.code[:SHOWN]:
        tests = [test for test, _ in survey.tests.get(material.file.file_id, ())][:1]
        symbol = material.best.symbols[-1].rsplit(".", 1)[-1] if material.best.symbols else ""
        cites = paper.sources.cite(material.best)
        if symbol and cites:
            text = f"Close the file and write `{symbol}` from memory; compare it with `{material.file.path}`."
            lines.append(paper.cited(text, cites))
        for test in tests:
            broken = symbol or material.file.path
            text = f"Break `{broken}` on purpose: which case of `{test.file.path}` fails, and why that one?"
            lines.append(paper.cited(text, (*paper.sources.cite(test.best), *cites)))
    for material in ground.notes[:2]:
        if any(FENCE.match(line) for part in material.parts for line in part.text.split("\n")):
            cites = paper.sources.cite(material.best)
            lines.append(
                paper.cited(f"Do what “{material.file.title}” shows on a scratch copy, without looking.", cites)
            )
    numbered = [f"{n}. {line.removeprefix('- ')}" for n, line in enumerate(filter(None, lines[:EXERCISES]), 1)]
    return ["\n".join([*numbered, f"{len(numbered) + 1}. {paper.gap('a task of your own, from the last review')}"])]


def _read_on(paper: Paper, ground: Ground, folder: str) -> list[str]:
    lines = []
    for material in [*ground.decisions, *ground.notes][: 2 * NOTES]:
        standing = paper.standing(material.file.file_id)
        lines.append(f"- {link(material.file, folder)}" + (f" ({standing})" if standing else ""))
    return lines or [paper.gap("what to read next")]
