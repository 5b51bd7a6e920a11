"""A language model that says what a test tells it to say: a real `Writer` without a model behind it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from kb.errors import ModelError
from kb.model import Message
from kb.writing import estimate_tokens

Reply = str | ModelError | Callable[[Sequence[Message]], str]
"""What it says, what it fails with after its first words, or how it makes a reply of what it was given."""


@dataclass
class ScriptedWriter:
    """One reply after the other, a word at a time; the last one again and again."""

    replies: list[Reply]
    name: str = "scripted"
    local: bool = True
    context_tokens: int = 8_192
    sources: frozenset[str] | None = None
    """What a remote one may see; None for everything."""
    given: list[tuple[Message, ...]] = field(default_factory=list)
    closed: int = 0
    """How many replies were left or ended."""

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    def may_see(self, source: str) -> bool:
        return self.sources is None or source in self.sources

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        self.given.append(tuple(messages))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        try:
            yield ""
            if isinstance(reply, ModelError):
                yield from ("Half ", "a ")
                reply.partial = "Half a "
                raise reply
            text = reply if isinstance(reply, str) else reply(messages)
            yield from (f"{word} " for word in text.split(" "))
        finally:
            self.closed += 1


def writer(*replies: Reply, **more: object) -> ScriptedWriter:
    return ScriptedWriter(list(replies), **more)  # type: ignore[arg-type]
