"""Any server that speaks OpenAI's chat completions: llama.cpp, vLLM, LM Studio, a hosted one; by llama-index."""

from collections.abc import Callable, Iterator, Sequence

from kb.errors import ModelError
from kb.llm.line import Line
from kb.llm.served import Said
from kb.model import Message

MEDIA_TYPE = "text/event-stream"
NO_KEY = "none"
"""For a server that wants none; without any, the client would look for one of its own in the environment."""


def speaker(
    url: str, model: str, *, key: str, context_tokens: int
) -> Callable[[Line, Sequence[Message], int], Iterator[Said]]:
    """Opens replies of one model; `key` may be empty."""

    def speak(line: Line, messages: Sequence[Message], max_tokens: int) -> Iterator[Said]:
        try:
            import httpx
            from llama_index.core.llms import ChatMessage
            from llama_index.llms.openai_like import OpenAILike
        except ImportError as error:
            raise ModelError("the package for this server is not installed", 'pip install "kb[write]"') from error
        with httpx.Client(**line.options) as client:
            llm = OpenAILike(
                model=model,
                api_base=url,
                api_key=key or NO_KEY,
                is_chat_model=True,
                context_window=context_tokens,
                max_tokens=max_tokens,
                temperature=0.0,
                max_retries=0,
                http_client=client,
            )
            for piece in llm.stream_chat([ChatMessage(role=m.role, content=m.text) for m in messages]):
                choices = piece.raw.choices
                yield Said(piece.delta or "", done=bool(choices and choices[0].finish_reason))

    return speak
