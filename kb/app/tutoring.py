"""`kb tutor`: from a topic, a term or a line to a session, and from one step of it to the next, as JSON."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kb.app import places
from kb.app.api import Payload
from kb.app.payload import Payloads, standing
from kb.app.places import LINES, as_known
from kb.decisions.succession import Succession
from kb.errors import NotFoundError, UsageError
from kb.learn.tutor import sessions
from kb.learn.tutor.excerpts import cited, decided, gather, gather_beside, look
from kb.learn.tutor.lesson import Lesson, Next
from kb.learn.tutor.mastery import Mastery, mastery
from kb.learn.tutor.opening import prepare
from kb.learn.tutor.state import LEVELS, Excerpt, Session
from kb.learn.tutor.teaching import Teaching

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex
    from kb.app.places import Place
    from kb.model import Hit, StoredChunk
    from kb.writing import Writer

LONGEST_TOPIC, LONGEST_SAID, LONGEST_HERE = 300, 10_000, 60
REASONS = 3
Clock = Callable[[], str]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def tutor_open(
    index: "OpenIndex", writer: "Writer | None", target: str, *, at: str, goal: str, level: str, cwd: str,
    clock: Clock = now,
) -> Payload:  # fmt: skip
    """A new session and its first step; NotFoundError names the nearest where the notes hold nothing on the topic."""
    target, goal = (" ".join(_clean(text).split()) for text in (target, goal))
    if not target:
        raise UsageError("what to learn is missing", 'for example: kb tutor "CAP theorem" --at src/cache.py:10-60')
    if len(target) > LONGEST_TOPIC or len(goal) > LONGEST_TOPIC:
        raise UsageError(f"a topic or goal has at most {LONGEST_TOPIC} characters", "name it, and say the rest later")
    if level and level not in LEVELS:
        raise UsageError(f"no such level: {level}", f"levels are: {', '.join(LEVELS)}")
    place = _place(index, at, cwd) if at else None
    aimed = None if place else _aimed(index, target, cwd)
    try:
        session = _prepared(index, target, place or aimed, cwd, is_topic=aimed is None)
    finally:
        index.shared.release_mirror()
    session = replace(session, goal=goal, level=next((known for known in LEVELS if known == level), None))
    teacher = _Teacher(index, writer, clock)
    return teacher.payload(teacher.kept(session, lambda lesson, opened: lesson.begin(opened)))


def tutor_show(index: "OpenIndex", writer: "Writer | None", session: int, *, clock: Clock = now) -> Payload:
    """The step that a session stands at; 0 is the last session that is not done."""
    teacher = _Teacher(index, writer, clock)
    found, said = sessions.load(index.journal, session)
    # It was killed over this line: what was said is not asked for again.
    return teacher.payload(teacher.kept(found, lambda lesson, s: lesson.hear(s, said)) if said else found)


def tutor_say(
    index: "OpenIndex", writer: "Writer | None", session: int, text: str, *, turn: int = -1, clock: Clock = now
) -> Payload:
    """The step after what the learner said to step `turn`; one that was answered already is not answered again."""
    if len(text) > LONGEST_SAID:
        raise UsageError(f"an answer has at most {LONGEST_SAID:,} characters", "say it shorter; nothing is lost")
    text = _clean(text)
    teacher = _Teacher(index, writer, clock)
    found, _ = sessions.load(index.journal, session)
    if turn not in (-1, found.turn):
        return teacher.payload(found)
    sessions.hear(index.journal, found, text)
    return teacher.payload(teacher.kept(found, lambda lesson, s: lesson.hear(s, text)))


def tutor_tell(
    index: "OpenIndex", writer: "Writer | None", session: int, *, turn: int = -1, clock: Clock = now
) -> Payload:
    """The step that shows at once what step `turn` holds back."""
    teacher = _Teacher(index, writer, clock)
    found, _ = sessions.load(index.journal, session)
    if turn not in (-1, found.turn):
        return teacher.payload(found)
    return teacher.payload(teacher.kept(found, lambda lesson, s: lesson.tell(s)))


class _Teacher:
    """Goes one step on in a session, and keeps it."""

    def __init__(self, index: "OpenIndex", writer: "Writer | None", clock: Clock) -> None:
        self._index = index
        self._writer = writer
        self._clock = clock

    def kept(self, session: Session, go: Callable[[Lesson, Session], Next]) -> Session:
        known = self._known(session)
        lesson = Lesson(Teaching(self._writer, known, lambda excerpt: look(self._index.ledger, excerpt)))
        following, noted = go(lesson, session)
        return sessions.keep(self._index.journal, following, noted, at=self._clock())

    def payload(self, session: Session) -> Payload:
        """What a face may show: excerpts that are held back are not in it."""
        # Read again: what a session showed days ago is not shown today for what the file says.
        standing_now = [now for excerpt in session.excerpts if not (now := look(self._index.ledger, excerpt)).gone]
        shown = [excerpt for excerpt in standing_now if not excerpt.held]
        return {
            "session": session.id,
            "turn": session.turn,
            "topic": session.topic,
            "goal": session.goal,
            "level": session.level,
            "stage": session.stage,
            "step": session.step,
            "excerpts": [_shown(excerpt) for excerpt in shown],
            "held": len(standing_now) - len(shown),
            "concepts": [asdict(item) for item in self._known(session)],
            "mode": "written" if self._writer is not None else "extractive",
        }

    def _known(self, session: Session) -> list[Mastery]:
        recorded = mastery(self._index.journal, [topic.key for topic in session.concepts])
        return [recorded.get(topic.key) or Mastery(topic.key, topic.name) for topic in session.concepts]


def _prepared(index: "OpenIndex", target: str, place: "Place | None", cwd: str, *, is_topic: bool) -> Session:
    """A session that has not begun, out of the lines that were named, what speaks for them and what is near."""
    home = places.owner(index.ledger.catalog.sources(), cwd) if cwd else None
    here = _here(index, place) if place is not None else None
    payloads = Payloads(Succession.latest(index.ledger))
    reasons = _reasons(index, place, cwd, payloads) if place is not None else []
    topic = target if is_topic or here is None else here.title
    home_source = home.name if home else ""
    if here is not None:
        found = gather_beside(index.searcher, index.ledger, topic, code=here.quote, home_source=home_source)
    else:
        found = gather(index.searcher, index.ledger, topic, home_source=home_source)
    near = [_excerpt(payloads.citation(passage)) for passage in found.passages]
    if here is None and not near:
        raise NotFoundError(f"your notes hold nothing near: {target}", _nearest(found.nearest))
    excerpts = [*([here] if here is not None else []), *reasons, *near]
    return prepare(
        topic, [(excerpt, _chunks(index, excerpt)) for excerpt in excerpts], questions=found.questions,
        concepts=found.concepts, rarity=index.ledger.passages.document_frequency,
    )  # fmt: skip


def _place(index: "OpenIndex", at: str, cwd: str) -> "Place":
    place = places.resolve(index.ledger, at, cwd)
    if not place.start:
        raise UsageError(f"which lines of {place.path}?", f"kb tutor TOPIC --at {place.path}:1-20")
    return place


def _aimed(index: "OpenIndex", target: str, cwd: str) -> "Place | None":
    """The place that the target itself is; None where it is a topic. `10:30` is a topic unless a file has the name."""
    match = LINES.match(target)
    if match is None:
        whole = os.path.isfile(os.path.join(cwd, target))
        return replace(places.resolve(index.ledger, target, cwd), start=1, end=LONGEST_HERE) if whole else None
    try:
        return places.resolve(index.ledger, target, cwd)
    except NotFoundError:
        if "/" in match["path"] or "." in match["path"]:
            raise
        return None


def _here(index: "OpenIndex", place: "Place") -> Excerpt:
    """The lines that were named; of a single one the declaration or paragraph around it."""
    from ingest.files import Unreadable, read_text
    from kb.decisions.why import line_at

    folder, name = os.path.split(place.abspath)
    try:
        text = read_text(folder, os.fsencode(name), max_bytes=index.settings.max_file_bytes).text
    except Unreadable as error:
        raise NotFoundError(f"{place.abspath} cannot be read: {error.reason}", "kb status") from error
    file = index.ledger.passages.file_in(place.source, place.path) if place.source else None
    line = line_at(
        text, source=place.source, path=place.path, abspath=place.abspath, file_id=file.file_id if file else None,
        number=place.start,
    )  # fmt: skip
    if line is None:
        raise NotFoundError(f"{place.path} has no line {place.start}", f"kb get {place.path}")
    start, end = (line.start, line.end) if place.start == place.end else (place.start, place.end)
    # A long declaration is cut around the line that was named.
    start = start if place.start - start < LONGEST_HERE else place.start
    end = min(end, start + LONGEST_HERE - 1, len(line.lines))
    succession = Succession.latest(index.ledger)
    decision = succession.by_id.get(file.file_id) if file else None
    kind = file.kind if file else "code"
    title = line.symbols[0] if line.symbols and kind == "code" else file.title if file else os.path.basename(place.path)
    return Excerpt(
        n=0, source=place.source, path=place.path, abspath=as_known(place.abspath), start=start, end=end,
        quote="\n".join(line.lines[start - 1 : end]), kind=kind, title=title or place.path,
        number=file.number if file else None, here=True, **standing(succession, decision),
    )  # fmt: skip


def _reasons(index: "OpenIndex", place: "Place", cwd: str, payloads: Payloads) -> list[Excerpt]:
    """What was written for the line, as `kb why` finds it without git."""
    from kb.app.why import why

    found: list[Excerpt] = []
    for reason in why(index, f"{place.abspath}:{place.start}", cwd=cwd, git=False)["because"][:REASONS]:
        file = index.ledger.passages.file_in(reason["source"], reason["path"]) if reason["kind"] == "adr" else None
        # Of a decision it is taught what was decided, wherever in it the line is spoken of.
        told = cited(decided(index.ledger, file.file_id)) if file is not None else ()
        found += [_excerpt(payloads.citation(passage)) for passage in told] or [_excerpt(reason)]
    return found


def _excerpt(citation: Payload) -> Excerpt:
    fields = ("source", "path", "abspath", "start", "end", "quote", "kind", "title", "number", "status",
              "superseded_by", "superseded_on")  # fmt: skip
    return Excerpt(n=0, **{name: citation[name] for name in fields})


def _shown(excerpt: Excerpt) -> Payload:
    """As a citation of an answer has it, so that a face shows both alike."""
    told = asdict(excerpt)
    return {name: value for name, value in told.items() if name not in ("held", "gone", "concept")}


def _clean(text: str) -> str:
    """Half a surrogate pair can be typed, and cannot be kept."""
    return text.encode("utf-8", "replace").decode()


def _nearest(hits: "Sequence[Hit]") -> str:
    named = [f"{hit.chunk.path}:{hit.start} ({hit.chunk.title})" for hit in hits]
    return f"nearest: {', '.join(named)}" if named else "kb index PATH"


def _chunks(index: "OpenIndex", excerpt: Excerpt) -> "list[StoredChunk]":
    file = index.ledger.passages.file_in(excerpt.source, excerpt.path)
    return index.ledger.passages.of_file(file.file_id) if file is not None else []
