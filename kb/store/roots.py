"""The list of sources kept a second time, in plain JSON beside the ledger: what a lost ledger is made again from."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from kb.model import Source

BACKUPS = "backup"
ROOTS = "sources.json"


def keep_roots(ledger: Path, sources: Iterable[Source]) -> None:
    """Write the list to the backup folder of a ledger; a list that cannot be written stays as it was."""
    kept = {"sources": [{"name": source.name, "root": source.root} for source in sources]}
    place = ledger.parent / BACKUPS / ROOTS
    partial = place.with_name(f"{ROOTS}.partial")
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        partial.touch(0o600)
        partial.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(partial, place)
    except OSError:
        # A second copy, no more: for want of it no source may be refused.
        partial.unlink(missing_ok=True)


def kept_roots(folder: Path) -> list[tuple[str, str]]:
    """(name, root) of each source on the list in a backup folder; none where no list can be read."""
    try:
        kept = json.loads((folder / ROOTS).read_text(encoding="utf-8"))
        return [(str(source["name"]), str(source["root"])) for source in kept["sources"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
