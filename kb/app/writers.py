"""From the `[writer]` table of the settings to a `Writer`: the one place that knows all kinds of them."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kb.config_writer import OLLAMA_URL, WriterSettings
from kb.errors import ModelError
from kb.llm.place import is_loopback, is_relayed

if TYPE_CHECKING:
    from kb.llm.gguf import GgufServer
    from kb.llm.line import Line
    from kb.llm.served import Said, Served
    from kb.model import Message
    from kb.writing import Writer


class Writers:
    """The language model of one process; belongs to `Shared`, which lets one thread in at a time."""

    def __init__(self, settings: WriterSettings) -> None:
        self._settings = settings
        self._writer: Writer | None = None
        self.gguf: GgufServer | None = None
        """The child process of a GGUF file, once it was asked for."""

    def writer(self, *, look: bool) -> "Writer | None":
        """The configured one; with `look` else the newest model of an Ollama on this machine."""
        if self._writer is None and self._settings.model:
            self._writer = self._configured()
        if self._writer is None and look:
            return self._found()
        return self._writer

    def close(self) -> None:
        if self.gguf is not None:
            self.gguf.close()

    def _configured(self) -> "Writer":
        settings = self._settings
        if settings.kind == "gguf":
            return self._run(settings)
        served = _served(settings, settings.url or OLLAMA_URL)
        return served if served.local else guarded(served, settings)

    def _found(self) -> "Writer | None":
        from kb.llm.found import find_models, usual_url

        url = usual_url()
        for model in find_models(url):
            if model.local:
                return _served(replace(self._settings, kind="ollama", model=model.name), url)
        return None

    def _run(self, settings: WriterSettings) -> "Writer":
        from kb.llm import openai_like
        from kb.llm.gguf import GgufServer

        file = Path(settings.model).expanduser()
        if not file.is_absolute():
            # A daemon stands in another folder than whoever wrote the setting.
            raise ModelError(f"{settings.model} is no whole path", f"kb config set writer.model {file.absolute()}")
        server = self.gguf = GgufServer(file, context_tokens=settings.context_tokens)

        def speak(line: "Line", messages: "Sequence[Message]", max_tokens: int) -> "Iterator[Said]":
            with server.serving() as address:
                opened = openai_like.speaker(
                    address, file.stem, key=server.token, context_tokens=settings.context_tokens
                )
                yield from opened(line, messages, max_tokens)

        return _as_served(settings, speak, name=file.stem, url=str(file), local=True, media_type=openai_like.MEDIA_TYPE)


def is_local(settings: WriterSettings) -> bool:
    """Whether what the configured model is given stays on this machine."""
    if settings.kind == "gguf":
        return True
    relayed = settings.kind == "ollama" and is_relayed(settings.model)
    return is_loopback(settings.url or OLLAMA_URL) and not relayed


def trouble(settings: WriterSettings) -> str:
    """Why the configured model cannot be asked, empty where nothing is known to be in its way."""
    try:
        Writers(settings).writer(look=False)
        if settings.kind == "gguf":
            from kb.llm.gguf import check_gguf

            check_gguf(Path(settings.model).expanduser())
    except ModelError as error:
        return f"{error.message}: {error.hint}"
    return ""


def guarded(served: "Writer", settings: WriterSettings) -> "Writer":
    """A model that is elsewhere, behind what keeps text from it; ModelError where no source may be seen by it."""
    from kb.answer.redact import RemoteWriter

    if not settings.remote:
        raise ModelError(
            f"{served.name} is not on this machine: name the sources whose text it may see",
            "kb source list, then kb config set writer.remote NAME,NAME",
        )
    return RemoteWriter(served, frozenset(settings.remote))


def _served(settings: WriterSettings, url: str) -> "Served":
    from kb.llm import ollama, openai_like

    if settings.kind == "openai" and not settings.url:
        raise ModelError(
            "it is not known where the model is served", "kb config set writer.url http://127.0.0.1:8080/v1"
        )
    kind = ollama if settings.kind == "ollama" else openai_like
    key = os.environ.get(settings.key_env, "") if settings.key_env else ""
    if settings.key_env and not key:
        raise ModelError(
            f"the variable {settings.key_env} that holds the key for {settings.model} is not set",
            f"export {settings.key_env}=… and, where a daemon runs, kb daemon stop",
        )
    speak = kind.speaker(url, settings.model, key=key, context_tokens=settings.context_tokens)
    return _as_served(
        settings, speak, name=settings.model, url=url, local=is_local(settings), media_type=kind.MEDIA_TYPE
    )


def _as_served(
    settings: WriterSettings,
    speak: "Callable[[Line, Sequence[Message], int], Iterator[Said]]",
    *,
    name: str,
    url: str,
    local: bool,
    media_type: str,
) -> "Served":
    from kb.llm.served import Served, Timeouts

    return Served(
        name=name,
        url=url,
        local=local,
        context_tokens=settings.context_tokens,
        media_type=media_type,
        speak=speak,
        key_env=settings.key_env,
        timeouts=Timeouts(first_s=float(settings.timeout_s)),
    )
