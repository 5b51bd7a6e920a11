"""What changed: decisions, then notes, then code, of which a day may bring hundreds of files."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from kb.app.api import Payload
from kb.app.brief.section import MOST_ITEMS, Morning, Section

if TYPE_CHECKING:
    from kb.store.catalog import Change, What

Folder: TypeAlias = tuple[str, str]
"""A source and a folder in it, which is empty for the root."""

MOST_CODE = 10
MOST_FOLDERS = 10
WHATS: "tuple[What, ...]" = ("added", "changed", "removed")


def sources(morning: Morning) -> Section | None:
    """Sources that were added, each as one."""
    items = tuple(
        {
            "text": f"new source {name}: {files:,} files",
            "files": files,
            **morning.place(name, ""),
        }
        for name, files in morning.arrived.items()
    )
    return Section("sources", "New sources", items, sum(morning.arrived.values())) if items else None


def decisions(morning: Morning) -> Section | None:
    return _listed("decisions", "Decisions that changed", morning, ("adr",))


def notes(morning: Morning) -> Section | None:
    return _listed("notes", "Notes that changed", morning, ("til", "note"))


def code(morning: Morning) -> Section | None:
    """File by file while they are few, then counted per folder."""
    changes = net_changes(morning, ("code",))
    if len(changes) <= MOST_CODE:
        return _listed("code", "Code that changed", morning, ("code",))
    folders = sorted(by_folder(changes).items(), key=lambda item: (-len(item[1]), item[0]))
    items = tuple(_counted(morning, folder, inside) for folder, inside in folders[:MOST_ITEMS])
    return Section("code", "Code that changed", items, len(changes))


def net_changes(morning: Morning, kinds: tuple[str, ...]) -> "list[Change]":
    """One change a file, the latest first: how it differs from before `since`, not each time it was saved."""
    newest: dict[tuple[str, str], Change] = {}
    before: dict[tuple[str, str], bool] = {}
    for change in morning.changes:
        if change.kind in kinds and change.source in morning.roots and change.source not in morning.arrived:
            key = (change.source, change.path)
            newest.setdefault(key, change)
            # The oldest one is seen last: what was not added then was there before.
            before[key] = change.what != "added"
    net = [(change, _net(before[key], change.what != "removed")) for key, change in newest.items()]
    return [replace(change, what=what) for change, what in net if what is not None]


def by_folder(changes: "list[Change]") -> "dict[Folder, list[Change]]":
    """The changes by the folders they lie in, cut to a depth at which there are few of them."""
    depth = max(change.path.count("/") for change in changes)
    while len(groups := _groups(changes, depth)) > MOST_FOLDERS and depth > 0:
        depth -= 1
    return groups


def _groups(changes: "list[Change]", depth: int) -> "dict[Folder, list[Change]]":
    groups: dict[Folder, list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.source, "/".join(change.path.split("/")[:-1][:depth])].append(change)
    return dict(groups)


def _net(was_there: bool, is_there: bool) -> "What | None":
    """None for a file that came and went between two briefs."""
    if is_there:
        return "changed" if was_there else "added"
    return "removed" if was_there else None


def _listed(name: str, title: str, morning: Morning, kinds: tuple[str, ...]) -> Section | None:
    changes = net_changes(morning, kinds)
    if not changes:
        return None
    return Section(name, title, tuple(_item(morning, change) for change in changes[:MOST_ITEMS]), len(changes))


def _item(morning: Morning, change: "Change") -> Payload:
    title = change.title or change.path
    decision = morning.decisions.get((change.source, change.path)) if change.kind == "adr" else None
    return {
        "text": f"{change.what}: {title}",
        "what": change.what,
        "title": title,
        "kind": change.kind,
        "at": change.at,
        **(morning.standing(decision) if decision else {}),
        **morning.whole(change.source, change.path),
    }


def _counted(morning: Morning, folder: Folder, changes: "list[Change]") -> Payload:
    counts = Counter(change.what for change in changes)
    told = ", ".join(f"{counts[what]:,} {what}" for what in WHATS if counts[what])
    return {
        "text": f"{len(changes):,} {'file' if len(changes) == 1 else 'files'}: {told}",
        "files": len(changes),
        "kind": "code",
        "at": changes[0].at,
        **morning.place(folder[0], folder[1] or "."),
    }
