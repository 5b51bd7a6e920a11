"""The rows of the result list, made of the application's JSON; every word is fit for a terminal here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kb.sanitize import for_terminal

Standing = Literal["", "good", "warn"]
GOOD = ("accepted", "implemented")
SAID = {"related": "is related to", "links": "links to"}
"""Relations that are no verbs with an object by themselves."""
CONTEXT_LINES = 150
"""Lines read on each side of a hit: enough to scroll about, cheap for a file of a million lines."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file: `source` and `path` as the index knows them, raw."""

    source: str
    path: str
    abspath: str
    start: int
    end: int

    @property
    def ref(self) -> str:
        """The REF that opens these lines, whatever folder the user stands in."""
        return f"{self.file_ref}:{self.start}"

    @property
    def file_ref(self) -> str:
        """The REF of the file; of one that lies in no source its path."""
        return f"{self.source}:{self.path}" if self.source else self.abspath

    @property
    def ref_around(self) -> str:
        """The REF of these lines and those about them."""
        first = max(1, self.start - CONTEXT_LINES)
        return f"{self.file_ref}:{first}-{self.end + CONTEXT_LINES}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the list; `place` is None on the row that stands for the answer itself."""

    title: str
    kind: str = ""
    status: str = ""
    standing: Standing = ""
    shown: str = ""
    label: str = ""
    """`[1]` before a citation, empty before a search result."""
    place: Place | None = field(default=None)

    @property
    def topic(self) -> str:
        """What its file is about; of code only its words tell that."""
        return "" if self.place is None or self.kind == "code" else self.title.partition(" › ")[0]


def found_entries(payload: Mapping[str, Any], cwd: str) -> list[Entry]:
    """A row for each hit of a search."""
    return [_entry(hit, cwd) for hit in payload["hits"]]


def answer_entries(payload: Mapping[str, Any], cwd: str) -> list[Entry]:
    """The answer first, then what it cites; where there is none, what lies nearest."""
    if payload["status"] != "answered":
        return [Entry("Not in your notes"), *(_entry(hit, cwd) for hit in payload.get("nearest") or [])]
    cited = (_entry(citation, cwd, label=f"[{citation['n']}] ") for citation in payload["citations"])
    return [Entry("Answer"), *cited]


def brief_entries(payload: Mapping[str, Any], cwd: str) -> list[Entry]:
    """The morning brief first, then what in it points at lines that can be opened."""
    items = [item for section in payload["sections"] for item in section["items"] if item.get("start")]
    return [
        Entry("The morning brief"),
        *(_entry({"kind": "adr", **item, "title": item["text"]}, cwd) for item in items),
    ]


def link_entries(payload: Mapping[str, Any], cwd: str) -> list[Entry]:
    """Out of a `related` payload what points at this file, whoever of the two says so, and what else names it."""
    own = payload["source"], payload["path"]
    entries = []
    for item in payload["related"]:
        relation = SAID.get(item["relation"], item["relation"])
        # Of a declared link the first span is the line that declares it.
        said = [(span["source"], span["path"]) for span in item["evidence"][:1]]
        if item["declared"] and (item["dst_source"], item["dst"]) == own:
            entries.append(_entry({**item, "status": f"{relation} this"}, cwd))
        elif item["declared"] and said and said != [own]:
            entries.append(_entry({**item, "status": f"says that this {relation} it"}, cwd))
    return entries


def copied(place: Place, cwd: str) -> str:
    """`path:line` as any editor or shell takes it: relative below the current folder, else absolute."""
    return for_terminal(f"{_below(place.abspath, cwd) or place.abspath}:{place.start}", keep_newlines=False)


def standing_of(item: Mapping[str, Any]) -> tuple[str, Standing]:
    """A decision's status and whether it may be relied on; a replaced one names its successor."""
    after = item.get("superseded_by") or []
    if successors := [after] if isinstance(after, str) else list(after):
        names = ", ".join(os.path.splitext(os.path.basename(path))[0] for path in successors)
        return f"superseded by {one_line(names)}", "warn"
    status = one_line(item.get("status") or "")
    return status, "" if not status else "good" if status in GOOD else "warn"


def shown_place(item: Mapping[str, Any], cwd: str) -> str:
    """`path:start-end`, the path relative below the current folder, else `source:path`."""
    start, end = item["start"], item["end"]
    path = _below(item["abspath"], cwd) or (f"{item['source']}:{item['path']}" if item["source"] else item["abspath"])
    return one_line(f"{path}:{start}" + (f"-{end}" if end != start else ""))


def one_line(text: str) -> str:
    """Text from a file on one line, without what a terminal would act on."""
    return for_terminal(" ".join(text.split()), keep_newlines=False)


def _entry(item: Mapping[str, Any], cwd: str, *, label: str = "") -> Entry:
    status, standing = standing_of(item)
    return Entry(
        title=_title(item),
        kind=item["kind"],
        status=status,
        standing=standing,
        shown=shown_place(item, cwd),
        label=label,
        place=Place(item["source"], item["path"], item["abspath"], item["start"], item["end"]),
    )


def _title(item: Mapping[str, Any]) -> str:
    """The file's title and the heading of the passage, unless they are the same."""
    title, heading = item["title"] or item["path"], item.get("heading") or ""
    heading = heading.removeprefix(title).removeprefix(" › ")
    return one_line(f"{title} › {heading}" if heading else title)


def _below(abspath: str, cwd: str) -> str:
    folder = cwd.rstrip(os.sep) + os.sep
    return abspath[len(folder) :] if cwd and abspath.startswith(folder) else ""
