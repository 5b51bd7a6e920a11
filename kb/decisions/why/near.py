"""Which notes are alike to a line in meaning: the last resort where nothing is named, and the judge between equals."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kb.decisions.why.line import Line
from kb.decisions.why.notes import is_prose
from kb.errors import KbError
from kb.search.legs import Legs
from kb.search.nearest import Nearest
from kb.search.query import Query
from kb.search.words import WordScores
from kb.store.ledger import Ledger
from kb.store.passages import Filter

if TYPE_CHECKING:
    from kb.embedding.port import Embedder

FLOOR = 0.42
"""A passage less alike than this has nothing to do with the line. Of the labelled lines whose reason is only near, the
right note lay at .44 and above; for lines without a reason the nearest lay at .24 to .40, once at .55."""
PASSAGES = 40
MOST = 3
NOTES = Filter(kinds=("adr", "til", "note"))


class Near:
    """Over one ledger; `embedder` gives the model of the index, None where the index has no vectors."""

    def __init__(self, ledger: Ledger, *, embedder: "Callable[[], Embedder | None]", nearest: Nearest) -> None:
        self._ledger = ledger
        self._embedder = embedder
        # By vectors alone: a line of code shares common words with every note.
        self._legs = Legs(ledger, nearest, WordScores())

    def nearest(self, line: Line, notices: list[str]) -> Sequence[tuple[int, float, int]]:
        """(file id, cosine, line of the passage) of the few notes that are alike enough, the most alike first."""
        found = ((file_id, cosine, at) for file_id, (cosine, at) in self.likeness(line, notices).items())
        return [item for item in sorted(found, key=lambda item: (-item[1], item[0])) if item[1] >= FLOOR][:MOST]

    def likeness(self, line: Line, notices: list[str]) -> dict[int, tuple[float, int]]:
        """(cosine, line of the passage) by file id, of the notes with the most alike passages."""
        try:
            embedder = self._embedder()
            if embedder is None:
                return {}
            query = Query(line.said(), (), (), {}, (), {}, embedder.embed_query(line.said()))
        except KbError as error:
            # Without a model the mentions still stand.
            notices.append(f"nothing was looked for by meaning: {error.message}")
            return {}
        near: dict[int, tuple[float, int]] = {}
        with self._ledger.database.snapshot():
            generation = self._ledger.embeddings.generation()
            if generation is None or generation.identity != embedder.identity:
                # Another model took over between the two: its vectors cannot be compared with this one.
                return {}
            candidates = self._legs.candidates(query, NOTES, depth=PASSAGES)
        for candidate in candidates:
            chunk = candidate.chunk
            alike, _ = near.get(chunk.file_id, (-1.0, 0))
            if chunk.file_id != line.file_id and candidate.cosine > alike and is_prose(chunk.path):
                near[chunk.file_id] = (candidate.cosine, chunk.start)
        return near
