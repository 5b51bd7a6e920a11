"""The port to a language model that writes: all that is asked of one, whichever it is and wherever it runs."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from kb.model import Message


class Writer(Protocol):
    """A language model of the user's choice."""

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The reply, piece by piece as it comes.

        ModelError where the model cannot be had or breaks off: what came before it is no reply.
        """
        ...
