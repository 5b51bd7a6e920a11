"""The words in which decisions state their status, brought to one spelling."""

import re

STRUCK = re.compile(r"~~?[^~\n]{1,200}~~?")
COMMENT = re.compile(r"<!--.{0,5000}?-->", re.DOTALL)
PARTLY = re.compile(r"\b(?:partly|partially|in part|some aspects|parts? of)\b", re.IGNORECASE)
REPLACED = re.compile(r"\b(?:super[sc]e+ded|replaced|obsoleted|invalidated|overridden|overruled)\b", re.IGNORECASE)

SPELLINGS: tuple[tuple[str, str], ...] = (
    ("not implemented", "draft"),
    ("in progress", "draft"), ("wip", "draft"), ("incomplete", "draft"), ("draft", "draft"),
    ("in review", "proposed"), ("under review", "proposed"), ("review", "proposed"), ("pending", "proposed"),
    ("proposed", "proposed"), ("proposal", "proposed"), ("open", "proposed"), ("rfc", "proposed"),
    ("accepted", "accepted"), ("approved", "accepted"), ("adopted", "accepted"), ("agreed", "accepted"),
    ("decided", "accepted"), ("implementable", "implementable"), ("implementing", "implementing"),
    ("implemented", "implemented"), ("completed", "implemented"), ("complete", "implemented"), ("done", "implemented"),
    ("rejected", "rejected"), ("declined", "rejected"), ("refused", "rejected"), ("withdrawn", "withdrawn"),
    ("abandoned", "abandoned"), ("deprecated", "deprecated"), ("deferred", "deferred"), ("on hold", "deferred"),
    ("on-hold", "deferred"), ("postponed", "deferred"), ("provisional", "provisional"),
    ("experimental", "experimental"), ("reverted", "reverted"), ("final", "final"), ("active", "active"),
    ("april fool", "rejected"), ("obsolete", "superseded"),
)  # fmt: skip
WORD = re.compile(r"\b(" + "|".join(re.escape(written) for written, _ in SPELLINGS) + r")\b", re.IGNORECASE)
MEANING = dict(SPELLINGS)


def normal_status(written: str) -> str:
    """The status that `written` states, in lower case and the usual word; empty when it states none."""
    text = STRUCK.sub(" ", COMMENT.sub(" ", written[:2_000])).replace("-", " ").replace("_", " ")
    replaced = REPLACED.search(text)
    first = WORD.search(text)
    # "accepted; supersedes ADR-4" replaces another; only the passive says that this one is replaced.
    if replaced and (first is None or replaced.start() <= first.start() or _passive(text, replaced)):
        return (
            "partly superseded"
            if PARTLY.search(text[max(0, replaced.start() - 30) : replaced.end() + 20])
            else ("superseded")
        )
    return MEANING[first.group(1).lower()] if first else ""


def _passive(text: str, match: re.Match[str]) -> bool:
    return text[match.end() : match.end() + 20].lstrip(" *_").lower().startswith(("by", "with"))
