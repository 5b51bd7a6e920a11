"""Searching, asking, and what stands at a place."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Unpack

from kb.app import places
from kb.app.api import OnPart, Payload, Scope
from kb.app.freshness import freshness
from kb.app.opened import OpenIndex
from kb.app.payload import Payloads
from kb.app.scope import Searched, resolved
from kb.decisions.preference import LOOKED_FURTHER, in_force_first
from kb.decisions.succession import Succession
from kb.errors import NotFoundError, UsageError
from kb.model import Citation
from kb.progress import OnProgress, ignore
from kb.store.passages import Filter


class Asking(OpenIndex):
    """Finds, and answers with what stands on the disk."""

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        on_progress: OnProgress = ignore,
        **scope: Unpack[Scope],
    ) -> Payload:
        """The passages nearest to a query; `here` stays in the source of the current folder.

        With `fresh` every change that was on disk before the call is read first.
        """
        started = time.perf_counter()
        query = _said(query, "what to search for")
        chosen, home = self._searched(scope, on_progress)
        with self._mirror_given_back():
            found = self.searcher.search(query, limit=limit + LOOKED_FURTHER, chosen=chosen, home_source=home)
        succession = Succession.latest(self.ledger)
        payloads, hits = Payloads(succession), in_force_first(found.hits, succession, limit=limit)
        return {
            "query": query,
            "hits": [payloads.hit(hit) for hit in hits],
            "notices": list(found.notices),
            "index": freshness(self, found.pending, self.shared.presence()),
            "took_ms": round((time.perf_counter() - started) * 1e3, 1),
        }

    def ask(
        self,
        question: str,
        *,
        context: str = "",
        write: bool = False,
        on_progress: OnProgress = ignore,
        on_part: OnPart | None = None,
        **scope: Unpack[Scope],
    ) -> Payload:
        """A cited answer out of the notes, or `not_found` with the nearest of them; `fresh` as in `search`.

        With `write` a language model says it anew, as far as the notes say that.
        """
        question, searched = _said(question, "a question"), self._searched(scope, on_progress)
        return self.answered(question, searched, context=context, write=write, on_progress=on_progress, on_part=on_part)

    def answered(
        self,
        question: str,
        searched: Searched,
        *,
        context: str = "",
        own: Sequence[str] = (),
        write: bool = False,
        on_progress: OnProgress = ignore,
        on_part: OnPart | None = None,
    ) -> Payload:
        """The answer to what is searched, whoever asked it; `own` as the answerer takes it."""
        started = time.perf_counter()
        chosen, home = searched
        payloads = Payloads(Succession.latest(self.ledger))

        def tell(citation: Citation) -> None:
            if on_part is not None:
                on_part({"citation": payloads.citation(citation)})

        with self._mirror_given_back():
            answer = self.answerer.ask(
                question, context=context, own=own, chosen=chosen, home_source=home, on_citation=tell
            )
        payload = payloads.answer(answer, (time.perf_counter() - started) * 1e3)
        if write:
            from kb.app.writing import written

            # A model may take its time: after the mirror was given back.
            payload = written(self, answer, payload, context=context, on_part=on_part, on_progress=on_progress)
            payload["took_ms"] = round((time.perf_counter() - started) * 1e3, 1)
        return {**payload, "index": freshness(self, answer.pending, self.shared.presence())}

    # Conversations

    def converse(
        self,
        question: str,
        *,
        conversation: int | None = None,
        about: str = "",
        context: str = "",
        write: bool = False,
        on_progress: OnProgress = ignore,
        on_part: OnPart | None = None,
        **scope: Unpack[Scope],
    ) -> Payload:
        """The answer to a question in the light of those before it; the question and its places are kept."""
        from kb.app.conversation import converse

        question, searched = _said(question, "a question"), self._searched(scope, on_progress)
        return converse(
            self, question, searched, conversation=conversation, about=about, context=context,
            cwd=scope.get("cwd", ""), write=write, on_progress=on_progress, on_part=on_part,
        )  # fmt: skip

    def conversations(self, *, limit: int = 50) -> Payload:
        from kb.app.conversation import conversations

        return conversations(self, limit=limit)

    def conversation_show(self, conversation: int, *, limit: int = 0) -> Payload:
        """A conversation, its quotes read from the disk again; with a limit the last turns of it."""
        from kb.app.conversation import show

        return show(self, conversation, limit=limit)

    def conversation_delete(self, conversation: int = 0, *, everything: bool = False) -> Payload:
        from kb.app.conversation import delete

        return delete(self, conversation, everything=everything)

    # Places

    def get(self, ref: str, *, cwd: str) -> Payload:
        """The lines of a file as they are on disk now."""
        from ingest.files import Unreadable, read_text, split_lines

        place = places.resolve(self.ledger, ref, cwd)
        folder, name = os.path.split(place.abspath)
        try:
            text = read_text(folder, os.fsencode(name), max_bytes=self.settings.max_file_bytes).text
        except Unreadable as error:
            raise NotFoundError(f"{place.abspath} cannot be read: {error.reason}", "kb status") from error
        lines = split_lines(text)
        start, end = place.start or 1, min(place.end or len(lines), len(lines))
        if start > len(lines):
            raise NotFoundError(f"{place.path} has only {len(lines)} lines", f"kb get {place.path}")
        return {**_located(place, start, end), "text": "\n".join(lines[start - 1 : end])}

    def locate(self, ref: str, *, cwd: str) -> Payload:
        place = places.resolve(self.ledger, ref, cwd)
        return _located(place, place.start, place.end)

    def related_notes(self, text: str, *, limit: int = 5) -> Payload:
        """Notes near to a title or a text; for proposing links."""
        found = self.searcher.search(text, limit=limit, chosen=Filter(kinds=("adr", "til", "note")))
        payloads = Payloads(Succession.latest(self.ledger))
        return {"hits": [payloads.hit(hit) for hit in found.hits]}

    # Inside

    @contextmanager
    def _mirror_given_back(self) -> Iterator[None]:
        """A screen that stays open must not keep the nightly run from the index after its search is done."""
        try:
            yield
        finally:
            self.shared.release_mirror()

    def _searched(self, scope: Scope, on_progress: OnProgress) -> Searched:
        """Where is searched; read first where it has to be fresh (the daemon has done that by then)."""
        if scope.get("fresh"):
            from kb.app.indexing import bring_up_to_date

            bring_up_to_date(self, [], full=False, text_only=False, on_progress=on_progress)
        return resolved(self.ledger, scope)


def _said(text: str, what: str) -> str:
    if not (stripped := text.strip()):
        raise UsageError(f"{what} is missing", 'for example: kb ask "how do we rotate the signing key?"')
    return stripped


def _located(place: places.Place, start: int, end: int) -> Payload:
    return {"path": place.path, "source": place.source, "abspath": place.abspath, "start": start, "end": end}
