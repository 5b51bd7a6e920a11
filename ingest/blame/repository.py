"""Runs git over the objects of a repository, under a configuration of our own.

A repository's configuration may name programs (text converters, filters, file system monitors), a list of commits
to ignore that does not exist and ends every blame, or a server from which missing objects are fetched. So git is
given an empty one: a private folder that borrows the objects, and nothing else. Alone starts the processes of blame.
"""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

BUDGET_S = 3.0
"""For all that is asked about one line: whoever waits for the reason of a line can do without its history."""
SHA1_DIGITS = 40


class Untold(Exception):
    """Git can tell nothing here; the message says why, in the user's words."""


class UnknownRevision(Untold):
    """The revision that was named does not exist."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git stores it; `date` is the author's own ISO date, `message` the whole text."""

    id: str
    parents: tuple[str, ...]
    author: str
    date: str
    message: str

    @property
    def summary(self) -> str:
        return self.message.strip().partition("\n")[0].strip()


class Repository:
    """The objects of the repository around a file, at one commit; a context manager, for one question."""

    def __init__(self, path: str, *, rev: str = "", budget_s: float = BUDGET_S) -> None:
        """`path` is a file's own; raises Untold where there is no repository, no commit or no git."""
        self.top = _top_of(os.path.dirname(path))
        self._deadline = time.monotonic() + budget_s
        self._common, self.commit = self._resolved(os.path.dirname(path), rev)
        self._private = _private_folder(self._common, self.commit)
        self._environment = _environment(GIT_DIR=self._private, GIT_OBJECT_DIRECTORY=str(self._common / "objects"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._private, ignore_errors=True)

    @cached_property
    def shallow(self) -> frozenset[str]:
        """The commits whose parents were not fetched: what git says of their lines is a guess."""
        try:
            return frozenset((self._common / "shallow").read_text("ascii", "replace").split())
        except OSError:
            return frozenset()

    def inside(self, path: str) -> str:
        """A file's path from the top of the repository, as git writes it."""
        return os.path.relpath(path, self.top).replace(os.sep, "/")

    def blob(self, rev: str, path: str) -> bytes | None:
        """A file's bytes at a commit; None where it has no such file."""
        return self.ask("cat-file", "blob", f"{rev}:{path}")

    def commit_at(self, rev: str) -> Commit | None:
        raw = self.ask("cat-file", "commit", rev)
        return None if raw is None else _parsed(rev, raw)

    def ask(self, *words: str, limit_s: float = BUDGET_S) -> bytes | None:
        """What git answers, None where it refuses; Untold when there is no time left."""
        left = min(limit_s, self._deadline - time.monotonic())
        if left <= 0:
            raise Untold("git took too long")
        try:
            done = subprocess.run(
                ["git", "-c", "core.quotepath=off", *words],
                cwd=self._private, env=self._environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=left,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Untold("git took too long") from error
        except (OSError, ValueError) as error:
            raise Untold("git cannot be run") from error
        return done.stdout if done.returncode == 0 else None

    def _resolved(self, folder: str, rev: str) -> tuple[Path, str]:
        """Where the repository keeps its objects, and the commit that a name means."""
        name = f"{rev or 'HEAD'}^{{commit}}"
        command = ["git", "rev-parse", "--git-common-dir", "--verify", "--quiet", "--end-of-options", name]
        try:
            done = subprocess.run(
                command, cwd=folder, env=_environment(), capture_output=True, stdin=subprocess.DEVNULL, timeout=BUDGET_S
            )
        except FileNotFoundError as error:
            raise Untold("git is not installed" if os.path.isdir(folder) else "its folder is gone") from error
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise Untold("git cannot be run") from error
        told = done.stdout.rstrip(b"\n").rpartition(b"\n")
        if done.returncode == 0 and told[0]:
            return Path(folder) / os.fsdecode(told[0]), told[2].decode("ascii", "replace")
        if b"dubious ownership" in done.stderr:
            raise Untold("git does not trust this repository: it belongs to another user")
        if rev:
            raise UnknownRevision(f"git knows no revision {rev} here")
        raise Untold("nothing is committed yet, or it cannot be read")


def _top_of(folder: str) -> str:
    for parent in (Path(folder), *Path(folder).parents):
        if (parent / ".git").exists():
            return str(parent)
    raise Untold("the file lies in no git repository")


def _private_folder(common: Path, commit: str) -> str:
    """A repository without objects and settings, at `commit`."""
    try:
        folder = tempfile.mkdtemp(prefix="kb-git-")
        os.mkdir(os.path.join(folder, "refs"))
        Path(folder, "HEAD").write_text(f"{commit}\n")
        sha256 = len(commit) > SHA1_DIGITS
        version = "1\n[extensions]\n\tobjectFormat = sha256" if sha256 else "0"
        Path(folder, "config").write_text(f"[core]\n\tbare = true\n\trepositoryformatversion = {version}\n")
        if (common / "shallow").exists():
            shutil.copyfile(common / "shallow", os.path.join(folder, "shallow"))
    except OSError as error:
        raise Untold(f"git cannot be run ({error.strerror})") from error
    return folder


def _environment(**more: str) -> dict[str, str]:
    """Ours without what a hook or an editor has set for the repository that it was started in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # GIT_ALLOW_PROTOCOL: no object is ever fetched; there is no protocol of that name.
    return kept | {
        "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_LITERAL_PATHSPECS": "1", "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1", **more,
    }  # fmt: skip


def _parsed(commit: str, raw: bytes) -> Commit:
    head, _, body = raw.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        # A signature goes on over lines that begin with a blank.
        if not line.startswith(b" "):
            name, _, value = line.partition(b" ")
            fields.setdefault(name, []).append(value)
    encoding = fields.get(b"encoding", [b"utf-8"])[0].decode("ascii", "replace")
    author = fields.get(b"author", [b""])[0]
    name, _, rest = author.rpartition(b" <")
    return Commit(
        id=commit,
        parents=tuple(parent.decode("ascii", "replace") for parent in fields.get(b"parent", [])),
        author=_text(name, encoding),
        date=_date(rest.rpartition(b"> ")[2]),
        message=_text(body, encoding),
    )


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _date(stamp: bytes) -> str:
    """``1700259200 +0100`` → the date where the author stood; empty where it is none."""
    seconds, _, zone = stamp.partition(b" ")
    try:
        sign = -1 if zone.startswith(b"-") else 1
        offset = timedelta(hours=int(zone[-4:-2] or 0), minutes=int(zone[-2:] or 0)) * sign
        return datetime.fromtimestamp(int(seconds), UTC).astimezone(timezone(offset)).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
