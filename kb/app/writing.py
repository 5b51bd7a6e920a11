"""`kb ask --write`: an answer that is there already, said anew by a language model where that holds.

Whatever goes wrong on the way, the quotes are the answer, with a notice that says why.
"""

from typing import TYPE_CHECKING

from kb.answer.beside import beside
from kb.answer.generate import Written, write
from kb.answer.prompt import Given
from kb.app.api import OnPart, Payload
from kb.app.payload import Payloads
from kb.decisions.succession import Succession
from kb.errors import KbError, ModelError
from kb.model import Answer
from kb.progress import OnProgress, Progress

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex
    from kb.embedding.port import Embedder
    from kb.writing import Writer

TAIL_CHARS = 60
"""So much of what is being written is told to a face that shows one line."""
NO_MODEL = "your notes are quoted: no language model is configured; kb model says how to name one"


def written(
    index: "OpenIndex",
    answer: Answer,
    quoted: Payload,
    *,
    context: str = "",
    on_part: OnPart | None = None,
    on_progress: OnProgress,
) -> Payload:
    """The payload of an answer in a model's words, of `quoted` with notices where no model could; `not_found` stays."""
    if answer.status != "answered":
        return quoted
    try:
        writer = index.writer(look=True)
    except ModelError as error:
        told = f"{error.message}; {error.hint}" if error.hint else error.message
        return _with(quoted, [f"your notes are quoted: {told}"])
    if writer is None:
        return _with(quoted, [NO_MODEL])
    succession = Succession.latest(index.ledger)
    payloads = Payloads(succession)
    further = [payloads.citation(citation) for citation in beside(answer, succession)]
    citations = [*quoted["citations"], *further]
    tail = ""

    def told_text(piece: str) -> None:
        nonlocal tail
        tail = f"{tail}{piece}"[-TAIL_CHARS:]
        # Told for an empty piece too: with that, whoever left is noticed while the model thinks.
        on_progress(Progress("write", detail=f"{writer.name}: {' '.join(tail.split()) or '…'}"))
        if piece and on_part is not None:
            on_part({"text": piece})

    made = write(
        answer.question, [_given(citation) for citation in citations], writer, context=context,
        embedder=_embedder(index), on_text=told_text,
    )  # fmt: skip
    return _payload(quoted, citations, made, writer)


def _payload(quoted: Payload, citations: list[Payload], made: Written, writer: "Writer") -> Payload:
    if not made.sentences:
        more = {"incomplete": made.incomplete} if made.incomplete else {}
        return {**_with(quoted, made.notices), **more}
    return {
        **_with(quoted, made.notices),
        "mode": "generated",
        "answer": " ".join(sentence.text for sentence in made.sentences),
        "citations": [citation for citation in citations if citation["n"] in made.cited],
        "dropped": made.dropped,
        "writer": {"name": writer.name, "local": writer.local},
    }


def _with(quoted: Payload, notices: "list[str] | tuple[str, ...]") -> Payload:
    return {**quoted, "notices": [*quoted["notices"], *notices]}


def _given(citation: Payload) -> Given:
    named = citation["superseded_by"] or ()
    return Given(
        n=citation["n"], source=citation["source"], path=citation["path"], title=citation["title"] or "",
        start=citation["start"], end=citation["end"], text=citation["quote"], kind=citation["kind"],
        status=citation["status"] or "", successors=(named,) if isinstance(named, str) else tuple(named),
    )  # fmt: skip


def _embedder(index: "OpenIndex") -> "Embedder | None":
    """What the check reads meanings with; without it, it goes by words alone and keeps less."""
    try:
        return index.load_embedder()
    except KbError:
        return None
