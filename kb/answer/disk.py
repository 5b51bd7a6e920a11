"""The file as it is now: quotes are taken from the disk, never from memory, and moved text is found again."""

import os

from ingest.files import Unreadable, read_text, split_lines
from kb.model import FoundFile, StoredChunk

MAX_BYTES = 1 << 40
"""No cap here: what was indexed under any `max_file_bytes` can be quoted."""
RENDERED = (".ipynb", ".html", ".htm", ".pdf")
"""Formats whose readable text is not the lines of the file."""


def read_now(chunk: StoredChunk) -> tuple[str, ...] | None:
    """The lines of the file that a chunk was read from; None when it is gone or no text any more."""
    try:
        return split_lines(read_text(chunk.root, chunk.raw, max_bytes=MAX_BYTES).text)
    except Unreadable:
        return None


def is_rendered(chunk: StoredChunk) -> bool:
    return chunk.path.lower().endswith(RENDERED)


def shift(chunk: StoredChunk, lines: tuple[str, ...]) -> int | None:
    """By how many lines a chunk's text moved since it was read: 0 mostly, None when it stands nowhere any more."""
    wanted = tuple(chunk.text.split("\n"))
    if lines[chunk.start - 1 : chunk.end] == wanted:
        return 0
    # A long line that was cut into several chunks stands within its line.
    if len(wanted) == 1 and chunk.start <= len(lines) and chunk.text in lines[chunk.start - 1]:
        return 0
    places = [n for n in range(len(lines) - len(wanted) + 1) if lines[n : n + len(wanted)] == wanted]
    return min(places, key=lambda n: abs(n + 1 - chunk.start)) + 1 - chunk.start if places else None


def still_rendered(chunk: StoredChunk) -> bool:
    """Whether a rendered passage comes out of its file today as it did when it was indexed."""
    # Deferred: it brings every parser along, which a cold `kb ask` over plain text does not need.
    from ingest.prepare import Job, Prepared, prepare

    try:
        stat = os.stat(os.path.join(os.fsencode(chunk.root), chunk.raw))
    except OSError:
        return False
    found = FoundFile(chunk.path, chunk.raw, stat.st_size, stat.st_mtime_ns)
    outcome = prepare(Job(chunk.root, chunk.source, found, MAX_BYTES))
    return isinstance(outcome, Prepared) and any(
        (i.chunk.start, i.chunk.end, i.chunk.text) == (chunk.start, chunk.end, chunk.text) for i in outcome.chunks
    )
