"""Reads one file whole, as text and never half; alone decides what counts as text and how it is decoded."""

import os
import re
import stat
from dataclasses import dataclass
from hashlib import blake2b

from ingest.secrets import holds_private_key, is_secret_name

DIGEST_BYTES = 16
SNIFFED_BYTES = 8_192
TRIES = 3
"""How often a file that changes under the reading is read again before it is left for the next run."""

LEGACY_WARNING = "not UTF-8: read as windows-1252 (Latin-1)"
REPLACED_WARNING = "bytes that are not UTF-8 were replaced"
UTF16_WARNING = "broken UTF-16 was replaced"
CONTROL_WARNING = "control characters were removed"

_MAGIC = (
    b"\x7fELF", b"MZ\x90\x00", b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"%PDF-", b"PK\x03\x04",
    b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd",
    b"SQLite format 3\x00",
    b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\x00asm", b"OggS", b"fLaC", b"ID3", b"wOFF",
    b"wOF2", b"!<arch>\n", b"\xd0\xcf\x11\xe0",
)  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\x0c\x1b")) + b"\x7f"
MAX_CONTROL_SHARE_UTF8 = 0.3
"""Valid UTF-8 with more control bytes than this is no text; a note with a few stray NULs is."""
MAX_CONTROL_SHARE_LEGACY = 0.1


class Unreadable(Exception):
    """This file gives no text: `reason` for the user, `keep_old` when what was read earlier should go on serving."""

    def __init__(self, reason: str, *, keep_old: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.keep_old = keep_old


@dataclass(frozen=True, slots=True)
class FileText:
    """A file as text; `digest` is that of its raw bytes, `size` (bytes) and `mtime_ns` those at the reading."""

    text: str
    digest: bytes
    encoding: str
    size: int
    mtime_ns: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file's raw content with the size and time it had while it was read."""

    content: bytes
    size: int
    mtime_ns: int

    @property
    def digest(self) -> bytes:
        return blake2b(self.content, digest_size=DIGEST_BYTES).digest()


def read_text(root: bytes | str, raw: bytes, *, max_bytes: int) -> FileText:
    """The text of the file `raw` below `root`; Unreadable if it is none, or may hold a secret."""
    file = _read(root, raw, max_bytes=max_bytes, only_text=True)
    text, encoding, warnings = _decode(file.content)
    if holds_private_key(text):
        raise Unreadable("holds a private key")
    text, removed = _CONTROL.subn("", text)
    if removed:
        warnings = (*warnings, CONTROL_WARNING)
    return FileText(text, file.digest, encoding, file.size, file.mtime_ns, warnings)


def read_bytes(root: bytes | str, raw: bytes, *, max_bytes: int) -> FileBytes:
    """The bytes of a regular file, all of one moment; Unreadable if it cannot be had so."""
    return _read(root, raw, max_bytes=max_bytes, only_text=False)


def _read(root: bytes | str, raw: bytes, *, max_bytes: int, only_text: bool) -> FileBytes:
    if is_secret_name(os.path.basename(raw)):
        raise Unreadable("may hold a secret")
    path = os.path.join(os.fsencode(root), raw)
    try:
        for _ in range(TRIES):
            if (file := _read_once(path, max_bytes, only_text=only_text)) is not None:
                return file
    except PermissionError as error:
        raise Unreadable("permission denied", keep_old=True) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unreadable("it no longer exists") from error
    except OSError as error:
        raise Unreadable(f"cannot be read now ({error.strerror})", keep_old=True) from error
    raise Unreadable("it changes while it is read", keep_old=True)


def split_lines(text: str) -> tuple[str, ...]:
    r"""The lines without their ends, cut at ``\r\n``, ``\n`` and ``\r`` only, as an editor counts them."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    return tuple(lines)


def _read_once(path: bytes, max_bytes: int, *, only_text: bool) -> FileBytes | None:
    """One attempt; None if the file was written to meanwhile."""
    # Looked at before it is opened: opening a pipe or a device may block, or do something.
    _require_file(os.lstat(path), max_bytes)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        before = os.fstat(descriptor)
        _require_file(before, max_bytes)
        content = _read_up_to(descriptor, SNIFFED_BYTES)
        if only_text and _is_binary(content):
            # Told by its head: the rest of an archive is not worth the reading.
            raise Unreadable("binary file")
        # One byte more than it should have tells that it grows.
        content += _read_up_to(descriptor, before.st_size + 1 - len(content))
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if len(content) != before.st_size or _state(before) != _state(after):
        return None
    return FileBytes(content, before.st_size, before.st_mtime_ns)


def _require_file(status: os.stat_result, max_bytes: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise Unreadable("symbolic link")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("not a regular file")
    if status.st_size > max_bytes:
        raise Unreadable(f"larger than {max_bytes / (1 << 20):.1f} MiB")


def _read_up_to(descriptor: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := os.read(descriptor, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _utf16(content: bytes) -> str:
    """Name of the UTF-16 form that the byte order mark tells, or ""; UTF-32 begins alike but is not it."""
    if content.startswith(b"\xfe\xff"):
        return "utf-16-be"
    return "utf-16-le" if content.startswith(b"\xff\xfe") and content[2:4] != b"\0\0" else ""


def _is_binary(content: bytes) -> bool:
    if content.startswith(_MAGIC):
        return True
    head = content[:SNIFFED_BYTES]
    if not head or _utf16(head):
        return False
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    if not controls:
        return False
    if _is_utf8(head):
        return controls / len(head) > MAX_CONTROL_SHARE_UTF8
    return b"\0" in head or controls / len(head) > MAX_CONTROL_SHARE_LEGACY


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The sniffed head may end in the middle of a character.
        return error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True


def _decode(content: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Text without its byte order mark, the encoding, and warnings."""
    if encoding := _utf16(content):
        text = content[2:].decode(encoding, "replace")
        return text, encoding, (UTF16_WARNING,) if "\ufffd" in text else ()
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return content.decode(), "utf-8", ()
    except UnicodeDecodeError:
        text = content.decode("utf-8", "replace")
    # Broken UTF-8 has mostly good characters; in Latin-1 almost every accent is a broken one.
    broken = text.count("\ufffd")
    if sum(1 for character in text if character > "\x7f") - broken >= broken:
        return text, "utf-8", (REPLACED_WARNING,)
    return content.decode("cp1252", "replace"), "cp1252", (LEGACY_WARNING,)
