"""A list of hits in which no replaced decision stands above what took its place."""

from collections.abc import Sequence
from dataclasses import replace

from kb.decisions.succession import Succession
from kb.model import Hit

LOOKED_FURTHER = 10
"""So many hits below the end of a list are looked at for a successor."""


def in_force_first(hits: Sequence[Hit], succession: Succession, *, limit: int) -> list[Hit]:
    """The first `limit` hits, each successor among `hits` moved up to stand right before what it replaced."""
    ordered: list[Hit] = []
    waiting = list(hits)
    while waiting and len(ordered) < limit:
        ends = {end.file_id for end in succession.in_force(waiting[0].chunk.file_id)}
        placed = {hit.chunk.file_id for hit in ordered}
        later = next((hit for hit in waiting if hit.chunk.file_id in ends - placed), None)
        ordered.append(later or waiting[0])
        waiting.remove(ordered[-1])
    return [replace(hit, rank=rank) for rank, hit in enumerate(ordered, 1)]
