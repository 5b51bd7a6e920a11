"""Conversations: questions kept in the journal in their order, each understood by those before it."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kb.answer.followup import understood
from kb.app.api import OnPart, Payload
from kb.app.kept import kept, reread
from kb.app.payload import Payloads
from kb.app.places import as_known
from kb.app.scope import Searched
from kb.decisions.succession import Succession
from kb.errors import NotFoundError, StorageError, UsageError
from kb.progress import OnProgress
from kb.store.journal import Journal

if TYPE_CHECKING:
    from kb.app.methods.asking import Asking

LEANT_ON = 8
"""So many questions back are looked at: further back nobody means."""


def converse(
    app: "Asking",
    question: str,
    scope: Searched,
    *,
    conversation: int | None,
    about: str,
    context: str,
    cwd: str,
    write: bool,
    on_progress: OnProgress,
    on_part: OnPart | None,
) -> Payload:
    """Answer a question of a conversation and keep it; `about` is a REF to what is asked about.

    Without a conversation, or with one that was forgotten meanwhile, a new one begins.
    """
    before = _turns(app.journal, conversation, LEANT_ON) if conversation is not None else []
    conversation = conversation if before else None
    given = bool(about or context)
    # What is asked about stands there: then "it" is that, and nothing that was said before.
    told = understood(question, [] if given else [turn["question"] for turn in before])
    if told.leans:
        about = str(json.loads(before[-1]["answer"]).get("about") or "")
        if on_part is not None:
            on_part({"asked": told.asked})
    context = context or _text_at(app, about, cwd=cwd, wanted=given)
    answer = app.answered(
        told.asked, scope, context=context, own=told.own, write=write, on_progress=on_progress, on_part=on_part
    )
    answer |= {"question": question, "asked": told.asked, "about": about or None}
    if told.leans and answer["citations"] and _places(answer) == _places(json.loads(before[-1]["answer"])):
        answer["notices"] = [*answer["notices"], "the same was quoted before: your notes hold nothing nearer to this"]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        answer["conversation"] = _keep(app.journal, conversation, at, answer)
    except StorageError as error:
        answer["conversation"] = conversation
        answer["notices"] = [*answer["notices"], f"not kept: {error.message}"]
    return {**answer, "at": at}


def conversations(app: "Asking", *, limit: int) -> Payload:
    """The conversations, the one that was last in use first."""
    rows = app.journal.rows(
        "SELECT c.conversation, c.began, c.at, c.turns, first.question FROM (SELECT conversation, min(at) AS began,"
        " max(at) AS at, count(*) AS turns, min(id) AS first, max(id) AS last FROM turn GROUP BY conversation) c"
        " JOIN turn first ON first.id = c.first ORDER BY c.last DESC LIMIT ?",
        (limit,),
    )
    return {"conversations": [dict(row) for row in rows]}


def show(app: "Asking", conversation: int, *, limit: int) -> Payload:
    """The last turns of a conversation, all of them where `limit` is 0, and how many stand before them."""
    turns = _known(app.journal, conversation, limit or -1)
    count = app.journal.rows("SELECT count(*) FROM turn WHERE conversation = ?", (conversation,))[0][0]
    payloads = Payloads(Succession.latest(app.ledger))
    return {
        "conversation": conversation,
        "earlier": count - len(turns),
        "turns": [_shown(app, payloads, turn) for turn in turns],
    }


def delete(app: "Asking", conversation: int, *, everything: bool) -> Payload:
    """Forget a conversation, or all of them, in the file of the journal too."""
    if bool(conversation) == everything:
        raise UsageError("say which conversation to forget, or all of them", "kb history --clear")
    if not everything:
        _known(app.journal, conversation, 1)
    # Else the words stand in the file until something is written over them.
    app.journal.execute("PRAGMA secure_delete = ON")
    with app.journal.transaction():
        gone = app.journal.execute("DELETE FROM turn WHERE ? OR conversation = ?", (everything, conversation)).rowcount
    app.journal.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"deleted": gone}


def _turns(journal: Journal, conversation: int, limit: int) -> list[Any]:
    rows = journal.rows(
        "SELECT at, question, answer FROM turn WHERE conversation = ? ORDER BY id DESC LIMIT ?", (conversation, limit)
    )
    return rows[::-1]


def _known(journal: Journal, conversation: int, limit: int) -> list[Any]:
    if turns := _turns(journal, conversation, limit):
        return turns
    raise NotFoundError(f"there is no conversation {conversation}", "kb history")


def _keep(journal: Journal, conversation: int | None, at: str, answer: Payload) -> int:
    places = json.dumps({**kept(answer), "asked": answer["asked"], "about": answer["about"]})
    with journal.transaction():
        cursor = journal.execute(
            "INSERT INTO turn (conversation, at, question, answer) VALUES (?, ?, ?, ?)",
            (conversation or 0, at, as_known(answer["question"]), places),
        )
        if conversation:
            return conversation
        # Named after its first turn: the number of one that was forgotten is never given again.
        journal.execute("UPDATE turn SET conversation = id WHERE id = ?", (cursor.lastrowid,))
        return int(cursor.lastrowid or 0)


def _places(answer: Payload) -> list[Any]:
    return [[citation[key] for key in ("source", "path", "start", "end")] for citation in answer["citations"]]


def _shown(app: "Asking", payloads: Payloads, turn: Any) -> Payload:
    told = json.loads(turn["answer"])
    answer = payloads.answer(reread(told, turn["question"], app.ledger), 0.0)
    return {**answer, "at": turn["at"], "asked": told["asked"], "about": told["about"]}


def _text_at(app: "Asking", about: str, *, cwd: str, wanted: bool) -> str:
    """The lines that are asked about; what an earlier question was about may be gone since."""
    if not about:
        return ""
    try:
        return str(app.get(about, cwd=cwd)["text"])
    except NotFoundError:
        if wanted:
            raise
        return ""
