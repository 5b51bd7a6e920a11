"""What the journal keeps of an answer: its places and what each quote was, never the text of a file.

So a conversation shows nothing that was purged from the index since, quotes only what stands on the disk now, and
gives each decision the standing that it has today.
"""

from collections.abc import Sequence
from hashlib import blake2b

from kb.answer.disk import is_rendered, read_now, still_rendered
from kb.answer.selection import text_of
from kb.app.api import Payload
from kb.model import Answer, Citation, Hit, StoredChunk
from kb.store.ledger import Ledger

DIGEST_BYTES = 12


def kept(answer: Payload) -> Payload:
    """The places of an answer's payload."""
    return {
        "status": answer["status"],
        "missing": answer["missing"],
        "confidence": answer["confidence"],
        "citations": [
            {"n": citation["n"], **_place(citation), "quote": _digest(citation["quote"])}
            for citation in answer["citations"]
        ],
        "nearest": [{"score": hit["score"], **_place(hit)} for hit in answer["nearest"]],
    }


def reread(told: Payload, question: str, ledger: Ledger) -> Answer:
    """The answer again, of what still stands; what does not is told among the notices."""
    citations: list[Citation] = []
    gone: list[str] = []
    for place in told["citations"]:
        if found := _quoted_again(place, _chunks(ledger, place)):
            citations.append(found)
        else:
            gone.append(f"{place['path']} no longer says what was quoted then")
    found_again = (_near_again(place, _chunks(ledger, place)) for place in told["nearest"])
    nearest = tuple(hit for hit in found_again if hit is not None)
    return Answer(
        question, told["status"], tuple(citations), nearest, tuple(told["missing"]), told["confidence"],
        tuple(dict.fromkeys(gone)),
    )  # fmt: skip


def _place(item: Payload) -> Payload:
    return {"source": item["source"], "path": item["path"], "start": item["start"], "end": item["end"]}


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()


def _chunks(ledger: Ledger, place: Payload) -> list[StoredChunk]:
    file = ledger.passages.file_in(place["source"], place["path"])
    return ledger.passages.of_file(file.file_id) if file else []


def _quoted_again(place: Payload, chunks: Sequence[StoredChunk]) -> Citation | None:
    if not chunks:
        return None
    start, end, quote = place["start"], place["end"], place["quote"]
    if is_rendered(chunks[0]):
        same = (c for c in chunks if (c.start, c.end) == (start, end) and _digest(c.text) == quote)
        chunk = next((chunk for chunk in same if still_rendered(chunk)), None)
        return Citation(place["n"], chunk, start, end, chunk.text) if chunk else None
    lines = read_now(chunks[0])
    if lines is None or (first := _stands_at(lines, start, end, quote)) is None:
        return None
    last = first + end - start
    nearest = min(chunks, key=lambda c: 0 if c.start <= first <= c.end else abs(c.start - first))
    return Citation(place["n"], nearest, first, last, text_of(lines, first, last))


def _stands_at(lines: Sequence[str], start: int, end: int, quote: str) -> int | None:
    """The line at which what was quoted begins now, the nearest to where it began; None where it is gone."""
    length = end - start + 1
    at = sorted(range(1, len(lines) - length + 2), key=lambda first: abs(first - start))
    return next((first for first in at if _digest(text_of(lines, first, first + length - 1)) == quote), None)


def _near_again(place: Payload, chunks: Sequence[StoredChunk]) -> Hit | None:
    run = tuple(chunk for chunk in chunks if place["start"] <= chunk.start and chunk.end <= place["end"])
    return Hit(0, run[0], place["score"], chunks=run) if run else None
