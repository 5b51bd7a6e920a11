"""The port to a language model that writes: all that is asked of one, whichever it is and wherever it runs.

Alone decides what goes into a prompt and what is left out, the same for every model: passages that a
remote one may not see, and whole passages from the end where its context has no room for them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from kb.model import Message

PER_MESSAGE = 12
"""Tokens that a chat template puts around a message, at most."""
_PIECES = re.compile(r"[A-Za-z]+|\s+|.", re.DOTALL)
LETTERS_PER_TOKEN = 3
"""Of a run of letters, fewer than any tokenizer in use takes on words of notes and code."""


class Writer(Protocol):
    """A language model of the user's choice."""

    @property
    def name(self) -> str:
        """What the user knows it by."""
        ...

    @property
    def local(self) -> bool:
        """Whether what it is given stays on this machine; else it gets redacted text, and the answer says so."""
        ...

    @property
    def context_tokens(self) -> int:
        """What prompt and reply together may have."""
        ...

    def count_tokens(self, text: str) -> int:
        """At least as many tokens as the model makes of a text."""
        ...

    def may_see(self, source: str) -> bool:
        """Whether text of this source may be in a prompt for it; a remote one sees what its user named."""
        ...

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The reply, piece by piece as it comes; an empty piece says that it is still waited for.

        Closing the iterator stops the model. ModelError where it cannot be had or breaks off, with what it had
        said in `partial`: that is no reply. A message of the user's that a remote model gets has to name its
        `sources`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as it would stand in the prompt, its fence included."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What of the passages goes in, by their places in what was given; `notices` tell what does not."""

    kept: tuple[int, ...]
    notices: tuple[str, ...] = ()


def fit(writer: Writer, passages: Sequence[Passage], *, around: Sequence[str], max_tokens: int) -> Fit:
    """The first passages that the model may see and has room for, beside the texts `around` them and the reply."""
    seen = [place for place, passage in enumerate(passages) if writer.may_see(passage.source)]
    withheld = sorted({passage.source for passage in passages if not writer.may_see(passage.source)})
    room = writer.context_tokens - max_tokens - sum(writer.count_tokens(text) + PER_MESSAGE for text in around)
    kept: list[int] = []
    for place in seen:
        room -= writer.count_tokens(passages[place].text)
        if room < 0:
            break
        kept.append(place)
    notices = []
    if withheld:
        notices.append(f"not shown to {writer.name}, which is not on this machine: {', '.join(withheld)}")
    if cut := len(seen) - len(kept):
        told = "1 passage was" if cut == 1 else f"{cut} passages were"
        notices.append(f"{told} left out: {writer.name} takes {writer.context_tokens:,} tokens")
    return Fit(tuple(kept), tuple(notices))


def estimate_tokens(text: str) -> int:
    """At least as many tokens as tokenizers in use make of it, for a model whose own cannot be asked."""
    return sum(map(_tokens_of, _PIECES.findall(text)))


def prompt_tokens(writer: Writer, messages: Sequence[Message]) -> int:
    """What a prompt costs."""
    return sum(writer.count_tokens(message.text) + PER_MESSAGE for message in messages)


def _tokens_of(piece: str) -> int:
    if piece.isspace():
        # One blank belongs to the word after it; deeper ones and line ends have tokens of their own.
        return 0 if piece == " " else len(piece.replace(" ", "")) + (len(piece) + 3) // 4
    if piece.isascii():
        return -(-len(piece) // LETTERS_PER_TOKEN) if piece.isalpha() else 1
    return len(piece.encode("utf-8", "replace"))
