"""A model behind a server, as a `Writer`: its reply is read in a thread, and handed on with time-outs by the word.

The thread is what makes a wait bounded and a stop felt: a server that sends comments to keep the line open, or a
byte now and then, never meets a socket's own time-out, and whoever asks must be able to leave while a model thinks.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kb.errors import ModelError
from kb.llm.line import Line, Refusal
from kb.llm.trying import MOST_PAUSE_S, as_model_error, asked_pause_s, cause_of, may_pass, pauses
from kb.model import Message
from kb.writing import estimate_tokens, prompt_tokens

STILL_WAITING_S = 0.2
"""So often an empty piece says that nothing came."""
CHARS_PER_TOKEN = 12
"""A server that does not keep to the number of tokens is left when its reply is so long."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    connect_s: float = 5.0
    first_s: float = 120.0
    """To the first word: the model may have to be loaded, and the prompt to be read."""
    between_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of a reply; `done` where the server says that it has ended."""

    text: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """It is tried once more after this."""

    error: BaseException


Heard = Said | Again | BaseException | None


@dataclass(frozen=True, slots=True)
class Served:
    """`speak` opens a reply over a line; what it raises is told in the user's words here."""

    name: str
    url: str
    local: bool
    context_tokens: int
    media_type: str
    speak: Callable[[Line, Sequence[Message], int], Iterator[Said]]
    key_env: str = ""
    timeouts: Timeouts = Timeouts()

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    def may_see(self, source: str) -> bool:
        return self.local

    def write(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        needed = prompt_tokens(self, messages) + max_tokens
        if needed > self.context_tokens:
            # A server would cut the prompt at its beginning, silently: the rules stand there.
            raise ModelError(
                f"the prompt and its reply may take {needed:,} tokens, {self.name} has {self.context_tokens:,}",
                f"kb config set writer.context_tokens {needed}",
            )
        line = self._line()
        said: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        threading.Thread(
            target=self._listen, args=(line, tuple(messages), max_tokens, said), name="writer", daemon=True
        ).start()
        text, limits = "", self.timeouts
        trouble: BaseException | None = None
        deadline = time.monotonic() + limits.first_s
        try:
            while True:
                try:
                    piece = said.get(timeout=STILL_WAITING_S)
                except queue.Empty:
                    if time.monotonic() > deadline:
                        raise self._told(trouble or self._silent(text), text) from None
                    yield ""
                    continue
                if piece is None:
                    return
                if isinstance(piece, Again):
                    trouble = piece.error
                    continue
                if isinstance(piece, BaseException):
                    raise self._told(piece, text)
                text += piece.text
                deadline = time.monotonic() + (limits.between_s if text else limits.first_s)
                yield piece.text
                if len(text) > max_tokens * CHARS_PER_TOKEN:
                    return
        finally:
            line.cut()

    def _listen(
        self,
        line: Line,
        messages: Sequence[Message],
        max_tokens: int,
        said: "queue.SimpleQueue[Heard]",
    ) -> None:
        """Put each piece, then None or what went wrong; in a thread of its own."""
        waits = pauses()
        while True:
            spoken = done = False
            try:
                for piece in self.speak(line, messages, max_tokens):
                    spoken = spoken or bool(piece.text)
                    done = done or piece.done
                    said.put(piece)
                if not done:
                    raise Refusal("its reply ended in the middle")
                said.put(None)
                return
            except Exception as error:  # noqa: BLE001 - the outermost of this thread: it is told by who asked
                found = cause_of(error)
                pause_s = next(waits, None)
                if (asked_s := asked_pause_s(found)) is not None:
                    pause_s = asked_s if pause_s is not None and asked_s <= MOST_PAUSE_S else None
                if spoken or pause_s is None or not may_pass(found):
                    said.put(found)
                    return
                said.put(Again(found))
                if line.is_cut.wait(pause_s):
                    return

    def _line(self) -> Line:
        limits = self.timeouts
        # By the byte it only has to end in the end: words are waited for by who asked.
        read_s = max(limits.first_s, limits.between_s) + limits.connect_s
        return Line(media_type=self.media_type, local=self.local, connect_s=limits.connect_s, read_s=read_s)

    def _silent(self, text: str) -> ModelError:
        limit_s = self.timeouts.between_s if text else self.timeouts.first_s
        what = "fell silent in the middle of its reply" if text else "gave no word"
        return ModelError(f"{self.name} {what}, for {limit_s:g} s", "kb config set writer.timeout_s 300")

    def _told(self, error: BaseException, text: str) -> ModelError:
        told = as_model_error(error, name=self.name, url=self.url, key_env=self.key_env)
        told.partial = text
        return told
