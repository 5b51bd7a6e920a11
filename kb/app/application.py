"""What `kb` can do, as methods that return the contract's JSON objects; every face calls these."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kb.app import places
from kb.app.api import OnPart, Payload
from kb.app.freshness import freshness
from kb.app.opened import OpenIndex
from kb.app.payload import Payloads
from kb.decisions.preference import LOOKED_FURTHER, in_force_first
from kb.decisions.succession import Succession
from kb.errors import ModelError, NotFoundError, UsageError
from kb.kinds import KINDS
from kb.model import Citation
from kb.progress import OnProgress, ignore
from kb.store.passages import Filter

if TYPE_CHECKING:
    from kb.app.decisions import Decisions
    from kb.app.memory import Memory
    from kb.writing import Writer


class App(OpenIndex):
    """Everything that `kb` does, over one open index; a daemon offers the same methods over its socket."""

    @contextmanager
    def _mirror_given_back(self) -> Iterator[None]:
        """A screen that stays open must not keep the nightly run from the index after its search is done."""
        try:
            yield
        finally:
            self.shared.release_mirror()

    def _writer_if_any(self) -> "Writer | None":
        """For what is as well done without a language model: one that cannot be had is none."""
        try:
            return self.writer()
        except ModelError:
            return None

    # Asking

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        kinds: Sequence[str] = (),
        path_glob: str = "",
        source: str = "",
        here: bool = False,
        cwd: str = "",
        fresh: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """The passages nearest to a query; `here` stays in the source of the current folder.

        With `fresh` every change that was on disk before the call is read first.
        """
        self._freshen(fresh, on_progress)
        started = time.perf_counter()
        query = _said(query, "what to search for")
        chosen, home = self._scope(kinds, path_glob, source, here=here, cwd=cwd)
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
        kinds: Sequence[str] = (),
        path_glob: str = "",
        source: str = "",
        here: bool = False,
        cwd: str = "",
        fresh: bool = False,
        write: bool = False,
        on_progress: OnProgress = ignore,
        on_part: OnPart | None = None,
    ) -> Payload:
        """A cited answer out of the notes, or `not_found` with the nearest of them; `fresh` as in `search`.

        With `write` a language model says it anew, as far as the notes say that.
        """
        self._freshen(fresh, on_progress)
        scope = self._scope(kinds, path_glob, source, here=here, cwd=cwd)
        question = _said(question, "a question")
        return self.answered(question, scope, context=context, write=write, on_progress=on_progress, on_part=on_part)

    def answered(
        self,
        question: str,
        scope: tuple[Filter, str],
        *,
        context: str = "",
        own: Sequence[str] = (),
        write: bool = False,
        on_progress: OnProgress = ignore,
        on_part: OnPart | None = None,
    ) -> Payload:
        """The answer to what is searched, whoever asked it; `own` as the answerer takes it."""
        started = time.perf_counter()
        chosen, home = scope
        payloads = self._payloads()

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
        kinds: Sequence[str] = (),
        path_glob: str = "",
        source: str = "",
        here: bool = False,
        cwd: str = "",
        fresh: bool = False,
        write: bool = False,
        on_progress: OnProgress = ignore,
        on_part: OnPart | None = None,
    ) -> Payload:
        """The answer to a question in the light of those before it; the question and its places are kept."""
        from kb.app.conversation import converse

        self._freshen(fresh, on_progress)
        scope = self._scope(kinds, path_glob, source, here=here, cwd=cwd)
        question = _said(question, "a question")
        return converse(
            self, question, scope, conversation=conversation, about=about, context=context, cwd=cwd, write=write,
            on_progress=on_progress, on_part=on_part,
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
        payloads = self._payloads()
        return {"hits": [payloads.hit(hit) for hit in found.hits]}

    # Decisions

    def decisions_list(self, *, status: str = "", source: str = "") -> Payload:
        return self._decisions(source).listed(status=status, source=source)

    def decisions_show(self, ref: str, *, cwd: str = "", source: str = "") -> Payload:
        return self._decisions(source).show(ref, cwd=cwd, source=source)

    def decisions_links(self, *, relation: str = "", source: str = "") -> Payload:
        return self._decisions(source).links(relation=relation, source=source)

    def decisions_graph(self, *, form: str = "mermaid", source: str = "", everything: bool = False) -> Payload:
        return self._decisions(source).draw(form=form, source=source, everything=everything)

    def decisions_check(self, *, source: str = "") -> Payload:
        return self._decisions(source).check(source=source)

    def why(self, ref: str, *, cwd: str, rev: str = "", git: bool = True) -> Payload:
        """Why a line is there; without `git` at once, out of the index alone."""
        from kb.app.why import why

        return why(self, ref, cwd=cwd, rev=rev, git=git)

    def why_trace(self, trace: str, *, cwd: str, rev: str = "", limit: int = 5) -> Payload:
        """The same for the innermost frames of a stack trace that lie in indexed files."""
        from kb.app.why import why_trace

        return why_trace(self, trace, cwd=cwd, rev=rev, limit=limit)

    # Links

    def related(self, ref: str, *, limit: int = 10, cwd: str = "") -> Payload:
        """What belongs to a file or to the passage at a line of it: declared links first, then what is like it."""
        from kb.app.linking import related

        return related(self, ref, limit=limit, cwd=cwd)

    def link_suggest(
        self, ref: str = "", *, limit: int = 10, source: str = "", relation: str = "", cwd: str = ""
    ) -> Payload:
        """Links that one note, or all decisions, could have and have not."""
        from kb.app.linking import suggest

        self._known_source(source)
        return suggest(self, ref, limit=limit, source=source, relation=relation, cwd=cwd)

    def link_accept(
        self,
        src: str,
        dst: str,
        *,
        relation: str,
        cwd: str = "",
        write: bool = False,
        seen: Mapping[str, str] | None = None,
    ) -> Payload:
        """The change that makes two notes say how they are related; with `write` it is made, on the disk alone."""
        from kb.app.linking import accept

        return accept(self, src, dst, relation=relation, cwd=cwd, write=write, seen=seen)

    # Learning

    def learn(
        self,
        topic: str,
        *,
        plan: bool = False,
        knows: Sequence[str] = (),
        outside: str = "",
        cwd: str = "",
        resume: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """The ramp-up plan of a topic; kept with what was done of it, unless `plan`."""
        from kb.app.learning import learn

        return learn(
            self, topic, plan=plan, knows=knows, outside=outside, cwd=cwd, resume=resume, on_progress=on_progress
        )

    def study_mark(self, topic: str, item: str, *, done: bool = True, grade: str = "") -> Payload:
        """Keep that a reading or a question of a plan is done, or that it is not."""
        from kb.app.learning import mark

        return mark(self, topic, item, done=done, grade=grade)

    def study_reveal(self, topic: str, question: str) -> Payload:
        """The answer to a question of a plan, out of the file as it is now."""
        from kb.app.learning import reveal

        return reveal(self, topic, question)

    def study_note(self, topic: str) -> Payload:
        """A study as Markdown text."""
        from kb.app.studies import note

        return note(self, topic)

    def study_write(self, topic: str, target: str, *, cwd: str) -> Payload:
        """A study as Markdown in a new file, which is named from `cwd`."""
        from kb.app.studies import write_note

        return write_note(self, topic, target, cwd=cwd)

    def studies(self) -> Payload:
        """What is under study, the last first, and the tutor's session that is open."""
        from kb.app.studies import studies

        return studies(self)

    # Learning with the tutor

    def tutor_open(self, target: str, *, at: str = "", goal: str = "", level: str = "", cwd: str = "") -> Payload:
        """A new session of the tutor on a topic, a term or a line, and its first step."""
        from kb.app.tutoring import tutor_open

        return tutor_open(self, self._writer_if_any(), target, at=at, goal=goal, level=level, cwd=cwd)

    def tutor_show(self, session: int = 0) -> Payload:
        """The step that a session stands at, of the last open one where none is named."""
        from kb.app.tutoring import tutor_show

        return tutor_show(self, self._writer_if_any(), session)

    def tutor_say(self, session: int, text: str, *, turn: int = -1) -> Payload:
        """The step after what the learner said; the one that stands where `turn` was answered already."""
        from kb.app.tutoring import tutor_say

        return tutor_say(self, self._writer_if_any(), session, text, turn=turn)

    def tutor_tell(self, session: int, *, turn: int = -1) -> Payload:
        """The step that shows at once what this one holds back; `turn` as in `tutor_say`."""
        from kb.app.tutoring import tutor_tell

        return tutor_tell(self, self._writer_if_any(), session, turn=turn)

    # Designing and writing

    def context(
        self,
        task: str,
        *,
        cwd: str = "",
        diagram: bool = False,
        prompt: bool = False,
        ask_why: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """What is known about a task before it is designed: places, patterns, decisions, tests, trouble, placements."""
        from kb.app.context import context

        return context(self, task, cwd=cwd, diagram=diagram, prompt=prompt, ask_why=ask_why, on_progress=on_progress)

    def draft(
        self,
        kind: str,
        text: str,
        *,
        name: str = "",
        at: str = "",
        facts: str = "",
        since: str = "",
        audience: str = "",
        template: str = "",
        ask_why: bool = False,
        cwd: str = "",
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """A draft of a kind, with its sources and what its writer has to verify; nothing is written to the disk."""
        from kb.app.drafting import draft

        return draft(
            self, kind, text, name=name, at=at, facts=facts, since=since, audience=audience, template=template,
            ask_why=ask_why, cwd=cwd, on_progress=on_progress,
        )  # fmt: skip

    # Keeping

    def index(
        self,
        paths: Sequence[str],
        *,
        full: bool = False,
        dry_run: bool = False,
        text_only: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """Bring the index up to the disk: all sources, or the given folders and files."""
        from kb.app.indexing import bring_up_to_date, survey_paths

        if dry_run:
            return survey_paths(self, list(paths))
        self.shared.release_mirror()
        return bring_up_to_date(self, list(paths), full=full, text_only=text_only, on_progress=on_progress)

    def source_add(self, path: str, name: str = "") -> Payload:
        from kb.app.sources import add_source

        return add_source(self, path, name)

    def source_list(self) -> Payload:
        from kb.app.sources import list_sources

        return list_sources(self)

    def source_remove(self, name: str, *, cwd: str = "") -> Payload:
        from kb.app.sources import remove_source

        return remove_source(self, name, cwd=cwd)

    def status(self) -> Payload:
        from kb.app.state import status

        return status(self)

    def warm(self) -> Payload:
        """Load the model and the vectors now, so that the first question does not wait for them."""
        embedder = self.searcher.embedder()
        if embedder is not None:
            self.searcher.search("warm", limit=1)
        return {"model": embedder.identity if embedder else None}

    def brief(self, *, since: str = "") -> Payload:
        from kb.app.brief import brief

        with self.ledger.database.snapshot():
            return brief(self.ledger, self.settings, since=since)

    def doctor(self, *, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.doctor import doctor

        return doctor(self, on_progress=on_progress)

    def repair(self, *, from_backup: bool = False, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.doctor import repair

        return repair(self, from_backup=from_backup, on_progress=on_progress)

    def night(self, *, on_progress: OnProgress = ignore) -> Payload:
        """The night run in this process, which gives way to all others from now on."""
        from kb.app.night import night_run
        from kb.app.power import lowered_priority

        lowered_priority()
        with self.shared.writing():
            return night_run(lambda job: job(self), on_progress=on_progress)

    def schedule_install(self, *, at: str) -> Payload:
        from kb.app.schedule import install

        return install(self.settings, at=at)

    def schedule_show(self) -> Payload:
        from kb.app.schedule import show

        return show(self.settings)

    def schedule_remove(self) -> Payload:
        from kb.app.schedule import remove

        return remove(self.settings)

    def model_list(self) -> Payload:
        from kb.app.models import model_list

        return model_list(self.settings)

    def model_use(self, name: str, *, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.models import model_use

        return model_use(self, name, on_progress=on_progress)

    def model_download(self, name: str, *, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.models import model_download

        return model_download(self.settings, name, on_progress=on_progress)

    # Memory

    def cards_due(self, limit: int = 0) -> Payload:
        """The cards to be asked now, after a look at the text of each on the disk."""
        return self._memory().due(limit=limit)

    def card_show(self, card_id: int) -> Payload:
        return self._memory().show(card_id)

    def card_grade(self, card_id: int, grade: str, *, seen: str = "") -> Payload:
        """Grade a card; `seen` is what its payload said, so that a call sent twice grades once."""
        return self._memory().grade(card_id, grade, seen=seen)

    def card_undo(self, *, review: int = 0) -> Payload:
        """Take the newest grade back, which is `review` where that is given; again for the one before it."""
        return self._memory().undo(review=review)

    def card_add(self, front: str, back: str = "", *, ref: str, origin: str = "", cwd: str = "") -> Payload:
        """Make a card from the lines at `ref`; without a back, they are the answer."""
        return self._memory().add(front, back, ref=ref, origin=origin, cwd=cwd)

    def card_list(self) -> Payload:
        return self._memory().list()

    def card_retire(self, card_id: int) -> Payload:
        return self._memory().retire(card_id)

    def cards_export(self) -> Payload:
        """All cards that are asked, as a text that Anki imports."""
        return self._memory().exported()

    def stats(self, weeks: int = 4) -> Payload:
        """What was remembered and what was written, by the week."""
        from kb.app.stats import stats

        return stats(self, weeks=weeks)

    # Inside

    def _memory(self) -> "Memory":
        from kb.app.memory import Memory

        return Memory(self)

    def _decisions(self, source: str = "") -> "Decisions":
        from kb.app.decisions import Decisions

        self._known_source(source)
        return Decisions(self)

    def _payloads(self) -> Payloads:
        """Reads all decisions: once for a list of hits, not for each of them."""
        return Payloads(Succession.latest(self.ledger))

    def _freshen(self, fresh: bool, on_progress: OnProgress) -> None:
        """For a process of its own; the daemon freshens before it asks one of its readers."""
        if fresh:
            self.index([], on_progress=on_progress)

    def _known_source(self, source: str) -> None:
        names = [known.name for known in self.ledger.catalog.sources()] if source else []
        if source and source not in names:
            raise UsageError(f"no such source: {source}", f"sources are: {', '.join(names)}")

    def _scope(self, kinds: Sequence[str], path_glob: str, source: str, *, here: bool, cwd: str) -> tuple[Filter, str]:
        """The filter, and the source of the current folder (which ranks first)."""
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise UsageError(f"no such kind: {', '.join(unknown)}", f"kinds are: {', '.join(KINDS)}")
        sources = self.ledger.catalog.sources()
        home = places.owner(sources, cwd) if cwd else None
        if here and home is None:
            raise UsageError(f"{cwd} lies in no source", "kb index .")
        self._known_source(source)
        name = home.name if home else ""
        return Filter(
            kinds=tuple(kinds), path_glob=places.as_known(path_glob), source=source or (name if here else "")
        ), name


def _said(text: str, what: str) -> str:
    if not (stripped := text.strip()):
        raise UsageError(f"{what} is missing", 'for example: kb ask "how do we rotate the signing key?"')
    return stripped


def _located(place: places.Place, start: int, end: int) -> Payload:
    return {"path": place.path, "source": place.source, "abspath": place.abspath, "start": start, "end": end}
