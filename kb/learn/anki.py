"""Cards as a text file that Anki imports: one line a card, the columns front, back, tags, place.

Fields are HTML, so that nothing in them can be taken for a separator, a quoted field, a comment or
markup, and lines and indentation of code stay.
"""

import html
import re
from collections.abc import Iterable

from kb.learn.cards import Card

HEADER = ("#separator:tab", "#html:true", "#columns:Front\tBack\tTags\tPlace", "#tags column:3")
NO_TAG = re.compile(r"[^\w./:-]+")
TAB_WIDTH = 4


def tsv(cards: Iterable[Card]) -> str:
    """The file's text, without the cards that are retired."""
    rows = (_row(card) for card in cards if not card.retired)
    return "".join(f"{line}\n" for line in (*HEADER, *rows))


def place_of(card: Card) -> str:
    """The place of a card as a REF."""
    return f"{card.source}:{card.path}:{card.anchor.start}-{card.anchor.end}"


def _row(card: Card) -> str:
    tags = " ".join(filter(None, (_tag(text) for text in ("kb", card.source, card.origin))))
    return "\t".join((_field(card.front), _field(card.back or card.anchor.quote), tags, _field(place_of(card))))


def _field(text: str) -> str:
    """Text as one HTML field on one line."""
    lines = html.escape(text).expandtabs(TAB_WIDTH).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    joined = "<br>".join(re.sub("  +|^ ", lambda blanks: "&nbsp;" * len(blanks[0]), line) for line in lines)
    # `#` would begin a comment, and a spreadsheet that opens the file runs what begins with one of the others.
    return f"&#{ord(joined[0])};{joined[1:]}" if joined.startswith(("#", "=", "+", "-", "@")) else joined


def _tag(text: str) -> str:
    """A tag has no blanks: what else it may not hold becomes a hyphen."""
    return NO_TAG.sub("-", text.replace(":", "::")).strip("-")
