"""How well links are suggested on texts that name each other nowhere, and what each part of the likeness is worth.

    python -m tests.bench.suggest --masked MASKED --links links.jsonl --linked linked.jsonl --homes FOLDER

Every folder below MASKED is a collection; each gets a home below FOLDER, indexed once and used again. The collections
are parted in two halves by the crc32 of their names, so that a weight that pays on one of them only can be seen.
`p1` is the share of documents whose first suggestion is linked to them in any way, `r10` the share of the pairs of
`links` among the first ten. `likely` tells how many of the pairs from a likeness on are linked: the bound of `suggest`.
"""

import argparse
import json
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kb.app.application import App
from kb.config import load_settings
from kb.decisions.suggest import MEANING, TITLES, Parts, likeness_of
from kb.store.ledger import Ledger

Scores = Callable[[Parts], np.ndarray]


def weighed(meaning: float, titles: float) -> Scores:
    return lambda p: p.words + meaning * p.meaning + titles * p.titles


WAYS: dict[str, Scores] = {
    "words": lambda p: p.words,
    "meaning": lambda p: p.meaning,
    "titles": lambda p: p.titles,
    "words, meaning": lambda p: p.words + MEANING * p.meaning,
    "words, titles": lambda p: p.words + TITLES * p.titles,
    "meaning, titles": lambda p: MEANING * p.meaning + TITLES * p.titles,
    "all": lambda p: p.likeness(),
    **{f"all, meaning {m}": weighed(m, TITLES) for m in (0.1, 0.3, 0.5)},
    **{f"all, titles {t}": weighed(MEANING, t) for t in (0.04, 0.12, 0.2)},
}
BOUNDS = (0.1, 0.14, 0.17, 0.2, 0.25, 0.3, 0.4, 0.5)
Pairs = dict[str, set[str]]


class Collection(NamedTuple):
    name: str
    paths: list[str]
    parts: dict[str, Parts]
    gold: Pairs
    linked: Pairs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--masked", "--links", "--linked", "--homes"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    found = list(collections(args.masked, read_pairs(args.links), read_pairs(args.linked), args.homes))
    print(f"{'':24}{'first half':>18}{'second half':>18}{'both':>18}   documents: {sum(len(c.gold) for c in found)}")
    for name, scores in WAYS.items():
        rows = [measured([c for c in found if half in (None, half_of(c.name))], scores) for half in (0, 1, None)]
        print(f"{name:24}" + "".join(f"   p1 {p1:.3f} r10 {r10:.3f}" for p1, r10 in rows))
    print()
    for bound in BOUNDS:
        print(f"likely from {bound:.2f}: " + likely(found, bound))
    return 0


def collections(masked: Path, links: dict[str, Pairs], linked: dict[str, Pairs], homes: Path) -> Iterator[Collection]:
    for name in sorted(links):
        settings = load_settings(home=str(homes / name))
        if not settings.ledger.exists():
            print(f"indexing {name}", file=sys.stderr)
            with App(settings) as app:
                app.index([str(masked / name)])
        with Ledger.open(settings.ledger, read_only=True) as ledger:
            names = dict(ledger.database.execute("SELECT id, path FROM file").fetchall())
            likeness = likeness_of(ledger)
            documents = likeness.documents
            started = time.perf_counter()
            parts = {names[d.file_id]: likeness.parts(d) for d in documents.all}
            took = (time.perf_counter() - started) / max(len(parts), 1)
            print(f"{name}: {len(parts)} documents, {took * 1e3:.1f} ms each", file=sys.stderr)
            yield Collection(name, [names[d.file_id] for d in documents.all], parts, links[name], linked[name])


def measured(found: list[Collection], scores: Scores) -> tuple[float, float]:
    first, among_ten = list[float](), list[float]()
    for collection in found:
        for path, wanted in collection.gold.items():
            if path not in collection.parts:
                first.append(0.0)
                among_ten.append(0.0)
                continue
            best = ranked(collection, path, scores)[:10]
            first.append(float(bool(best) and best[0] in collection.linked[path] | wanted))
            among_ten.append(len(wanted & set(best)) / min(len(wanted), 10))
    return float(np.mean(first)), float(np.mean(among_ten))


def ranked(collection: Collection, path: str, scores: Scores) -> list[str]:
    order = np.argsort(-scores(collection.parts[path]), kind="stable").tolist()
    return [collection.paths[n] for n in order if collection.paths[n] != path]


def likely(found: list[Collection], bound: float) -> str:
    """Of the pairs that `kb link suggest` would show from this likeness on, how many a text had declared."""
    right = shown = 0
    for collection in found:
        pairs = set[tuple[str, str]]()
        for path, parts in collection.parts.items():
            scores = parts.likeness()
            near = sorted(zip((-scores).tolist(), collection.paths, strict=True))[:6]
            pairs |= {
                (min(path, other), max(path, other)) for minus, other in near if other != path and -minus >= bound
            }
        shown += len(pairs)
        right += sum(two in collection.linked[one] for one, two in pairs)
    return f"{shown} pairs, {right / max(shown, 1):.2f} of them linked"


def half_of(name: str) -> int:
    return zlib.crc32(name.encode()) % 2


def read_pairs(path: Path) -> dict[str, Pairs]:
    found: dict[str, Pairs] = defaultdict(lambda: defaultdict(set))
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            found[row["collection"]][row["src"]].add(row["dst"])
            found[row["collection"]][row["dst"]].add(row["src"])
    return found


if __name__ == "__main__":
    sys.exit(main())
