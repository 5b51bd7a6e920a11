"""Recall: which cards are due, after a look at the file that each was made from.

What stands as it did stays as it was, wherever it moved to. What was rewritten is due at once, with
the change, and is bound to the new text by its next grade. What is gone is retired, and back when
its text is back (another branch, an undo). A file that cannot be looked at now decides nothing.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from ingest.files import Unreadable, read_text, split_lines
from kb.errors import NotFoundError, UsageError
from kb.learn.anchoring import Anchor, anchor_at, find
from kb.learn.cards import Card, Cards
from kb.learn.scheduling import Grade, Schedule

MAX_BYTES = 1 << 40
"""No cap here: the card was made from this file, whatever is indexed now."""
MOST_LINES = 200
MOST_CHARS = 4_000
DIGEST_CHARS = 16


class Place(NamedTuple):
    """A file of a source; `raw` are the bytes of its path below the source's root."""

    source: str
    path: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Disk:
    """The sources that can be looked into, name → root, and who knows a file again by its digest."""

    roots: Mapping[str, str]
    renamed: Callable[[bytes], Place | None]


@dataclass(frozen=True, slots=True)
class Sight:
    """A card as a look at its file left it; `now` is the text there, None where it was not read or is gone."""

    card: Card
    now: Anchor | None


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be asked, the rewritten first, then the longest overdue; and what this look retired or brought
    back."""

    sights: tuple[Sight, ...]
    retired: tuple[Card, ...]
    returned: tuple[Card, ...]
    later: datetime | None
    """When the next card falls due that is not due now."""


class _File(NamedTuple):
    lines: tuple[str, ...]
    digest: bytes
    seen: str


class Recall:
    """The cards of a journal over the files on disk."""

    def __init__(self, cards: Cards, disk: Disk) -> None:
        self.cards = cards
        self._disk = disk

    def due(self, now: datetime) -> Due:
        before = self.cards.all()
        sights = self._settled(before, now=now)
        was = {card.id: card.retired for card in before}
        due = [sight for sight in sights if sight.card.is_due(now)]
        due.sort(key=lambda sight: (not sight.card.changed, sight.card.schedule.due, sight.card.id))
        asked = [sight.card for sight in sights if not sight.card.retired]
        return Due(
            tuple(due),
            tuple(sight.card for sight in sights if sight.card.retired == "gone" and not was[sight.card.id]),
            tuple(card for card in asked if was[card.id] == "gone"),
            min((card.schedule.due for card in asked if not card.is_due(now)), default=None),
        )

    def look_at(self, card: Card, *, now: datetime) -> Sight:
        """One card, with the text that stands in its place."""
        return self._settled([card], now=now, closely=True)[0]

    def grade(self, card_id: int, grade: Grade, *, now: datetime, seen: str = "") -> tuple[Card, int]:
        """Grade a card and bind it to the text that was shown; `seen` is the `token` of what the user saw."""
        newest, _, digest = seen.partition("-")
        if seen and not newest.isdigit():
            raise UsageError(f"not a card's token: {seen}", "kb recall --json")
        shown = self.look_at(self.cards.get(card_id), now=now).now

        def bound(card: Card) -> Card:
            # Written over between question and grade: what nobody saw is shown first.
            if shown is None or (digest and not shown.digest.hex().startswith(digest)):
                return card
            return replace(card, anchor=shown, changed=False)

        return self.cards.grade(card_id, grade, now=now, after=int(newest) if seen else None, bound=bound)

    def token(self, sight: Sight) -> str:
        """What was shown, in a word: the newest grade, and the text."""
        text = sight.now or sight.card.anchor
        return f"{self.cards.last_review(sight.card.id)}-{text.digest.hex()[:DIGEST_CHARS]}"

    def add(
        self, front: str, back: str, *, place: Place, lines: tuple[int, int], origin: str, now: datetime
    ) -> tuple[Card, bool]:
        """Make a card from lines of a file, or find the one that is there."""
        _check(front, back, lines)
        file = _read(self._disk.roots[place.source], place.raw)
        if not isinstance(file, _File):
            raise NotFoundError(f"{place.path} cannot be read", "kb status")
        start, end = lines[0], min(lines[1], len(file.lines))
        if start > len(file.lines) or not any(line.strip() for line in file.lines[start - 1 : end]):
            raise NotFoundError(f"nothing is written at {place.path}:{start}-{lines[1]}", f"kb get {place.path}")
        anchor = anchor_at(file.lines, start, end)
        card = Card(
            0, now, origin, front.strip(), back.strip(), place.source, place.path, place.raw, anchor, file.digest,
            file.seen, False, "", Schedule(now),
        )  # fmt: skip
        return self.cards.add(card)

    def _settled(self, cards: Iterable[Card], *, now: datetime, closely: bool = False) -> list[Sight]:
        """Cards after a look at their files, which is kept in the journal; retired by the user, they are left alone."""
        pairs: list[tuple[Card, Sight]] = []
        by_file = sorted((card for card in cards if closely or card.retired != "user"), key=_file_of)
        for _, group in groupby(by_file, key=_file_of):
            of_file = list(group)
            pairs += zip(of_file, self._look_into(of_file, now=now, closely=closely), strict=True)
        self.cards.settle([(before, sight.card) for before, sight in pairs if sight.card != before])
        return [sight for _, sight in pairs]

    def _look_into(self, cards: Sequence[Card], *, now: datetime, closely: bool) -> list[Sight]:
        """The cards of one file, which is read where one of them is due or the file is another one than last time."""
        first = cards[0]
        root = self._disk.roots.get(first.source)
        if root is None:
            return [Sight(card, None) for card in cards]
        seen = _seen(root, first.raw)
        if not closely and all(card.seen == seen and not card.is_due(now) for card in cards):
            return [Sight(card, None) for card in cards]
        file = _read(root, first.raw)
        if file == "gone" and (place := self._disk.renamed(first.file_digest)) is not None:
            moved = [replace(card, source=place.source, path=place.path, raw=place.raw) for card in cards]
            again = _read(self._disk.roots.get(place.source, ""), place.raw)
            if isinstance(again, _File):
                return [_sight(card, again) for card in moved]
        if file is None:
            return [Sight(card, None) for card in cards]
        return [_sight(card, file) if isinstance(file, _File) else Sight(_retired(card), None) for card in cards]


def _sight(card: Card, file: _File) -> Sight:
    found = find(card.anchor, file.lines)
    card = replace(card, seen=file.seen, file_digest=file.digest)
    back = "" if card.retired == "gone" else card.retired
    if found.fate in ("same", "moved") and found.now is not None:
        return Sight(replace(card, anchor=found.now, changed=False, retired=back), found.now)
    # What was gone is back only as it was: a text that is merely like it is another one.
    if found.fate == "gone" or card.retired == "gone":
        return Sight(_retired(card), None)
    return Sight(replace(card, changed=True), found.now)


def _retired(card: Card) -> Card:
    return card if card.retired else replace(card, retired="gone", changed=False)


def _read(root: str, raw: bytes) -> "_File | str | None":
    """A file as it is now; "gone" where it gives no text any more, None where it cannot be looked at now."""
    try:
        text = read_text(root, raw, max_bytes=MAX_BYTES)
    except Unreadable as error:
        return None if error.keep_old else "gone"
    return _File(split_lines(text.text), text.digest, f"{text.size}:{text.mtime_ns}")


def _seen(root: str, raw: bytes) -> str:
    try:
        stat = os.stat(os.path.join(os.fsencode(root), raw), follow_symlinks=False)
    except OSError:
        return ""
    return f"{stat.st_size}:{stat.st_mtime_ns}"


def _file_of(card: Card) -> tuple[str, bytes]:
    return card.source, card.raw


def _check(front: str, back: str, lines: tuple[int, int]) -> None:
    example = 'kb recall add "What does X do?" --at notes/x.md:3-9'
    if not front.strip():
        raise UsageError("the front of the card is missing", example)
    if max(len(front), len(back)) > MOST_CHARS:
        raise UsageError(f"a side of a card has at most {MOST_CHARS:,} characters", "make two cards of it")
    if not lines[0]:
        raise UsageError("a card is made from lines: say which", example)
    if lines[1] - lines[0] >= MOST_LINES:
        raise UsageError(f"a card is made from at most {MOST_LINES} lines", "name the lines that answer it")
