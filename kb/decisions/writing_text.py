"""The bytes of a note as lines and back: what an edit does not touch stays as it is, byte for byte."""

import codecs
import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kb.decisions.writing_page import Edit
from kb.errors import UsageError

LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r)?")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What the reader of the index leaves out; a line that is written must be the one that was read."""


@dataclass(frozen=True, slots=True)
class NoteText:
    """A note's lines, each with the line end that it has; the last one may have none."""

    lines: tuple[str, ...]
    ends: tuple[str, ...]
    encoding: str
    mark: bytes
    """The byte order mark, empty where there is none."""

    @property
    def shown(self) -> tuple[str, ...]:
        """The lines as the index reads them."""
        return tuple(CONTROL.sub("", line) for line in self.lines)

    def encoded(self) -> bytes:
        text = "".join(line + end for line, end in zip(self.lines, self.ends, strict=True))
        return self.mark + text.encode(self.encoding)


def note_text(path: str, content: bytes) -> NoteText:
    """The text of a file; UsageError where it could not be written back as it was."""
    mark = next((m for m in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) if content.startswith(m)), b"")
    encodings = {codecs.BOM_UTF16_LE: ("utf-16-le",), codecs.BOM_UTF16_BE: ("utf-16-be",)}.get(
        mark, ("utf-8", "cp1252")
    )
    for encoding in encodings:
        try:
            text = content[len(mark) :].decode(encoding)
        except UnicodeDecodeError:
            continue
        parts = [(match[1], match[2] or "") for match in LINE.finditer(text) if match[0]]
        note = NoteText(tuple(line for line, _ in parts), tuple(end for _, end in parts), encoding, mark)
        if note.encoded() == content:
            return note
    raise UsageError(
        f"{path} is not clean text in one encoding; nothing is written to it", "save it as UTF-8, then try again"
    )


def edited(note: NoteText, edits: Sequence[Edit], *, path: str) -> NoteText:
    """The note after the edits, with the line ends that it has; UsageError where a letter does not fit its encoding."""
    lines, ends = list(note.lines), list(note.ends)
    usual = _usual_end(note)
    for edit in sorted(edits, key=lambda edit: -edit.start):
        kept = ends[edit.start : edit.end]
        fresh = [kept[n] if n < len(kept) else _end_near(ends, edit.start, usual) for n in range(len(edit.lines))]
        if edit.start == len(lines) and ends and not ends[-1] and fresh:
            # The last line had no end: it gets one, and the new last line has none in its place.
            ends[-1], fresh[-1] = usual, ""
        elif edit.end == len(lines) and kept and not kept[-1] and fresh:
            fresh = [*(end or usual for end in fresh[:-1]), ""]
        lines[edit.start : edit.end], ends[edit.start : edit.end] = edit.lines, fresh
    after = NoteText(tuple(lines), tuple(ends), note.encoding, note.mark)
    try:
        after.encoded()
    except UnicodeEncodeError as error:
        letter = error.object[error.start : error.end]
        raise UsageError(
            f"{path} is written in {note.encoding}, which has no {letter!r}", "save it as UTF-8"
        ) from error
    return after


def unified(path: str, before: NoteText, after: NoteText) -> str:
    """The change as `diff -u` shows it, empty where there is none."""
    old, new = list(before.lines), list(after.lines)
    if before.ends[-1:] == ("",) and after.ends[-1:] == ("",):
        tail = "\n\\ No newline at end of file"
        shown = list(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm=""))
        return "\n".join(shown) + (tail if shown else "")
    return "\n".join(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm=""))


def _usual_end(note: NoteText) -> str:
    counted = Counter(end for end in note.ends if end)
    return counted.most_common(1)[0][0] if counted else "\n"


def _end_near(ends: Sequence[str], at: int, usual: str) -> str:
    """The end of the line above, so that a file of two kinds of line ends does not get more mixed than it is."""
    return (ends[at - 1] if 0 < at <= len(ends) else "") or usual
