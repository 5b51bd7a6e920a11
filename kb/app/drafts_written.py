"""The drafts that are written out of facts, notes, code and commits: `kb draft adr|til|rfc|status|guide`.

Each `…_draft` takes the same arguments and returns the contract's JSON object; one table elsewhere names them by kind.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from kb.app import places
from kb.app.api import Payload
from kb.app.drafts_week import parse_since, written_since
from kb.app.payload import Payloads
from kb.decisions.succession import Succession
from kb.errors import NoIndexError, UsageError
from kb.sanitize import for_terminal

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex
    from kb.draft.ground import Ground, Surveyor
    from kb.draft.paper import Drafted, Paper
    from kb.learn.pool import Material

MOST_TITLE = 200
NOT_RELATED = 0.2


def adr_draft(
    opened: "OpenIndex", text: str, *, facts: str = "", since: str = "", audience: str = "", template: str = "",
    ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """A decision, proposed: in the dialect of the folder of decisions around `cwd`."""
    from kb.draft import adr
    from kb.draft.adr_draft import adr_draft
    from kb.draft.case import case_for
    from kb.draft.dialect import read_dialect
    from kb.draft.house import house_of

    title = _title(text, 'kb draft adr "Cache sessions in Redis"')
    top = adr.repository_root(cwd)
    # Who stands among numbered decisions means these, whatever their folder is called.
    here = cwd if read_dialect(cwd).next_number > 1 else adr.adr_folder(cwd, top)
    folder = here or os.path.join(top, adr.NEW_FOLDER)
    house = house_of(folder, template=template, cwd=cwd)
    with _begun(opened, facts, cwd) as (paper, surveyor):
        case = case_for(paper, surveyor, title, folder=folder, ask_why=ask_why)
        drafted = adr_draft(paper, case, house, title, day=_today(), command="kb draft adr")
    return _payload(opened, "adr", drafted, folder=folder, path=house.path(title, day=_today()))


def rfc_draft(
    opened: "OpenIndex", text: str, *, facts: str = "", since: str = "", audience: str = "", template: str = "",
    ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """A proposal to be talked about, in the dialect of the folder of RFCs around `cwd`."""
    from kb.draft.adr import repository_root
    from kb.draft.case import case_for
    from kb.draft.house import house_of
    from kb.draft.rfc import NEW_FOLDER, rfc_folder
    from kb.draft.rfc_draft import rfc_draft

    title = _title(text, 'kb draft rfc "Two-factor login"')
    top = repository_root(cwd)
    folder = rfc_folder(cwd, top) or os.path.join(top, NEW_FOLDER)
    house = house_of(folder, template=template, cwd=cwd)
    with _begun(opened, facts, cwd) as (paper, surveyor):
        case = case_for(paper, surveyor, title, folder=folder, ask_why=ask_why)
        drafted = rfc_draft(paper, case, house, title, day=_today(), command="kb draft rfc")
    return _payload(opened, "rfc", drafted, folder=folder, path=house.path(title, day=_today()))


def til_draft(
    opened: "OpenIndex", text: str, *, facts: str = "", since: str = "", audience: str = "", template: str = "",
    ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """What was learned, out of bullets and the writer's own commits; the bare template where there are none."""
    from kb.draft.commits import Log, read_log
    from kb.draft.til_draft import choose, til_draft

    title = _line(text)
    begin = parse_since(since)
    # Bullets alone are a note too: commits are looked for where they are asked for, or where nothing else is given.
    log = read_log(cwd, begin, own=True) if since or not facts.strip() else Log()
    folder = _til_folder(opened, cwd)
    with _begun(opened, facts, cwd) as (paper, surveyor):
        chosen = choose(log, asked=f"{title} {paper.facts.text}")
        told = " ".join([title, paper.facts.text, *(commit.summary for commit in chosen.about)])
        related = _related(surveyor, told) if told.strip() else []
        if ask_why and told.strip():
            _challenge(paper, surveyor, surveyor.ground(told))
        drafted = til_draft(paper, title, chosen, related, folder=folder, day=_today(), command="kb draft til")
    notices = list(log.notices)
    if drafted.is_empty and not notices:
        notices = [f"no commit of {log.author} since {begin.date().isoformat()}, and no facts: this is the template"]
    return _payload(opened, "til", drafted, folder=folder, notices=notices)


def status_draft(
    opened: "OpenIndex", text: str, *, facts: str = "", since: str = "", audience: str = "", template: str = "",
    ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """Progress, risks and blockers since a day, out of everybody's commits here and of the notes that were touched."""
    from kb.draft.commits import lines_added, read_log
    from kb.draft.status import status_draft

    begin = parse_since(since)
    log = read_log(cwd, begin, own=False)
    title = _line(text) or f"Status of {os.path.basename(log.top or cwd) or 'the week'}"
    with _begun(opened, facts, cwd) as (paper, surveyor):
        touched = [os.path.join(log.top, path) for commit in log.commits for path in commit.files]
        added = {os.path.join(log.top, path): lines for path, lines in lines_added(log.top, begin).items()}
        written = written_since(opened, surveyor, touched, added, begin, cwd)
        if ask_why and log.commits:
            _challenge(paper, surveyor, surveyor.ground("\n".join(commit.plain for commit in log.commits[:3])))
        drafted = status_draft(
            paper, log, written, title=title, since=begin.date().isoformat(), folder=cwd, day=_today(),
            command="kb draft status",
        )  # fmt: skip
    return _payload(opened, "status", drafted, folder=cwd)


def guide_draft(
    opened: "OpenIndex", text: str, *, facts: str = "", since: str = "", audience: str = "", template: str = "",
    ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """How a thing is done here, for an audience: examples, common mistakes, exercises."""
    from kb.draft.context import surveyed
    from kb.draft.guide import guide_draft

    title = _title(text, 'kb draft guide "Writing a repository" --for "new backend developers"')
    with _begun(opened, facts, cwd) as (paper, surveyor):
        ground = surveyor.ground(title)
        survey = surveyed(surveyor, ground)
        if ask_why:
            _challenge(paper, surveyor, ground)
        drafted = guide_draft(
            paper, surveyor, ground, survey, title=title, audience=_line(audience), folder=cwd, cwd=cwd,
            day=_today(), command="kb draft guide",
        )  # fmt: skip
    return _payload(opened, "guide", drafted, folder=cwd)


# What all of them need


@contextmanager
def _begun(opened: "OpenIndex", facts: str, cwd: str) -> "Iterator[tuple[Paper, Surveyor]]":
    """A blank paper and the survey of the notes, over one state of the index."""
    from kb.draft.facts import read_facts
    from kb.draft.ground import Surveyor
    from kb.draft.paper import Paper
    from kb.draft.sources import Sources

    sources = opened.ledger.catalog.sources()
    if not sources:
        raise NoIndexError("nothing is indexed yet", "kb index PATH")
    home = places.owner(sources, cwd) if cwd else None
    # Before the snapshot: a first question may wait for the model, and nothing is held up by it.
    opened.searcher.embedder()
    try:
        with opened.ledger.database.snapshot():
            paper = Paper(read_facts(facts), Sources(opened.ledger), Succession.latest(opened.ledger))
            yield paper, Surveyor(opened.ledger, opened.searcher, home_source=home.name if home else "")
    finally:
        opened.shared.release_mirror()


def _challenge(paper: "Paper", surveyor: "Surveyor", ground: "Ground") -> None:
    """What a sharp reviewer would ask, out of what is near."""
    from kb.draft.challenges import challenges
    from kb.draft.context import surveyed
    from kb.draft.placement import placements

    survey = surveyed(surveyor, ground)
    found = placements(paper.sources, surveyor, ground, survey)
    tests = [test for guarding in survey.tests.values() for test, _ in guarding]
    paper.challenged(
        challenges(paper.sources, places=found, decisions=ground.decisions, code=ground.code[:3], tests=tests)
    )


def _related(surveyor: "Surveyor", told: str) -> "list[Material]":
    """Notes and decisions near to what was learned, each replaced one left for what is in force."""
    near = surveyor.near(told, "til", "note", "adr")
    held = [m for m in near if m.file.kind != "adr" or surveyor.decided(m.file.file_id)]
    return [m for m in held if m.relevance >= max(NOT_RELATED, 0.55 * held[0].relevance)]


def _payload(
    opened: "OpenIndex", kind: str, drafted: "Drafted", *, folder: str, path: str = "", notices: list[str] | None = None
) -> Payload:
    """The contract's JSON; its links are relative to `folder`, `path` is where it would lie by the house's ways."""
    payloads = Payloads(Succession.latest(opened.ledger))
    return {
        "kind": kind,
        "title": drafted.title,
        "draft": drafted.text,
        "empty": drafted.is_empty,
        "sources": [payloads.citation(citation) for citation in drafted.citations],
        "commits": [{"commit": c.id, "date": c.day, "author": c.author, "summary": c.summary} for c in drafted.commits],
        "verify": list(drafted.verify),
        "folder": places.as_known(folder),
        "path": places.as_known(path) or None,
        "dropped": 0,
        "notices": [*drafted.notices, *(notices or [])],
    }


def _til_folder(opened: "OpenIndex", cwd: str) -> str:
    from kb.draft.til import til_folder

    if opened.settings.notes_dir is not None:
        return str(opened.settings.notes_dir)
    return til_folder([source.root for source in opened.ledger.catalog.sources()], cwd) or cwd


def _title(text: str, example: str) -> str:
    title = _line(text)
    if not title:
        raise UsageError("what is it about?", example)
    if len(title) > MOST_TITLE:
        raise UsageError(f"a title has at most {MOST_TITLE} characters, this one has {len(title):,}", example)
    return title


def _line(text: str) -> str:
    return " ".join(for_terminal(text, keep_newlines=True).split())


def _today() -> str:
    return date.today().isoformat()
