"""Links that could be, the change that writes one, and what is wrong with those there are, as rows and sheets. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kb.sanitize import for_terminal
from tui.decision_lines import WHOLE, number_of, title_of
from tui.entries import Entry, Place, one_line, shown_place
from tui.rows import Row
from tui.sheets import MAX_LINE_CHARS, Line, Sheet, Style

RELATIONS = ("related", "supersedes", "amends", "extends", "requires", "contradicts")
"""What can be written, in the order in which the relation key goes through them."""
RELATION_WIDTH = 13
DIFF_STYLE: Mapping[str, Style] = {"+": "good", "-": "warn", "@": "dim", "\\": "dim"}
FILE_MARKS = ("--- ", "+++ ")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files, each at the lines that speak for a link, and what the first could say of the second."""

    src: Entry
    dst: Entry
    relation: str
    score: float
    candidate: bool
    """True where the relation is for the user to judge: a contradiction."""

    @property
    def turned(self) -> "Pair":
        """The same relation the other way round."""
        return replace(self, src=self.dst, dst=self.src)

    @property
    def with_next_relation(self) -> "Pair":
        place = RELATIONS.index(self.relation) if self.relation in RELATIONS else -1
        return replace(self, relation=RELATIONS[(place + 1) % len(RELATIONS)], candidate=False)

    @property
    def words(self) -> str:
        """What would be said, in a sentence."""
        return f"{_called(self.src)} {self.relation} {_called(self.dst)}"

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """Source and path of both, in whatever order."""
        ends = (self.src.place, self.dst.place)
        return frozenset((place.source, place.path) for place in ends if place is not None)


def pairs(payload: Mapping[str, Any], cwd: str) -> list[Pair]:
    """The pairs of a `link_suggest` payload."""
    return [
        Pair(
            _end(item, "src", cwd), _end(item, "dst", cwd), item["relation"], item["score"], bool(item["candidate"])
        )
        for item in payload["suggestions"]
    ]  # fmt: skip


def pair_rows(found: list[Pair]) -> list[Row[Pair]]:
    """Two rows each: what the first does, and to whom."""
    rows: list[Row[Pair]] = []
    for pair in found:
        relation = f"{pair.relation}?" if pair.candidate else pair.relation
        style: Style = "warn" if pair.candidate else "place"
        rows.append(Row(_called(pair.src), "title", after=((f"{pair.score:.2f}", "dim"),), target=pair))
        rows.append(Row(_called(pair.dst), before=(("  ", "text"), (f"{relation:<{RELATION_WIDTH}}", style))))
    return rows


def diff_sheet(payload: Mapping[str, Any]) -> Sheet:
    """The change of a `link_accept` payload, as it would be written."""
    outside = [Line(one_line(payload["outside"]), "warn"), Line("")] if payload["outside"] else []
    return Sheet("", (*outside, *(diff_line(line) for line in payload["diff"].split("\n"))))


def written_words(payload: Mapping[str, Any]) -> str:
    """Where a link was written."""
    return "written: " + ", ".join(f"{item['source']}:{item['path']}" for item in payload["changed"])


def problem_rows(payload: Mapping[str, Any], cwd: str) -> list[Row[Entry]]:
    """Two rows for each problem of a `decisions_check` payload: where, and what; then what was not understood."""
    rows: list[Row[Entry]] = []
    for item in payload["problems"]:
        place = Place(item["source"], item["path"], item["abspath"], item["start"], item["end"])
        entry = Entry(one_line(item["message"]), kind=item["kind"], shown=shown_place(item, cwd), place=place)
        rows.append(Row(entry.shown, "place", after=((item["kind"], "warn"),), target=entry))
        rows.append(Row(entry.title, before=(("  ", "text"),)))
    if notices := payload["notices"]:
        rows += [Row(""), Row("Not understood", "title"), *(Row(one_line(notice), "dim") for notice in notices)]
    return rows


def _end(item: Mapping[str, Any], end: str, cwd: str) -> Entry:
    """One of the two files, at the first of its lines that are quoted."""
    path, source = item[end], item[f"{end}_source"]
    span = next((span for span in item["evidence"] if (span["path"], span["source"]) == (path, source)), None)
    if span is None:
        # Of a file without a word of its own, such as a status alone, nothing is quoted.
        return Entry(one_line(path), shown=one_line(f"{source}:{path}"), place=Place(source, path, path, 1, WHOLE))
    return Entry(
        title_of(span),
        kind=span["kind"],
        shown=shown_place(span, cwd),
        label=number_of(span) if span["kind"] == "adr" else "",
        place=Place(source, path, span["abspath"], span["start"], span["end"]),
    )


def _called(entry: Entry) -> str:
    return f"{entry.label} {entry.title}".strip()


def diff_line(line: str) -> Line:
    """A line of a change, coloured by what becomes of it."""
    shown = for_terminal(line[:MAX_LINE_CHARS], keep_newlines=False)
    return Line(shown, "title" if line.startswith(FILE_MARKS) else DIFF_STYLE.get(line[:1], "text"))
