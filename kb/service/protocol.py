"""What client and daemon say to each other: frames of JSON, and nothing about sockets.

A frame is four bytes of length, big-endian, and one JSON object in UTF-8.

client  {"hello": {"protocol": 1, "token": …}}                       first; the token where the transport needs one
        {"id": 1, "identity": …, "method": "search", "params": {…}}  a request; several may be under way
        {"cancel": 1}                                                 its answer is not wanted any more
daemon  {"hello": {"protocol": 1, "identity": …, "pid": …}}
        {"id": 1, "progress": {…}} and {"id": 1, "part": {…}}         any number, while it runs
        {"id": 1, "result": {…}} or {"id": 1, "error": {…}}           exactly one, the last word

Frames, `hello`, `ping` and `stop` stay as they are for ever: with them one version sends another away.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kb import errors
from kb.errors import ExitCode, KbError

if TYPE_CHECKING:
    from kb.progress import Progress

Message = dict[str, Any]

PROTOCOL = 1
HEADER_BYTES = 4
MAX_FRAME_BYTES = 16 * 1024 * 1024
PING, STOP = "ping", "stop"
"""The methods that a daemon answers whatever its identity: to be seen, and to be sent away."""


class BadFrame(ValueError):
    """What came, or should be sent, is no frame of this protocol."""


class DaemonLost(KbError):
    """The connection ended before the result: what was asked may be done, half done or not begun."""

    code = "daemon_lost"


class VersionMismatch(KbError):
    """The daemon is of another version, or serves other settings; `identity` is what it says it is."""

    exit_code = ExitCode.UNCONFIGURED
    code = "version_mismatch"
    identity: str = ""


class Cancelled(KbError):
    """The one who asked does not want to know any more."""

    exit_code = ExitCode.INTERRUPTED
    code = "interrupted"

    def __init__(self, message: str = "cancelled", hint: str = "") -> None:
        super().__init__(message, hint)


_KINDS = {kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, KbError)}
_KINDS |= {kind.code: kind for kind in (DaemonLost, VersionMismatch, Cancelled)}


def encode(message: Mapping[str, Any]) -> bytes:
    """One frame; BadFrame when it is too large, TypeError when a value is none of JSON."""
    # ASCII only: the name of a file may hold lone surrogates, which UTF-8 cannot.
    body = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise BadFrame(f"a frame of {len(body)} bytes, where {MAX_FRAME_BYTES} are allowed")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def decode(body: bytes | bytearray) -> Message:
    """The object in a frame without its header; BadFrame for anything else."""
    try:
        message = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise BadFrame(f"no JSON: {error}") from error
    except RecursionError as error:  # 16 MiB of "[" are valid so far
        raise BadFrame("nested too deeply") from error
    if not isinstance(message, dict):
        raise BadFrame(f"a {type(message).__name__}, where an object was expected")
    return message


class Frames:
    """Bytes in as they come, whole messages out."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, piece: bytes | bytearray | memoryview) -> list[Message]:
        """The messages that are complete now; BadFrame, after which nothing can be read any more."""
        self._bytes += piece
        messages: list[Message] = []
        while len(self._bytes) >= HEADER_BYTES:
            # Judged before its body is there: a length of 4 GB must not be waited for.
            length = int.from_bytes(self._bytes[:HEADER_BYTES], "big")
            if length > MAX_FRAME_BYTES:
                raise BadFrame(f"a frame of {length} bytes, where {MAX_FRAME_BYTES} are allowed")
            if len(self._bytes) < HEADER_BYTES + length:
                break
            body = self._bytes[HEADER_BYTES : HEADER_BYTES + length]
            del self._bytes[: HEADER_BYTES + length]
            messages.append(decode(body))
        return messages

    @property
    def half(self) -> bool:
        """Whether a frame has begun that is not complete."""
        return bool(self._bytes)


def error_to_object(error: KbError) -> Message:
    """An error as the wire and `--json` carry it."""
    told: Message = {
        "code": error.code, "message": error.message, "hint": error.hint, "exit_code": int(error.exit_code),
    }  # fmt: skip
    if isinstance(error, VersionMismatch):
        told["identity"] = error.identity
    return told


def error_from_object(told: Mapping[str, Any]) -> KbError:
    """The same error at the other end: its class by its code, so that exit codes survive."""
    code = str(told.get("code", KbError.code))
    error = _KINDS.get(code, KbError)(str(told.get("message", "")), str(told.get("hint", "")))
    if code not in _KINDS:
        error.code = code
        with suppress(ValueError):
            error.exit_code = ExitCode(told.get("exit_code", -1))
    if isinstance(error, VersionMismatch):
        error.identity = str(told.get("identity", ""))
    return error


def progress_to_object(progress: "Progress") -> Message:
    """How far a job is, as the wire carries it."""
    return {
        "stage": progress.stage, "done": progress.done, "total": progress.total, "unit": progress.unit,
        "detail": progress.detail,
    }  # fmt: skip


def progress_from_object(told: Mapping[str, Any]) -> "Progress":
    """The same at the other end; what a newer daemon adds is left out."""
    from kb.progress import Progress

    return Progress(**{key: told[key] for key in Progress.__slots__ if key in told})
