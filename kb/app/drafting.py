"""`kb draft …` as the contract's JSON objects: a table from a kind to what makes it, and the slot of a model."""

import os
import time
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kb.app import places
from kb.app.api import Payload
from kb.app.context import surveyor_of
from kb.app.payload import Payloads
from kb.decisions.succession import Succession
from kb.errors import ModelError, NotFoundError, UsageError
from kb.progress import OnProgress, Progress, ignore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.answer.prompt import Given
    from kb.app.opened import OpenIndex
    from kb.draft.paper import Drafted, Paper
    from kb.draft.prose import Prose
    from kb.draft.sources import Sources

KINDS = {
    "adr": ("kb.app.drafts_written", "adr_draft"),
    "til": ("kb.app.drafts_written", "til_draft"),
    "rfc": ("kb.app.drafts_written", "rfc_draft"),
    "status": ("kb.app.drafts_written", "status_draft"),
    "guide": ("kb.app.drafts_written", "guide_draft"),
    "review": ("kb.app.drafting", "review_draft"),
    "comment": ("kb.app.drafting", "comment_draft"),
    "instructions": ("kb.app.drafting", "instructions_draft"),
}
"""Kind ▶ module and function, imported when it is asked for; each gets (opened, text) and the words of the command."""
ABOUT_CODE = frozenset({"review", "comment"})
"""They are about lines of a file, which `name` and `at` say."""
MOST_CHARS = 1_000_000


def draft(
    opened: "OpenIndex", kind: str, text: str, *, name: str = "", at: str = "", on_progress: OnProgress = ignore,
    facts: str = "", since: str = "", audience: str = "", template: str = "", ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """A draft of a kind; with a language model its slot is filled, each sentence checked."""
    if kind not in KINDS:
        raise UsageError(f"no such draft: {kind}", f"drafts are: {', '.join(KINDS)}")
    started = time.perf_counter()
    on_progress(Progress("read", detail="looking through your code and notes"))
    module, function = KINDS[kind]
    make = getattr(import_module(module), function)
    more: dict[str, Any] = {"name": name, "at": at} if kind in ABOUT_CODE else {}
    payload: Payload = make(
        opened, text[:MOST_CHARS], facts=facts, since=since, audience=audience, template=template, ask_why=ask_why,
        cwd=cwd, **more,
    )  # fmt: skip
    payload = with_writer(opened, kind, payload, facts=facts, on_progress=on_progress)
    return {**payload, "took_ms": round((time.perf_counter() - started) * 1e3, 1)}


def review_draft(
    opened: "OpenIndex", text: str, *, name: str = "", at: str = "", facts: str = "", since: str = "",
    audience: str = "", template: str = "", ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """A review of a design document or a diff; `name` is what it is called, `at` its absolute path if it has one."""
    from kb.draft.review import review

    if not text.strip():
        raise UsageError("there is nothing to review", "git diff main | kb draft review -")
    known = opened.ledger.catalog.sources()
    lies_in = places.owner(known, at) if at else None
    inside = os.path.relpath(os.path.realpath(at), lies_in.root).replace(os.sep, "/") if lies_in else ""
    own = (lies_in.name, places.as_known(inside)) if lies_in else ("", "")
    # A diff, or a document that lies elsewhere, is for the repository in which the command stands.
    holder = lies_in or (places.owner(known, cwd) if cwd else None)
    surveyor = surveyor_of(opened, os.path.dirname(at) if lies_in else cwd)
    try:
        with opened.ledger.database.snapshot():
            paper = _paper(opened)
            reviewed = review(
                paper, surveyor, text, name=name or "the text", sources=[holder.name] if holder else [], own=own,
                ask_why=ask_why,
            )  # fmt: skip
            drafted = _finished(paper, reviewed.body, "review", title=name or "the text")
    finally:
        opened.shared.release_mirror()
    numbers = _renumbered(paper.sources, drafted)
    findings = [
        {
            "kind": finding.kind,
            "line": finding.line,
            "path": finding.path or None,
            "file_line": finding.file_line or None,
            "symbol": finding.symbol or None,
            "quote": finding.quote,
            "text": finding.text,
            "cites": [numbers[n] for n in finding.cites if n in numbers],
            "decision": finding.decision or None,
        }
        for finding in reviewed.findings
    ]
    return {**_payload(opened, "review", drafted), "findings": findings, "conflicts": len(reviewed.conflicts)}


def comment_draft(
    opened: "OpenIndex", text: str, *, name: str = "", at: str = "", facts: str = "", since: str = "",
    audience: str = "", template: str = "", ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """A comment on the lines at `at`, a REF: the problem, the fix, our own precedent."""
    from kb.app.why import why
    from kb.draft.comment import comment

    if not text.strip():
        raise UsageError("what did you find?", 'kb draft comment "the error is swallowed" --at src/cart.py:42')
    place = places.resolve(opened.ledger, at, cwd)
    if not place.start:
        raise UsageError(f"which line of {place.path}?", f'kb draft comment "…" --at {place.path}:1')
    file = opened.ledger.passages.file_in(place.source, place.path) if place.source else None
    if file is None:
        raise NotFoundError(f"{place.path} is not indexed", "kb index PATH")
    reasons = why(opened, f"{place.abspath}:{place.start}", cwd=cwd, git=False)["because"]
    surveyor = surveyor_of(opened, os.path.dirname(place.abspath))
    try:
        with opened.ledger.database.snapshot():
            paper = _paper(opened)
            found = [
                opened.ledger.passages.file_in(r["source"], r["path"])
                for r in reasons
                if r["kind"] == "adr" and r["sure"]
            ]
            because = [surveyor.material(note.file_id) for note in found if note is not None]
            body = comment(
                paper, surveyor, text, code=surveyor.material(file.file_id), line=place.start, end=place.end,
                because=because, ask_why=ask_why,
            )  # fmt: skip
            drafted = _finished(paper, body, "comment", title=" ".join(text.split()))
    finally:
        opened.shared.release_mirror()
    return _payload(opened, "comment", drafted)


def instructions_draft(
    opened: "OpenIndex", text: str, *, facts: str = "", since: str = "", audience: str = "", template: str = "",
    ask_why: bool = False, cwd: str = "",
) -> Payload:  # fmt: skip
    """The decisions in force for coding assistants: of the source around `cwd`, of all where that has none."""
    from kb.draft.instructions import instructions

    surveyor = surveyor_of(opened, cwd)
    home = places.owner(opened.ledger.catalog.sources(), cwd) if cwd else None
    has_own = home is not None and any(d.source == home.name for d in surveyor.graph.decisions)
    names = [home.name] if home is not None and has_own else []
    title = " ".join(text.split()) or "Instructions for coding assistants"
    with opened.ledger.database.snapshot():
        paper = _paper(opened)
        drafted = instructions(
            paper, surveyor, title=title, sources=names, ask_why=ask_why, day=date.today().isoformat()
        )
    return _payload(opened, "instructions", drafted)


# The slot of a model


def with_writer(opened: "OpenIndex", kind: str, payload: Payload, *, facts: str, on_progress: OnProgress) -> Payload:
    """A draft with a checked paragraph of the user's model at its head; as it is where none is configured."""
    from kb.draft.prose import with_prose

    found, writer = written_slot(
        opened, kind, payload["title"], payload["sources"], facts=facts, on_progress=on_progress
    )  # fmt: skip
    return {
        **payload,
        "draft": with_prose(payload["draft"], found),
        "dropped": found.dropped,
        "writer": writer,
        "notices": [*payload["notices"], *found.notices],
    }


def written_slot(
    opened: "OpenIndex", kind: str, title: str, sources: "Sequence[Payload]", *, facts: str, on_progress: OnProgress
) -> "tuple[Prose, Payload | None]":
    """What the configured model writes for a kind, and which model it was: none where nothing of it held."""
    from kb.draft.prose import SLOTS, Prose, prose

    if kind not in SLOTS or not sources:
        return Prose("", 0, ()), None
    try:
        if (writer := opened.writer()) is None:
            return Prose("", 0, ()), None
        named = writer.name
        found = prose(
            kind, title, [_given(citation) for citation in sources], writer, facts=facts,
            embedder=opened.searcher.embedder(), on_text=lambda _: on_progress(Progress("write", detail=named)),
        )  # fmt: skip
    except ModelError as error:
        return Prose("", 0, (f"no model wrote: {error.message}",)), None
    return found, {"name": writer.name, "local": writer.local} if found.text else None


def _given(citation: Payload) -> "Given":
    from kb.answer.prompt import Given

    ends = citation["superseded_by"] or ()
    return Given(
        n=citation["n"], source=citation["source"], path=citation["path"], title=citation["title"] or "",
        start=citation["start"], end=citation["end"], text=citation["quote"], kind=citation["kind"],
        status=citation["status"] or "", successors=(ends,) if isinstance(ends, str) else tuple(ends),
    )  # fmt: skip


# What those about code need


def _paper(opened: "OpenIndex") -> "Paper":
    from kb.draft.facts import Facts
    from kb.draft.paper import Paper
    from kb.draft.sources import Sources

    return Paper(Facts(), Sources(opened.ledger), Succession.latest(opened.ledger))


def _finished(paper: "Paper", body: str, kind: str, *, title: str) -> "Drafted":
    from kb.draft.paper import finished

    return finished(paper, body, command=f"kb draft {kind}", day=date.today().isoformat(), title=title)


def _renumbered(sources: "Sources", drafted: "Drafted") -> dict[int, int]:
    """A number given while the draft was made ▶ its number in the finished one, which counts as it is read."""
    places = {(c.chunk.id, c.start, c.end): c.n for c in drafted.citations}
    found = ((c.n, places.get((c.chunk.id, c.start, c.end))) for c in sources.citations)
    return {old: new for old, new in found if new is not None}


def _payload(opened: "OpenIndex", kind: str, drafted: "Drafted") -> Payload:
    payloads = Payloads(Succession.latest(opened.ledger))
    return {
        "kind": kind,
        "title": drafted.title,
        "draft": drafted.text,
        "sources": [payloads.citation(citation) for citation in drafted.citations],
        "verify": list(drafted.verify),
        "notices": list(drafted.notices),
    }
