"""What a line is: the one rule that every reader, chunk and citation counts by."""

import re

LINE_END = re.compile(r"\r\n|\n|\r")


def split_lines(text: str) -> tuple[str, ...]:
    """The lines of `text` without their ends; a form feed or U+2028 ends no line, as in every editor."""
    if not text:
        return ()
    # str.splitlines would also split at \x0b, \x0c, \x85 and U+2028, and every later line number would be off.
    lines = LINE_END.split(text) if "\r" in text else text.split("\n")
    if not lines[-1]:
        lines.pop()
    return tuple(lines)
