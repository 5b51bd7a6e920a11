"""Cards as the contract's JSON objects: what is due, with the text as it is now, and what becomes of a grade."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from kb.app import places
from kb.app.api import Payload
from kb.app.places import as_known
from kb.app.sources import why_gone
from kb.errors import KbError, NoIndexError, UsageError
from kb.learn.anchoring import diff_of
from kb.learn.anki import tsv
from kb.learn.cards import Card, Cards
from kb.learn.recall import Disk, Place, Recall, Sight
from kb.learn.scheduling import GRADES

if TYPE_CHECKING:
    from kb.app.brief.section import Morning, Section
    from kb.app.opened import OpenIndex

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Memory:
    """The cards of one open index; `clock` tells the time."""

    def __init__(self, opened: "OpenIndex", *, clock: Clock = utc_now) -> None:
        self._opened = opened
        self._clock = clock
        self._roots, self._there = _roots(opened)
        self._recall = Recall(Cards(opened.journal), Disk(self._there, self._known_by_digest))

    def due(self, *, limit: int = 0) -> Payload:
        """The cards to be asked now, at most `limit` where one is given; `total` counts them all."""
        due = self._recall.due(self._clock())
        sights = due.sights[:limit] if limit else due.sights
        return {
            "cards": [self._told(sight) for sight in sights],
            "total": len(due.sights),
            "retired": [self._card(card) for card in due.retired],
            "returned": [self._card(card) for card in due.returned],
            "next_due": due.later.isoformat() if due.later else None,
            "notices": [
                *(f"retired, its text is gone: {card.front}" for card in due.retired),
                *(f"back, as its text is: {card.front}" for card in due.returned),
            ],
        }

    def show(self, card_id: int) -> Payload:
        card = self._recall.cards.get(card_id)
        return {"card": self._told(self._recall.look_at(card, now=self._clock()))}

    def grade(self, card_id: int, grade: str, *, seen: str = "") -> Payload:
        if grade not in GRADES:
            raise UsageError(f"no such grade: {grade}", f"grades are: {', '.join(GRADES)}")
        card, review = self._recall.grade(card_id, grade, now=self._clock(), seen=seen)
        return {"card": self._card(card), "grade": grade, "review": review}

    def undo(self, *, review: int = 0) -> Payload:
        now = self._clock()
        card = self._recall.cards.undo(now=now, review=review)
        return {"card": self._told(self._recall.look_at(card, now=now)) if card else None}

    def add(self, front: str, back: str, *, ref: str, origin: str, cwd: str) -> Payload:
        place = places.resolve(self._opened.ledger, ref, cwd)
        if not place.source:
            raise UsageError(f"{place.abspath} lies in no source", "kb index PATH adds its folder")
        if place.source not in self._there:
            raise UsageError(f"the folder of {place.source} is not there", "kb status")
        card, added = self._recall.add(
            as_known(front), as_known(back),
            place=Place(place.source, place.path, _raw(self._roots[place.source], place.abspath)),
            lines=(place.start, place.end), origin=as_known(origin), now=self._clock(),
        )  # fmt: skip
        return {"card": self._card(card), "added": added}

    def list(self) -> Payload:
        """All cards as the last look left them; no file is read."""
        return {"cards": [self._card(card) for card in self._recall.cards.all()]}

    def retire(self, card_id: int) -> Payload:
        return {"card": self._card(self._recall.cards.retire(card_id))}

    def exported(self) -> Payload:
        cards = [card for card in self._recall.cards.all() if not card.retired]
        return {"format": "anki", "count": len(cards), "text": tsv(cards)}

    def _told(self, sight: Sight) -> Payload:
        """A card with the text as it is now; `diff` is empty where that is the text it was made from."""
        card, now = sight.card, sight.now
        told = self._card(card)
        if card.changed and now is not None:
            told |= {"start": now.start, "end": now.end, "diff": diff_of(card.anchor.quote, now.quote)}
            told["now"] = now.quote
        return {**told, "seen": self._recall.token(sight)}

    def _card(self, card: Card) -> Payload:
        when = card.schedule
        root = self._roots.get(card.source)
        return {
            "id": card.id,
            "front": card.front,
            "back": card.back,
            "origin": card.origin,
            "path": card.path,
            "source": card.source,
            "abspath": as_known(os.path.join(root, os.fsdecode(card.raw))) if root else None,
            "start": card.anchor.start,
            "end": card.anchor.end,
            "quote": card.anchor.quote,
            "changed": card.changed,
            "diff": "",
            "now": card.anchor.quote,
            "retired": card.retired or None,
            "phase": when.phase,
            "due": when.due.isoformat(),
            "reviewed": when.reviewed.isoformat() if when.reviewed else None,
            "stability_days": round(when.stability, 2) if when.stability is not None else None,
        }

    def _known_by_digest(self, digest: bytes) -> Place | None:
        return self._by_digest.get(digest)

    @cached_property
    def _by_digest(self) -> dict[bytes, Place]:
        """Every file of the index by its content: read once, and only where a file is gone."""
        try:
            rows = self._opened.ledger.database.execute(
                "SELECT f.digest, s.name, f.path, f.raw FROM file f JOIN source s ON s.id = f.source_id"
            )
        except NoIndexError:
            return {}
        return {bytes(digest): Place(str(name), str(path), bytes(raw)) for digest, name, path, raw in rows}


def _roots(opened: "OpenIndex") -> tuple[dict[str, str], dict[str, str]]:
    """Name → root of all sources, and of those whose folder is there: an empty mount point retires no card."""
    try:
        sources = opened.ledger.catalog.sources()
    except NoIndexError:
        # What was learned outlives the index; without either there is nothing to say.
        if not opened.settings.journal.exists():
            raise
        return {}, {}
    return (
        {source.name: source.root for source in sources},
        {source.name: source.root for source in sources if not why_gone(opened, source)},
    )


def _raw(root: str, abspath: str) -> bytes:
    """The path of a file below its root, as the operating system spells it."""
    return os.fsencode(os.path.relpath(abspath, root))


def cards_due(morning: "Morning") -> "Section | None":
    """The section of the brief: how many cards wait. Files are not looked at: `kb recall` does that."""
    from kb.app.brief.section import Section
    from kb.store.journal import Journal

    if not morning.settings.journal.exists():
        return None
    try:
        with Journal.open(morning.settings.journal) as journal:
            due = [card for card in Cards(journal).all() if card.is_due(morning.now)]
    except KbError as error:
        item = {"text": f"{error.message}; {error.hint}", "count": None, **morning.place("", "")}
        return Section("cards", "Cards to recall", (item,), 1)
    if not due:
        return None
    counted = "1 card is" if len(due) == 1 else f"{len(due):,} cards are"
    item = {"text": f"{counted} due: kb recall", "count": len(due), **morning.place("", "")}
    return Section("cards", "Cards to recall", (item,), 1)
