"""How a house writes its decisions: names of files, width of the number, metadata and headings, read from them."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")
Metadata = Literal["madr4", "madr3", "madr2", "log4brains", "nygard"]

HEADINGS: dict[Metadata, tuple[str, ...]] = {
    "madr4": ("Context and Problem Statement", "Considered Options", "Decision Outcome", "More Information"),
    "madr3": ("Context and Problem Statement", "Considered Options", "Decision Outcome", "More Information"),
    "madr2": ("Context and Problem Statement", "Considered Options", "Decision Outcome", "Links"),
    "log4brains": ("Context and Problem Statement", "Considered Options", "Decision Outcome", "Links"),
    "nygard": ("Status", "Context", "Decision", "Consequences"),
}

NAME = re.compile(r"^(?P<prefix>(?:[A-Za-z]+[-_]?)?)(?P<number>\d{1,5})(?P<separator>[-_. ]+)(?P<slug>\S.*)\.md$")
DATED = re.compile(r"^\d{8}(?P<separator>[-_])(?P<slug>\S.*)\.md$")
TITLE = re.compile(
    r"^#[ \t]+(?P<prefix>(?:[A-Za-z]+[- ]?)?)(?P<number>\d{1,5})(?P<after>[.:]?[ \t]*[-–—:]?[ \t]+)", re.MULTILINE
)
HEADING = re.compile(r"^##[ \t]+([^#\n].*?)[ \t#]*$", re.MULTILINE)
READ_FILES, READ_BYTES = 40, 64 * 1024


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the next decision has to look like to be one of the house."""

    metadata: Metadata = "madr4"
    headings: tuple[str, ...] = HEADINGS["madr4"]
    prefix: str = ""
    width: int = 4
    """Digits of the number in a file name; 0 where the name begins with a date instead."""
    separator: str = "-"
    title: tuple[str, int, str] | None = None
    """Prefix, digits and what follows of a number in the title; None where titles have none."""
    next_number: int = 1


def read_dialect(folder: str) -> Dialect:
    """The dialect of a folder of decisions; MADR 4 where it holds none yet."""
    names = sorted(name for name in _listed(folder) if NAME.match(name) or DATED.match(name))
    texts = [text for name in names[-READ_FILES:] if (text := _read(os.path.join(folder, name)))]
    return dialect_of(names, texts)


def dialect_of(names: Sequence[str], texts: Sequence[str]) -> Dialect:
    """The dialect that most of the given files speak, the later ones where it is a draw."""
    if not names:
        return Dialect()
    numbered = [match for name in names if (match := NAME.match(name))]
    dated = [match for name in names if (match := DATED.match(name))]
    shapes = [(match["prefix"], len(match["number"]), match["separator"]) for match in numbered]
    prefix, width, separator = _commonest(shapes, ("", 4, "-"))
    metadata = _commonest([_metadata(text) for text in texts], "madr4")
    if len(dated) > len(numbered):
        prefix, width, separator = "", 0, dated[-1]["separator"]
    return Dialect(
        metadata=metadata,
        headings=_headings([text for text in texts if _metadata(text) == metadata]) or HEADINGS[metadata],
        prefix=prefix,
        width=width,
        separator=separator,
        title=_title(texts),
        next_number=max((int(match["number"]) for match in numbered), default=0) + 1,
    )


def _metadata(text: str) -> Metadata:
    head = text[:2000]
    if head.startswith("---"):
        return "madr3" if re.search(r"^deciders:", head, re.MULTILINE) else "madr4"
    if re.search(r"^##[ \t]+Status\b", text, re.MULTILINE | re.IGNORECASE):
        return "nygard"
    if re.search(r"^-[ \t]+\**Status\b", head, re.MULTILINE | re.IGNORECASE):
        return "log4brains"
    return "madr2" if re.search(r"^\*[ \t]+\**Status\b", head, re.MULTILINE | re.IGNORECASE) else "madr4"


def _headings(texts: Sequence[str]) -> tuple[str, ...]:
    """The second-level headings that at least half of the texts have, in the order of the last that has most."""
    lists = [list(dict.fromkeys(HEADING.findall(text))) for text in texts]
    often = {
        heading for heading, n in Counter(h for headings in lists for h in headings).items() if 2 * n >= len(texts)
    }
    kept = [tuple(heading for heading in headings if heading in often) for headings in lists]
    return max(reversed(kept), key=len, default=())


def _title(texts: Sequence[str]) -> tuple[str, int, str] | None:
    found = [TITLE.search(text) for text in texts]
    shapes = [(match["prefix"], len(match["number"]), match["after"]) for match in found if match]
    # `# 12. Use X` counts its digits from the number, not from a width: the smallest one tells.
    if not shapes or 2 * len(shapes) < len(texts):
        return None
    prefix, _, after = _commonest(shapes, ("", 1, ". "))
    return prefix, min(width for _, width, _ in shapes), after


def _commonest(values: Sequence[T], default: T) -> T:
    counts = Counter(reversed(values))
    return counts.most_common(1)[0][0] if counts else default


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(READ_BYTES).decode("utf-8-sig", "replace").replace("\r\n", "\n")
    except OSError:
        return ""
