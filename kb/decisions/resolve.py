"""Finds the file that a written target means: a path, a link, a wikilink, ``ADR-12`` or a bare number.

A name is worth more than a number: two folders may both have an ADR-7, a path is one file, and of a file that is not
there any more (`0004-name-prefixes.md`) the slug says what it was about, while its number may be another's now.
Where several files fit equally well, none is meant: a wrong edge is worse than none.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kb.decisions.edges import Decision
from kb.decisions.names import (
    FOREIGN,
    NAMED,
    NUMBER,
    OWN,
    SCHEME,
    SERIES_WORDS,
    SUFFIXES,
    bare_of,
    may_be_called,
    names_path,
    series_of,
    slug_of,
)
from kb.model import Source

LINK = re.compile(r"\(([^)\s]+)\)|\[\[([^\]|]+)")


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
        self._by_slug: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_number: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._series: dict[int, str] = {}
        self._sources_of: dict[int, set[str]] = defaultdict(set)
        self._series_of: dict[str, set[str]] = defaultdict(set)
        self._decided = {decision.source for decision in self._decisions.values()}
        for decision in self._decisions.values():
            name = posixpath.basename(decision.path).lower()
            self._by_name[(decision.source, name)].append(decision.file_id)
            if slug := slug_of(name):
                self._by_slug[(decision.source, slug)].append(decision.file_id)
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
            found = self._by_slug_in(source, path, bare_of(written)) or self._by_number_in(
                source, path, bare_of(written)
            )
        return None if found is not None and found == self._paths.get((source, path)) else found

    def is_astray(self, source: str, path: str, target: str) -> bool:
        """Whether `target` is a path from where the file stands, and no indexed file is there."""
        bare = bare_of(target)
        if SCHEME.match(bare) or bare.startswith("/") or not names_path(bare):
            return False
        return self.exactly(source, path, bare) is None

    def is_itself(self, source: str, path: str, target: str) -> bool:
        """Whether `target` means the very file that it stands in: an anchor, its own number, its own name."""
        own = self._paths.get((source, path))
        if not bare_of(target) or self.exactly(source, path, target) == own:
            return True
        name = posixpath.basename(bare_of(target)).lower()
        match = NUMBER.match(name)
        if match is None or ((slug := slug_of(name)) and slug != slug_of(posixpath.basename(path).lower())):
            return False
        decision, bears = self._decisions.get(own or -1), NUMBER.match(posixpath.basename(path).lower())
        # A note may be called `adr-008-sketch.md` and be no decision; its own title is no link all the same.
        number = decision.number if decision is not None else int(bears[2]) if bears and bears[1] else None
        return number == int(match[2])

    def is_several(self, source: str, target: str) -> bool:
        """Whether a source has decisions of the number in `target`, of which none is meant more than another."""
        match = NUMBER.match(posixpath.basename(bare_of(target)).lower())
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
        bare = bare_of(written)
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
        name = posixpath.basename(bare_of(written)).lower()
        if not name:
            return None
        for candidate in (name, f"{name}.md", f"{name}.rst"):
            if named := self._by_name.get((source, candidate)):
                return self._nearest(path, named)
        if "/" not in written and not SCHEME.match(written):
            return self._nearest(path, self._by_stem.get((source, name.removesuffix(".md")), []))
        return None

    def _by_slug_in(self, source: str, path: str, bare: str) -> int | None:
        """The one decision that bears the same name after another number: it was renumbered, or the link mistyped."""
        slug = slug_of(posixpath.basename(bare).lower())
        # At an address it is that of another project: "record-architecture-decisions" is in each.
        return self._nearest(path, self._by_slug.get((source, slug), [])) if slug and not SCHEME.match(bare) else None

    def _by_number_in(self, source: str, path: str, bare: str) -> int | None:
        name = posixpath.basename(bare).lower().strip()
        match = NUMBER.match(name)
        if match is None:
            return None
        series, number = (match[1] or "").upper(), int(match[2])
        found = self._numbered(source, path, series, number)
        if found is not None and not may_be_called(self._path_of[found], name[match.end() :]):
            # The seventh decision of another project is not the seventh one here, nor is a lost one its namesake.
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
        # The RFCs of the IETF are named everywhere: such a number wants a decision that is called an RFC itself.
        any_too = ("", wanted) if wanted != FOREIGN else (FOREIGN,)
        fitting = [f for f in candidates if f != own and (not wanted or self._series[f] in any_too)]
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
