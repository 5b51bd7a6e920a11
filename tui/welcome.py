"""The interface's own words: what an empty screen says, and how the status line counts."""

from collections.abc import Mapping
from typing import Any

WELCOME = (
    "Type to search your notes, decisions and code.",
    "kind:adr path:src/ narrow it down, as do the filters below the query (f).",
    "",
    "↓ ↑    through the results, also while typing; PgUp PgDn the text",
    "Enter  opens the text, and there the editor",
    "Esc    leaves the input, / comes back",
    "e y    your editor at the line, copy path:line",
    "b a l  what links here, ask about it, learn about it",
    "? q    help, quit (Ctrl+Q from anywhere)",
)


def counted(status: Mapping[str, Any]) -> str:
    """`1,870 files in 3 sources`, with what is still without a vector."""
    sources = len(status["sources"])
    words = f"{_count(status['files'], 'file')} in {_count(sources, 'source')}"
    pending = status["pending"]
    return f"{words} · {_count(pending, 'passage')} not yet embedded: kb index" if pending else words


def found_words(payload: Mapping[str, Any]) -> str:
    """How many were found and how fast; notices come after, for they say what is missing."""
    hits = payload["hits"]
    found = f"{_count(len(hits), 'passage')} · {payload['took_ms']:.0f} ms" if hits else "Nothing found"
    return " · ".join([found, *(str(notice) for notice in payload.get("notices") or [])])


def answered_words(payload: Mapping[str, Any]) -> str:
    """How many passages the answer rests on; its notices stand below it."""
    cited = len(payload["citations"])
    return f"{_count(cited, 'citation') if cited else 'Not in your notes'} · {payload['took_ms']:.0f} ms"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
