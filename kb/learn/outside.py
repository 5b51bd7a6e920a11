"""Docs from a folder that is in no source: read into a ledger that is thrown away, and only for one plan."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.discover import Rules
from ingest.indexer import Indexer
from kb.errors import KbError, UsageError
from kb.learn.pool import Gatherer, Material
from kb.progress import ignore
from kb.search.searcher import Searcher
from kb.store.ledger import Ledger

if TYPE_CHECKING:
    from kb.embedding.port import Embedder

MOST = 3


@dataclass(frozen=True, slots=True)
class Outside:
    """The files of a folder that are near to a topic; `missing` are words of it that they do not hold either."""

    folder: str
    materials: tuple[Material, ...]
    missing: tuple[str, ...]


def read_outside(folder: str, topic: str, *, rules: Rules) -> Outside:
    """What a folder says of a topic, found by its words; nothing of it is kept."""
    if not os.path.isdir(folder):
        raise UsageError(f"no such folder: {folder}", "kb learn TOPIC --with ~/docs")
    root = os.path.realpath(folder)
    with (
        tempfile.TemporaryDirectory(prefix="kb-learn-") as place,
        Ledger.open(Path(place) / "ledger.db", create=True) as ledger,
    ):
        source = ledger.catalog.add_source(os.path.basename(root) or "outside", root)
        Indexer(ledger, rules=rules, load_embedder=_none, on_progress=ignore).read([source])
        pool = Gatherer(ledger, Searcher(ledger, load_embedder=_none)).gather(topic)
        return Outside(root, tuple(map(_marked, pool.materials[:MOST])), pool.missing)


def own(missing: Sequence[str], outside: Outside | None) -> tuple[str, ...]:
    """The words that neither the notes nor the folder hold."""
    return tuple(word for word in missing if outside is None or word in outside.missing)


def _marked(material: Material) -> Material:
    """Of no source, with an id that no file of the index has."""
    return replace(material, file=replace(material.file, file_id=-material.file.file_id, source=""), outside=True)


def _none() -> "Embedder":
    raise KbError("a folder beside the index has no vectors")
