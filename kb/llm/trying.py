"""Which failures are tried again, how long is waited before, and what each is called to the user."""

import random
from collections.abc import Iterator

import httpx

from kb.errors import ModelError
from kb.llm.line import TOLD_CHARS, Refusal

TRIES = 3
FIRST_PAUSE_S = 0.4
MOST_PAUSE_S = 20.0
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
BUSY = 429
"""A server that is loading a model, restarting or busy says one of these."""


def cause_of(error: BaseException) -> BaseException:
    """What lies under an integration's own exceptions: a refusal or a fault of the connection, else the error."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, (Refusal, httpx.HTTPError, ModelError)):
        found = found.__cause__ or found.__context__
    return found or error


def pauses() -> Iterator[float]:
    """Seconds between tries: doubled, and spread, so that many who were refused together do not come back together."""
    for done in range(TRIES - 1):
        yield FIRST_PAUSE_S * 2**done * random.uniform(0.5, 1.5)


def may_pass(error: BaseException) -> bool:
    """Whether the same may succeed in a moment; only asked while nothing of a reply has come."""
    if isinstance(error, Refusal):
        return error.status in PASSING
    return isinstance(error, (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError))


def asked_pause_s(error: BaseException) -> float | None:
    """How long the server asks to be left alone."""
    return error.retry_after_s if isinstance(error, Refusal) else None


def as_model_error(error: BaseException, *, name: str, url: str, key_env: str) -> ModelError:
    """The failure in the user's words."""
    if isinstance(error, ModelError):
        return error
    if isinstance(error, Refusal):
        return _refused(error, name=name, url=url, key_env=key_env)
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)):
        return ModelError(f"{name} cannot be reached at {url}", "start its server, or kb config set writer.url …")
    if isinstance(error, httpx.TimeoutException):
        return ModelError(f"{name} fell silent", "kb config set writer.timeout_s 300")
    told = " ".join(str(error).split())[:TOLD_CHARS] or type(error).__name__
    if isinstance(error, httpx.HTTPError):
        return ModelError(f"{name} broke off: {told}", "ask again")
    # JSON that is none, or of another shape; an error that the server tells in the middle of its reply.
    return ModelError(f"{name} said what is no reply: {told}", "ask again; kb model list tells where it is asked")


def _refused(error: Refusal, *, name: str, url: str, key_env: str) -> ModelError:
    if error.status in (401, 403):
        hint = f"look at the variable {key_env}" if key_env else "kb config set writer.key_env VARIABLE"
        return ModelError(f"{name} refuses the key ({error.status})", hint)
    if error.status == 404:
        return ModelError(f"{url} knows no {name}: {error.told}", "kb model list, kb config set writer.model NAME")
    if error.status == BUSY:
        return ModelError(f"{name} takes no more requests now", "ask again in a while")
    status = f" ({error.status})" if error.status else ""
    return ModelError(f"{name} gave no whole reply{status}: {error.told}", "ask again; kb model list tells where it is")
