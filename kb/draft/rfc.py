"""The template of an RFC, and the folder where RFCs live."""

import os

from kb.draft.adr import numbered
from kb.draft.dialect import Dialect

NAMES = ("rfcs", "rfc", "proposals", "enhancements")
FOLDERS = tuple(f"{parent}{name}" for parent in ("docs/", "doc/", "", "notes/") for name in NAMES)
NEW_FOLDER = "docs/rfcs"
HEADINGS = (
    "Summary", "Motivation", "Where it stands today", "Proposal", "Consequences", "Alternatives", "Prior art",
    "Validation", "Unresolved questions", "Related",
)  # fmt: skip


def rfc_text(dialect: Dialect, title: str, *, date: str) -> str:
    """The whole template; the house's own headings where it has RFCs already."""
    headings = dialect.headings if dialect.next_number > 1 else HEADINGS
    sections = "\n".join(f"## {heading}\n\n" for heading in headings)
    number = numbered(dialect, dialect.next_number)
    return f"---\nstatus: draft\ndate: {date}\nauthors: \n---\n\n# {number}{title}\n\n{sections}"


def rfc_folder(cwd: str, stop: str) -> str | None:
    """The nearest folder of RFCs from `cwd` upwards to `stop`, None when there is none."""
    level = cwd
    while True:
        for folder in (level, *(os.path.join(level, name) for name in FOLDERS)):
            if os.path.basename(folder).lower() in NAMES and os.path.isdir(folder):
                return folder
        parent = os.path.dirname(level)
        if level in (stop, parent):
            return None
        level = parent
