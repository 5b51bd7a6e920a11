"""The JSON of the command-line contract: made in one place, so that every face says the same."""

import re

from kb.app.api import Payload
from kb.app.places import shown_abspath
from kb.decisions.edges import Decision
from kb.decisions.succession import GONE, Succession
from kb.model import Answer, Citation, Hit, StoredChunk

SNIPPET_LINES = 4
METADATA = re.compile(
    r"^\s*(?:#{1,6}\s|---\s*$|[-*]?\s*(?:kind|status|date|tags|deciders|decision-makers|title)\s*:)", re.I
)
"""Lines that say nothing of the matter: a snippet of "status: accepted" tells nobody what was found."""


class Payloads:
    """Turns results into JSON objects; knows the succession of decisions for their labels."""

    def __init__(self, succession: Succession) -> None:
        self._succession = succession

    def hit(self, hit: Hit) -> Payload:
        chunk = hit.chunk
        return {
            "rank": hit.rank,
            **_place(chunk, hit.start, hit.end),
            "title": chunk.title,
            "heading": " › ".join(chunk.trail),
            "kind": chunk.kind,
            "score": round(hit.score, 4),
            "snippet": "\n".join(_snippet(chunk)),
            **self._standing(chunk),
        }

    def citation(self, citation: Citation) -> Payload:
        chunk = citation.chunk
        return {
            "n": citation.n,
            **_place(chunk, citation.start, citation.end),
            "quote": citation.quote,
            "kind": chunk.kind,
            "title": chunk.title,
            "number": chunk.number,
            "date": chunk.date or None,
            **self._standing(chunk),
        }

    def answer(self, answer: Answer, took_ms: float) -> Payload:
        citations = [self.citation(citation) for citation in answer.citations]
        return {
            "question": answer.question,
            "status": answer.status,
            "answer": "\n\n".join(map(_said, citations)),
            "mode": "extractive",
            "citations": citations,
            "nearest": [self.hit(hit) for hit in answer.nearest],
            "missing": list(answer.missing),
            "confidence": round(answer.confidence, 3),
            "notices": list(answer.notices),
            "took_ms": round(took_ms, 1),
        }

    def _standing(self, chunk: StoredChunk) -> Payload:
        """A decision's status and successor; null for everything that is no decision."""
        return standing(self._succession, self._succession.by_id.get(chunk.file_id))


def _said(citation: Payload) -> str:
    """A quote; that of a decision which holds no longer under a line that says so, for it is read without the frame."""
    replaced = citation["superseded_by"]
    if not replaced:
        return str(citation["quote"])
    since = f" on {citation['superseded_on']}" if citation["superseded_on"] else ""
    successors = replaced if isinstance(replaced, str) else ", ".join(replaced)
    return f"[{citation['path']} · {citation['status']}{since}; now {successors}]\n{citation['quote']}"


def standing(succession: Succession, decision: Decision | None) -> Payload:
    """A decision's status as it is today, what is in force in its place, and since which day; nulls for no decision."""
    if decision is None:
        return {"status": None, "superseded_by": None, "superseded_on": None}
    ends, status = succession.in_force(decision.file_id), decision.status
    if ends and status not in GONE and status != "partly superseded":
        # Its own text may still say "accepted": only the newer one tells.
        status = "partly superseded" if succession.is_partial(decision.file_id) else "superseded"
    since = succession.superseded_on(decision.file_id) if ends else ""
    return {"status": status or None, "superseded_by": _paths(ends), "superseded_on": since or None}


def _place(chunk: StoredChunk, start: int, end: int) -> Payload:
    return {
        "path": chunk.path,
        "source": chunk.source,
        "abspath": shown_abspath(chunk.root, chunk.path),
        "start": start,
        "end": end,
    }


def _paths(decisions: list[Decision]) -> str | list[str] | None:
    paths = [decision.path for decision in decisions]
    return None if not paths else paths[0] if len(paths) == 1 else paths


def _snippet(chunk: StoredChunk) -> list[str]:
    lines = [line for line in chunk.text.splitlines() if line.strip()]
    telling = [line for line in lines if not METADATA.match(line)] or lines
    return telling[:SNIPPET_LINES]
