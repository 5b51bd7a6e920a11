"""An answer in a language model's words, as far as the passages say it: asked for, streamed, checked, or given up.

What comes back either holds or is None, with the reason; who asks then shows the passages themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.answer.prompt import Given, asked, fenced, messages, new_fence, rules
from kb.answer.sentences import Sentence
from kb.answer.verify import checked
from kb.errors import ModelError
from kb.model import Message
from kb.writing import Passage, Writer, fit

if TYPE_CHECKING:
    from kb.embedding.port import Embedder

MAX_TOKENS = 400
CHARS_PER_TOKEN = 8
"""A reply that runs on beyond this is cut off: a model may not stop by itself."""
LEAST_KEPT = 0.5
"""Share of the sentences that have to hold: of a text that is mostly made up, the rest has lost its sense."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote: `sentences` are those that hold, none where the answer is not to be shown."""

    sentences: tuple[Sentence, ...]
    dropped: int
    notices: tuple[str, ...]
    incomplete: str = ""
    """What it had written when it broke off: unchecked, and no answer."""

    @property
    def cited(self) -> frozenset[int]:
        return frozenset(n for sentence in self.sentences for n in sentence.cites)


def write(
    question: str,
    passages: Sequence[Given],
    writer: Writer,
    *,
    context: str = "",
    embedder: "Embedder | None" = None,
    on_text: Callable[[str], None],
) -> Written:
    """An answer out of `passages`, the best first; `on_text` is told each piece as it comes, an empty one too."""
    notices: list[str] = []
    if context and not writer.local:
        context = ""
        notices.append(f"what you ask about is not shown to {writer.name}, which is not on this machine")
    fence = new_fence([question, context, *(given.said for given in passages)])
    fitted = fit(
        writer,
        [Passage(given.source, fenced(given, fence)) for given in passages],
        around=[rules(fence), asked(question, context, fence)],
        max_tokens=MAX_TOKENS,
    )
    notices += fitted.notices
    shown = [passages[place] for place in fitted.kept]
    if not shown:
        return Written((), 0, (*notices, f"{writer.name} was not asked: no passage may be shown to it or has room"))
    try:
        reply = _reply(writer, messages(shown, question, context, fence), on_text)
    except ModelError as error:
        told = f"{error.message}; {error.hint}" if error.hint else error.message
        broke = ", and what it had written is incomplete" if error.partial else ""
        return Written((), 0, (*notices, f"your notes are quoted, for no model wrote{broke}: {told}"), error.partial)
    return _judged(reply, shown, writer, embedder, notices)


def _reply(writer: Writer, given: Sequence[Message], on_text: Callable[[str], None]) -> str:
    reply = ""
    pieces = writer.write(given, max_tokens=MAX_TOKENS)
    try:
        for piece in pieces:
            on_text(piece)
            reply += piece
            if len(reply) > MAX_TOKENS * CHARS_PER_TOKEN:
                break
    finally:
        # When whoever asked has left, the model would go on for nobody.
        if (close := getattr(pieces, "close", None)) is not None:
            close()
    return reply


def _judged(
    reply: str, shown: Sequence[Given], writer: Writer, embedder: "Embedder | None", notices: Sequence[str]
) -> Written:
    found = checked(reply, {given.n: given.said for given in shown}, embedder=embedder)
    kept, dropped = found.sentences, found.dropped
    if not kept:
        why = f"{writer.name} wrote nothing that they say" if dropped else f"{writer.name} wrote no answer"
        return Written((), dropped, (*notices, f"your notes are quoted: {why}"))
    if len(kept) < LEAST_KEPT * (len(kept) + dropped):
        why = f"{dropped} of {len(kept) + dropped} sentences of {writer.name} are not in them"
        return Written((), dropped, (*notices, f"your notes are quoted: {why}"))
    told = ["1 sentence was dropped"] if dropped == 1 else [f"{dropped} sentences were dropped"] if dropped else []
    told = [f"{line}: your notes do not say it" for line in told]
    replaced = {given.n: given.successors for given in shown if given.successors}
    return Written(tuple(_marked(sentence, replaced) for sentence in kept), dropped, (*notices, *told))


def _marked(sentence: Sentence, replaced: dict[int, tuple[str, ...]]) -> Sentence:
    """A sentence out of a superseded decision says so itself: it may be read without its passage."""
    ends = [end for n in sentence.cites for end in replaced.get(n, ())]
    if not ends or not all(n in replaced for n in sentence.cites):
        return sentence
    return Sentence(f"{sentence.text} (superseded; now {', '.join(dict.fromkeys(ends))})", sentence.cites)
