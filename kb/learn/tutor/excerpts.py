"""What a session is made of: passages of the user's files on the topic, quoted from the disk, successors first.

Also the one that looks again before anything is shown: a session may be resumed days later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.files import Unreadable, read_text, split_lines
from kb.answer.disk import MAX_BYTES, RENDERED, is_rendered, read_now, still_rendered
from kb.answer.quoting import Passage
from kb.answer.selection import text_of
from kb.answer.standing import OUTCOME, outcome
from kb.decisions.preference import in_force_first
from kb.decisions.succession import Succession
from kb.learn.anchoring import Anchor, find
from kb.learn.model import Concept, Plan, Question, Span
from kb.learn.plan import make_plan
from kb.learn.tutor.sections import section_around, section_of
from kb.learn.tutor.state import Excerpt
from kb.model import Citation, Hit, StoredChunk
from kb.search.searcher import Searcher
from kb.search.signals import is_test
from kb.store.ledger import Ledger

NOTES, DECISIONS, CODE, IN_ALL = 2, 2, 1, 5
"""Of each kind so many files of a plan are taught from in one session; notes fill what the others leave."""
HITS, FILES, NEAREST = 20, 3, 3
SPOKEN_OF, ALIKE = 0.5, 0.42
"""A passage is near when it speaks of half of the topic's words, by their weight, or is
as like it as what `kb why` calls near: below that cosine, what lies nearest is mostly about something else."""
MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Gathered:
    """Passages in the order to teach them, with what a plan asks about them and calls their concepts."""

    passages: tuple[Citation, ...]
    questions: tuple[Question, ...] = ()
    concepts: tuple[Concept, ...] = ()
    nearest: tuple[Hit, ...] = ()
    """What lies nearest where nothing is near enough."""


def gather(searcher: Searcher, ledger: Ledger, topic: str, *, home_source: str = "") -> Gathered:
    """What a plan of the topic reads, as much as one session holds; nothing where nothing is near.

    A plan may begin at the neighbours of a topic; who teaches it out of those would teach something else.
    """
    hits = searcher.search(topic, limit=HITS, home_source=home_source).hits
    if not any(map(_is_near, hits)):
        return Gathered((), nearest=hits[:NEAREST])
    made = make_plan(ledger, searcher, topic, home_source=home_source)
    if made is None:
        return Gathered((), nearest=hits[:NEAREST])
    questions = tuple(question for stage in made.plan.stages for question in stage.questions)
    passages = [passage for span, about in _chosen(made.plan) for passage in _of_span(ledger, span, about)]
    return Gathered(cited(passages), questions, made.plan.concepts)


def gather_beside(searcher: Searcher, ledger: Ledger, topic: str, *, code: str, home_source: str = "") -> Gathered:
    """What is near to a topic and to the lines that it is to be tied to."""
    found = searcher.search(topic, limit=HITS, context=code, home_source=home_source)
    near = [hit for hit in found.hits if _is_near(hit)]
    succession = Succession.latest(ledger)
    best: dict[int, StoredChunk] = {}
    for hit in in_force_first(near, succession, limit=HITS):
        for file_id in (*(end.file_id for end in succession.in_force(hit.chunk.file_id)), hit.chunk.file_id):
            # A replaced decision comes with what took its place, whether its words were found or not.
            best.setdefault(file_id, hit.chunk)
    passages: list[Passage] = []
    for file_id, chunk in list(best.items())[:FILES]:
        passages += decided(ledger, file_id) if chunk.kind == "adr" else _around(chunk, chunk.start, chunk.end)
    return Gathered(cited(passages))


def decided(ledger: Ledger, file_id: int) -> list[Passage]:
    """What a decision decided, as it stands on disk now: the section where it has one, else the passage that tells."""
    told = outcome(ledger.passages.of_file(file_id))
    lines = read_now(told) if told is not None else None
    if told is None or lines is None:
        return []
    if (span := section_of(lines, OUTCOME)) is None:
        return _around(told, told.start, told.end)
    start, end = span[0], min(span[1], span[0] + MOST_LINES - 1)
    return [Passage(told, start, end, text_of(lines, start, end))]


def cited(passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """Passages with their numbers."""
    return tuple(Citation(n, p.chunk, p.start, p.end, p.text) for n, p in enumerate(passages, start=1))


def look(ledger: Ledger, excerpt: Excerpt) -> Excerpt:
    """The excerpt at the lines where it stands now, or marked as gone."""
    if excerpt.path.lower().endswith(RENDERED):
        return replace(excerpt, gone=not any(map(still_rendered, _chunks(ledger, excerpt))))
    lines = _lines(ledger, excerpt)
    now = find(Anchor(excerpt.start, excerpt.end, excerpt.quote), lines) if lines is not None else None
    if now is None or now.now is None or now.fate not in ("same", "moved"):
        return replace(excerpt, gone=True)
    return replace(excerpt, start=now.now.start, end=now.now.end, gone=False)


def _is_near(hit: Hit) -> bool:
    return hit.signals["file_coverage"] >= SPOKEN_OF or hit.signals["file_cosine"] >= ALIKE


def _chosen(plan: Plan) -> Iterator[tuple[Span, Span | None]]:
    """The readings of a session, notes before decisions before code, each with the lines that matter most in it."""
    readings = [reading for stage in plan.stages for reading in stage.reading if not is_test(reading.span.path)]
    notes = [reading for reading in readings if reading.kind in ("til", "note")]
    decisions = [reading for reading in readings if reading.kind == "adr"][:DECISIONS]
    code = [reading for reading in readings if reading.kind == "code"][:CODE]
    room = max(NOTES, IN_ALL - len(decisions) - len(code))
    telling = [question.answer_span for stage in plan.stages for question in stage.questions]
    telling += [span for concept in plan.concepts for span in concept.spans]
    for reading in (*notes[:room], *decisions, *code):
        yield reading.span, next((span for span in telling if span.file_id == reading.span.file_id), None)


def _of_span(ledger: Ledger, span: Span, about: Span | None) -> list[Passage]:
    chunks = ledger.passages.of_file(span.file_id)
    if not chunks:
        return []
    if chunks[0].kind == "adr":
        return decided(ledger, span.file_id)
    lines = about or span
    inside = [chunk for chunk in chunks if chunk.start <= lines.end and chunk.end >= lines.start] or chunks
    start, end = inside[0].start, inside[-1 if about else 0].end
    return _around(inside[0], start, min(end, start + MOST_LINES - 1))


def _around(chunk: StoredChunk, start: int, end: int) -> list[Passage]:
    """Indexed lines as they stand on disk now, with the section around them: a passage alone is too short to learn."""
    if is_rendered(chunk):
        return [Passage(chunk, chunk.start, chunk.end, chunk.text)] if still_rendered(chunk) else []
    lines = read_now(chunk)
    now = find(Anchor(chunk.start, chunk.end, chunk.text), lines) if lines is not None else None
    if lines is None or now is None or now.now is None or now.fate not in ("same", "moved"):
        return []
    moved = now.now.start - chunk.start
    start, end = start + moved, min(end + moved, len(lines))
    if chunk.kind != "code":
        start, end = section_around(lines, start, end, most=MOST_LINES)
    return [Passage(chunk, start, end, text_of(lines, start, end))]


def _lines(ledger: Ledger, excerpt: Excerpt) -> Sequence[str] | None:
    """The lines of its file as they are now: under the bytes of its name, which the spelling in JSON may not be."""
    for _, _, root, raw in ledger.passages.files_at(excerpt.path, excerpt.source) if excerpt.source else ():
        return _read(root, raw)
    folder, _, name = excerpt.abspath.rpartition("/")
    return _read(folder or "/", name.encode("utf-8", "surrogateescape"))


def _read(root: str, raw: bytes) -> Sequence[str] | None:
    try:
        return split_lines(read_text(root, raw, max_bytes=MAX_BYTES).text)
    except Unreadable:
        return None


def _chunks(ledger: Ledger, excerpt: Excerpt) -> list[StoredChunk]:
    file = ledger.passages.file_in(excerpt.source, excerpt.path)
    chunks = ledger.passages.of_file(file.file_id) if file is not None else []
    return [chunk for chunk in chunks if chunk.text == excerpt.quote]
