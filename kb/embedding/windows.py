"""Cuts long token sequences into overlapping windows; pure, without a model."""

from collections.abc import Iterator, Sequence

OVERLAP = 32
"""Tokens that neighbouring windows share, so that a sentence at the seam is read whole once."""


def window_spans(tokens: int, limit: int, overlap: int = OVERLAP) -> list[tuple[int, int]]:
    """(start, end) of windows of at most `limit` tokens and like length that cover all tokens; one at least."""
    if tokens <= limit:
        return [(0, tokens)]
    overlap = min(overlap, limit // 4)
    count = -(-(tokens - overlap) // (limit - overlap))
    # Windows of like length: a last one of three tokens would speak as loud as it is short.
    length = -(-(tokens + (count - 1) * overlap) // count)
    last = tokens - length
    return [(start, start + length) for start in (round(last * i / (count - 1)) for i in range(count))]


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices grouped by like length, each group at most `budget` tokens with its padding; longest last."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
