"""Alone owns standard output: JSON, and lines that are cleaned before the first escape sequence is added."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable
from typing import Any

from kb.cli.views.page import Line, Page, Part, Style
from kb.sanitize import for_terminal

ANSI: dict[Style, str] = {
    "title": "1", "dim": "2", "place": "36", "good": "32", "warn": "33", "bad": "31",
}  # fmt: skip

# Inside a JSON string these may be written as escapes: the value stays raw, and a terminal
# that shows the JSON meets neither C1 and bidi controls nor half a surrogate pair.
_UNSAFE_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def page() -> Page:
    """The measures of where stdout goes; a captured one is 80 wide and never wraps."""
    on_terminal = is_terminal()
    width = shutil.get_terminal_size().columns if on_terminal else 80
    return Page(width=max(width, 40), wrap=on_terminal, cwd=current_folder())


def is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def current_folder() -> str:
    """The current folder, empty when it was deleted under us."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def write_lines(lines: Iterable[Line]) -> None:
    """Lines for a person; coloured only on a terminal that wants it."""
    colour, captured = wants_colour(), not is_terminal()
    _write("".join(f"{paint(line, colour=colour, keep_tabs=captured)}\n" for line in lines))


def write_text(text: str) -> None:
    """Text of a file, cleaned, with a newline at its end; captured, its tabs are those of the file."""
    cleaned = for_terminal(text, keep_newlines=True, keep_tabs=not is_terminal())
    _write(cleaned if cleaned.endswith("\n") else cleaned + "\n")


def write_json(payload: dict[str, Any]) -> None:
    """One JSON object: indented for a person, on one line for a program."""
    text = json.dumps(payload, ensure_ascii=False, indent=2 if is_terminal() else None)
    _write(_UNSAFE_IN_JSON.sub(_escaped, text) + "\n")


def paint(line: Line, *, colour: bool, keep_tabs: bool = False) -> str:
    """A line as the terminal gets it: each part cleaned, then styled."""
    return "".join(_painted(part, colour=colour, keep_tabs=keep_tabs) for part in line).rstrip(" ")


def wants_colour() -> bool:
    """NO_COLOR and TERM=dumb turn colour off, as does anything that is no terminal."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def abandon() -> None:
    """The reader has gone: send what is still buffered to nowhere, or the interpreter complains at its end."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def _painted(part: Part, *, colour: bool, keep_tabs: bool) -> str:
    text, style = (part, None) if isinstance(part, str) else part
    cleaned = for_terminal(text, keep_newlines=False, keep_tabs=keep_tabs)
    return f"\x1b[{ANSI[style]}m{cleaned}\x1b[0m" if colour and style and cleaned else cleaned


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _write(text: str) -> None:
    if sys.stdout is None:  # started with stdout closed
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        # A C locale cannot show every letter; a question mark is better than a traceback.
        text = text.replace("│", "|").encode(encoding, "replace").decode(encoding)
    sys.stdout.write(text)
    sys.stdout.flush()
