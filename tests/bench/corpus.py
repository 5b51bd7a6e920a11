"""A ledger of any size for timings: notes made of the standard library's own prose, vectors of random directions.

What a vector means does not change how long it takes to find its neighbours, so nothing is
embedded: fifty thousand passages are ready in half a minute. Quality is never measured on this.
"""

import argparse
import random
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kb.app.application import App
from kb.app.upkeep import tend, wanted_model
from kb.config import load_settings
from kb.progress import ignore

CHUNKS_PER_NOTE = 5
CHARS_PER_SECTION = 700
BATCH = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="made anew: notes/ and home/ below it")
    parser.add_argument("--chunks", type=int, default=50_000)
    chosen = parser.parse_args()
    write_notes(chosen.folder / "notes", chosen.chunks // CHUNKS_PER_NOTE)
    build(chosen.folder, mirror=True)


def write_notes(folder: Path, count: int) -> None:
    """`count` Markdown notes of five sections each."""
    random.seed(20)
    prose = list(_paragraphs())
    for number in range(count):
        place = folder / f"topic-{number % 97:02d}" / f"note-{number:06d}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_note(number, prose), encoding="utf-8")


def build(folder: Path, *, mirror: bool) -> None:
    """Index `folder/notes` into `folder/home`, with random vectors under the default model's name."""
    settings = load_settings(home=str(folder / "home"))
    with App(settings) as app:
        app.index([str(folder / "notes")], text_only=True)
        rows, database = app.ledger.embeddings, app.ledger.database
        embedder = app.load_embedder()
        random_numbers = np.random.default_rng(20)
        with database.transaction():
            generation = rows.use(embedder.identity, embedder.dim)
            database.set_meta("model", wanted_model(settings))
        while pending := rows.pending(generation, BATCH):
            vectors = random_numbers.standard_normal((len(pending), embedder.dim)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            with database.transaction():
                rows.add(generation, [key for key, _, _ in pending], vectors)
        if mirror:
            with app.shared.writing():
                tend(app, ignore)
        print(f"{app.ledger.passages.count():,} passages in {settings.home}", file=sys.stderr)


def _paragraphs() -> Iterator[str]:
    for file in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        lines = [line.strip(" #\"'") for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
        words = " ".join(line for line in lines if line.count(" ") > 4).split()
        for start in range(0, len(words), 60):
            yield " ".join(words[start : start + 60])


def _note(number: int, prose: list[str]) -> str:
    parts = [f"# Note {number}: {' '.join(random.choice(prose).split()[:6])}"]
    for section in range(CHUNKS_PER_NOTE):
        text = ""
        while len(text) < CHARS_PER_SECTION:
            text += random.choice(prose) + "\n"
        parts.append(f"## Section {section} of {number}\n\n{text}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
