"""Tells the text of a form from the text of a matter.

A line that stands in three documents, or in a template, says nothing of any of them: "This section contains all the
context one needs" would make strangers of one folder look alike, and be quoted as the proof of it.
"""

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from kb.decisions.names import slug_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Marks = NDArray[np.int64]

OFTEN = 3
FEWEST_WORDS = 4
"""A shorter line ("Good, because", "## Status") is weighed by its words."""
MARKUP = " \t>*+-#|_`"
PROMPT = re.compile(
    r"^\s*(?:>\s*(?:(?:in\s+)?this section|describe|explain|list|summari[sz]e|what (?:is|are|becomes))\b"
    r"|[-*>]?\s*\{[^{}]{2,}\}\W*(?:\{[^{}]{2,}\}\W*)*$)",
    re.IGNORECASE,
)
"""What a form asks for, left where the answer should stand: `> This section describes …`, `- {date}: {changelog}`."""
SORT = r"(?:adr|madr|rfc|kep|tep|pep|oep|decision|record|til|note|nygard|short|long|full|bare|minimal|0+|n+|x+)"
TEMPLATE = re.compile(rf"_?(?:{SORT}[-_ ])*templates?(?:[-_ ]{SORT})*", re.IGNORECASE)
"""`0039-choose-a-template-engine.md` is none."""
FIRST_ONES = frozenset({
    "record-architecture-decisions", "record-architectural-decisions", "use-architecture-decision-records",
    "use-markdown-architectural-decision-records", "use-markdown-any-decision-records",
    "use-architectural-decision-records", "use-adrs", "use-log4brains-to-manage-the-adrs",
})  # fmt: skip
"""What the tools write into each new folder: every project has it, and none says anything of another."""


def mark_of(line: str) -> int:
    """A number for the words of a line, the same within this process; 0 for a short one, odd for a prompt of a form."""
    words = line.strip(MARKUP).casefold().split()
    if PROMPT.match(line):
        return hash(" ".join(words)) | 1
    return hash(" ".join(words)) & ~1 if len(words) >= FEWEST_WORDS else 0


def marks_of(texts: Iterable[str]) -> "Marks":
    """The marks of all lines of some passages, each once."""
    import numpy as np

    found = {mark_of(line) for text in texts for line in text.split("\n")}
    return np.array(sorted(found - {0}), dtype=np.int64)


def often(marks: "Mapping[int, Marks]", templates: Collection[int]) -> frozenset[int]:
    """The marks that are boilerplate, of those of each file; `templates` are the files that are forms themselves."""
    import numpy as np

    if not marks:
        return frozenset()
    found, counts = np.unique(np.concatenate(list(marks.values())), return_counts=True)
    of_forms = (marks[file_id].tolist() for file_id in templates)
    return frozenset(found[(counts >= OFTEN) | (found & 1 == 1)].tolist()).union(*of_forms)


def is_template(path: str) -> bool:
    """Whether a file is the form that others are filled into: `template.md`, `adr-template.md`, `templates/x.md`."""
    folder, name = posixpath.split(path)
    return any(TEMPLATE.fullmatch(part) for part in (posixpath.basename(folder), name.partition(".")[0]))


def is_first_one(path: str) -> bool:
    """Whether a decision is the one to write decisions down."""
    return slug_of(posixpath.basename(path).lower()) in FIRST_ONES
