"""Finds the file that a written target means: a path, a link, a wikilink, ``ADR-12`` or a bare number.

A name is worth more than a number: two folders may both have an ADR-7, a path is one file.
Where several files fit equally well, none is meant: a wrong edge is worse than none.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote

from kb.decisions.edges import Decision
from kb.model import Source

LINK = re.compile(r"\(([^)\s]+)\)|\[\[([^\]|]+)")
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]{1,20}:")
SUFFIXES = ("", ".md", ".rst", "/README.md", "/index.md", ".markdown", "/readme.md")
WORD = re.compile(r"[^\W\d_]{3,}")
NAMED = re.compile(r"\.(?:md|rst|markdown|mdx|adoc|txt)$", re.IGNORECASE)

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


class Resolver:
    """Over the decisions of all sources, and over all indexed files where their `paths` are given."""

    def __init__(
        self,
        decisions: Iterable[Decision],
        *,
        paths: Mapping[tuple[str, str], int] | None = None,
        sources: Sequence[Source] = (),
    ) -> None:
        self._decisions = {decision.file_id: decision for decision in decisions}
        self._paths = paths if paths is not None else {(d.source, d.path): d.file_id for d in self._decisions.values()}
        self._path_of = {file_id: path for (_, path), file_id in self._paths.items()}
        self._places: dict[tuple[str, str, str], int | None] = {}
        self._roots = {source.name: source.root.rstrip("/") for source in sources}
        self._by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_stem: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_number: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._series: dict[int, str] = {}
        self._sources_of: dict[int, set[str]] = defaultdict(set)
        self._series_of: dict[str, set[str]] = defaultdict(set)
        self._decided = {decision.source for decision in self._decisions.values()}
        for decision in self._decisions.values():
            name = posixpath.basename(decision.path).lower()
            self._by_name[(decision.source, name)].append(decision.file_id)
            if decision.number is not None:
                self._series[decision.file_id] = series = series_of(decision)
                self._series_of[decision.source].add(series)
                self._by_number[(decision.source, decision.number)].append(decision.file_id)
                self._sources_of[decision.number].add(decision.source)
        for (source, path), file_id in self._paths.items():
            stem, dot, extension = posixpath.basename(path).rpartition(".")
            if dot and NAMED.match(f".{extension}"):
                self._by_stem[(source, stem.lower())].append(file_id)

    def resolve(self, source: str, path: str, target: str) -> int | None:
        """The file meant by `target` in the file at `path`; None when it means none, several, or itself."""
        link = LINK.search(target)
        written = (link[1] or link[2]) if link else target
        number = NUMBER.fullmatch(written)
        # No file is looked for under "ADR-12": its number says more, and half of all references are such.
        found = self.exactly(source, path, written) if number is None or not number[1] else None
        if found is None and (number is None or not number[1]):
            found = self._by_known_name(source, path, written)
        if found is None:
            found = self._by_number_in(source, path, _bare(written))
        return None if found is not None and found == self._paths.get((source, path)) else found

    def is_astray(self, source: str, path: str, target: str) -> bool:
        """Whether `target` is a path from where the file stands, and no indexed file is there."""
        bare = _bare(target)
        if SCHEME.match(bare) or bare.startswith("/") or not names_path(bare):
            return False
        return self.exactly(source, path, bare) is None

    def is_itself(self, source: str, path: str, target: str) -> bool:
        """Whether `target` means the very file that it stands in: an anchor, its own number, its own name."""
        own = self._paths.get((source, path))
        if not _bare(target) or self.exactly(source, path, target) == own:
            return True
        decision, match = self._decisions.get(own or -1), NUMBER.match(posixpath.basename(_bare(target)).lower())
        return decision is not None and match is not None and decision.number == int(match[2])

    def is_several(self, source: str, target: str) -> bool:
        """Whether a source has decisions of the number in `target`, of which none is meant more than another."""
        match = NUMBER.match(posixpath.basename(_bare(target)).lower())
        return match is not None and len(self._by_number.get((source, int(match[2])), [])) > 1

    def is_own_series(self, source: str, path: str, target: str) -> bool:
        """Whether `target` is a number of the series that the decision at `path`, or those of its source, count in."""
        match = NUMBER.fullmatch(target)
        if match is None:
            return False
        wanted = SERIES_WORDS.get((match[1] or "").lower(), "")
        own = self._series_at(source, path)
        return wanted == own if own else source in self._series_of and wanted in self._series_of[source]

    def exactly(self, source: str, path: str, written: str) -> int | None:
        """The file at the very place that a relative or absolute link leads to."""
        key = (source, posixpath.dirname(path), written)
        if key not in self._places:
            # The files of a folder name the same few decisions again and again.
            self._places[key] = self._place(*key)
        return self._places[key]

    def _place(self, source: str, folder: str, written: str) -> int | None:
        bare = _bare(written)
        if not bare or SCHEME.match(bare):
            return None
        starts = [""] if bare.startswith("/") else [folder]
        if "/" in bare and not bare.startswith("."):
            # A path in a comment counts from the root of the repository, wherever the comment stands.
            starts.append("")
        for start in starts:
            place = posixpath.normpath(posixpath.join(start, bare.lstrip("/")))
            for suffix in SUFFIXES:
                if (found := self._at(source, place + suffix)) is not None:
                    return found
        return None

    def _at(self, source: str, place: str) -> int | None:
        if (found := self._paths.get((source, place))) is not None or source not in self._roots:
            return found
        if not place.startswith("../") and len(self._roots) == 1:
            return None
        # Out of this source, or into one that lies inside it.
        absolute = posixpath.normpath(posixpath.join(self._roots[source], place))
        for name, root in self._roots.items():
            if name != source and absolute.startswith(root + "/"):
                found = self._paths.get((name, absolute[len(root) + 1 :]))
                if found is not None:
                    return found
        return None

    def _by_known_name(self, source: str, path: str, written: str) -> int | None:
        """The one decision of that file name (moved, or named by its address), or the one file of a wikilink's name."""
        name = posixpath.basename(_bare(written)).lower()
        if not name:
            return None
        for candidate in (name, f"{name}.md", f"{name}.rst"):
            if named := self._by_name.get((source, candidate)):
                return self._nearest(path, named)
        if "/" not in written and not SCHEME.match(written):
            return self._nearest(path, self._by_stem.get((source, name.removesuffix(".md")), []))
        return None

    def _by_number_in(self, source: str, path: str, bare: str) -> int | None:
        name, elsewhere = posixpath.basename(bare).lower().strip(), bool(SCHEME.match(bare))
        match = NUMBER.match(name)
        if match is None:
            return None
        series, number = (match[1] or "").upper(), int(match[2])
        found = self._numbered(source, path, series, number)
        if found is not None and not _may_be_called(self._path_of[found], name[match.end() :], elsewhere=elsewhere):
            # The seventh decision of another project, by its address, is not the seventh one here.
            return None
        if found is None and source not in self._decided and series == OWN and len(self._sources_of[number]) == 1:
            # A TIL of a source without decisions, while one single source has a decision of that number.
            (other,) = self._sources_of[number]
            found = self._numbered(other, "", series, number)
        return found

    def _numbered(self, source: str, path: str, series: str, number: int) -> int | None:
        candidates = self._by_number.get((source, number))
        if not candidates:
            return None
        own = self._paths.get((source, path))
        wanted = SERIES_WORDS.get(series.lower(), "") or self._series_at(source, path)
        fitting = [f for f in candidates if f != own and (not wanted or self._series[f] in ("", wanted))]
        return self._nearest(path, fitting)

    def _series_at(self, source: str, path: str) -> str:
        """The series of the decision that speaks: a bare number counts in its own."""
        return self._series.get(self._paths.get((source, path), -1), "")

    def _nearest(self, path: str, candidates: Sequence[int]) -> int | None:
        """The candidate whose folder shares the most with that of `path`; None when two are equally near."""
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        folders = posixpath.dirname(path).split("/")
        near: dict[tuple[int, bool], list[int]] = defaultdict(list)
        for file_id in candidates:
            theirs = posixpath.dirname(self._path_of[file_id]).split("/")
            shared = 0
            while shared < min(len(folders), len(theirs)) and folders[shared] == theirs[shared]:
                shared += 1
            near[(shared, theirs == folders)].append(file_id)
        best = near[max(near)]
        return best[0] if len(best) == 1 else None


def names_path(target: str) -> bool:
    """Whether a written target is a path, and no number or name alone."""
    return "/" in target or bool(NAMED.search(_bare(target)))


def names_note(target: str) -> bool:
    """Whether a written target is the name of a text or of a decision; `example.org` and a stray bracket are not."""
    bare = _bare(target)
    return bool(NAMED.search(bare) or NUMBER.match(posixpath.basename(bare).lower()))


def _may_be_called(path: str, slug: str, *, elsewhere: bool) -> bool:
    """Whether a file that was named `slug` after its number may be the one at `path` now, by the words they share.

    `elsewhere` asks for half of them: an address may be that of another project.
    """
    if not slug:
        return True
    words = set(WORD.findall(slug.rpartition(".")[0] if NAMED.search(slug) else slug))
    shared = len(words & set(WORD.findall(posixpath.basename(path).lower())))
    return not words or shared * 2 >= (len(words) if elsewhere else 1)


def _bare(written: str) -> str:
    """A link without its fragment, query and escapes."""
    target = written.strip().partition("#")[0].partition("?")[0]
    return unquote(target).replace("\\", "/") if "%" in target or "\\" in target else target
