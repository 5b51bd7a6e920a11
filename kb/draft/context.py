"""The pack before a design: what the notes and the code hold about a task, put together section by section.

No language model is asked. Each statement rests on lines that stand on the disk now, or says that nothing was found.
"""

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from kb.decisions.why.mentions import INDEX_NAMES
from kb.draft.assistant import prompt_of
from kb.draft.binding import binding, given_up, refused, title_of
from kb.draft.callers import first_case, symbols_near, uses, uses_any
from kb.draft.challenges import challenges
from kb.draft.diagram import mermaid
from kb.draft.ground import Ground, Surveyor
from kb.draft.pack import Item, Pack, Place, Section
from kb.draft.patterns import Patterns, declared_line
from kb.draft.placement import SURVEYED, Survey, placements
from kb.draft.sources import Sources
from kb.draft.trouble import left_open, troubles
from kb.learn.guards import symbols_of
from kb.learn.pool import Material

PLACES, CALLERS, TESTS, TROUBLES, PATTERNS, DONOTS, OPEN = 5, 3, 2, 6, 2, 4, 2
MOST_TESTS = 4
THIN = "Little in your notes and code is near to this: take what follows as a beginning, not as the whole."


def context_pack(surveyor: Surveyor, task: str, *, diagram: bool, prompt: bool, ask_why: bool) -> tuple[Pack, Sources]:
    """The pack of a task, and the sources that it cites."""
    ground = surveyor.ground(task)
    survey = surveyed(surveyor, ground)
    sources = Sources(surveyor.ledger)
    where = _where(sources, ground, survey)
    patterns = _patterns(sources, surveyor, ground, survey)
    decisions = [item for m in ground.decisions if (item := binding(sources, m)) is not None]
    tests = _tests(sources, ground, survey)
    told = troubles(sources, ground.subject, [*ground.notes, *ground.decisions], most=TROUBLES)
    told += left_open(sources, ground.code[:SURVEYED], most=OPEN)
    places = placements(sources, surveyor, ground, survey)
    sections = [
        Section("where", "Where this lives now", tuple(where)),
        Section("patterns", "Patterns in use", tuple(patterns)),
        Section("decisions", "Decisions in force that bind it", tuple(decisions)),
        Section("tests", "Tests that guard it", tuple(tests)),
        Section("trouble", "Notes on earlier trouble", tuple(told)),
        Section("placements", "Where it could go", tuple(_placed(places))),
        Section("open", "Open questions", tuple(_open(sources, ground, survey, places))),
    ]
    donots = Section("donots", "Do not", tuple(do_nots(sources, surveyor, ground, most=DONOTS)))
    if donots.items:
        sections.insert(3, donots)
    if ask_why:
        guarding = [test for found in survey.tests.values() for test, _ in found]
        asked = challenges(
            sources, places=places, decisions=ground.decisions, code=ground.code[:SURVEYED], tests=guarding
        )
        sections.append(Section("why", "What a reviewer would ask", tuple(asked)))
    pack = Pack(
        task, "thin" if ground.is_thin else "good", ground.missing, tuple(sections), tuple(sources.citations),
        diagram=mermaid(ground, survey.uses, survey.tests) if diagram and ground.code else "",
    )  # fmt: skip
    return (replace(pack, prompt=prompt_of(pack)) if prompt else pack), sources


def surveyed(surveyor: Surveyor, ground: Ground) -> Survey:
    """Callers, tests and patterns of the code that is nearest."""
    near = ground.code[:SURVEYED]
    patterns = Patterns(surveyor)
    found = {m.file.file_id: patterns.of(m) for m in near}
    return Survey(
        uses={m.file.file_id: uses(surveyor, m, most=CALLERS) for m in near},
        tests={m.file.file_id: _guarding(surveyor, m) for m in near},
        patterns={file_id: pattern for file_id, pattern in found.items() if pattern is not None},
    )


def _guarding(surveyor: Surveyor, material: Material) -> list[tuple[Material, str]]:
    folder, name = posixpath.split(material.file.path)
    names = symbols_of(material)
    found: list[tuple[Material, str]] = []
    for file_id, why in surveyor.guards.tests_of(material, most=MOST_TESTS):
        test = surveyor.material(file_id)
        is_named = why.startswith("named after")
        # Every program has a `main`: only a test beside it is meant for this one.
        astray = is_named and posixpath.splitext(name)[0] in INDEX_NAMES and posixpath.dirname(test.file.path) != folder
        # A word of a sentence may be the name of a function, too.
        if not astray and (is_named or uses_any(test, names)):
            found.append((test, why))
    return found[:TESTS]


def do_nots(sources: Sources, surveyor: Surveyor, ground: Ground, *, most: int) -> list[Item]:
    """What was given up or turned down near to the task: the way back is closed unless a decision opens it."""
    gone = [r for m in ground.replaced if (r := given_up(sources, surveyor.graph, m)) is not None]
    items = [
        Item(f"{r.option}: no longer in force" + (f", in its place {r.instead}" if r.instead else ""), r.cites)
        for r in gone
    ]
    for material in ground.decisions:
        items += [
            Item(f"{r.option}: turned down for {r.instead} (“{title_of(material)}”)", r.cites)
            for r in refused(sources, material)
        ]
    return items[:most]


def _where(sources: Sources, ground: Ground, survey: Survey) -> list[Item]:
    items: list[Item] = []
    for material in ground.code[:PLACES]:
        symbols = ", ".join(f"`{symbol}`" for symbol in symbols_near(material)[:3])
        cites = sources.cite(material.best)
        if not cites:
            continue
        items.append(Item(f"`{material.file.path}`" + (f": {symbols}" if symbols else ""), cites))
        items += [
            Item(f"`{use.user.file.path}` uses `{use.symbol}` of it", sources.cite(use.part, use.line, use.line))
            for use in survey.uses.get(material.file.file_id, ())
        ]
    return items


def _patterns(sources: Sources, surveyor: Surveyor, ground: Ground, survey: Survey) -> list[Item]:
    items: list[Item] = []
    told: set[tuple[str, str]] = set()
    for material in ground.code:
        pattern = survey.patterns.get(material.file.file_id)
        if pattern is None or (pattern.folder, pattern.ending) in told or len(items) == PATTERNS:
            continue
        told.add((pattern.folder, pattern.ending))
        shown = [material, *(surveyor.material(i) for i in pattern.siblings[:2])]
        cites = tuple(
            n
            for m in shown
            for verb in pattern.declares[:1]
            if (at := declared_line(m, verb))
            for n in sources.cite(at[0], at[1], at[1])
        )
        names = ", ".join(f"`{posixpath.basename(m.file.path)}`" for m in shown)
        verbs = ", ".join(f"`{verb}…`" for verb in pattern.declares)
        kind = f"the files named `…{pattern.ending}`" if pattern.ending else "the files"
        items.append(Item(f"{kind} of `{pattern.folder or '.'}/` declare {verbs} alike: {names}", cites))
    return items


def _tests(sources: Sources, ground: Ground, survey: Survey) -> list[Item]:
    items: list[Item] = []
    told: set[int] = set()
    for material in ground.code:
        for test, why in survey.tests.get(material.file.file_id, ()):
            cites = sources.cite(*first_case(test, symbols_near(material)))
            if test.file.file_id not in told and cites:
                told.add(test.file.file_id)
                items.append(Item(f"`{test.file.path}` ({why})", cites))
    return items


def _placed(places: Sequence[Place]) -> list[Item]:
    items: list[Item] = []
    for letter, place in zip("ABC", places, strict=False):
        items.append(Item(f"{letter}. {place.title}"))
        items += [Item(f"{letter} for: {item.text}", item.cites) for item in place.speaks_for]
        items += [Item(f"{letter} against: {item.text}", item.cites) for item in place.speaks_against]
    return items


def _open(sources: Sources, ground: Ground, survey: Survey, places: Sequence[Place]) -> list[Item]:
    items = [Item(THIN)] if ground.is_thin else []
    if ground.missing:
        items.append(Item(f"Nothing of yours speaks of: {', '.join(ground.missing)}. What is meant by it here?"))
    items += [
        Item(f"“{title_of(m)}” is only {m.file.status}: is it to be settled first?", cites)
        for m in ground.proposed
        if (cites := _cited(sources, m))
    ]
    if not ground.decisions:
        items.append(Item("No decision in force was found near to this: does it need one?"))
    for material in ground.code[:SURVEYED]:
        if not survey.tests.get(material.file.file_id):
            items.append(
                Item(
                    f"No test was found that guards `{material.file.path}`: is there one elsewhere?",
                    sources.cite(material.best),
                )
            )
            break
    if len(places) > 1:
        items.append(
            Item(f"Which of the {'two' if len(places) == 2 else 'three'} places, and what would change your mind?")
        )
    return items


def _cited(sources: Sources, material: Material) -> tuple[int, ...]:
    item = binding(sources, material)
    return item.cites if item else ()
