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
    ("akzeptiert", "accepted"), ("angenommen", "accepted"), ("beschlossen", "accepted"), ("vorgeschlagen", "proposed"),
    ("entwurf", "draft"), ("abgelehnt", "rejected"), ("verworfen", "rejected"), ("veraltet", "deprecated"),
    ("abgelöst", "superseded"), ("ersetzt", "superseded"), ("umgesetzt", "implemented"),
    ("acceptée", "accepted"), ("accepté", "accepted"), ("adoptée", "accepted"), ("proposée", "proposed"),
    ("proposé", "proposed"), ("brouillon", "draft"), ("rejetée", "rejected"), ("rejeté", "rejected"),
    ("remplacée", "superseded"), ("remplacé", "superseded"), ("obsolète", "superseded"), ("dépréciée", "deprecated"),
    ("aceptada", "accepted"), ("aceptado", "accepted"), ("aprobada", "accepted"), ("aprobado", "accepted"),
    ("propuesta", "proposed"), ("propuesto", "proposed"), ("borrador", "draft"), ("rechazada", "rejected"),
    ("rechazado", "rejected"), ("reemplazada", "superseded"), ("reemplazado", "superseded"),
    ("obsoleta", "superseded"), ("obsoleto", "superseded"), ("sustituida", "superseded"),
    ("aceita", "accepted"), ("aceito", "accepted"), ("aprovada", "accepted"), ("aprovado", "accepted"),
    ("proposta", "proposed"), ("proposto", "proposed"), ("rascunho", "draft"), ("rejeitada", "rejected"),
    ("rejeitado", "rejected"), ("substituída", "superseded"), ("substituído", "superseded"),
    ("accettata", "accepted"), ("approvata", "accepted"), ("bozza", "draft"), ("rifiutata", "rejected"),
    ("sostituita", "superseded"), ("geaccepteerd", "accepted"), ("voorgesteld", "proposed"), ("concept", "draft"),
    ("afgewezen", "rejected"), ("verworpen", "rejected"), ("vervangen", "superseded"), ("verouderd", "deprecated"),
    ("april fool", "rejected"), ("obsolete", "superseded"),
)  # fmt: skip
WORD = re.compile(r"\b(" + "|".join(re.escape(written) for written, _ in SPELLINGS) + r")\b", re.IGNORECASE)
MEANING = dict(SPELLINGS)
IDEOGRAMS = (
    ("已被取代", "superseded"), ("被取代", "superseded"), ("已替代", "superseded"), ("已废弃", "deprecated"),
    ("已接受", "accepted"), ("已采纳", "accepted"), ("已批准", "accepted"), ("提议", "proposed"), ("草案", "draft"),
    ("已拒绝", "rejected"), ("承認", "accepted"), ("採用", "accepted"), ("提案", "proposed"), ("却下", "rejected"),
    ("廃止", "deprecated"), ("принято", "accepted"), ("предложено", "proposed"), ("отклонено", "rejected"),
    ("заменено", "superseded"), ("устарело", "deprecated"),
)  # fmt: skip
"""Statuses in scripts whose words no blank parts, or whose case is not ours."""


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
    if first:
        return MEANING[first.group(1).lower()]
    lowered = text.lower()
    return next((meaning for written, meaning in IDEOGRAMS if written in lowered), "")


def is_blank_status(written: str) -> bool:
    """Whether a status field says nothing at all: empty, a comment, or the words of a template in brackets."""
    text = COMMENT.sub(" ", written)
    return not re.search(r"[^\W\d_]{2,}", text) or "|" in text


def _passive(text: str, match: re.Match[str]) -> bool:
    return text[match.end() : match.end() + 20].lstrip(" *_").lower().startswith(("by", "with"))
