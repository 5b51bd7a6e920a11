"""What a draft rests on: numbered quotes, each read from the disk at the moment it is cited.

Alone gives the numbers `[n]`. What stands on the disk no longer is not cited, and what would rest on it is left out.
"""

from kb.answer.disk import is_rendered, read_now, shift, still_rendered
from kb.learn.pool import Material
from kb.model import Citation, StoredChunk
from kb.store.ledger import Ledger

MOST_LINES = 12
"""A quote in a draft shows the place; who wants more opens it."""

Cites = tuple[int, ...]


class Sources:
    """The citations of one draft, in the order in which they were first needed; the same lines are one of them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lines: dict[int, tuple[str, ...] | None] = {}
        self._numbers: dict[tuple[int, int, int], int] = {}
        self.citations: list[Citation] = []

    def cite(self, chunk: StoredChunk, start: int = 0, end: int = 0, *, most: int = MOST_LINES) -> Cites:
        """The number of lines of a passage, of its first ones without `start`; nothing where they are gone."""
        place = self.standing(chunk, start or chunk.start, end or min(chunk.end, (start or chunk.start) + most - 1))
        if place is None:
            return ()
        first, last, text = place
        key = (chunk.file_id, first, last)
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(Citation(len(self.citations) + 1, chunk, first, last, text))
        return (self._numbers[key],)

    def line(self, material: Material, number: int, *, lines: int = 1) -> Cites:
        """The number of some lines of a file as indexed, wherever in its passages they stand."""
        part = next((part for part in material.parts if part.start <= number <= part.end), None)
        return self.cite(part, number, min(number + lines - 1, part.end)) if part is not None else ()

    def standing(self, chunk: StoredChunk, start: int, end: int) -> tuple[int, int, str] | None:
        """Where lines of a passage stand now, with their text; None where they do not."""
        if is_rendered(chunk):
            return (chunk.start, chunk.end, chunk.text) if still_rendered(chunk) else None
        lines = self._read(chunk)
        if lines is None:
            return None
        if (moved := shift(chunk, lines)) is not None:
            return start + moved, end + moved, "\n".join(lines[start + moved - 1 : end + moved])
        # The passage was edited elsewhere: these lines may still stand as they were, once.
        wanted = chunk.text.split("\n")[start - chunk.start : end - chunk.start + 1]
        places = [n for n in range(len(lines) - len(wanted) + 1) if list(lines[n : n + len(wanted)]) == wanted]
        if len(places) != 1 or not "".join(wanted).strip():
            return None
        return places[0] + 1, places[0] + len(wanted), "\n".join(wanted)

    def _read(self, chunk: StoredChunk) -> tuple[str, ...] | None:
        if chunk.file_id not in self._lines:
            self._lines[chunk.file_id] = read_now(chunk)
        return self._lines[chunk.file_id]
