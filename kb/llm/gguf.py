"""A GGUF file run in a child process that serves it on loopback: started when it is first asked, gone with us.

In a process of its own because the runtime is native code: a file that breaks it costs one reply and not the
daemon, and its memory is given back as soon as nobody asks.
"""

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.embedding.cores import thread_count
from kb.errors import ModelError

MAGIC = b"GGUF"
LOAD_S = 300.0
"""A child that has not loaded its file by then never will."""
IDLE_S = 600
"""A child that nobody asked for so long ends itself."""
BEGINS, ENDS = b"+", b"-"


class GgufServer:
    """One file's child process; its methods may be called from any thread."""

    def __init__(self, file: Path, *, context_tokens: int, idle_s: float = IDLE_S) -> None:
        self._file = file
        self._context_tokens = context_tokens
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._address = ""
        self.token = ""

    @property
    def pid(self) -> int | None:
        """The child that serves at this moment."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address of its API while it is asked; starts the child where there is none, ModelError if that fails."""
        with self._lock:
            address = self._address if self.pid is not None and self._tell(BEGINS) else self._start()
        try:
            yield f"{address}/v1"
        finally:
            self._tell(ENDS)

    def close(self) -> None:
        """End the child; the next call starts another."""
        if (child := self._child) is not None:
            # Before the lock: whoever waits for it to load holds that.
            child.kill()
        with self._lock:
            if child is not None and child is self._child:
                self._child = None
                child.communicate()

    def _start(self) -> str:
        check_gguf(self._file)
        if (last := self._child) is not None:
            last.communicate()
        self.token = secrets.token_hex(32)
        # -P: nothing of the current folder is imported in the place of Python's own.
        self._child = child = subprocess.Popen(
            [sys.executable, "-P", "-m", "kb.llm.gguf_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            start_new_session=True,
        )
        told = {
            "file": str(self._file), "context_tokens": self._context_tokens, "token": self.token,
            "idle_s": self._idle_s, "threads": thread_count(),
        }  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        with suppress(OSError):
            # Not by its command line nor its environment: those, other users can read.
            child.stdin.write(json.dumps(told).encode() + b"\n" + BEGINS)
            child.stdin.flush()
        late = threading.Timer(LOAD_S, child.kill)
        late.daemon = True
        late.start()
        answer = _read(child.stdout.readline())
        late.cancel()
        if "address" not in answer:
            self._child = None
            child.kill()
            child.communicate()
            raise ModelError(
                f"{self._file.name} cannot be run: {answer.get('error') or 'its process ended'}",
                answer.get("hint") or "take another GGUF file, or a server: kb config set writer.kind ollama",
            )
        self._address = answer["address"]
        return self._address

    def _tell(self, what: bytes) -> bool:
        child = self._child
        if child is None or child.stdin is None:
            return False
        try:
            child.stdin.write(what)
            child.stdin.flush()
        except (OSError, ValueError):  # it has ended; its pipe was closed
            return False
        return True


def check_gguf(file: Path) -> None:
    """ModelError unless the file begins as a GGUF: what is none does not reach native code."""
    try:
        with file.open("rb") as stream:
            head = stream.read(len(MAGIC))
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}", "kb config set writer.model FILE.gguf") from error
    if head != MAGIC:
        raise ModelError(f"{file} is no GGUF file", "kb config set writer.model FILE.gguf")


def _read(line: bytes) -> dict[str, str]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
