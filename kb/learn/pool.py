"""What a plan is made of: the files near to a topic, found by its words, its meaning and the words of its authors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.kinds import KINDS, Kind
from kb.learn.model import Coverage
from kb.learn.phrases import NUMBERED
from kb.learn.widen import Weighted, widen
from kb.learn.words import FileWords, Topic, read_topic
from kb.model import StoredChunk, StoredFile
from kb.search.ranking import Scored
from kb.search.searcher import Found, Searcher
from kb.search.signals import is_test
from kb.store.ledger import Ledger
from kb.store.passages import Filter
from kb.terms import path_terms, terms

DEPTH = 40
NAMES_IN_QUERY = 5
FOCUS_WEIGHT, HEADS_WEIGHT, PHRASES_WEIGHT, OUTSIDE_DOMAIN = 0.2, 0.2, 0.6, 0.1
"""A file counts by its score in the searches, the share of the topic's words that it holds and that its headings name,
and the weight of the phrases that it holds; one that lacks the domain's word loses a little. Chosen with the weights of
kb.learn.widen on the six topics of tests/data/learn, three of which were added when the first weights failed them."""
ENOUGH_PHRASES = 1.5
"""A file that holds phrases of this weight together holds enough of them."""
NEAR = 0.3
"""A cosine below it says nothing: of any two notes some are as like."""
STRONG, LIKE = 3, 0.4
"""So many files that hold the topic and are like it are good coverage; a learner is led on by no fewer."""
HELD_SHARE = 0.5
MISSING_SHARE = 0.34
"""More words of the topic that no file holds, and the notes are about something else."""
DEPTH_OF_KIND = 24
GENERATED = ("zz_generated", ".pb.go", "_pb2.py", ".generated.", ".gen.")


@dataclass(frozen=True, slots=True)
class Material:
    """One file of the pool; `relevance` orders files of one topic and means nothing beyond it."""

    file: StoredFile
    parts: tuple[StoredChunk, ...]
    scores: Mapping[int, float]
    """Search scores of the passages that were found, by their ordinals; empty where only its words led here."""
    relevance: float
    digest: str
    outside: bool = False
    """From a folder that is in no source."""

    @property
    def best(self) -> StoredChunk:
        """The passage that is nearest to the topic, the first one where none was found."""
        return max(self.parts, key=lambda part: (self.scores.get(part.ordinal, 0.0), -part.ordinal))

    @property
    def lines(self) -> int:
        return self.parts[-1].end


@dataclass(frozen=True, slots=True)
class Pool:
    """The materials of a topic, the most relevant first."""

    topic: Topic
    phrases: tuple[Weighted, ...]
    materials: tuple[Material, ...]
    coverage: Coverage
    missing: tuple[str, ...]


class Gatherer:
    """Collects the pool of a topic from one ledger."""

    def __init__(self, ledger: Ledger, searcher: Searcher, *, home_source: str = "") -> None:
        self._ledger = ledger
        self._searcher = searcher
        self._home = home_source
        self.words = FileWords(ledger)
        self._found = _Nearest()

    def gather(self, text: str) -> Pool:
        """The pool of a topic; its materials are empty where nothing is near at all."""
        found = self._found = _Nearest()
        found.add(self._search(text))
        topic = read_topic(text, self.words, found.cosine)
        embedder = self._searcher.embedder()
        phrases = widen(topic, self.words, self._ledger, embedder=embedder, prefer=lambda i: found.cosine.get(i, 0.0))
        wider = _wider(topic, phrases)
        if wider != text:
            found.add(self._search(wider))
        kinds = [kind for kind in KINDS if kind in self._ledger.catalog.count_by_kind()]
        for kind in kinds if len(kinds) > 1 else ():
            # Without a search of its own a kind of which there is little is not seen among thousands of others.
            found.add(self._search(wider, kind))
        if not topic.words or (not topic.core and max(found.cosine.values(), default=0.0) < NEAR):
            return Pool(topic, (), (), "thin", topic.missing)
        chosen = self._chosen(topic, phrases, found)
        materials = tuple(self._material(file_id, relevance, found) for file_id, relevance in chosen)
        missing = _missing(topic, self.words, found.cosine)
        return Pool(topic, tuple(phrases), materials, _coverage(topic, missing, found.cosine), missing)

    def material(self, file_id: int, relevance: float = 0.0) -> Material:
        """A file of the ledger that is not in the pool: a test, a successor."""
        return self._material(file_id, relevance, self._found)

    def _search(self, text: str, kind: Kind | None = None) -> Found:
        chosen = Filter(kinds=(kind,)) if kind else None
        return self._searcher.search(text, limit=DEPTH, chosen=chosen, home_source=self._home)

    def _chosen(self, topic: Topic, phrases: Sequence[Weighted], found: "_Nearest") -> list[tuple[int, float]]:
        """The files of the pool with their relevance, a limited number of each kind."""
        scores = {file_id: max(found.scores[file_id].values()) for file_id in found.scores}
        floor = sorted(scores.values())[len(scores) // 4] if scores else 0.0
        holding = [(item, self.words.with_all(item.forms)) for item in phrases]
        candidates = (set(found.cosine) | topic.core) - self.words.listings
        for item, files in holding:
            if item.weight >= phrases[0].weight / 2:
                candidates |= files & topic.domain
        taken: dict[Kind, int] = dict.fromkeys(KINDS, 0)
        ranked = []
        for file_id in candidates:
            file = self._ledger.passages.file(file_id)
            if file is not None and not any(mark in file.path for mark in GENERATED):
                relevance = self._relevance(file, topic, holding, scores.get(file_id, floor))
                ranked.append((relevance, file))
        ranked.sort(key=lambda item: (-item[0], item[1].source, item[1].path))
        chosen: list[tuple[int, float]] = []
        for relevance, file in ranked:
            # Tests come later, beside the code that they guard.
            if taken[file.kind] < DEPTH_OF_KIND and not (file.kind == "code" and is_test(file.path)):
                taken[file.kind] += 1
                chosen.append((file.file_id, relevance))
        return chosen

    def _relevance(
        self, file: StoredFile, topic: Topic, holding: Sequence[tuple[Weighted, frozenset[int]]], near: float
    ) -> float:
        titled = frozenset(terms(NUMBERED.sub("", file.title))) | frozenset(path_terms(file.path))
        heads = titled | self._found.heads.get(file.file_id, set())
        here = [word for word in topic.focus if word.surface not in topic.missing]
        held = sum(file.file_id in self.words.holding(word) for word in here) / len(here) if here else 0.0
        if any(file.file_id in self.words.files(form) for form in topic.short):
            held = 1.0
        phrases = sum(
            item.weight * ((file.file_id in files) + sum(form in titled for form in item.forms) / len(item.forms)) / 2
            for item, files in holding
        )
        headed = sum(word.coverage(heads) for word in topic.focus) / len(topic.focus)
        away = 0.0 if file.file_id in topic.domain else OUTSIDE_DOMAIN
        words = FOCUS_WEIGHT * held + HEADS_WEIGHT * headed + PHRASES_WEIGHT * min(1.0, phrases / ENOUGH_PHRASES)
        return near + words - away

    def _material(self, file_id: int, relevance: float, found: "_Nearest") -> Material:
        file = self._ledger.passages.file(file_id)
        assert file is not None, "its id was just read in this snapshot"
        parts = tuple(self._ledger.passages.of_file(file_id))
        return Material(
            file, parts, found.scores.get(file_id, {}), round(relevance, 6), digest_of(self._ledger, file_id)
        )


class _Nearest:
    """What several searches found, by file: the best cosine, each passage's best score, the words of their headings."""

    def __init__(self) -> None:
        self.cosine: dict[int, float] = {}
        self.scores: dict[int, dict[int, float]] = {}
        self.heads: dict[int, set[str]] = {}

    def add(self, found: Found) -> None:
        for item in found.scored:
            self._take(item)

    def _take(self, item: Scored) -> None:
        file_id = item.chunk.file_id
        self.cosine[file_id] = max(self.cosine.get(file_id, 0.0), item.signals["file_cosine"])
        self.heads.setdefault(file_id, set()).update(terms(" ".join((*item.chunk.trail, *item.chunk.symbols))))
        passages = self.scores.setdefault(file_id, {})
        passages[item.chunk.ordinal] = max(passages.get(item.chunk.ordinal, 0.0), item.score)


def _wider(topic: Topic, phrases: Sequence[Weighted]) -> str:
    """The topic with the words that the files have for it, where its own do not stand together anywhere."""
    names = list(topic.short[:1])
    if topic.core_share < 1.0:
        names += [item.phrase.name for item in phrases[:NAMES_IN_QUERY]]
    return f"{topic.text}: {', '.join(names)}" if names else topic.text


def _coverage(topic: Topic, missing: Sequence[str], cosines: Mapping[int, float]) -> Coverage:
    strong = [file_id for file_id in topic.core if _is_like(file_id, cosines)]
    held = len(strong) >= STRONG and topic.core_share >= HELD_SHARE
    return "good" if held and len(missing) <= MISSING_SHARE * len(topic.words) else "thin"


def _missing(topic: Topic, words: FileWords, cosines: Mapping[int, float]) -> tuple[str, ...]:
    """The words of a topic that no file like it holds: a mention of payments in passing teaches nothing of them."""
    like = {file_id for file_id in words.all if _is_like(file_id, cosines)}
    return tuple(word.surface for word in topic.words if not words.holding(word) & topic.domain & like)


def _is_like(file_id: int, cosines: Mapping[int, float]) -> bool:
    """Whether a file is about a topic; without vectors its words have to do."""
    return not any(cosines.values()) or cosines.get(file_id, 0.0) >= LIKE


def digest_of(ledger: Ledger, file_id: int) -> str:
    """The digest of a file's bytes as the ledger knows them, empty for a file that is gone."""
    row: Any = ledger.database.execute("SELECT digest FROM file WHERE id = ?", (file_id,)).fetchone()
    return bytes(row[0]).hex() if row else ""
