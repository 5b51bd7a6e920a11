"""Links of a draft: relative to the folder in which it is to lie, and turned when it is put into another one."""

import os
import re

from kb.model import StoredFile

TARGET = re.compile(r"(\]\()([^)\s#]+)([^)\n]*\))")


def link(file: StoredFile, folder: str, *, title: str = "") -> str:
    """A Markdown link to a file of the same source, or below the folder; else its name: others move on their own."""
    label = " ".join((title or file.title or file.path).split()).replace("[", "(").replace("]", ")")
    if not folder or not (lies_below(folder, file.root) or lies_below(file.abspath, folder)):
        return f"{label} (`{file.source}:{file.path}`)"
    return f"[{label}]({_written(os.path.relpath(file.abspath, folder))})"


def moved(text: str, *, before: str, now: str) -> str:
    """A draft whose links were relative to one folder, for another; what leads nowhere stays as it is."""
    if not before or os.path.normpath(before) == os.path.normpath(now):
        return text

    def turned(match: re.Match[str]) -> str:
        target = os.path.join(before, *match[2].split("/"))
        if "://" in match[2] or match[2].startswith("/") or not os.path.exists(target):
            return match[0]
        return f"{match[1]}{_written(os.path.relpath(target, now))}{match[3]}"

    return TARGET.sub(turned, text)


def _written(path: str) -> str:
    return path.replace(os.sep, "/").replace(" ", "%20").replace("(", "%28").replace(")", "%29")


def lies_below(folder: str, root: str) -> bool:
    """Whether a path is a folder or lies in it, also where neither is there yet."""
    return (os.path.realpath(folder) + os.sep).startswith(os.path.realpath(root).rstrip(os.sep) + os.sep)
