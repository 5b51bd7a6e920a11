"""What every face may ask of `kb`, whoever answers: this process or the daemon.

`Api` is the signature of each method, `METHODS` how the daemon carries it out. Values are those of
JSON, so that a call means the same on both ways.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypedDict, Unpack

from kb.progress import OnProgress, ignore

Payload = dict[str, Any]
OnPart = Callable[[Payload], None]
"""Told each part of an answer as it comes: `{"citation": {…}}`, of a follow-up first `{"asked": …}`, and of what a
language model writes each `{"text": …}`, which nobody has checked yet."""


ABSENT: Payload = {
    "running": False, "pid": None, "uptime_s": None, "rss_mb": None, "pending_changes": 0, "settled": False,
    "problem": "", "sources": [],
}  # fmt: skip
"""What is told of a daemon that does not run: the fields are those of one that does."""


class Scope(TypedDict, total=False):
    """Where a question looks, and how fresh that must be; what is left out lets everything through."""

    kinds: Sequence[str]
    path_glob: str
    source: str
    here: bool
    """Stay in the source of the current folder."""
    cwd: str
    fresh: bool
    """First read every change that was on disk before the call."""


class Api(Protocol):
    """`cwd` is where the user stands, an absolute path; every other path is absolute or a REF."""

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        on_progress: OnProgress = ignore,
        **scope: Unpack[Scope],
    ) -> Payload: ...

    def ask(
        self,
        question: str,
        *,
        context: str = "",
        write: bool = False,
        on_progress: OnProgress = ignore,
        on_part: OnPart | None = None,
        **scope: Unpack[Scope],
    ) -> Payload: ...

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
    ) -> Payload: ...

    def conversations(self, *, limit: int = 50) -> Payload: ...

    def conversation_show(self, conversation: int, *, limit: int = 0) -> Payload: ...

    def conversation_delete(self, conversation: int = 0, *, everything: bool = False) -> Payload: ...

    def get(self, ref: str, *, cwd: str) -> Payload: ...

    def locate(self, ref: str, *, cwd: str) -> Payload: ...

    def related_notes(self, text: str, *, limit: int = 5) -> Payload: ...

    def decisions_list(self, *, status: str = "", source: str = "") -> Payload: ...

    def decisions_show(self, ref: str, *, cwd: str = "", source: str = "") -> Payload: ...

    def decisions_links(self, *, relation: str = "", source: str = "") -> Payload: ...

    def decisions_graph(self, *, form: str = "mermaid", source: str = "", everything: bool = False) -> Payload: ...

    def decisions_check(self, *, source: str = "") -> Payload: ...

    def related(self, ref: str, *, limit: int = 10, cwd: str = "") -> Payload: ...

    def link_suggest(
        self, ref: str = "", *, limit: int = 10, source: str = "", relation: str = "", cwd: str = ""
    ) -> Payload: ...

    def link_accept(
        self,
        src: str,
        dst: str,
        *,
        relation: str,
        cwd: str = "",
        write: bool = False,
        seen: Mapping[str, str] | None = None,
    ) -> Payload: ...

    def why(self, ref: str, *, cwd: str, rev: str = "", git: bool = True) -> Payload: ...

    def why_trace(self, trace: str, *, cwd: str, rev: str = "", limit: int = 5) -> Payload: ...

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
    ) -> Payload: ...

    def study_mark(self, topic: str, item: str, *, done: bool = True, grade: str = "") -> Payload: ...

    def study_reveal(self, topic: str, question: str) -> Payload: ...

    def study_note(self, topic: str) -> Payload: ...

    def study_write(self, topic: str, target: str, *, cwd: str) -> Payload: ...

    def studies(self) -> Payload: ...

    def tutor_open(self, target: str, *, at: str = "", goal: str = "", level: str = "", cwd: str = "") -> Payload: ...

    def tutor_show(self, session: int = 0) -> Payload: ...

    def tutor_say(self, session: int, text: str, *, turn: int = -1) -> Payload: ...

    def tutor_tell(self, session: int, *, turn: int = -1) -> Payload: ...

    def context(
        self,
        task: str,
        *,
        cwd: str = "",
        diagram: bool = False,
        prompt: bool = False,
        ask_why: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload: ...

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
    ) -> Payload: ...

    def index(
        self,
        paths: Sequence[str],
        *,
        full: bool = False,
        dry_run: bool = False,
        text_only: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload: ...

    def source_add(self, path: str, name: str = "") -> Payload: ...

    def source_list(self) -> Payload: ...

    def source_remove(self, name: str, *, cwd: str = "") -> Payload: ...

    def status(self) -> Payload: ...

    def brief(self, *, since: str = "") -> Payload: ...

    def doctor(self, *, on_progress: OnProgress = ignore) -> Payload: ...

    def repair(self, *, from_backup: bool = False, on_progress: OnProgress = ignore) -> Payload: ...

    def night(self, *, on_progress: OnProgress = ignore) -> Payload: ...

    def warm(self) -> Payload: ...

    def model_list(self) -> Payload: ...

    def model_use(self, name: str, *, on_progress: OnProgress = ignore) -> Payload: ...

    def model_download(self, name: str, *, on_progress: OnProgress = ignore) -> Payload: ...

    def schedule_install(self, *, at: str) -> Payload: ...

    def schedule_show(self) -> Payload: ...

    def schedule_remove(self) -> Payload: ...

    def cards_due(self, limit: int = 0) -> Payload: ...

    def card_show(self, card_id: int) -> Payload: ...

    def card_grade(self, card_id: int, grade: str, *, seen: str = "") -> Payload: ...

    def card_undo(self, *, review: int = 0) -> Payload: ...

    def card_add(self, front: str, back: str = "", *, ref: str, origin: str = "", cwd: str = "") -> Payload: ...

    def card_list(self) -> Payload: ...

    def card_retire(self, card_id: int) -> Payload: ...

    def cards_export(self) -> Payload: ...

    def stats(self, weeks: int = 4) -> Payload: ...

    def close(self) -> None: ...


class Method(NamedTuple):
    """`where` says which thread of the daemon does it, or that the command itself does: beside a daemon (`local`), or
    after sending it away (`alone`)."""

    positional: tuple[str, ...]
    where: Literal["reader", "keeper", "local", "alone"]
    progress: bool = False
    """Whether it takes `on_progress`."""
    starts: bool = False
    """Whether a command that calls it starts the daemon behind its answer."""
    parts: bool = False
    """Whether it takes `on_part`."""


METHODS: dict[str, Method] = {
    "search": Method(("query",), "reader", progress=True, starts=True),
    "ask": Method(("question",), "reader", progress=True, starts=True, parts=True),
    "converse": Method(("question",), "reader", progress=True, starts=True, parts=True),
    "conversations": Method((), "reader"),
    "conversation_show": Method(("conversation",), "reader"),
    "conversation_delete": Method(("conversation",), "reader"),
    "get": Method(("ref",), "reader"),
    "locate": Method(("ref",), "reader"),
    "related_notes": Method(("text",), "reader"),
    "decisions_list": Method((), "reader", starts=True),
    "decisions_show": Method(("ref",), "reader", starts=True),
    "decisions_links": Method((), "reader", starts=True),
    "decisions_graph": Method((), "reader", starts=True),
    "decisions_check": Method((), "reader", starts=True),
    "related": Method(("ref",), "reader", starts=True),
    "link_suggest": Method(("ref",), "reader", starts=True),
    "why": Method(("ref",), "reader", starts=True),
    "why_trace": Method(("trace",), "reader", starts=True),
    "learn": Method(("topic",), "reader", progress=True, starts=True),
    "study_mark": Method(("topic", "item"), "reader"),
    "study_reveal": Method(("topic", "question"), "reader"),
    "study_note": Method(("topic",), "reader"),
    "studies": Method((), "reader"),
    "tutor_open": Method(("target",), "reader", starts=True),
    "tutor_show": Method(("session",), "reader", starts=True),
    "tutor_say": Method(("session", "text"), "reader", starts=True),
    "tutor_tell": Method(("session",), "reader", starts=True),
    "context": Method(("task",), "reader", progress=True, starts=True),
    "draft": Method(("kind", "text"), "reader", progress=True, starts=True),
    "index": Method(("paths",), "keeper", progress=True),
    "source_add": Method(("path", "name"), "keeper"),
    "source_list": Method((), "reader"),
    "source_remove": Method(("name",), "keeper"),
    "status": Method((), "reader"),
    "brief": Method((), "reader"),
    "doctor": Method((), "keeper", progress=True),
    "repair": Method((), "alone", progress=True),
    "night": Method((), "keeper", progress=True),
    "warm": Method((), "reader"),
    # They write a note of the user's, with the rights of the command.
    "link_accept": Method(("src", "dst"), "local"),
    "study_write": Method(("topic", "target"), "local"),
    # These change files beside the index, or read none of it: the command does them with the rights it has.
    "model_list": Method((), "local"),
    "model_use": Method(("name",), "local", progress=True),
    "model_download": Method(("name",), "local", progress=True),
    "schedule_install": Method((), "local"),
    "schedule_show": Method((), "local"),
    "schedule_remove": Method((), "local"),
    # They write to the journal, which takes short writes from anywhere; each may be sent twice when a daemon is lost.
    "cards_due": Method(("limit",), "reader"),
    "card_show": Method(("card_id",), "reader"),
    "card_grade": Method(("card_id", "grade"), "reader"),
    "card_undo": Method((), "reader"),
    "card_add": Method(("front", "back"), "reader"),
    "card_list": Method((), "reader"),
    "card_retire": Method(("card_id",), "reader"),
    "cards_export": Method((), "reader"),
    "stats": Method(("weeks",), "reader"),
}
