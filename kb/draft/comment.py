"""A review comment that teaches: the problem at its line, how to mend it, and our own precedent for that."""

from collections.abc import Sequence

from kb.draft.binding import binding, title_of
from kb.draft.challenges import challenges
from kb.draft.ground import Surveyor
from kb.draft.paper import Paper, section
from kb.draft.precedents import Found, precedent_for
from kb.draft.trouble import troubles
from kb.learn.pool import Material
from kb.model import StoredChunk

MOST_DECISIONS, MOST_TROUBLES = 2, 1
MOST_SHOWN = 6


def comment(
    paper: Paper, surveyor: Surveyor, finding: str, *, code: Material, line: int, end: int, because: Sequence[Material],
    ask_why: bool,
) -> str:  # fmt: skip
    """The comment on lines of an indexed file; `because` are decisions that speak for the line, the surest first."""
    sources = paper.sources
    at = sources.line(code, line, lines=max(1, end - line + 1))
    part = next((part for part in code.parts if part.start <= line <= part.end), code.best)
    symbol = part.symbols[0] if part.symbols else ""
    where = f"`{code.file.path}:{line}`" + (f", in `{symbol}`" if symbol else "")
    problem = [paper.cited(f"{_sentence(finding)} ({where})", at) or f"- {_sentence(finding)} ({where})"]
    decisions = _decisions(surveyor, finding, because)
    binds = [item for m in decisions if (item := binding(sources, m)) is not None]
    problem += [paper.cited(f"It touches {item.text}", item.cites) for item in binds]
    near = surveyor.near(finding, "til", "note")
    problem += paper.items(troubles(sources, finding, near[:2], most=MOST_TROUBLES))
    found = precedent_for(surveyor, f"{finding} {symbol}", but=code.file.path) or _sibling(
        surveyor, finding, code, part
    )
    fix: list[str] = []
    if found is not None:
        _, shown, at_line, name = found
        cites = sources.cite(shown, at_line, most=MOST_SHOWN)
        fix.append(
            paper.cited(f"`{name}` in `{found[0].file.path}` does it already: made alike, this is mended", cites)
        )
        paper.verify.append(f"Open `{name}`: does it do what the finding asks for?")
    fix += [
        paper.cited(f"“{title_of(m)}” says which way is ours", item.cites)
        for m, item in zip(decisions, binds, strict=False)
    ]
    if not any(fix):
        fix = [paper.gap("how to mend it: no precedent of ours was found")]
    tests = [(surveyor.material(i), why) for i, why in surveyor.guards.tests_of(code, most=1)]
    fix += [
        paper.cited(f"A case in `{test.file.path}` ({why}) would keep it mended", sources.cite(test.best, most=1))
        for test, why in tests
    ]
    if ask_why:
        paper.challenged(challenges(sources, decisions=decisions, code=[code], tests=[test for test, _ in tests]))
    title = f"# Comment on {where}"
    return "\n".join([title, "", section("Problem", problem), section("Fix", fix)])


def _decisions(surveyor: Surveyor, finding: str, because: Sequence[Material]) -> list[Material]:
    """Those that speak for the line, then those that the finding is near to; in force, each once."""
    near = surveyor.near(finding, "adr")
    found = {m.file.file_id: m for m in (*because, *near) if surveyor.decided(m.file.file_id)}
    return list(found.values())[:MOST_DECISIONS]


def _sibling(surveyor: Surveyor, finding: str, code: Material, part: StoredChunk) -> Found | None:
    """Code that is like the lines themselves: how the same is done elsewhere."""
    name = part.symbols[0].rsplit(".", 1)[-1] if part.symbols else ""
    return precedent_for(surveyor, f"{finding}\n{part.text[:300]}", name=name, but=code.file.path) if name else None


def _sentence(text: str) -> str:
    told = " ".join(text.split())
    return told[:1].upper() + told[1:]
