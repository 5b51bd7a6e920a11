"""Cuts what is too long for one chunk: at the best line there is, and inside a line only when nothing else is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.model import Role


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a document on its way to become a chunk."""

    start: int
    end: int
    text: str
    trail: tuple[str, ...]
    symbols: tuple[str, ...]
    role: Role


def cut(whole: Piece, numbered: Sequence[tuple[int, str]], target: int, most: int) -> Iterator[Piece]:
    """`whole` in pieces of at most `most` characters, in linear time; `numbered` are its lines with their numbers."""
    if sum(len(line) + 1 for _, line in numbered) - 1 <= most:
        yield replace(whole, text="\n".join(line for _, line in numbered))
        return
    at = 0
    while at < len(numbered):
        number, line = numbered[at]
        if len(line) > most:
            yield from _slices(replace(whole, start=number, end=number), line, most)
            at += 1
            continue
        after = _best_end(numbered, at, target, most)
        first, last = _trim(numbered, at, after)
        if first < last:
            text = "\n".join(line for _, line in numbered[first:last])
            yield replace(whole, start=numbered[first][0], end=numbered[last - 1][0], text=text)
        at = after


def _slices(piece: Piece, line: str, most: int) -> Iterator[Piece]:
    for start in range(0, len(line), most):
        if (text := line[start : start + most]).strip():
            yield replace(piece, text=text)


def _best_end(numbered: Sequence[tuple[int, str]], at: int, target: int, most: int) -> int:
    """Index after the last line of the piece that starts at `at`: before a line that stands out, near `target`."""
    chars = 0
    best, best_rank = at + 1, -1
    for index in range(at, len(numbered)):
        line = numbered[index][1]
        if chars + len(line) > most:
            return best
        if index > at:
            rank = _rank(numbered[index - 1][1], line) + (2 if chars >= target // 2 else 0)
            if rank >= best_rank:
                best, best_rank = index, rank
            if chars >= target and best_rank >= 4:
                return best
        chars += len(line) + 1
    return len(numbered)


def _rank(before: str, line: str) -> int:
    """How well a piece may start with `line`: 2 after a blank line, 1 at the outermost indentation, else 0."""
    if not before.strip():
        return 2 if line[:1] not in (" ", "\t") else 1
    return 1 if line[:1] not in (" ", "\t", "}", ")", "]", "") else 0


def _trim(numbered: Sequence[tuple[int, str]], first: int, last: int) -> tuple[int, int]:
    while first < last and not numbered[first][1].strip():
        first += 1
    while last > first and not numbered[last - 1][1].strip():
        last -= 1
    return first, last
