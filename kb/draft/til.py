"""The template of a TIL, and the folder where TILs live."""

import os
import re
from collections.abc import Sequence

TIL_NAME = re.compile(r"(^|[-_.])(tils?|today-i-learned)([-_.]|$)", re.IGNORECASE)


def til_text(title: str, *, date: str) -> str:
    """A TIL with its front matter; `kind` makes it one wherever the file lies."""
    return f"---\nkind: til\ndate: {date}\ntags: []\n---\n\n# {title}\n\n\n"


def til_folder(roots: Sequence[str], cwd: str) -> str | None:
    """The root named as a TIL collection, or the `til` folder in a root; the current folder's first."""
    nearest_first = sorted(roots, key=lambda root: not (cwd + os.sep).startswith(root.rstrip(os.sep) + os.sep))
    for root in nearest_first:
        for folder in (root, *(os.path.join(root, name) for name in ("til", "tils", "TIL", "notes/til"))):
            if TIL_NAME.search(os.path.basename(folder)) and os.path.isdir(folder):
                return folder
    return None
