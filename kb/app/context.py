"""`kb context` as the contract's JSON object: sections of cited statements, a diagram, a prompt."""

import time
from typing import TYPE_CHECKING

from kb.app import places
from kb.app.api import Payload
from kb.app.payload import Payloads
from kb.decisions.succession import Succession
from kb.errors import UsageError
from kb.progress import OnProgress, Progress, ignore

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex
    from kb.draft.ground import Surveyor

MOST_CHARS = 200_000


def context(
    opened: "OpenIndex", task: str, *, cwd: str = "", diagram: bool = False, prompt: bool = False,
    ask_why: bool = False, on_progress: OnProgress = ignore,
) -> Payload:  # fmt: skip
    """What is known about a task before it is designed."""
    from kb.app.drafting import written_slot
    from kb.draft.context import context_pack

    started = time.perf_counter()
    if not task.strip():
        raise UsageError("the task is missing", 'for example: kb context "add two-factor login"')
    on_progress(Progress("read", detail="looking through your code and notes"))
    notices = ["only the first 200,000 characters of the task are read"] if len(task) > MOST_CHARS else []
    surveyor = surveyor_of(opened, cwd)
    try:
        with opened.ledger.database.snapshot():
            pack, _ = context_pack(surveyor, task[:MOST_CHARS], diagram=diagram, prompt=prompt, ask_why=ask_why)
            payloads = Payloads(Succession.latest(opened.ledger))
    finally:
        opened.shared.release_mirror()
    sections: list[Payload] = [
        {
            "name": section.name,
            "title": section.title,
            "items": [{"text": item.text, "cites": list(item.cites)} for item in section.items],
        }
        for section in pack.sections
    ]
    sources = [payloads.citation(citation) for citation in pack.citations]
    found, writer = written_slot(opened, "context", task, sources, facts=task, on_progress=on_progress)
    if found.text:
        told = {"text": found.text, "cites": list(found.cites)}
        sections.insert(0, {"name": "summary", "title": found.heading, "items": [told]})
    return {
        "task": pack.task,
        "coverage": pack.coverage,
        "missing": list(pack.missing),
        "sections": sections,
        "sources": sources,
        "diagram": pack.diagram or None,
        "prompt": pack.prompt or None,
        "writer": writer,
        "dropped": found.dropped,
        "notices": [*notices, *found.notices],
        "took_ms": round((time.perf_counter() - started) * 1e3, 1),
    }


def surveyor_of(opened: "OpenIndex", cwd: str) -> "Surveyor":
    """A surveyor that looks at home first; the model is loaded before a snapshot is held."""
    from kb.draft.ground import Surveyor

    home = places.owner(opened.ledger.catalog.sources(), cwd) if cwd else None
    opened.searcher.embedder()
    return Surveyor(opened.ledger, opened.searcher, home_source=home.name if home else "")
