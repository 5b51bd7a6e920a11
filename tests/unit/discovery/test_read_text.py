"""From bytes to text: encodings, what is no text, and a file that is written to while it is read."""

import os
import socket
from hashlib import blake2b
from pathlib import Path

import pytest

from ingest.files import (
    CONTROL_WARNING,
    LEGACY_WARNING,
    REPLACED_WARNING,
    SNIFFED_BYTES,
    FileText,
    Unreadable,
    read_bytes,
    read_text,
    split_lines,
)

MAX_BYTES = 4 << 20


def read(folder: Path, content: bytes, name: bytes = b"a.md") -> FileText:
    Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(content)
    return read_text(str(folder), name, max_bytes=MAX_BYTES)


def refusal(folder: Path, name: bytes = b"a.md", max_bytes: int = MAX_BYTES) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_text(str(folder), name, max_bytes=max_bytes)
    return caught.value


def test_plain_text_with_digest_size_and_time(tmp_path: Path) -> None:
    file = read(tmp_path, b"# T\n\nb\n")
    status = os.stat(tmp_path / "a.md")
    assert file == FileText(
        "# T\n\nb\n", blake2b(b"# T\n\nb\n", digest_size=16).digest(), "utf-8", 7, status.st_mtime_ns, ()
    )


def test_zero_bytes_are_empty_text(tmp_path: Path) -> None:
    assert read(tmp_path, b"").text == ""
    assert split_lines("") == ()


def test_bom_and_crlf_give_the_lines_of_plain_text(tmp_path: Path) -> None:
    plain = read(tmp_path, b"# T\n\nb\n")
    windows = read(tmp_path, b"\xef\xbb\xbf# T\r\n\r\nb\r\n")
    assert split_lines(windows.text) == split_lines(plain.text) == ("# T", "", "b")
    assert windows.digest != plain.digest


def test_latin_1_is_decoded_and_flagged(tmp_path: Path) -> None:
    file = read(tmp_path, "café – naïve".encode("cp1252"))
    assert (file.text, file.encoding, file.warnings) == ("café – naïve", "cp1252", (LEGACY_WARNING,))


def test_invalid_utf_8_is_replaced_and_flagged(tmp_path: Path) -> None:
    file = read(tmp_path, "größer, schöner".encode() + b" \xff")
    assert (file.text, file.warnings) == ("größer, schöner \ufffd", (REPLACED_WARNING,))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_bom(tmp_path: Path, encoding: str) -> None:
    file = read(tmp_path, "\ufeffgrün 😀\r\nb".encode(encoding))
    assert (file.text, file.encoding, file.warnings) == ("grün 😀\r\nb", encoding, ())


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + b"a" * 100,
        b"%PDF-1.7\nreadable enough",
        bytes(range(256)) * 40,
        b"text" + b"\xfe\x00\x01",
        "utf-16 without a mark".encode("utf-16-le"),
        b"\0" * 1_000,
        b"\x80\x01\x02\x03abc" * 10,
    ],
)
def test_a_binary_named_md_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.md").write_bytes(content)
    error = refusal(tmp_path)
    assert (error.reason, error.keep_old) == ("binary file", False)


def test_nul_and_control_bytes_are_stripped(tmp_path: Path) -> None:
    file = read(tmp_path, b"# A title\n\none\x00two \x1b[31mred\x1b[0m\tend\x7f \xc2\x9bC1\r\n")
    assert file.text == "# A title\n\nonetwo [31mred[0m\tend C1\r\n"
    assert file.warnings == (CONTROL_WARNING,)


def test_a_nul_behind_the_sniffed_head_is_stripped(tmp_path: Path) -> None:
    assert read(tmp_path, b"a" * SNIFFED_BYTES + b"\0b").text.endswith("ab")


def test_a_head_that_ends_inside_a_character_is_still_text(tmp_path: Path) -> None:
    assert read(tmp_path, b"\x00" + b"a" * (SNIFFED_BYTES - 2) + "é".encode()).text.endswith("é")


def test_lines_are_cut_at_line_ends_only() -> None:
    assert split_lines("a\x0bb\u2028c\x85d\x0ce\nf\rg\r\nh") == ("a\x0bb\u2028c\x85d\x0ce", "f", "g", "h")
    assert split_lines("a\n\n") == ("a", "")


def test_a_file_over_the_cap_is_refused_unread(tmp_path: Path) -> None:
    with open(tmp_path / "a.md", "wb") as file:
        file.truncate(100 << 20)
    assert "larger than 4.0 MiB" in refusal(tmp_path).reason


def test_a_pipe_a_socket_a_device_and_a_link_are_refused_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/hostname")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        reasons = {name: refusal(tmp_path, name).reason for name in (b"pipe", b"socket", b"link", b"/dev/null")}
    assert reasons == {b"pipe": "not a regular file", b"socket": "not a regular file", b"link": "symbolic link",
                       b"/dev/null": "not a regular file"}  # fmt: skip


def test_a_file_that_is_gone_is_not_kept(tmp_path: Path) -> None:
    assert not refusal(tmp_path, b"gone.md").keep_old


def test_a_private_key_and_a_secret_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n")
    (tmp_path / ".env").write_text("A=b")
    assert refusal(tmp_path).reason == "holds a private key"
    assert refusal(tmp_path, b".env").reason == "may hold a secret"


def test_a_file_truncated_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"old " * 1_000)
    real_read = os.read
    reads: list[bytes] = []

    def read_slowly(descriptor: int, size: int) -> bytes:
        part = real_read(descriptor, min(size, 1_000))
        if not reads:
            path.write_bytes(b"new")
        reads.append(part)
        return part

    monkeypatch.setattr(os, "read", read_slowly)
    assert read_bytes(str(tmp_path), b"a.md", max_bytes=MAX_BYTES).content == b"new"


def test_a_file_that_never_rests_is_left_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"line\n")
    real_read = os.read

    def read_and_append(descriptor: int, size: int) -> bytes:
        with open(path, "ab") as file:
            file.write(b"line\n")
        return real_read(descriptor, size)

    monkeypatch.setattr(os, "read", read_and_append)
    error = refusal(tmp_path, b"a.log")
    assert (error.reason, error.keep_old) == ("it changes while it is read", True)


def test_reading_leaves_bytes_time_and_mode_alone(tmp_path: Path) -> None:
    read(tmp_path, b"x")
    before = os.stat(tmp_path / "a.md")
    read_text(os.fsencode(tmp_path), b"a.md", max_bytes=MAX_BYTES)
    after = os.stat(tmp_path / "a.md")
    assert (before.st_mtime_ns, before.st_mode, before.st_ctime_ns) == (
        after.st_mtime_ns,
        after.st_mode,
        after.st_ctime_ns,
    )
