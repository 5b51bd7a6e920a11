"""`kb learn` as the contract's JSON objects: the plan, what was done of it, what changed since, and its note."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kb.app import places
from kb.app.api import Payload
from kb.app.study_changes import carry, changes, moved, standing_mark
from kb.app.study_plan import told
from kb.decisions.succession import Succession
from kb.errors import NotFoundError, UsageError
from kb.learn.study import Studies, Study
from kb.progress import OnProgress, Progress

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex
    from kb.learn.plan import Made

GRADES = ("", "right", "partly", "wrong")


def learn(
    opened: "OpenIndex", topic: str, *, plan: bool, knows: Sequence[str], outside: str, cwd: str, resume: bool,
    on_progress: OnProgress,
) -> Payload:  # fmt: skip
    """The plan of a topic; unless `plan` it is kept, with what was done of it before."""
    from kb.learn.plan import checked_topic

    started = time.perf_counter()
    study: Study | None = None
    if resume and not topic.strip():
        if (study := Studies(opened.journal).last()) is None:
            raise NotFoundError("nothing is under study yet", 'kb learn "git history rewriting"')
        topic = study.topic
    topic = checked_topic(topic)
    if not plan and study is None:
        study = Studies(opened.journal).get(topic)
    if resume and study is None:
        raise NotFoundError(f"“{topic}” is not under study", f'kb learn "{topic}" begins it')
    if study is not None:
        knows, outside = knows or study.knows, outside or study.outside
    on_progress(Progress("read", detail="looking through your notes"))
    made, notices = _made(opened, topic, knows, outside, cwd)
    # Who does not wait for the plan any more is heard here: what nobody saw is not under study.
    on_progress(Progress("check", detail="looking up what you did of it"))
    payload = told(topic, made, Succession.latest(opened.ledger))
    seen = _seen(payload, made)
    changed: list[Payload] = []
    if study is not None:
        places = moved(study, payload, seen)
        changed = changes(opened, study, payload, seen, places)
        study = study if plan else carry(Studies(opened.journal), study, places)
    if made is not None and not plan:
        # After the comparison: what is told as new was not in the plan that was kept.
        Studies(opened.journal).save(topic, knows=knows, outside=outside, plan=_kept(payload, made), seen=seen)
    mark_done(payload, seen, study)
    return {
        **payload,
        "progress": progress_of(payload),
        "changed": changed,
        "notices": notices,
        "took_ms": round((time.perf_counter() - started) * 1e3, 1),
    }


def mark(opened: "OpenIndex", topic: str, item: str, *, done: bool, grade: str) -> Payload:
    """Keep that a reading or a question is done; a question with how well it was answered."""
    if grade not in GRADES:
        raise UsageError(f"no such grade: {grade}", f"grades are: {', '.join(filter(None, GRADES))}")
    studies = Studies(opened.journal)
    study = studies.need(topic)
    study.item(item)
    if done:
        studies.mark(study, item, digest=study.seen.get(item, ""), grade=grade)
    else:
        studies.unmark(study, item)
    after = studies.need(topic)
    payload = dict(after.plan)
    mark_done(payload, after.seen, after)
    return {"topic": after.topic, "item": item, "done": done, "progress": progress_of(payload)}


def reveal(opened: "OpenIndex", topic: str, question: str) -> Payload:
    """The answer to a question, letter for letter as its lines are on the disk at this moment."""
    from kb.learn.anchoring import Anchor, find

    study = Studies(opened.journal).need(topic)
    item = study.item(question)
    if "prompt" not in item:
        raise UsageError(f"{question} is a reading, not a question", f"kb open {item['path']}")
    answer = study.plan["answers"][question]
    lines = _lines(opened, item)
    found = find(Anchor(item["start"], item["end"], answer["quote"]), lines) if lines is not None else None
    now = found.now if found else None
    told: Payload = {
        "topic": study.topic,
        "id": question,
        "kind": item["kind"],
        "prompt": item["prompt"],
        "answer": answer["answer"],
        "path": item["path"],
        "source": item["source"],
        "abspath": item["abspath"],
        "start": now.start if now else item["start"],
        "end": now.end if now else item["end"],
        "quote": now.quote if now else "",
        "changed": found is None or found.fate in ("changed", "gone"),
        "notices": [],
    }
    if now is None:
        told["notices"] = [f"{item['path']} no longer holds the text that answers this; kb index, then ask again"]
    elif found is not None and found.fate == "changed":
        told["notices"] = [f"{item['path']} was changed since the plan was made; these are its lines today"]
    if told["changed"] and told["answer"] not in told["quote"]:
        # An answer that the file no longer gives is no answer.
        told["answer"] = ""
    return told


def progress_of(payload: Mapping[str, Any]) -> Payload:
    """How much of a plan is done, in items and minutes."""
    reading = [item for stage in payload["stages"] for item in stage["reading"]]
    questions = [item for stage in payload["stages"] for item in stage["questions"]]
    return {
        "reading_done": sum(item["done"] for item in reading),
        "reading": len(reading),
        "questions_done": sum(item["done"] for item in questions),
        "questions": len(questions),
        "minutes_left": sum(item["minutes"] for item in reading if not item["done"]),
    }


def mark_done(payload: Payload, seen: Mapping[str, str], study: Study | None) -> None:
    """Tell of each item whether it is done, and how a question was answered."""
    for stage in payload["stages"]:
        for item in (*stage["reading"], *stage["questions"]):
            done = study.marks.get(item["id"]) if study is not None else None
            item["done"] = done is not None and done.digest == seen.get(item["id"], "")
            if "grade" in item:
                item["grade"] = done.grade if done is not None and item["done"] else ""


# Making


def _made(
    opened: "OpenIndex", topic: str, knows: Sequence[str], outside: str, cwd: str
) -> "tuple[Made | None, list[str]]":
    from kb.app.upkeep import rules
    from kb.learn.outside import read_outside
    from kb.learn.plan import make_plan

    home = places.owner(opened.ledger.catalog.sources(), cwd) if cwd else None
    beside = read_outside(os.path.join(cwd, outside), topic, rules=rules(opened.settings)) if outside else None
    # Before the snapshot: a first question may wait for the model, and nothing is held up by it.
    opened.searcher.embedder()
    try:
        with opened.ledger.database.snapshot():
            made = make_plan(
                opened.ledger, opened.searcher, topic, knows=knows, home_source=home.name if home else "",
                outside=beside,
            )  # fmt: skip
    finally:
        opened.shared.release_mirror()
    notices = [f"{outside} holds nothing on this"] if beside is not None and not beside.materials else []
    return made, notices


# Keeping


def _kept(payload: Payload, made: "Made") -> Payload:
    """What the journal keeps: the plan with the answers and the text that each stands in."""
    answers = {
        question.id: {"answer": question.answer, "quote": made.quotes[question.id]}
        for stage in made.plan.stages
        for question in stage.questions
    }
    return {**payload, "answers": answers}


def _seen(payload: Payload, made: "Made | None") -> dict[str, str]:
    """Of each item the digest of its file and, where it is a decision, what took its place."""
    if made is None:
        return {}
    standings = {item["id"]: standing_mark(item) for stage in payload["stages"] for item in stage["reading"]}
    return {item: digest + standings.get(item, "") for item, digest in made.digests.items()}


def _lines(opened: "OpenIndex", item: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The lines of a file as they are on disk now, None where it cannot be read."""
    from ingest.files import Unreadable, read_text, split_lines

    file = opened.ledger.passages.file_in(item["source"], item["path"]) if item["source"] else None
    abspath = file.abspath if file is not None else item["abspath"]
    folder, name = os.path.split(abspath)
    try:
        return split_lines(read_text(folder, os.fsencode(name), max_bytes=opened.settings.max_file_bytes).text)
    except Unreadable:
        return None
