"""What tells a good candidate from a near one: named numbers, pure functions of the query and the candidates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.model import StoredChunk
from kb.search.legs import Candidate
from kb.search.query import Query
from kb.store.passages import TermColumns

Signals = Mapping[str, float]

TEST_PARTS = frozenset({"test", "tests", "spec", "specs", "__tests__", "testdata", "fixtures", "mocks", "fakes", "e2e"})


@dataclass(frozen=True, slots=True)
class Words:
    """The terms of a chunk by where they stand."""

    body: frozenset[str]
    title: frozenset[str]
    trail: frozenset[str]
    path: frozenset[str]

    @classmethod
    def of(cls, columns: TermColumns) -> "Words":
        return cls(*(frozenset(getattr(columns, name).split()) for name in ("body", "title", "trail", "path")))

    def all(self) -> frozenset[str]:
        return self.body | self.title | self.trail | self.path


def measure(query: Query, candidates: Sequence[Candidate]) -> list[Signals]:
    """Signals of each candidate, in the candidates' order; shares are 0..1, marks are 0 or 1."""
    words = [Words.of(candidate.terms) for candidate in candidates]
    most = max((candidate.bm25 for candidate in candidates), default=0.0) or 1.0
    files: dict[int, list[int]] = defaultdict(list)
    for position, candidate in enumerate(candidates):
        files[candidate.chunk.file_id].append(position)
    of_file: dict[int, dict[str, float]] = {}
    wholes = [word.all() for word in words]
    for file_id, positions in files.items():
        together = frozenset[str]().union(*(wholes[position] for position in positions))
        of_file[file_id] = {
            "file_cosine": max(candidates[position].cosine for position in positions),
            "file_bm25": max(candidates[position].bm25 for position in positions) / most,
            "file_coverage": query.coverage(together),
        }
    return [
        {
            "cosine": candidate.cosine,
            "bm25": candidate.bm25 / most,
            "coverage": query.coverage(whole),
            "title": query.coverage(word.title),
            "trail": query.coverage(word.trail | word.title),
            "path": query.coverage(word.path),
            "title_share": _share(word.title, query),
            "definition": _defines(candidate.chunk, query),
            "code": float(candidate.chunk.kind == "code"),
            "test": float(is_test(candidate.chunk.path)),
            "index_page": float(_leads(candidate.chunk)),
            **of_file[candidate.chunk.file_id],
        }
        for candidate, word, whole in zip(candidates, words, wholes, strict=True)
    ]


def is_test(path: str) -> bool:
    """Tests speak of the thing; they are not the thing."""
    parts = path.lower().split("/")
    name = parts[-1]
    marked = any(mark in name for mark in ("_test.", ".test.", ".spec.", "_spec.", "test_", "_suite_"))
    return marked or any(part in TEST_PARTS for part in parts[:-1])


def _share(title: frozenset[str], query: Query) -> float:
    """How much of the title the question speaks of: a short title that is all asked for is no accident."""
    return len(title & frozenset(query.forms)) / len(title) if title else 0.0


def _defines(chunk: StoredChunk, query: Query) -> float:
    """1 when the question names, as one identifier, what this chunk declares."""
    declared = {symbol.lower() for symbol in chunk.symbols} | {s.rsplit(".", 1)[-1].lower() for s in chunk.symbols}
    named = {term.surface.lower().rstrip("()") for term in query.terms}
    return float(bool(declared & named))


def _leads(chunk: StoredChunk) -> bool:
    """A page of links: most lines are list items that hold a link and nothing else."""
    if chunk.kind == "code" or chunk.role != "list":
        return False
    lines = [line.lstrip(" *-+") for line in chunk.text.splitlines() if line.strip()]
    linked = sum(1 for line in lines if line.startswith("["))
    return linked >= 4 and linked > 0.6 * len(lines)
