"""What is under study, and a study written out as a note: what is kept of learning, told without making a plan."""

import os
from typing import TYPE_CHECKING

from kb.app.api import Payload
from kb.app.learning import mark_done, progress_of
from kb.draft.slug import slugify
from kb.errors import KbError, StorageError, UsageError
from kb.learn.note import markdown
from kb.learn.study import Studies
from kb.learn.tutor import sessions

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex
    from kb.store.journal import Journal


def studies(opened: "OpenIndex") -> Payload:
    """The topics under study, the last one first, and the tutor's session that is not done; no note is read."""
    if not opened.settings.journal.exists():
        # Opened, it would be made: who only looks leaves an empty home as it is.
        return {"studies": [], "tutor": None}
    told = []
    for study in Studies(opened.journal).all():
        plan = dict(study.plan)
        mark_done(plan, study.seen, study)
        told.append({"topic": study.topic, "at": study.at, "coverage": plan["coverage"], "progress": progress_of(plan)})
    return {"studies": told, "tutor": _open_session(opened.journal)}


def note(opened: "OpenIndex", topic: str) -> Payload:
    """A study as Markdown: what was read and answered, what is left, each with its place; and a name for its file."""
    study = Studies(opened.journal).need(topic)
    plan = dict(study.plan)
    mark_done(plan, study.seen, study)
    text = markdown(study.topic, plan, study.plan["answers"])
    return {"topic": study.topic, "text": text, "name": f"{slugify(study.topic)}.md"}


def write_note(opened: "OpenIndex", topic: str, target: str, *, cwd: str) -> Payload:
    """The note in a new file: what is there already is never written over."""
    told = note(opened, topic)
    path = os.path.join(cwd, os.path.expanduser(target))
    try:
        with open(path, "x", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(told["text"])
    except FileExistsError as error:
        raise UsageError(
            f"there is a file already: {path}", "choose another name: kb learn TOPIC --note -o FILE"
        ) from error
    except (OSError, ValueError) as error:
        # ValueError: a name with a NUL in it.
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StorageError(f"{path} cannot be written: {reason}", "choose another folder") from error
    return {"topic": told["topic"], "path": path}


def _open_session(journal: "Journal") -> Payload | None:
    """The tutor's session that is not done, with the lines that it was tied to; None where there is none to go on."""
    try:
        session, _ = sessions.load(journal, 0)
    except KbError:
        # Damaged, it is for `kb doctor`: the studies are there all the same.
        return None
    here = next((excerpt for excerpt in session.excerpts if excerpt.here), None)
    place = {"source": here.source, "path": here.path, "start": here.start} if here is not None else None
    return {"session": session.id, "topic": session.topic, "stage": session.stage, "here": place}
