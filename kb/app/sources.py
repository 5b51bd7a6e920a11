"""Adding, listing and removing sources: the folders that the index follows."""

import os
from pathlib import Path

from kb.app.api import Payload
from kb.app.opened import OpenIndex
from kb.errors import NotFoundError, UsageError
from kb.model import Source
from kb.store.catalog import Catalog


def ensure_source(catalog: Catalog, path: str, name: str = "") -> Source:
    """The source rooted at a folder, added when it is not one yet."""
    root = os.path.realpath(path)
    if not os.path.isdir(root):
        raise NotFoundError(f"no such folder: {path}", "kb index PATH takes a folder or a file that exists")
    if any("\ud800" <= character <= "\udfff" for character in root + name):
        # Files below a source may have any name, the ledger keeps their bytes; of a source it keeps the text.
        raise UsageError(
            f"a source's path must be UTF-8, this is not: {root}", "rename the folder, then: kb index PATH"
        )
    known = catalog.sources()
    for source in known:
        if source.root == root:
            return source
    taken = {source.name for source in known}
    if name and name in taken:
        raise UsageError(f"there is a source named {name} already", "kb source list")
    return catalog.add_source(name or _unique(Path(root), taken), root)


def add_source(opened: OpenIndex, path: str, name: str = "") -> Payload:
    opened.shared.release_mirror()
    with opened.shared.writing():
        opened.create_ledger()
        return _described(opened, ensure_source(opened.ledger.catalog, path, name))


def list_sources(opened: OpenIndex) -> Payload:
    return {"sources": [_described(opened, source) for source in opened.ledger.catalog.sources()]}


def remove_source(opened: OpenIndex, name: str, *, cwd: str = "") -> Payload:
    opened.shared.release_mirror()
    with opened.shared.writing():
        for source in opened.ledger.catalog.sources():
            if source.name == name or source.root == os.path.realpath(os.path.join(cwd, name)):
                removed = opened.ledger.catalog.remove_source(source)
                return {"name": source.name, "root": source.root, "removed": removed}
    names = ", ".join(source.name for source in opened.ledger.catalog.sources()) or "none yet"
    raise NotFoundError(f"no such source: {name}", f"sources are: {names}")


def why_gone(opened: OpenIndex, source: Source) -> str:
    """What has become of a source's folder, empty while it is there.

    One that holds nothing any more is most likely a mount point without its disk: what was read of it is kept.
    """
    if not os.path.isdir(source.root):
        return "not there"
    try:
        with os.scandir(source.root) as entries:
            found = next(entries, None)
    except OSError:
        return ""  # closed to us, which is another matter
    return "empty" if found is None and opened.ledger.catalog.count_files(source.id) else ""


def _described(opened: OpenIndex, source: Source) -> Payload:
    return {"name": source.name, "root": source.root, "files": opened.ledger.catalog.count_files(source.id)}


def _unique(root: Path, taken: set[str]) -> str:
    """`notes`, or `garden-notes` when that is taken, then `notes-2`."""
    base = (root.name or "root").replace(":", "-")
    longer = f"{root.parent.name}-{base}".replace(":", "-") if root.parent.name else base
    for candidate in (base, longer):
        if candidate not in taken:
            return candidate
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)
