"""How decisions are named: by series and number, by a path, by the slug after a number.

Only words here: which file is meant, the resolver says.
"""

import posixpath
import re
from urllib.parse import unquote

from kb.decisions.edges import Decision

SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{1,20}:")
SUFFIXES = ("", ".md", ".rst", "/README.md", "/index.md", ".markdown", "/readme.md")
WORD = re.compile(r"[^\W\d_]{3,}")
NAMED = re.compile(r"\.(?:md|rst|markdown|mdx|adoc|txt)$", re.IGNORECASE)
OTHER_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")

FOREIGN = "RFC"
OWN = "ADR"
"""The series of a numbered decision whose name, title and folder tell of no other."""
SERIES = "adr|rfc|pep|tep|kep|oep|cep|dep|sip|eip|bip|aep|cfp"
NUMBER = re.compile(rf"^(?:({SERIES}|decision|dr)s?[-_ #:]*)?0*(\d{{1,5}})(?=$|[-_. :])", re.IGNORECASE)
"""`0012-use-x.md`, `ADR-12`, `12`; a digit inside a name (`use-http2.md`) numbers nothing."""
SERIES_FIRST = re.compile(rf"^(?:the\s+)?({SERIES})s?[-_ #:]*\d", re.IGNORECASE)
SERIES_WORDS = {f"{name}{plural}": name.upper() for name in SERIES.split("|") for plural in ("", "s")}
ANY_SERIES = frozenset({"proposals", "enhancements", "design", "designs"})


def series_of(decision: Decision) -> str:
    """The series that a decision's number counts in (``ADR``, ``RFC`` …), empty where it may be any."""
    folder, name = posixpath.split(decision.path)
    for text in (name, decision.title):
        if match := SERIES_FIRST.match(text):
            return match[1].upper()
    words = [*reversed(folder.lower().split("/"))] if folder else re.split(r"[^a-z0-9]+", decision.source.lower())
    for word in words:
        if word in SERIES_WORDS:
            return SERIES_WORDS[word]
    return "" if ANY_SERIES.intersection(words) else OWN


def names_path(target: str) -> bool:
    """Whether a written target is a path, and no number or name alone."""
    return "/" in target or bool(NAMED.search(bare_of(target)))


def names_note(target: str) -> bool:
    """Whether a written target is the name of a text or of a decision; `example.org` and a stray bracket are not."""
    bare = bare_of(target)
    if OTHER_FILE.search(bare) and not NAMED.search(bare):
        # `0015-network.png` is the picture in a decision.
        return False
    return bool(NAMED.search(bare) or NUMBER.match(posixpath.basename(bare).lower()))


def slug_of(name: str) -> str:
    """`use-sqlite` of `0012-use-sqlite.md`; empty for a name without a number, or with nothing after it."""
    match = NUMBER.match(name)
    slug = NAMED.sub("", name[match.end() :]).strip("-_. :") if match else ""
    return slug if WORD.search(slug) else ""


def may_be_called(path: str, slug: str) -> bool:
    """Whether a file that was named `slug` after its number may be the one at `path` now: half of its words are there.

    A number alone decides only where nothing else is written.
    """
    if not slug:
        return True
    words = set(WORD.findall(NAMED.sub("", slug)))
    shared = len(words & set(WORD.findall(posixpath.basename(path).lower())))
    return not words or shared * 2 >= len(words)


def bare_of(written: str) -> str:
    """A link without its fragment, query and escapes."""
    target = written.strip().partition("#")[0].partition("?")[0]
    return unquote(target).replace("\\", "/") if "%" in target or "\\" in target else target
