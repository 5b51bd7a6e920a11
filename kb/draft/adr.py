"""The template of a decision in the house's own dialect, and the folder where decisions live."""

import os
import re

from kb.draft.dialect import Dialect
from kb.draft.slug import slugify

FOLDERS = tuple(
    f"{parent}{name}"
    for parent in ("docs/", "doc/", "", "notes/", "docs/architecture/", "doc/architecture/", "docs/dev/")
    for name in ("adr", "adrs", "decisions", "architecture-decisions", "architecture_decisions", "ADR", "ADRs")
)
NEW_FOLDER = "docs/decisions"
"""Where MADR 4 puts them; used where a repository has none yet."""

OUTCOME = 'Chosen option: "", because'
FILLED = {
    "status": "Proposed",
    "considered options": "* \n* ",
    "decision outcome": f"{OUTCOME}\n\n### Consequences\n\n* Good, because \n* Bad, because ",
}


def adr_text(dialect: Dialect, title: str, *, number: int, date: str) -> str:
    """The whole template: metadata, title and headings as the house writes them."""
    sections = "\n".join(f"## {heading}\n\n{FILLED.get(heading.lower(), '')}\n" for heading in dialect.headings)
    heading = f"# {numbered(dialect, number)}{title}\n"
    if dialect.metadata in ("madr4", "madr3"):
        deciders = "decision-makers" if dialect.metadata == "madr4" else "deciders"
        return f"---\nstatus: proposed\ndate: {date}\n{deciders}: \n---\n\n{heading}\n{sections}"
    if dialect.metadata == "nygard":
        return f"{heading}\nDate: {date}\n\n{sections}"
    mark = "-" if dialect.metadata == "log4brains" else "*"
    tags = f"{mark} Tags: \n" if dialect.metadata == "log4brains" else ""
    return f"{heading}\n{mark} Status: proposed\n{mark} Deciders: \n{mark} Date: {date}\n{tags}\n{sections}"


def adr_name(dialect: Dialect, title: str, *, number: int, date: str) -> str:
    """The file name: `0012-use-sqlite.md`, `adr-012-…`, or `20260131-…` where the house dates its files."""
    separator = "_" if "_" in dialect.separator else "-"
    slug = slugify(title, separator)
    if dialect.width == 0:
        return f"{date.replace('-', '')}{dialect.separator}{slug}.md"
    return f"{dialect.prefix}{number:0{dialect.width}d}{dialect.separator}{slug}.md"


def adr_folder(cwd: str, stop: str) -> str | None:
    """The nearest folder of decisions from `cwd` upwards to `stop`, None when there is none."""
    level = cwd
    while True:
        if (named := _named(level)) is not None:
            return named
        parent = os.path.dirname(level)
        if level in (stop, parent):
            return None
        level = parent


def repository_root(cwd: str) -> str:
    """The folder that holds `.git`, from `cwd` upwards; `cwd` itself outside of a repository."""
    level = cwd
    while not os.path.exists(os.path.join(level, ".git")):
        parent = os.path.dirname(level)
        if parent == level:
            return cwd
        level = parent
    return level


def _named(level: str) -> str | None:
    """A folder of decisions at this level: itself, as adr-tools or log4brains name it, or by its name."""
    if os.path.basename(level).lower() in ("adr", "adrs", "decisions", "architecture-decisions"):
        return level
    told = (_first_line(os.path.join(level, ".adr-dir")), _log4brains(os.path.join(level, ".log4brains.yml")))
    for name in (*filter(None, told), *FOLDERS):
        folder = os.path.normpath(os.path.join(level, name))
        # A configured folder that leads out of the repository is not followed: kb writes there.
        if os.path.isdir(folder) and (folder + os.sep).startswith(level.rstrip(os.sep) + os.sep):
            return folder
    return None


def numbered(dialect: Dialect, number: int) -> str:
    """What stands before a title: `12. `, `ADR-0012: `; nothing where titles have no number."""
    if dialect.title is None:
        return ""
    prefix, width, after = dialect.title
    return f"{prefix}{number:0{width}d}{after}"


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline(4096).strip()
    except OSError:
        return ""


def _log4brains(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = re.search(r"^\s*adrFolder:\s*['\"]?([^'\"\n#]+)", file.read(65536), re.MULTILINE)
    except OSError:
        return ""
    return found[1].strip() if found else ""
