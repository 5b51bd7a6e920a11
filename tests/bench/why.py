"""How often `kb why` finds the reason of a labelled line, how often it is sure and wrong, and how long it takes.

    python -m tests.bench.why                   # hit@1 and wrong answers on tests/data/why/labels.jsonl
    python -m tests.bench.why --files 2000      # and the time on a repository of so many files
    python -m tests.bench.why --floor           # how near the nearest notes of each line are

The lines were labelled before the first run. A hit is a line whose first reason is one of those expected, or a line
without a reason for which none is given but perhaps a nearest one. Wrong and sure is a first reason that is not
expected and does not say that it is not sure. Prints one JSON object.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kb.app.application import App
from kb.config import load_settings
from tests.unit.decisions.why_histories import BUILDERS, Commit, adr, write_history

ROOT = Path(__file__).parents[2]
LABELS = ROOT / "tests/data/why/labels.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--only", default="", help="the labels of one repository")
    parser.add_argument("--keep", type=Path, help="keep repositories and indexes here for the next run")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = chosen.keep or Path(name)
        folder.mkdir(exist_ok=True)
        result: dict[str, Any] = labelled(folder, only=chosen.only, verbose=chosen.verbose, floor=chosen.floor)
        if chosen.files:
            result["timing"] = timing(folder, chosen.files)
    print(json.dumps(result, indent=1))


def labelled(folder: Path, *, only: str, verbose: bool, floor: bool) -> dict[str, Any]:
    labels = [json.loads(text) for text in LABELS.read_text("utf-8").splitlines()]
    labels = [label for label in labels if only in ("", label["repo"])]
    rows = []
    for repository in dict.fromkeys(label["repo"] for label in labels):
        with repository_app(folder / repository, repository) as (app, root):
            rows += [judged(app, root, label, floor=floor) for label in labels if label["repo"] == repository]
    if verbose or floor:
        for row in rows:
            print(json.dumps(row))
    return {
        "lines": len(rows),
        "hit_at_1": round(statistics.mean(row["hit"] for row in rows), 3),
        "sure_and_wrong": round(statistics.mean(row["wrong"] for row in rows), 3),
        "by_repository": {
            name: f"{sum(r['hit'] for r in rows if r['repo'] == name)} of {sum(r['repo'] == name for r in rows)}"
            for name in dict.fromkeys(row["repo"] for row in rows)
        },
        "missed": [row["id"] for row in rows if not row["hit"]],
        "wrong": [row["id"] for row in rows if row["wrong"]],
    }


@contextmanager
def repository_app(folder: Path, name: str) -> Iterator[tuple[App, Path]]:
    """An index over one repository (and the notes that lie beside it), with the real model."""
    is_new = not folder.exists()
    folder.mkdir(exist_ok=True)
    if name in BUILDERS:
        if is_new:
            BUILDERS[name](folder)
        places = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != "home")
        root = folder / name
    else:
        places, root = [ROOT], ROOT
    with open_app(folder / "home") as app:
        app.index([str(place) for place in places])
        app.warm()
        yield app, root


def open_app(home: Path) -> App:
    return App(load_settings(home=str(home), no_daemon=True))


def judged(app: App, root: Path, label: dict[str, Any], *, floor: bool) -> dict[str, Any]:
    lines = (root / label["path"]).read_text("utf-8").split("\n")
    number = 1 + next(n for n, text in enumerate(lines) if text.strip() == label["line"])
    told = app.why(f"{label['path']}:{number}", cwd=str(root))
    first = told["because"][0] if told["because"] else None
    sure = first is not None and first["sure"]
    hit = first["path"] in label["expect"] if first and label["expect"] else not label["expect"] and not sure
    wrong = sure and first is not None and first["path"] not in label["expect"]
    row = {
        "id": label["id"], "repo": label["repo"], "hit": bool(hit), "wrong": bool(wrong),
        "got": [f"{r['how']}: {r['path']}" for r in told["because"][:3]], "expect": label["expect"],
    }  # fmt: skip
    return row | {"near": nearest(app, told["text"], root, label, number)} if floor else row


def nearest(app: App, text: str, root: Path, label: dict[str, Any], number: int) -> list[tuple[float, str]]:
    """(cosine, path) of the notes nearest to a line, whatever else speaks for it."""
    from kb.decisions.why import Near, line_at

    path = root / label["path"]
    line = line_at(path.read_text(), source="", path=label["path"], abspath=str(path), file_id=None, number=number)
    assert line is not None
    likeness = Near(app.ledger, embedder=app.searcher.embedder, nearest=app.shared.nearest).likeness(line, [])
    paths = {row[0]: row[1] for row in app.ledger.database.execute("SELECT id, path FROM file")}
    near = sorted(((cosine, paths[file_id]) for file_id, (cosine, _) in likeness.items()), reverse=True)
    return [(round(cosine, 3), name) for cosine, name in near[:3]]


def timing(folder: Path, files: int) -> dict[str, Any]:
    """Milliseconds of a warm question in a repository of so many files and as many commits."""
    root = folder / "large"
    if not root.exists():
        root.mkdir()
        write_history(root, large(files))
    with open_app(folder / "large-home") as app:
        app.index([str(root)])
        app.warm()
        chosen = random.Random(7)
        listed = subprocess.run(["git", "ls-files", "*.py"], cwd=root, capture_output=True, text=True, check=True)
        paths = chosen.sample(listed.stdout.split(), 60)
        taken, without_git = [], []
        for path in paths:
            number = chosen.randint(1, len((root / path).read_text().splitlines()))
            for git, times in ((False, without_git), (True, taken)):
                began = time.perf_counter()
                app.why(f"{path}:{number}", cwd=str(root), git=git)
                times.append((time.perf_counter() - began) * 1e3)
    return {"files": files, "asked": len(paths), "ms": spread(taken), "ms_without_git": spread(without_git)}


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * len(ordered))], 1),
        "max": round(ordered[-1], 1),
    }


def large(files: int) -> list[Commit]:
    """A repository in which modules come, change, move and are reformatted."""
    chosen = random.Random(3)
    words = ["cart", "stock", "price", "order", "queue", "tenant", "limit", "audit", "invoice", "session", "token",
             "cache", "menu", "photo", "sync", "retry"]  # fmt: skip
    modules: dict[str, str] = {}
    commits = [Commit("Begin", {f"docs/adr/{n:04d}-{words[n % 16]}.md": adr(n, f"Decide on {words[n % 16]} {n}",
               outcome=f"the {words[n % 16]} is kept simple.") for n in range(1, 61)})]  # fmt: skip
    for number in range(files):
        word, other = chosen.choice(words), chosen.choice(words)
        path = f"src/{word}/{other}_{number}.py"
        body = "\n\n".join(
            f"def {word}_{other}_{number}_{n}(value, rate):\n"
            f"    total = value * {n} + rate\n    return 'x' + str(total)"
            for n in range(8)
        )
        modules[path] = body + "\n"
        named = f"\n\nAs ADR-{chosen.randint(1, 60)} says." if number % 3 == 0 else ""
        commits.append(Commit(f"Add {word} {other} {number}{named}", {path: modules[path]}))
        if number % 5 == 4:
            old = chosen.choice(list(modules))
            modules[old] = modules[old].replace("'", '"') if number % 2 else modules[old].replace("rate", "tax")
            commits.append(Commit(f"Touch {old}", {old: modules[old]}))
    return commits


if __name__ == "__main__":
    os.environ.setdefault("KB_NO_DAEMON", "1")
    main()
