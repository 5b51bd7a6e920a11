"""How the last nightly run ended, as the ledger remembers it."""

import json
from typing import Any

from kb.config import Settings
from kb.errors import KbError
from kb.store.ledger import Ledger

NIGHT = "night"
"""The key in the ledger's `meta` under which a run leaves its result as JSON."""


def last_night(settings: Settings) -> dict[str, Any] | None:
    """`{"at", "took_s", "ok", "summary"}` of the last run, None where there was none."""
    try:
        with Ledger.open(settings.ledger, read_only=True) as ledger:
            return read_night(ledger)
    except KbError:
        # A job can be looked at and removed also while the index is damaged or not there yet.
        return None


def read_night(ledger: Ledger) -> dict[str, Any] | None:
    """The same out of a ledger that is open."""
    try:
        told = json.loads(ledger.database.meta(NIGHT) or "null")
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
