"""What may not leave this machine is taken out of a text here; a model that is elsewhere is only reached through this.

The rules are those that detect-secrets keeps, asked by their patterns alone: its checks of a found key would send
it to whoever issued it. What they miss is added in `redact_rules`. Taking out too much costs an answer some words;
taking out too little cannot be taken back.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.answer.redact_rules import REDACTED, found, kept_rules
from kb.errors import ModelError
from kb.model import Message
from kb.sanitize import for_terminal
from kb.writing import Writer

_MARK = re.compile(r"\b(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{12,}\b")
"""What a system message, which is our own words, may name as the fence of the data in the others."""
LEAST_ECHO = 6
"""A secret that is shorter, or a plain word, is taken out where it was found, and not wherever it stands."""


def redact(*texts: str, ours: Collection[str] = ()) -> list[str]:
    """The texts of one call without secrets; what is a secret in one of them is taken out of all.

    `ours` are words that we made up ourselves, such as a fence, and that look as keys do.
    """
    rules = kept_rules()
    secrets: set[str] = set()
    cleaned = []
    for text in texts:
        # Hidden characters first: between the letters of a key they would hide it from every rule.
        shown = for_terminal(text, keep_newlines=True, keep_tabs=True)
        spans = [span for span in found(shown, rules) if not any(word in span[2] for word in ours)]
        text, gone = _without(shown, spans)
        secrets |= gone
        cleaned.append(text)
    for secret in sorted((secret for secret in secrets if _is_telling(secret)), key=len, reverse=True):
        cleaned = [text.replace(secret, REDACTED) for text in cleaned]
    return cleaned


@dataclass(frozen=True, slots=True)
class RemoteWriter:
    """A model that is elsewhere: sees the sources that its user named, and no secret of theirs."""

    inner: Writer
    sources: frozenset[str]

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def local(self) -> bool:
        return False

    @property
    def context_tokens(self) -> int:
        return self.inner.context_tokens

    def count_tokens(self, text: str) -> int:
        return self.inner.count_tokens(text)

    def may_see(self, source: str) -> bool:
        return source in self.sources

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        for message in messages:
            self._check(message)
        ours = {mark for message in messages if message.role == "system" for mark in _MARK.findall(message.text)}
        texts = redact(*(message.text for message in messages), ours=ours)
        sent = [replace(message, text=text) for message, text in zip(messages, texts, strict=True)]
        return self.inner.write(sent, max_tokens=max_tokens)

    def _check(self, message: Message) -> None:
        """Refuse what holds text of a source that was not named, or does not say whose text it holds."""
        if message.role == "system":
            return  # our own words
        if message.sources is None:
            raise ModelError(f"{self.name} is not on this machine, and it is not known whose text this is")
        if withheld := [source for source in message.sources if not self.may_see(source)]:
            raise ModelError(
                f"{self.name} is not on this machine, and may not see {', '.join(withheld)}",
                f"kb config set writer.remote {','.join(sorted({*self.sources, *withheld}))}",
            )


def _without(text: str, spans: Sequence[tuple[int, int, str]]) -> tuple[str, set[str]]:
    """The text with each span replaced, and the secrets that stood there; spans that touch are one."""
    parts: list[str] = []
    gone = {form for _, _, secret in spans for form in (secret, secret.rstrip(".,;:!?"))}
    end_before = 0
    for start, end, _ in sorted(spans):
        if start > end_before or not parts:
            parts += [text[end_before:start], REDACTED]
        end_before = max(end_before, end)
    return "".join([*parts, text[end_before:]]), gone


def _is_telling(secret: str) -> bool:
    return len(secret) >= LEAST_ECHO and not (secret.isalpha() and secret.islower())
