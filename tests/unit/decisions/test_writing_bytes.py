"""A link is added and every other byte stays: line ends, marks, encodings, the missing end of a last line."""

import codecs

import pytest

from kb.decisions.writing_page import Edit
from kb.decisions.writing_text import edited, note_text, unified
from kb.errors import UsageError

BYTES = [
    b"",
    b"\n",
    b"one\n",
    b"one\r\ntwo\r\n",
    b"one\rtwo\rthree",
    b"one\r\ntwo\nthree\rfour",
    b"no newline at the end",
    b"\n\n\n",
    codecs.BOM_UTF8 + "# Größe\n".encode(),
    codecs.BOM_UTF16_LE + "# Größe\r\nzwei".encode("utf-16-le"),
    codecs.BOM_UTF16_BE + "# Größe\n".encode("utf-16-be"),
    "# Größe\nÜber\n".encode("latin-1"),
    b"form\x0cfeed and \x00 nul\nnext \xe2\x80\xa8 line\n",
]


@pytest.mark.parametrize("content", BYTES)
def test_text_goes_back_to_the_bytes_it_came_from(content: bytes) -> None:
    assert note_text("n.md", content).encoded() == content


@pytest.mark.parametrize("content", BYTES[1:])
def test_what_an_edit_does_not_touch_keeps_its_bytes(content: bytes) -> None:
    note = note_text("n.md", content)
    for at in range(len(note.lines) + 1):
        after = edited(note, [Edit(at, at, ("new",))], path="n.md")
        assert after.lines == (*note.lines[:at], "new", *note.lines[at:])
        line_end = after.ends[at] or after.ends[at - 1]
        assert line_end in {*note.ends, "\n"} - {""}
        taken_out = edited(after, [Edit(at, at + 1, ())], path="n.md")
        assert taken_out.lines == note.lines
        if at < len(note.lines):
            assert taken_out.encoded() == content


def test_new_lines_end_as_those_around_them_and_the_last_one_stays_without_an_end() -> None:
    crlf = note_text("n.md", b"# A\r\n\r\nlast")
    assert edited(crlf, [Edit(3, 3, ("", "- x"))], path="n.md").encoded() == b"# A\r\n\r\nlast\r\n\r\n- x"
    assert edited(crlf, [Edit(2, 3, ("other",))], path="n.md").encoded() == b"# A\r\n\r\nother"
    assert edited(crlf, [Edit(2, 3, ("other", "more"))], path="n.md").encoded() == b"# A\r\n\r\nother\r\nmore"
    mixed = note_text("n.md", b"a\r\nb\nc\n")
    assert edited(mixed, [Edit(1, 1, ("x",)), Edit(2, 2, ("y",))], path="n.md").encoded() == b"a\r\nx\r\nb\ny\nc\n"


def test_bytes_that_no_encoding_gives_back_are_refused() -> None:
    # 0x81 is no letter of windows-1252, and alone none of UTF-8.
    with pytest.raises(UsageError, match="not clean text"):
        note_text("n.md", b"# Gr\xf6\xdfe \x81\n")
    with pytest.raises(UsageError, match="not clean text"):
        note_text("n.md", codecs.BOM_UTF16_LE + b"a\0b")


def test_a_letter_that_the_encoding_of_the_file_has_not_is_refused() -> None:
    note = note_text("n.md", "# Größe\n".encode("latin-1"))
    assert edited(note, [Edit(1, 1, ("Übung",))], path="n.md").encoded() == "# Größe\nÜbung\n".encode("cp1252")
    with pytest.raises(UsageError, match="has no"):
        edited(note, [Edit(1, 1, ("[日本語](x.md)",))], path="n.md")


def test_the_difference_is_that_of_diff() -> None:
    note = note_text("n.md", b"a\nb\nc\n")
    after = edited(note, [Edit(1, 2, ("B",))], path="n.md")
    assert unified("n.md", note, after).split("\n") == [
        "--- a/n.md",
        "+++ b/n.md",
        "@@ -1,3 +1,3 @@",
        " a",
        "-b",
        "+B",
        " c",
    ]
    assert unified("n.md", note, note) == ""
