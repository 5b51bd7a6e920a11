"""The one part of a draft or a pack that a language model may write: a few sentences at its head, each checked.

Alone knows what a model is asked for each kind. What it writes is checked against the sources of the draft, as an
answer is; what they do not say is dropped and counted. Without a model, or with one that fails, the draft is whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.answer.generate import write
from kb.answer.prompt import Given
from kb.draft.measure import measured
from kb.writing import Writer

if TYPE_CHECKING:
    from kb.embedding.port import Embedder

SLOTS = {
    "context": "What does somebody who is about to design “{title}” have to know first?",
    "adr": "What is known that the decision “{title}” has to take into account?",
    "rfc": "What is known that the proposal “{title}” has to take into account?",
    "til": "What was learned about “{title}”?",
    "status": "What was done and what stands in the way?",
    "guide": "How is “{title}” done here?",
    "review": "Which decisions and which code does “{title}” have to be compared with, and what do they say?",
    "comment": "What do the decisions and the code say about this: “{title}”?",
}
"""Kind ▶ the question that the slot answers; a kind without one (`instructions`) has every line cited already."""
HEADING = "In short"
MOST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Prose:
    """Checked sentences with their numbers, as one paragraph; empty where none held, and then `notices` say why."""

    text: str
    dropped: int
    notices: tuple[str, ...]
    cites: tuple[int, ...] = ()
    heading: str = ""
    """What stands above it: who wrote it, and where that is."""


def prose(
    kind: str, title: str, sources: Sequence[Given], writer: Writer, *, facts: str = "",
    embedder: "Embedder | None" = None, on_text: Callable[[str], None] = lambda _: None,
) -> Prose:  # fmt: skip
    """What a model writes into the slot of a draft, out of its sources only; figures only of those and of the facts."""
    slot = SLOTS.get(kind)
    if slot is None or not sources:
        return Prose("", 0, ())
    question = slot.format(title=" ".join(title.split())[:MOST_TITLE])
    found = write(question, sources, writer, embedder=embedder, on_text=on_text)
    spans = {given.n: given.said for given in sources}
    text = measured(" ".join(sentence.text for sentence in found.sentences), facts=facts, spans=spans)
    # "Your notes are quoted" is said of answers; a draft is made of them anyway.
    notices = tuple(
        notice.replace("your notes are quoted", "the draft is made of your notes alone") for notice in found.notices
    )
    away = "" if writer.local else ", which is not on this machine"
    return Prose(text, found.dropped, notices, tuple(sorted(found.cited)), f"{HEADING}, by {writer.name}{away}")


def with_prose(draft: str, written: Prose) -> str:
    """A draft with the paragraph after its mark, which says that it is a draft."""
    if not written.text:
        return draft
    head, mark, rest = draft.partition("> **Draft**")
    line, end, rest = rest.partition("\n")
    told = f"\n## {written.heading}\n\n{written.text}\n"
    return f"{head}{mark}{line}{end}{told}{rest}" if mark else f"{told.lstrip()}\n{draft}"
