"""What hangs together with one decision, as rows: the tree of supersession, its neighbours, the code about it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.decision_lines import NO_STATUS, WHOLE, decision_entry, number_of, standing_of, title_of
from tui.entries import Entry, Place, one_line, shown_place
from tui.rows import Part, Row
from tui.sheets import Style

PASSIVE = {
    "amends": "amended by", "extends": "extended by", "requires": "required by", "links": "linked from",
    "mentions": "mentioned by", "supersedes": "may yield to",
}  # fmt: skip
ACTIVE = {"links": "links to", "supersedes": "would replace"}
"""A succession that is in effect stands in the tree: among the neighbours it is only proposed."""
RELATION_WIDTH = 14
DEEPEST = 6
"""From here on a chain goes straight down: of forty supersessions the last would stand outside of the pane."""
HERE = "▸ "
AGAIN = " (as above)"

Item = Mapping[str, Any]


def graph_rows(payload: Item, cwd: str) -> list[Row[Entry]]:
    """All rows of a `decisions_show` payload."""
    rows: list[Row[Entry]] = [Row("Supersession", "title"), *supersession(payload, cwd)]
    if neighbours := payload["neighbours"]:
        rows += [Row(""), Row("Neighbours", "title"), *(_neighbour(item, cwd) for item in neighbours)]
    if code := payload["code"]:
        stale = any(_follows(item) for item in code)
        heading = "Code that still follows it, though it no longer holds" if stale else "Code"
        rows += [Row(""), Row(heading, "warn" if stale else "title"), *(_code(item, cwd) for item in code)]
    return rows


def supersession(payload: Item, cwd: str) -> list[Row[Entry]]:
    """The newest on top, below each what it took the place of; the decision itself is marked."""
    own, chain = payload["decision"], payload["chain"]
    items = [*reversed(chain["after"]), own, *chain["before"]]
    return [_drawn(item, prefix, again, own, cwd) for item, prefix, again in _walk(items, own)]


def row_of_own(rows: Sequence[Row[Entry]]) -> int | None:
    """Where the decision itself stands among the rows of its graph."""
    return next((n for n, row in enumerate(rows) if (HERE, "place") in row.before), None)


def _walk(items: Sequence[Item], own: Item) -> Iterator[tuple[Item, str, bool]]:
    """Each decision with what is drawn before it; True where what is below it was drawn already.

    With a stack of its own: a chain of thousands must not end the recursion, and a circle not the drawing.
    """
    older = _older(items)
    below = {name for names in older.values() for name in names}
    known = {_name(item): item for item in items}
    roots = [name for name in known if name not in below] or [_name(own)]
    drawn: set[str] = set()
    waiting: list[tuple[str, str, str, int]] = [(name, "", "", 0) for name in reversed(roots)]
    while waiting:
        name, prefix, indent, depth = waiting.pop()
        again = name in drawn and bool(older[name])
        yield known[name], prefix, again
        if name in drawn:
            continue
        drawn.add(name)
        last = len(older[name]) - 1
        deeper = []
        for place, child in enumerate(older[name]):
            if depth >= DEEPEST:
                deeper.append((child, f"{indent[:-3]}└─ ", indent, depth + 1))
            else:
                branch, beside = ("└─ ", "   ") if place == last else ("├─ ", "│  ")
                deeper.append((child, indent + branch, indent + beside, depth + 1))
        waiting += reversed(deeper)


def _older(items: Sequence[Item]) -> dict[str, list[str]]:
    """What each took the place of directly; a path means the file of the same source first."""
    names = {_name(item) for item in items}
    anywhere = {item["path"]: _name(item) for item in items}
    return {
        _name(item): [
            own if (own := f"{item['source']}:{path}") in names else anywhere[path]
            for path in item["supersedes"]
            if path in anywhere
        ]
        for item in items
    }


def _name(item: Item) -> str:
    return f"{item['source']}:{item['path']}"


def _drawn(item: Item, prefix: str, again: bool, own: Item, cwd: str) -> Row[Entry]:
    entry = decision_entry(item, cwd)
    here: Part = (HERE, "place") if _name(item) == _name(own) else ("  ", "text")
    date = one_line(item.get("superseded_on") or item.get("date") or "")
    return Row(
        entry.title + (AGAIN if again else ""),
        "title" if here[0] == HERE else "text",
        before=(here, (prefix, "dim"), (f"{entry.label} " if entry.label else "", "title")),
        after=((entry.status, entry.standing or "dim"), (f"{date:<10}", "dim")),
        target=entry,
    )


def _neighbour(item: Item, cwd: str) -> Row[Entry]:
    words = ACTIVE if item["direction"] == "to" else PASSIVE
    relation = words.get(item["relation"], item["relation"])
    entry = _entry(item, cwd)
    name = f"{number_of(item)} " if item["kind"] == "adr" and number_of(item) else ""
    told: Part = (entry.status, entry.standing or "dim") if item["kind"] == "adr" else (item["kind"], "dim")
    return Row(
        entry.title,
        before=(("  ", "text"), (f"{relation:<{RELATION_WIDTH}}", "dim"), (name, "title")),
        after=(told,),
        target=entry,
    )


def _code(item: Item, cwd: str) -> Row[Entry]:
    style: Style = "warn" if _follows(item) else "dim"
    relation = "still follows" if _follows(item) else "cites it" if item["direction"] == "from" else "named here"
    entry = _entry(item, cwd)
    return Row(
        f"{entry.shown}  {one_line(item['evidence'])}",
        before=(("  ", "text"), (f"{relation:<{RELATION_WIDTH}}", style)),
        target=replace(entry, title=entry.shown),
    )


def _follows(item: Item) -> bool:
    """Code that the decision itself names does not follow it: it is what the decision speaks of."""
    return bool(item["follows_superseded"]) and item["direction"] == "from"


def _entry(item: Item, cwd: str) -> Entry:
    """The other file, at the line that speaks of the decision where it is the file that says so."""
    line = item["line"] if item["stated_in"] == item["path"] else 0
    at = {**item, "start": line or 1, "end": line or 1}
    is_decision = item["kind"] == "adr"
    status, standing = standing_of(item) if is_decision else ("", "")
    return Entry(
        title_of(item) if is_decision else one_line(item["title"] or item["path"]),
        kind=item["kind"],
        status="" if status == NO_STATUS else status,
        standing=standing,
        shown=shown_place(at, cwd),
        place=Place(item["source"], item["path"], item["abspath"], line or 1, line or WHOLE),
    )
