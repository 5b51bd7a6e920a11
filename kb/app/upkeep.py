"""The steps that bring an index up to the disk, for whoever owns it: a command, the daemon, the night run."""

from collections.abc import Callable, Sequence

from ingest.diff import Look
from ingest.discover import Rules
from ingest.embed import never
from ingest.indexer import Indexer, Tally
from kb.app.opened import OpenIndex
from kb.config import DEFAULT_MODEL, Settings
from kb.embedding.manifest import RECIPE
from kb.model import Source
from kb.progress import OnProgress, ignore
from kb.store.embeddings import Generation
from kb.store.mirror import Mirror, Steps
from kb.store.mirrored import MirrorRows

DEAD_SHARE = 0.2
"""Vectors of content that is gone are swept when they are more than this share of all."""
LAG, LAG_SHARE = 256, 0.05
"""The mirror is brought up when it lacks so many vectors, and this share of what it holds: what it lacks is scanned
from memory, and bringing it up copies all of it."""


def rules(settings: Settings) -> Rules:
    return Rules(max_file_bytes=settings.max_file_bytes)


def look_again(
    opened: OpenIndex,
    sources: Sequence[Source],
    *,
    places: Sequence[tuple[Source, bytes]] = (),
    look: Look = Look.STAT,
    on_progress: OnProgress = ignore,
) -> Tally:
    """First pass: the text of whole sources, or of single places in them, is made what the disk holds."""
    return _indexer(opened, on_progress).read(sources, files=places, look=look)


def embed_pending(opened: OpenIndex, on_progress: OnProgress, *, pause: Callable[[], bool] = never) -> int:
    """Second pass: vectors for all text that has none of the configured model; returns how many were made."""
    rows, database = opened.ledger.embeddings, opened.ledger.database
    generation = rows.generation()
    current = _is_current(opened, generation, on_progress)
    if not current:
        # Until all is embedded no model may pass for the index's own: an interrupt would leave it so for good.
        with database.transaction():
            database.set_meta("model", "")
    # With nothing to embed the model is not even loaded: a run without changes stays under a second.
    embedded = 0
    if not current or rows.count_pending(generation):
        embedded = _indexer(opened, on_progress).embed(pause=pause)
    if not current and (generation := rows.generation()) is not None and not rows.count_pending(generation):
        with database.transaction():
            database.set_meta("model", wanted_model(opened.settings))
            # Vectors of two models never meet: those of the one before are of no use to anybody now.
            rows.sweep(generation)
    return embedded


def sweep_dead(opened: OpenIndex, *, above: float = 0.0) -> int:
    """Drop the vectors whose text is gone, where they are more than this share of all; returns how many."""
    rows = opened.ledger.embeddings
    if (generation := rows.generation()) is None or rows.count_dead(generation) <= above * rows.count(generation):
        return 0
    with opened.ledger.database.transaction():
        return rows.sweep(generation)


def tend(opened: OpenIndex, on_progress: OnProgress = ignore) -> None:
    """Sweep what is dead, once it is much, and bring the mirror up to the ledger; to be run to its end."""
    for step in tending(opened):
        on_progress(step)


def tending(opened: OpenIndex, *, most: int | None = None) -> Steps:
    """`tend` step by step, for a writer that has other work between two steps.

    With `most`, a mirror that lacks more vectors is left for the night, unless searches need it already.
    """
    rows = opened.ledger.embeddings
    if (generation := rows.generation()) is None:
        return
    sweep_dead(opened, above=DEAD_SHARE)
    mirrored = MirrorRows(opened.ledger.database)
    held = mirrored.count() if mirrored.standing(generation).mirror else 0
    total = rows.count(generation)
    if most is not None and total - held > most and not opened.shared.nearest.wants_mirror(total):
        return
    lag = max(int(held * LAG_SHARE), LAG) if held else 1
    yield from mirror_of(opened).syncing(generation, at_least=lag)


def mirror_of(opened: OpenIndex) -> Mirror:
    return Mirror(opened.ledger, opened.settings.vectors_dir)


def wanted_model(settings: Settings) -> str:
    """The configured model with the recipe of its export: vectors of an older one would be refused by every search."""
    return f"{settings.model} {RECIPE}"


def _is_current(opened: OpenIndex, generation: Generation | None, on_progress: OnProgress) -> bool:
    """Whether the vectors in use are those that the configured model would make."""
    if generation is None or opened.ledger.database.meta("model") != wanted_model(opened.settings):
        return False
    # The default's weights are pinned; others may have been replaced under their name, and searches would refuse.
    if opened.settings.model == DEFAULT_MODEL:
        return True
    return opened.load_embedder(on_progress).identity == generation.identity


def _indexer(opened: OpenIndex, on_progress: OnProgress) -> Indexer:
    return Indexer(
        opened.ledger,
        rules=rules(opened.settings),
        load_embedder=lambda: opened.load_embedder(on_progress),
        on_progress=on_progress,
    )
