"""The `[writer]` table of the settings: which language model writes, where it is, and what it may see if it is remote.

A key that opens an account is never a setting: `key_env` names the variable that holds it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from kb.errors import ConfigError

WRITER = "writer"
WriterKind = Literal["ollama", "openai", "gguf"]
KINDS: tuple[WriterKind, ...] = ("ollama", "openai", "gguf")
OLLAMA_URL = "http://127.0.0.1:11434"
LEAST_CONTEXT_TOKENS = 512
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_VARIABLE = 64

KEYS: dict[str, type] = {
    "writer.kind": str,
    "writer.model": str,
    "writer.url": str,
    "writer.key_env": str,
    "writer.context_tokens": int,
    "writer.timeout_s": int,
    "writer.remote": list,
}


@dataclass(frozen=True)
class WriterSettings:
    """One language model; `model` empty means that none is configured."""

    kind: WriterKind = "ollama"
    model: str = ""
    """Its name where it is served; of a GGUF the path of its file."""
    url: str = ""
    """Where it is served, empty for Ollama's usual place; of `openai` all before `/chat/completions`."""
    key_env: str = ""
    context_tokens: int = 8_192
    timeout_s: int = 120
    """For its first word: a model may have to be loaded, and to read a long prompt."""
    remote: tuple[str, ...] = ()
    """The sources whose text may leave this machine."""


def writer_settings(table: Mapping[str, Any]) -> WriterSettings:
    """The settings out of the checked keys of the table, without its name."""
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items() if value != ""}
    return WriterSettings(**cast(Any, given))


def check_writer(key: str, value: object, where: str) -> None:
    """ConfigError unless a value of the right type is one that the key takes."""
    wrong = _WRONG.get(key, lambda _: "")(cast(Any, value))
    if wrong:
        raise ConfigError(f"{where}: {key} {wrong}", _HINTS.get(key, f"kb config set {key} …"))


def _wrong_kind(value: str) -> str:
    return "" if value in KINDS else f"must be one of {', '.join(KINDS)}, not {value!r}"


def _wrong_url(value: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"is no address: {value!r}"
    if parts.username is not None or parts.password is not None:
        # Not shown: it would stand in a log, and it stands in a file that may be shared.
        return "must not hold a user or a password"
    return "" if parts.scheme in ("http", "https") and host else f"must begin with http:// or https://, not {value!r}"


def _wrong_variable(value: str) -> str:
    # Not shown: it may be the key itself.
    fits = _VARIABLE.fullmatch(value) and len(value) <= _LONGEST_VARIABLE
    return "" if fits else "must name the variable that holds the key, and not be the key"


def _wrong_context(value: int) -> str:
    return "" if value >= LEAST_CONTEXT_TOKENS else f"must be {LEAST_CONTEXT_TOKENS} or more, not {value!r}"


def _wrong_sources(value: list[object]) -> str:
    return "" if all(isinstance(name, str) and name for name in value) else "must be names of sources"


_WRONG: dict[str, Any] = {
    "writer.kind": _wrong_kind,
    "writer.url": _wrong_url,
    "writer.key_env": _wrong_variable,
    "writer.context_tokens": _wrong_context,
    "writer.timeout_s": lambda value: "" if value >= 1 else f"must be above 0, not {value!r}",
    "writer.remote": _wrong_sources,
}
_HINTS = {
    "writer.url": f"kb config set writer.url {OLLAMA_URL}",
    "writer.key_env": "kb config set writer.key_env MY_KEY",
    "writer.remote": "kb source list; kb config set writer.remote notes,til",
}
