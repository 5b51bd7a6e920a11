"""Ollama, by llama-index; alone sees to it that its context is as large as we count, for its own default is small."""

from collections.abc import Callable, Iterator, Sequence

from kb.errors import ModelError
from kb.llm.line import Line
from kb.llm.served import Said
from kb.model import Message

MEDIA_TYPE = "application/x-ndjson"
NO_KEY = "none"
"""Without any, the client would send the one of the environment to whatever host is configured."""


def speaker(
    url: str, model: str, *, key: str, context_tokens: int
) -> Callable[[Line, Sequence[Message], int], Iterator[Said]]:
    """Opens replies of one model; `key` may be empty."""

    def speak(line: Line, messages: Sequence[Message], max_tokens: int) -> Iterator[Said]:
        try:
            from llama_index.core.llms import ChatMessage
            from llama_index.llms.ollama import Ollama
            from ollama import Client
        except ImportError as error:
            raise ModelError("the package for Ollama is not installed", 'pip install "kb[write]"') from error
        with Client(host=url, headers={"authorization": f"Bearer {key or NO_KEY}"}, **line.options) as client:
            llm = Ollama(
                model=model,
                client=client,
                temperature=0.0,
                context_window=context_tokens,
                additional_kwargs={"num_predict": max_tokens},
                is_function_calling_model=False,
            )
            for piece in llm.stream_chat([ChatMessage(role=m.role, content=m.text) for m in messages]):
                yield Said(piece.delta or "", done=bool(piece.raw.get("done")))

    return speak
