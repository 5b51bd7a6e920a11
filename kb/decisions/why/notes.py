"""The notes of the index as `kb why` reads them: found by words in the ledger, quoted from the disk."""

import re
from collections.abc import Iterable, Sequence

from ingest.files import Unreadable, read_text, split_lines
from ingest.readers.kinds import FORMATS, MARKDOWN, TEXT, extension_of
from kb.answer.disk import MAX_BYTES, RENDERED, still_rendered
from kb.answer.windows import TextBlock, prose_blocks
from kb.decisions.why.reasons import Quote
from kb.model import StoredFile
from kb.store.ledger import Ledger

MOST_FOUND = 400
"""Passages looked at for one way to name a place: a name that more hold than these tells nothing."""
QUOTED_LINES = 12
PROSE = (MARKDOWN | FORMATS | TEXT | {"pdf"}) - {"log"}
HEART = re.compile(
    r"^#+\s*(?:\d+[.)]\s*)?(?:decision outcome|decision|solution|outcome|resolution|answer|what follows)", re.IGNORECASE
)
NOTES = "('adr', 'til', 'note')"


def is_prose(path: str) -> bool:
    """False for lists and tables, which name everything and explain nothing."""
    return extension_of(path) in PROSE


class Notes:
    """Reads each note once for a question."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lines: dict[int, tuple[str, ...]] = {}

    def at(self, file_id: int) -> StoredFile | None:
        return self._ledger.passages.file(file_id)

    def holding(self, ways: Iterable[Sequence[str]], *, but: int | None) -> list[StoredFile]:
        """The notes with a passage that holds all words of one of the `ways`, without the file `but`."""
        ids: dict[int, None] = {}
        for words in ways:
            if not words:
                continue
            query = " AND ".join('"' + word.replace('"', '""') + '"' for word in dict.fromkeys(words))
            rows = self._ledger.database.execute(
                "SELECT DISTINCT c.file_id FROM chunk_fts JOIN chunk c ON c.id = chunk_fts.rowid"
                f" JOIN file f ON f.id = c.file_id WHERE chunk_fts MATCH ? AND f.kind IN {NOTES} LIMIT {MOST_FOUND}",
                (f"{{title trail body}} : ({query})",),
            )
            ids.update(dict.fromkeys(int(row[0]) for row in rows))
        found = (self.at(file_id) for file_id in ids if file_id != but)
        return [note for note in found if note is not None and is_prose(note.path)]

    def decisions_at(self, paths: Iterable[tuple[str, str]]) -> list[int]:
        """The file ids of decisions under (source, path)."""
        rows = (
            self._ledger.database.execute(
                "SELECT f.id FROM file f JOIN source s ON s.id = f.source_id"
                " WHERE s.name = ? AND f.path = ? AND f.kind = 'adr'",
                place,
            ).fetchone()
            for place in paths
        )
        return [int(row[0]) for row in rows if row]

    def files_named(self, name: str) -> int:
        """How many indexed files have this name."""
        escaped = re.sub(r"([\\%_])", r"\\\1", name)
        row = self._ledger.database.execute(
            "SELECT count(*) FROM file WHERE path = ? OR path LIKE ? ESCAPE '\\'", (name, f"%/{escaped}")
        ).fetchone()
        return int(row[0])

    def lines(self, note: StoredFile) -> tuple[str, ...]:
        """The note as it is on disk now, none where it is gone or its lines are not those that a reader sees."""
        if note.file_id not in self._lines:
            self._lines[note.file_id] = self._read(note)
        return self._lines[note.file_id]

    def _read(self, note: StoredFile) -> tuple[str, ...]:
        if note.path.lower().endswith(RENDERED):
            return ()
        try:
            return split_lines(read_text(note.root, note.raw, max_bytes=MAX_BYTES).text)
        except Unreadable:
            return ()

    def quote(self, note: StoredFile, *, at: int = 0) -> Quote | None:
        """What a note says at a line, or at its heart; None where nothing of it stands on disk any more."""
        if note.path.lower().endswith(RENDERED):
            return self._rendered(note)
        lines = self.lines(note)
        blocks = prose_blocks(lines)
        if not blocks:
            return None
        start, end = _around(blocks, at) if at else _heart(lines, blocks)
        return Quote(start, end, "\n".join(lines[start - 1 : end]))

    def _rendered(self, note: StoredFile) -> Quote | None:
        chunks = self._ledger.passages.of_file(note.file_id)[:1]
        return Quote(chunks[0].start, chunks[0].end, chunks[0].text) if chunks and still_rendered(chunks[0]) else None


def _around(blocks: Sequence[TextBlock], at: int) -> tuple[int, int]:
    """The paragraph that holds a line, cut around the line where it is long; front matter has no paragraphs."""
    block = next((block for block in blocks if block.start <= at <= block.end), None)
    if block is None:
        return at, at
    if block.length <= QUOTED_LINES:
        return block.start, block.end
    start = max(block.start, min(at - QUOTED_LINES // 2, block.end - QUOTED_LINES + 1))
    return start, start + QUOTED_LINES - 1


def _heart(lines: Sequence[str], blocks: Sequence[TextBlock]) -> tuple[int, int]:
    """The first lines of what was decided or learned; of a note without such a section, its first paragraph."""
    heads = [n for n, block in enumerate(blocks) if block.kind == "heading" and HEART.match(lines[block.start - 1])]
    for begin in (*(n + 1 for n in heads), 0):
        said = next((n for n in range(begin, len(blocks)) if blocks[n].kind != "heading"), None)
        if said is not None:
            last = said
            while (
                last + 1 < len(blocks)
                and blocks[last + 1].kind != "heading"
                and blocks[last + 1].end - blocks[said].start < QUOTED_LINES
            ):
                last += 1
            return blocks[said].start, min(blocks[last].end, blocks[said].start + QUOTED_LINES - 1)
    return blocks[0].start, blocks[0].end
