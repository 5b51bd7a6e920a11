"""From a file on disk to chunks ready to store: a pure function that runs in worker processes."""

import re
import time
from dataclasses import dataclass, replace
from hashlib import blake2b

from ingest.chunk import chunk_document, header
from ingest.files import FileBytes, FileText, Unreadable, read_bytes, read_text
from ingest.generated import left_out_reason
from ingest.readers import binary_reader, read_binary_document, read_document
from kb.model import Chunk, Document, FoundFile
from kb.store.catalog import IndexedChunk, full_text

KEY_BYTES = 16
READER_FAILED = "its reader failed"
RACY = -1
"""Stands for the time of a file that may be written to again within the same tick of the clock; fits none on disk."""
TICK_NS = 50_000_000
"""Longer than a tick of any kernel's clock for files: ten milliseconds at most."""
COARSE_TICK_NS = 2_000_000_000
"""FAT counts in two seconds, others in one: their times are whole seconds."""
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read; `known_digest` is empty for a file that was never indexed."""

    root: str
    source_name: str
    found: FoundFile
    max_bytes: int
    known_digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Prepared:
    found: FoundFile
    digest: bytes
    document: Document
    chunks: tuple[IndexedChunk, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """The bytes are those that the ledger already holds; only the time stamp moved."""

    found: FoundFile


@dataclass(frozen=True, slots=True)
class Refused:
    """`keep_old` when the version that was read earlier should go on serving."""

    found: FoundFile
    reason: str
    keep_old: bool

    @property
    def final(self) -> bool:
        """Whether the same bytes would be refused again, so that they need not be read again."""
        return not self.keep_old or self.reason.startswith(READER_FAILED)


Outcome = Prepared | Same | Refused


def prepare(job: Job) -> Outcome:
    """Read, understand and cut one file; never raises for what a file may hold."""
    read_at_ns = time.time_ns()
    outcome = _outcome(job)
    mtime_ns = outcome.found.mtime_ns
    if _is_racy(mtime_ns, read_at_ns, settled=isinstance(outcome, Same)):
        # As git does: the next look suspects it, whatever its time, since an edit might have kept that.
        return replace(outcome, found=replace(outcome.found, mtime_ns=RACY))
    return outcome


def _is_racy(mtime_ns: int, read_at_ns: int, *, settled: bool) -> bool:
    """Whether a write after this reading could leave the time as it is; `settled` when a second look found the same."""
    tick_ns = TICK_NS if mtime_ns % 1_000_000_000 else COARSE_TICK_NS
    age_ns = read_at_ns - mtime_ns
    # A time in the future is that of another clock: one look more, and not one at every run for ever.
    return age_ns < tick_ns and not (settled and age_ns <= -tick_ns)


def _outcome(job: Job) -> Outcome:
    try:
        return _prepare(job)
    except Unreadable as error:
        return Refused(job.found, error.reason, error.keep_old)
    except Exception as error:  # noqa: BLE001  # The outermost worker: one note must not end the run of all others.
        return Refused(job.found, f"{READER_FAILED}: {type(error).__name__}", keep_old=True)


def _prepare(job: Job) -> Outcome:
    path = job.found.path
    binary = binary_reader(path) is not None
    read = read_bytes if binary else read_text
    file: FileBytes | FileText = read(job.root, job.found.raw, max_bytes=job.max_bytes)
    # What was read is what is remembered: a write between discovery and here would else go unseen.
    found = replace(job.found, size=file.size, mtime_ns=file.mtime_ns)
    if file.digest == job.known_digest:
        return Same(found)
    if isinstance(file, FileBytes):
        document = read_binary_document(path, file.content, source_name=job.source_name)
    else:
        if reason := left_out_reason(path, file.text):
            return Refused(found, reason, keep_old=False)
        document = read_document(path, file.text, source_name=job.source_name)
        document = replace(document, warnings=(*file.warnings, *document.warnings))
    document = _storable(document)
    return Prepared(found, file.digest, document, tuple(_indexed(document, path)))


def _storable(document: Document) -> Document:
    """Without what the escapes of JSON and YAML can put into a text: SQLite refuses half a surrogate pair."""
    texts = [document.title, *document.tags, *document.deciders]
    for block in document.blocks:
        texts += (*block.trail, block.symbol, block.text or "")
    for reference in document.references:
        texts += (reference.target, reference.evidence)
    return document if UNSTORABLE.search("\n".join(texts)) is None else _cleaned(document)


def _cleaned(document: Document) -> Document:
    return replace(
        document,
        title=_clean(document.title),
        tags=tuple(map(_clean, document.tags)),
        deciders=tuple(map(_clean, document.deciders)),
        blocks=tuple(
            replace(
                block,
                trail=tuple(map(_clean, block.trail)),
                symbol=_clean(block.symbol),
                text=None if block.text is None else _clean(block.text),
            )
            for block in document.blocks
        ),
        references=tuple(
            replace(reference, target=_clean(reference.target), evidence=_clean(reference.evidence))
            for reference in document.references
        ),
    )


def _clean(text: str) -> str:
    return UNSTORABLE.sub("", text)


def _indexed(document: Document, path: str) -> list[IndexedChunk]:
    return [
        IndexedChunk(
            chunk, header(document, path, chunk), content_key(document, chunk), full_text(chunk, document.title, path)
        )
        for chunk in chunk_document(document)
    ]


def content_key(document: Document, chunk: Chunk) -> bytes:
    """Names what is embedded; the folder is left out, so that a move finds its vectors and embeds nothing."""
    content = "\0".join((document.title, *chunk.trail, *chunk.symbols, chunk.text))
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
