"""Alone owns standard error, the exit code and what an error looks like.

With `--json` an error is an object on standard output, so that a script reads one stream; a
traceback is shown only with `--debug`.
"""

import shutil
import sys
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Self

from kb.cli import output
from kb.cli.bar import bar_text, done_text
from kb.errors import ConfigError, ExitCode, KbError, StorageError, UsageError
from kb.progress import Progress
from kb.sanitize import for_terminal

FRAME_S = 0.1
CLEAR = "\r\x1b[K"


def guard(work: Callable[[], int], *, as_json: bool, debug: bool) -> int:
    """Run `work`; every failure becomes a message and an exit code, none a traceback."""
    try:
        return work()
    except BrokenPipeError:
        output.abandon()
        return ExitCode.OK  # `kb search … | head -1` has what it wanted
    except KeyboardInterrupt:
        return _report(_Interrupted("interrupted"), as_json=as_json, debug=False)
    except KbError as error:
        return _report(error, as_json=as_json, debug=debug)
    except Exception as error:  # noqa: BLE001 - the outermost command: a bug must not print a traceback
        return _report(_translated(error), as_json=as_json, debug=debug)


def note(text: str) -> None:
    """One line for the person at the keyboard."""
    _write(for_terminal(text, keep_newlines=False) + "\n")


def ask(question: str, default: str) -> str:
    """What the person types, or the default; only to be called where `can_ask()`."""
    _write(f"{for_terminal(question, keep_newlines=False)} [{for_terminal(default, keep_newlines=False)}] ")
    return sys.stdin.readline().strip() or default


def can_ask() -> bool:
    """True when a person sits at both ends."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


class ProgressBar:
    """Draws `Progress` on a terminal; where stderr is captured, one line when a stage is over."""

    def __init__(self, *, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._clock = clock
        self._drawn = False
        self._last: Progress | None = None
        self._stage_began = self._frame_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
        if error is None:
            self._finish_stage()

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if self._last is None or progress.stage != self._last.stage:
            self._finish_stage()
            self._stage_began, self._frame_at = now, 0.0
        self._last = progress
        if self._quiet or not _on_terminal() or (now - self._frame_at < FRAME_S and progress.done != progress.total):
            return
        self._frame_at = now
        width = shutil.get_terminal_size().columns - 1
        text = bar_text(progress, now - self._stage_began, width)
        _write(CLEAR + for_terminal(text, keep_newlines=False))
        self._drawn = True

    def _finish_stage(self) -> None:
        if self._last is not None and not self._quiet and not _on_terminal():
            note(done_text(self._last, self._clock() - self._stage_began))
        self._last = None

    def clear(self) -> None:
        """Take the bar off its line, so that a message can stand there."""
        if self._drawn:
            _write(CLEAR)
            self._drawn = False


class _Interrupted(KbError):
    exit_code = ExitCode.INTERRUPTED
    code = "interrupted"


class _Internal(KbError):
    code = "internal"


def _report(error: KbError, *, as_json: bool, debug: bool) -> int:
    if debug:
        _write(for_terminal("".join(traceback.format_exception(error.__cause__ or error)), keep_newlines=True))
    if as_json:
        told = {"code": error.code, "message": error.message, "hint": error.hint}
        try:
            output.write_json({"error": told})
        except OSError:
            # A reader that left, or a full disk behind stdout: stderr is all that is left to say it on.
            output.abandon()
            note(f"kb: {error.message}")
    else:
        note(f"kb: {error.message}")
        if error.hint:
            note(f"    {error.hint}")
    return int(error.exit_code)


def _translated(error: Exception) -> KbError:
    """What is no KbError yet: click's own errors, the operating system's, and bugs."""
    told = _from_click(error) or _from_system(error)
    if told is None:
        told = _Internal(f"unexpected {type(error).__name__}: {error}", "run it again with --debug to see where")
    told.__cause__ = error
    return told


def _from_click(error: Exception) -> KbError | None:
    import click

    if isinstance(error, click.Abort):
        return _Interrupted("interrupted")
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "kb"
        return UsageError(error.format_message().rstrip(), f"{command} --help")
    if isinstance(error, click.ClickException):
        return UsageError(error.format_message(), "kb --help")
    return None


def _from_system(error: Exception) -> KbError | None:
    if isinstance(error, PermissionError):
        return ConfigError(f"permission denied: {error.filename or error}", "kb config path")
    if isinstance(error, OSError) and error.strerror:
        return StorageError(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
    return None


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _write(text: str) -> None:
    if sys.stderr is None:  # started with stderr closed
        return
    sys.stderr.write(text)
    sys.stderr.flush()
