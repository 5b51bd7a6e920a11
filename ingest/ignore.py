"""What .gitignore, .kbignore and .git/info/exclude say about one folder or file; alone knows their syntax.

The walk asks about an entry only after its folder was let through, so a pattern counts
where it matches the entry itself. `pathspec.GitIgnoreSpec` judges whole file paths and
calls a folder ignored under ``*`` + ``!*/``, which would prune what git keeps; so pathspec
translates each pattern here, and the last one that matches the entry decides, as in git.
Everything is bytes: a name need not be UTF-8 to be ignored.
"""

import re
import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

KEPT = "kept"
"""A .kbignore names the entry with ``!``: the defaults do not apply to it either."""
BY_GITIGNORE = "ignored by .gitignore"
BY_KBIGNORE = "ignored by .kbignore"

_CLASSES = {
    b"[:alnum:]": b"0-9A-Za-z",
    b"[:alpha:]": b"A-Za-z",
    b"[:digit:]": b"0-9",
    b"[:lower:]": b"a-z",
    b"[:space:]": b" \t\n\r\x0b\x0c",
    b"[:upper:]": b"A-Z",
    b"[:xdigit:]": b"0-9A-Fa-f",
}


@dataclass(frozen=True)
class Pattern:
    """One line of an ignore file; `source` matches an entry's name, or its path where `anchored`."""

    source: bytes
    keep: bool
    anchored: bool

    @cached_property
    def expression(self) -> re.Pattern[bytes]:
        return _compile(self.source)


class PatternList:
    """The patterns of one ignore file, compiled into one expression for names and one for paths."""

    def __init__(self, patterns: list[Pattern]) -> None:
        self._strongest_first = patterns[::-1]
        self._names = _union([pattern for pattern in patterns if not pattern.anchored])
        self._paths = _union([pattern for pattern in patterns if pattern.anchored])

    def ignores(self, name: bytes, path: bytes) -> bool | None:
        """True or False as the last matching line says, None where no line matches; a folder ends in a slash."""
        # Most entries match nothing: two fullmatches, not one for each line.
        if not (self._names and self._names.fullmatch(name)) and not (self._paths and self._paths.fullmatch(path)):
            return None
        for pattern in self._strongest_first:
            if pattern.expression.fullmatch(path if pattern.anchored else name):
                return not pattern.keep
        return None


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """A pattern list at its place: `prefix` leads from its folder to the root, or `depth` bytes of path lead to it."""

    patterns: PatternList
    depth: int = 0
    prefix: bytes = b""

    def ignores(self, name: bytes, path: bytes) -> bool | None:
        return self.patterns.ignores(name, self.prefix + path[self.depth :])


@dataclass(frozen=True, slots=True)
class Chain:
    """All ignore files that hold in one folder, the strongest first: the deepest .kbignore … info/exclude."""

    kb: tuple[IgnoreFile, ...] = ()
    git: tuple[IgnoreFile, ...] = ()

    def verdict(self, name: bytes, path: bytes) -> str:
        """KEPT, the reason for which the entry is left out, or "" where only the defaults speak."""
        for file in self.kb:
            if (ignored := file.ignores(name, path)) is not None:
                return BY_KBIGNORE if ignored else KEPT
        for file in self.git:
            if (ignored := file.ignores(name, path)) is not None:
                return BY_GITIGNORE if ignored else ""
        return ""


@lru_cache(maxsize=512)
def parse(content: bytes) -> PatternList:
    """The patterns of an ignore file; a line that git could not match either is passed over."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return PatternList([pattern for line in lines if (pattern := _pattern(line.removesuffix(b"\r")))])


def _pattern(line: bytes) -> Pattern | None:
    if line.startswith(b"#"):
        return None
    line = _trimmed(line)
    keep = line.startswith(b"!")
    body, anchored = _normalised(line[1:] if keep else line)
    if not body.strip(b"/"):
        return None
    try:
        source, _ = GitIgnoreSpecPattern.pattern_to_regex(_guarded(body))
        if source is None:
            return None
        # pathspec names this group in every pattern; a union may hold a name only once.
        pattern = Pattern(source.replace(b"(?P<ps_d>", b"(?:"), keep, anchored)
        _ = pattern.expression
    except (ValueError, re.error):
        return None
    return pattern


def _trimmed(line: bytes) -> bytes:
    """Trailing blanks do not count, save one that is escaped."""
    bare = line.rstrip(b" ")
    return bare + b" " if bare.endswith(b"\\") and bare != line else bare


def _normalised(body: bytes) -> tuple[bytes, bool]:
    """The pattern with one leading slash, and whether it speaks of a path rather than of a name at any depth."""
    slash = b"/" if body.endswith(b"/") else b""
    body = re.sub(rb"\*{3,}", b"**", body.removesuffix(b"/"))
    anchored = b"/" in body
    body = body.removeprefix(b"/")
    if body == b"**" or body.endswith(b"/**"):
        # Only what lies inside: "a/**" must not match the folder a itself.
        body += b"/*"
    while body.startswith(b"**/"):
        body = body[3:]
        if b"/" in body and not body.startswith(b"**/"):
            return b"/**/" + body + slash, True
        anchored = False
    return b"/" + body + slash, anchored


def _guarded(body: bytes) -> bytes:
    for name, members in _CLASSES.items():
        body = body.replace(name, members)
    # pathspec reads bytes as Latin-1 and strips blanks: the "à" of UTF-8 ends in what is a no-break space there.
    return body[:-1] + b"[" + body[-1:] + b"]" if body[-1:] in (b"\x85", b"\xa0") else body


def _union(patterns: list[Pattern]) -> re.Pattern[bytes] | None:
    return _compile(b"|".join(b"(?:" + pattern.source + b")" for pattern in patterns)) if patterns else None


def _compile(source: bytes) -> re.Pattern[bytes]:
    with warnings.catch_warnings():
        # "[[]" is a fine pattern; Python's hint about its own future sets means nothing to its author.
        warnings.simplefilter("ignore", FutureWarning)
        # DOTALL: a newline is a letter like any other in a file name.
        return re.compile(source, re.DOTALL)
