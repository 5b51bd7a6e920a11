"""Where a change could go: two or three places, each with what speaks for it and against it, out of what is there."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.draft.callers import Use, first_case, symbols_near
from kb.draft.ground import Ground, Surveyor
from kb.draft.pack import Item, Place
from kb.draft.patterns import Pattern, declared_line
from kb.draft.sources import Sources
from kb.draft.trouble import left_open
from kb.learn.pool import Material

SURVEYED = 3
"""For so many of the nearest files callers, tests and patterns are looked for, which costs a look into each."""
LONG_LINES = 400
"""A file of more lines does many things already."""
MOST = 3


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found about the code near to a task, by file id."""

    uses: Mapping[int, Sequence[Use]]
    tests: Mapping[int, Sequence[tuple[Material, str]]]
    patterns: Mapping[int, Pattern]


def placements(sources: Sources, surveyor: Surveyor, ground: Ground, survey: Survey) -> list[Place]:
    """In the nearest file, in a new file beside its like, and where its callers come together."""
    if not ground.code:
        return []
    places = [_inside(sources, surveyor, ground, survey, ground.code[0])]
    pattern = next((survey.patterns[m.file.file_id] for m in ground.code if m.file.file_id in survey.patterns), None)
    if pattern is not None:
        places.append(_beside(sources, surveyor, survey, pattern))
    above = _above(ground, survey)
    if above is not None:
        places.append(_in_front(sources, surveyor, survey, ground.code[0], above))
    elif (other := _elsewhere(ground)) is not None:
        places.append(_inside(sources, surveyor, ground, survey, other))
    return places[:MOST]


def _inside(sources: Sources, surveyor: Surveyor, ground: Ground, survey: Survey, code: Material) -> Place:
    own, path = code.file.file_id, code.file.path
    symbol = code.best.symbols[-1] if code.best.symbols else ""
    near = f"`{symbol}`" if symbol else "a passage of it"
    how = "the nearest code to" if code is ground.code[0] else "near to"
    speaks_for = [Item(f"{near} is {how} the task", sources.cite(code.best))]
    speaks_for += _guarded(sources, survey, code)
    speaks_for += _named(sources, surveyor, ground, code)
    against: list[Item] = []
    used = survey.uses.get(own, ())
    if used:
        names = " and ".join(f"`{use.user.file.path}`" for use in used)
        many = len(used) > 1
        told = f"{names} {'use' if many else 'uses'} it: a change reaches {'them' if many else 'it'}"
        against.append(Item(told, _lines(sources, used)))
    if code.lines > LONG_LINES:
        against.append(Item(f"`{path}` is long already ({code.lines} lines): it would do one thing more"))
    if not survey.tests.get(own):
        against.append(Item(f"no test was found that guards `{path}`: one has to come first"))
    against += left_open(sources, [code], most=1)
    if not against:
        against.append(Item("nothing was found that speaks against it: ask who knows the file"))
    return Place(f"in `{path}`" + (f", near {near}" if symbol else ""), path, tuple(speaks_for), tuple(against))


def _beside(sources: Sources, surveyor: Surveyor, survey: Survey, pattern: Pattern) -> Place:
    siblings = [pattern.exemplar, *(surveyor.material(i) for i in pattern.siblings[:1])]
    shown = [m for m in siblings if declared_line(m, pattern.declares[0])]
    cites = tuple(
        n for m in shown if (at := declared_line(m, pattern.declares[0])) for n in sources.cite(at[0], at[1], at[1])
    )
    verbs = ", ".join(f"`{verb}…`" for verb in pattern.declares)
    names = " and ".join(f"`{posixpath.basename(m.file.path)}`" for m in shown)
    speaks_for = [Item(f"the folder has a pattern to follow: {names} declare {verbs} alike", cites)]
    speaks_for.append(Item("what exists stays as it is, and can be taken back by deleting one file"))
    tested = [(m, why) for m, why in survey.tests.get(pattern.exemplar.file.file_id, ())][:1]
    for test, why in tested:
        cites = sources.cite(*first_case(test, symbols_near(pattern.exemplar)))
        speaks_for.append(Item(f"`{test.file.path}` shows how its like is tested ({why})", cites))
    wired = next(iter(survey.uses.get(pattern.exemplar.file.file_id, ())), None)
    against = []
    if wired is not None:
        where = f"`{wired.user.file.path}`, as `{wired.symbol}` is"
        against.append(Item(f"it has to be wired in {where}", sources.cite(wired.part, wired.line, wired.line)))
    against.append(Item(f"what `{pattern.exemplar.file.path}` does already may be done a second time",
                        sources.cite(pattern.exemplar.best)))  # fmt: skip
    folder = pattern.folder or "."
    return Place(f"in a new file in `{folder}/`, made as `{posixpath.basename(pattern.exemplar.file.path)}` is", folder,
                 tuple(speaks_for), tuple(against))  # fmt: skip


def _in_front(sources: Sources, surveyor: Surveyor, survey: Survey, code: Material, above: Use) -> Place:
    path = above.user.file.path
    speaks_for = [
        Item(f"`{path}` calls `{above.symbol}`: what is done there is done before it",
             sources.cite(above.part, above.line, above.line)),
        Item(f"`{code.file.path}` needs no change"),
    ]  # fmt: skip
    speaks_for += _guarded(sources, survey, above.user)
    others = [use for use in survey.uses.get(code.file.file_id, ()) if use.user.file.file_id != above.user.file.file_id]
    against = []
    if others:
        names = ", ".join(f"`{use.user.file.path}`" for use in others[:2])
        against.append(Item(f"{names} would go past it", _lines(sources, others[:2])))
    against.append(Item("the rule would stand away from what it is about"))
    return Place(f"in front of it, in `{path}`", path, tuple(speaks_for), tuple(against))


def _above(ground: Ground, survey: Survey) -> Use | None:
    """The use of the nearest code from another folder: a layer above it, if there is one."""
    code = ground.code[0]
    near = {m.file.file_id for m in ground.code}
    used = survey.uses.get(code.file.file_id, ())
    away = [use for use in used if posixpath.dirname(use.user.file.path) != posixpath.dirname(code.file.path)]
    return next((use for use in away if use.user.file.file_id in near), None) or next(iter(away or used), None)


def _elsewhere(ground: Ground) -> Material | None:
    """The next of the nearest files, one in another folder before one in the same; its callers were looked at."""
    folder = posixpath.dirname(ground.code[0].file.path)
    others = ground.code[1:SURVEYED]
    return next((m for m in others if posixpath.dirname(m.file.path) != folder), next(iter(others), None))


def _guarded(sources: Sources, survey: Survey, code: Material) -> list[Item]:
    tests = survey.tests.get(code.file.file_id, ())[:1]
    return [
        Item(f"`{test.file.path}` guards it ({why})", sources.cite(*first_case(test, symbols_near(code))))
        for test, why in tests
    ]


def _named(sources: Sources, surveyor: Surveyor, ground: Ground, code: Material) -> Iterable[Item]:
    """The decisions that name the file, or that it names."""
    own = code.file.file_id
    for decision in ground.decisions:
        for edge in surveyor.graph.edges_of(own):
            if decision.file.file_id in (edge.src, edge.dst):
                stated = surveyor.material(edge.stated_in)
                yield Item(f"“{decision.file.title}” and the file name each other", sources.line(stated, edge.line))


def _lines(sources: Sources, used: Sequence[Use]) -> tuple[int, ...]:
    return tuple(n for use in used for n in sources.cite(use.part, use.line, use.line))
