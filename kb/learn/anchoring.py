"""Finds the text that a card was made from again, in lines as they are now: as it was, moved, rewritten or gone.

Pure: lines in, a place out. What stands letter for letter is found anywhere in the file. What was
rewritten is looked for between the lines that stood around it, and then where the most of it is left.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import blake2b
from itertools import accumulate
from typing import Literal

DIGEST_BYTES = 16
GROWTH, MORE_LINES = 3, 20
"""How much longer than it was a rewritten text may be: three times and twenty lines."""
ENOUGH_WORDS = 0.6
"""The share of words in common (Dice's) from which a text counts as rewritten, not as gone."""
SOME_WORDS = 0.3
"""The same for what stands at the end of a file that the text stood at."""
WORD = re.compile(r"\w+")

Fate = Literal["same", "moved", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A text at its lines, with the nearest written line above and below it, empty at the ends of the file."""

    start: int
    end: int
    quote: str
    above: str = ""
    below: str = ""

    @property
    def digest(self) -> bytes:
        return digest_of(self.quote)


@dataclass(frozen=True, slots=True)
class Found:
    """What became of an anchor; `now` is the text in its place, None where there is none."""

    fate: Fate
    now: Anchor | None


def digest_of(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def anchor_at(lines: Sequence[str], start: int, end: int) -> Anchor:
    """The anchor of `start`..`end`, which lie within the lines."""
    above = next((line for line in reversed(lines[: start - 1]) if line.strip()), "")
    below = next((line for line in lines[end:] if line.strip()), "")
    return Anchor(start, end, "\n".join(lines[start - 1 : end]), above, below)


def find(anchor: Anchor, lines: Sequence[str]) -> Found:
    """Where the text of an anchor is now, or what took its place."""
    wanted = anchor.quote.split("\n")
    if list(lines[anchor.start - 1 : anchor.end]) == wanted:
        return Found("same", anchor_at(lines, anchor.start, anchor.end))
    if (at := _nearest(_occurrences(wanted, lines), anchor.start - 1)) is not None:
        return Found("moved", anchor_at(lines, at + 1, at + len(wanted)))
    span = _between(anchor, lines) or _what_is_left(anchor, lines)
    return Found("changed", anchor_at(lines, *span)) if span else Found("gone", None)


def diff_of(old: str, new: str) -> str:
    """What became of a text, line by line, without the headings of a patch."""
    told = list(unified_diff(old.split("\n"), new.split("\n"), lineterm="", n=2))
    return "\n".join(told[2:])


def _occurrences(wanted: Sequence[str], lines: Sequence[str]) -> list[int]:
    first, count = wanted[0], len(wanted)
    starts = (n for n in range(len(lines) - count + 1) if lines[n] == first)
    return [n for n in starts if list(lines[n : n + count]) == list(wanted)]


def _nearest(places: Sequence[int], to: int) -> int | None:
    return min(places, key=lambda place: abs(place - to)) if places else None


def _between(anchor: Anchor, lines: Sequence[str]) -> tuple[int, int] | None:
    """The lines between the two that stood around the text, where both still stand and something is between them."""
    most = GROWTH * len(anchor.quote.split("\n")) + MORE_LINES
    above = [n for n, line in enumerate(lines) if line == anchor.above] if anchor.above else [-1]
    top = _nearest(above, anchor.start - 2)
    if top is None:
        return None
    within = range(top + 1, min(len(lines), top + 2 + most))
    bottom = next((n for n in within if lines[n] == anchor.below), None) if anchor.below else len(lines)
    if bottom is None or bottom - top > most:
        return None
    written = [n for n in range(top + 1, bottom) if lines[n].strip()]
    if not written:
        return None
    # What was written above its first line or below its last, where those still stand, is no part of it.
    told = [line for line in anchor.quote.split("\n") if line.strip()]
    first = next((n for n in written if lines[n] == told[0]), written[0])
    last = next((n for n in reversed(written) if lines[n] == told[-1] and n >= first), written[-1])
    # The end of a file stands around anything: alone it does not tell that this took the text's place.
    framed = anchor.above and anchor.below
    return (first + 1, last + 1) if framed or _alike(anchor, lines[first : last + 1]) >= SOME_WORDS else None


def _what_is_left(anchor: Anchor, lines: Sequence[str]) -> tuple[int, int] | None:
    """The lines, as many as the text had, that hold most of its words; None where they hold too few."""
    told = _words(anchor.quote)
    count = min(len(anchor.quote.split("\n")), len(lines))
    sums = [0, *accumulate(len(told.keys() & set(WORD.findall(line.lower()))) for line in lines)]
    starts = range(len(lines) - count + 1)
    at = max(starts, key=lambda n: (sums[n + count] - sums[n], -abs(n + 1 - anchor.start)), default=0)
    if _alike(anchor, lines[at : at + count]) < ENOUGH_WORDS:
        return None
    written = [n for n in range(at, at + count) if lines[n].strip()]
    return written[0] + 1, written[-1] + 1


def _alike(anchor: Anchor, lines: Sequence[str]) -> float:
    """The share of words that a text and these lines have in common, from 0 to 1."""
    told, now = _words(anchor.quote), _words("\n".join(lines))
    return 2 * (told & now).total() / max(1, told.total() + now.total())


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.lower()))
