"""Every failure a user can meet, and nothing else.

KbError                    what went wrong, and the next command to type
├── UsageError             the words of the command are off                exit 2
├── ConfigError            the configuration cannot be used                exit 3
├── NoIndexError           there is nothing to search yet                  exit 3
├── IndexMismatchError     newer schema, or another embedder built it      exit 3
├── NotFoundError          a named path, source or note does not exist     exit 1
├── LockedError            another process is the writer                   exit 4
├── ModelError             a model cannot be had, trusted or broke off     exit 5
└── StorageError           disk full, read-only or damaged                 exit 1

Adapters translate library exceptions into these at the edge, so a caller never
needs to know which database or runtime is underneath.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a `kb` process says to the shell; scripts rely on these numbers."""

    OK = 0
    NEGATIVE = 1
    USAGE = 2
    UNCONFIGURED = 3
    LOCKED = 4
    NO_MODEL = 5
    INTERRUPTED = 130


class KbError(Exception):
    """A failure told in the user's words: `message` says what and where, `hint` the next command."""

    exit_code: ExitCode = ExitCode.NEGATIVE
    code: str = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(KbError):
    exit_code = ExitCode.USAGE
    code = "usage"


class ConfigError(KbError):
    exit_code = ExitCode.UNCONFIGURED
    code = "bad_config"


class NoIndexError(KbError):
    exit_code = ExitCode.UNCONFIGURED
    code = "no_index"


class IndexMismatchError(KbError):
    exit_code = ExitCode.UNCONFIGURED
    code = "index_mismatch"


class NotFoundError(KbError):
    exit_code = ExitCode.NEGATIVE
    code = "not_found"


class LockedError(KbError):
    exit_code = ExitCode.LOCKED
    code = "locked"


class ModelError(KbError):
    exit_code = ExitCode.NO_MODEL
    code = "model_unavailable"
    partial: str = ""
    """What a model that writes had said when it broke off: half a reply, to be shown as such or not at all."""


class StorageError(KbError):
    exit_code = ExitCode.NEGATIVE
    code = "storage"
