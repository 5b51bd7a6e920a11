"""A folder of notes on caches, and a language model that says what a test tells it to say."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ingest.readers import read_document
from kb.app.application import App
from kb.app.tutoring import tutor_open, tutor_say
from kb.learn.tutor.lesson import Lesson, Next
from kb.learn.tutor.mastery import Mastery
from kb.learn.tutor.opening import prepare
from kb.learn.tutor.state import Excerpt, Json, Level
from kb.learn.tutor.teaching import Teaching
from kb.model import Message, StoredChunk
from tests.unit.app.world import World

OLD = (
    "# 1. Cache in files\n\n## Status\n\nSuperseded by [2. Cache in one place](0002-place.md)\n\n"
    "## Context\n\nThe cache needs a place.\n\n## Decision\n\nThe cache is kept in files.\n"
)
NEW = (
    "# 2. Cache in one place\n\nDate: 2021-01-01\n\n## Status\n\nAccepted\n\n## Context\n\n"
    "Many processes read the cache. Where does the cache live?\n\n"
    "## Considered Options\n\n* Files\n* SQLite\n* Redis\n\n## Decision Outcome\n\n"
    'Chosen option: "SQLite", because readers must stay available when the network is partitioned.\n\n'
    "## Consequences\n\n* Good, because there is one file.\n"
)
STALE = (
    "# Serve a stale cache\n\nA stale cache is a cache that answers with an old value while a new one is fetched.\n\n"
    "Set it with `stale-while-revalidate=60` in the header of the response.\n"
)
CODE = (
    'def read_through(key, store):\n    """Answer from the cache, stale where the store is partitioned."""\n'
    "    value = store.get(key)\n    return store.stale(key) if value is None else value\n"
)
FILES = {
    "docs/adr/0001-files.md": OLD,
    "docs/adr/0002-place.md": NEW,
    "til/cache/stale.md": STALE,
    "src/cache.py": CODE,
}
PLACES = (
    ("til/cache/stale.md", 1, 5), ("src/cache.py", 1, 4), ("docs/adr/0002-place.md", 19, 21),
    ("docs/adr/0001-files.md", 11, 13),
)  # fmt: skip
"""The excerpts of a lesson whose retrieval is not what a test is about."""
GRADE = 'grade: right\nexcerpt: 1\nbecause: "answers with an old value"'


class Scripted:
    """Says one reply after the other, a word at a time; an error is raised in the middle."""

    def __init__(self, *replies: str | Exception) -> None:
        self._replies = list(replies)
        self.given: list[tuple[Message, ...]] = []
        self.sees: tuple[str, ...] | None = None

    def may_see(self, source: str) -> bool:
        return self.sees is None or source in self.sees

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        self.given.append(tuple(messages))
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            yield "Half a "
            raise reply
        yield from reply.partition(" ")


class Taught:
    """A lesson on stale caches out of four fixed excerpts, with what it records kept in memory."""

    def __init__(self, writer: Scripted | None = None, *, level: Level = "new") -> None:
        self.writer = writer
        self.known: dict[str, Mastery] = {}
        found = [(_excerpt(path, start, end), _chunks(path)) for path, start, end in PLACES]
        prepared = prepare("stale cache", found, questions=(), concepts=(), rarity=lambda forms: {})
        self.session = replace(prepared, goal="to build one", level=level)
        self._take(self._lesson().begin(self.session))

    def say(self, text: str = "") -> Json:
        """The step that follows."""
        return self._take(self._lesson().hear(self.session, text))

    def tell(self) -> Json:
        return self._take(self._lesson().tell(self.session))

    def until(self, stage: str) -> Json:
        while self.session.stage != stage:
            assert self.session.stage != "done", f"{stage} never came"
            self.say()
        return self.session.step

    def _lesson(self) -> Lesson:
        known = [self.known.get(t.key) or Mastery(t.key, t.name) for t in self.session.concepts]
        return Lesson(Teaching(self.writer, known, lambda excerpt: excerpt))

    def _take(self, following: Next) -> Json:
        self.session, noted = following
        for item in noted:
            old = self.known.get(item.key) or Mastery(item.key, item.name)
            self.known[item.key] = Mastery(
                item.key, item.name, old.seen + item.seen, old.asked + item.asked, old.right + item.right, "2026-05-01"
            )
        return self.session.step


def cached(world: World) -> World:
    """The notes on caches, indexed."""
    for path, text in FILES.items():
        world.write(path, text)
    world.index()
    return world


def opened(app: App, writer: Scripted | None = None, **more: Any) -> dict[str, Any]:
    """A session whose level and goal are known: it begins with the theory."""
    named = {"topic": "stale cache", "at": "", "goal": "to build one", "level": "new", "cwd": "", **more}
    app.shared.given_writer = writer
    return tutor_open(app, writer, named.pop("topic"), **named)


def until(app: App, payload: dict[str, Any], stage: str, said: str = "") -> dict[str, Any]:
    """Go on with the same words until a stage."""
    for _ in range(20):
        if payload["stage"] == stage:
            return payload
        payload = tutor_say(app, app.writer(), payload["session"], said)
    raise AssertionError(f"{stage} never came: {payload['stage']}")


def _excerpt(path: str, start: int, end: int) -> Excerpt:
    document = read_document(path, FILES[path], source_name="notes")
    replaced = path == "docs/adr/0001-files.md"
    return Excerpt(
        n=0, source="notes", path=path, abspath=f"/notes/{path}", start=start, end=end, kind=document.kind,
        quote="\n".join(document.lines[start - 1 : end]), title=document.title or path, number=document.number,
        status=("superseded" if replaced else document.status) or None,
        superseded_by="docs/adr/0002-place.md" if replaced else None,
    )  # fmt: skip


def _chunks(path: str) -> list[StoredChunk]:
    lines = FILES[path].rstrip("\n").split("\n")
    kind = read_document(path, FILES[path], source_name="notes").kind
    return [StoredChunk(
        id=1, file_id=1, source="notes", root="/notes", path=path, raw=b"", kind=kind, language="", title=path,
        date="", number=None, status="", ordinal=0, start=1, end=len(lines), trail=(), symbols=(), role="prose",
        text="\n".join(lines), key=b"",
    )]  # fmt: skip
