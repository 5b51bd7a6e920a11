"""A conversation as lines: each question over what was quoted for it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from kb.sanitize import for_terminal
from tui.entries import Entry, Place, answer_entries, one_line, shown_place, standing_of
from tui.sheets import MAX_LINE_CHARS, Line

Payload = Mapping[str, Any]
State = Literal["asking", "told", "stopped", "failed"]
REMARKS: dict[State, str] = {"asking": "…", "told": "", "stopped": "stopped", "failed": "no answer: see below"}
WELCOME = (
    "Ask, and your notes are quoted; what they do not hold is said to be not there.",
    "A follow-up is understood: \"and in Go?\", \"when was that decided?\".",
    "",
    "[ ]     through what is cited, the text follows",
    "Esc     stops the answer, then leaves the input; / comes back",
    "e y     your editor at the line, copy path:line",
    "Ctrl+N  a new conversation, h the earlier ones",
    "w       your language model writes the last answer anew, each sentence checked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and as much of its answer as is there; the items are the application's JSON."""

    question: str
    asked: str = ""
    """What was searched for a follow-up, empty where it was the question itself."""
    about: str = ""
    """The place it is about, as it is shown."""
    state: State = "asking"
    found: bool = True
    cited: tuple[Payload, ...] = ()
    nearest: tuple[Payload, ...] = ()
    missing: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    at: str = ""
    """When it was asked, where that was before this screen was opened."""
    text: str = ""
    """What a language model wrote; unchecked as long as the answer is not whole."""
    writer: str = ""
    """Who wrote it, where it holds."""

    def with_part(self, part: Payload) -> "Turn":
        """The turn with one more part of its answer; told twice, after a daemon was lost, it stands once."""
        if "asked" in part:
            return replace(self, asked=str(part["asked"]))
        if "text" in part:
            return replace(self, text=self.text + str(part["text"]))
        if (citation := part.get("citation")) is None:
            return self
        others = [cited for cited in self.cited if cited["n"] != citation["n"]]
        return replace(self, cited=tuple(sorted([*others, citation], key=lambda cited: int(cited["n"]))))


@dataclass(frozen=True, slots=True)
class Marked:
    """A line, and which of its turn's places it belongs to; `here` on the line that names the place."""

    line: Line
    place: int | None = None
    here: bool = False


def turn_of(payload: Payload, *, old: bool = False) -> Turn:
    """A turn whose answer is whole."""
    asked = payload.get("asked") or ""
    return Turn(
        question=payload["question"],
        asked="" if asked == payload["question"] else asked,
        about=payload.get("about") or "",
        state="told",
        found=payload["status"] == "answered",
        cited=tuple(payload["citations"]),
        nearest=tuple(payload.get("nearest") or ()),
        missing=tuple(payload.get("missing") or ()),
        notices=tuple(payload.get("notices") or ()),
        at=payload["at"] if old else "",
        text=payload["answer"] if payload["mode"] == "generated" else "",
        writer=_writer_of(payload),
    )


def _writer_of(payload: Payload) -> str:
    if payload["mode"] != "generated":
        return ""
    writer = payload["writer"]
    return f"{writer['name']}{'' if writer['local'] else ', not on this machine'}"


def places_of(turn: Turn, cwd: str) -> list[Entry]:
    """What of a turn can be opened: its citations, or what lies nearest."""
    status = "answered" if turn.found else "not_found"
    return answer_entries({"status": status, "citations": turn.cited, "nearest": turn.nearest}, cwd)[1:]


def turn_lines(turn: Turn, cwd: str) -> list[Marked]:
    """The lines of a turn, with a blank one at its end; those of an earlier day are dim."""
    lines = [*_asked_lines(turn), *_written_lines(turn)]
    lines += [*(_cited_lines(turn, cwd) if turn.found else _near_lines(turn, cwd))]
    lines += [Marked(Line(one_line(notice), "dim")) for notice in turn.notices]
    if remark := REMARKS[turn.state]:
        lines.append(Marked(Line(remark, "dim")))
    if turn.at:
        lines = [replace(marked, line=_dimmed(marked.line)) for marked in lines]
    return lines if lines[-1].line.text == "" else [*lines, Marked(Line(""))]


def about_ref(place: Place) -> str:
    """The REF of all lines of a place, of the file where none are meant."""
    return f"{place.file_ref}:{place.start}-{place.end}" if place.end else place.file_ref


def shown_about(place: Place, cwd: str) -> str:
    """A place to ask about, as short as it opens from here."""
    item = {"source": place.source, "path": place.path, "abspath": place.abspath}
    if not place.end:
        return shown_place({**item, "start": 1, "end": 1}, cwd).removesuffix(":1")
    return shown_place({**item, "start": place.start, "end": place.end}, cwd)


def when(at: str) -> str:
    """`2026-11-21 14:26` where the user is."""
    return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _asked_lines(turn: Turn) -> Iterator[Marked]:
    yield Marked(Line(one_line(turn.question), "title", gutter="› "))
    if turn.at:
        yield Marked(Line(when(turn.at), "dim", gutter="  "))
    if turn.about:
        yield Marked(Line(one_line(turn.about), "place", gutter="  about "))
    if turn.asked:
        yield Marked(Line(one_line(turn.asked), "dim", gutter="  asked: "))
    yield Marked(Line(""))


def _written_lines(turn: Turn) -> Iterator[Marked]:
    """What a model wrote: while it comes dim, for none of it is checked yet."""
    if turn.text:
        for text in turn.text.split("\n"):
            yield Marked(Line(_shown(text), "text" if turn.writer else "dim"))
        checked = f"written by {turn.writer}, each sentence checked" if turn.writer else "not checked yet"
        yield Marked(Line(one_line(checked), "dim"))
        yield Marked(Line(""))


def _cited_lines(turn: Turn, cwd: str) -> Iterator[Marked]:
    for place, citation in enumerate(turn.cited):
        yield Marked(Line(one_line(citation["title"] or citation["path"]), "title"), place)
        if citation.get("status"):
            told, style = _standing(citation)
            yield Marked(Line(told, style), place)
        for text in citation["quote"].replace("\r\n", "\n").split("\n"):
            yield Marked(Line(_shown(text), gutter="│ ", repeated=True), place)
        shown = shown_place(citation, cwd)
        yield Marked(Line(shown, "place", gutter=f"[{citation['n']}] "), place, here=True)
        yield Marked(Line(""))


def _near_lines(turn: Turn, cwd: str) -> Iterator[Marked]:
    silent = f" What lies nearest does not speak of: {one_line(', '.join(turn.missing))}." if turn.missing else ""
    yield Marked(Line(f"Not in your notes.{silent}", "title"))
    if turn.nearest:
        yield Marked(Line("Nearest:", "dim"))
    for place, hit in enumerate(turn.nearest):
        yield Marked(Line(one_line(hit["title"] or hit["path"]), gutter="· "), place)
        if hit.get("status"):
            told, style = _standing(hit)
            yield Marked(Line(told, style, gutter="  "), place)
        yield Marked(Line(shown_place(hit, cwd), "place", gutter="  "), place, here=True)


def _standing(item: Payload) -> tuple[str, Literal["dim", "good", "warn"]]:
    """`adr · 2026-01-02 · accepted`, or `adr · 2026-01-02 · superseded by 0002-x on 2026-03-04`."""
    status, standing = standing_of(item)
    if item.get("superseded_by"):
        partly = "partly " if item.get("status") == "partly superseded" else ""
        since = f" on {item['superseded_on']}" if item.get("superseded_on") else ""
        status = f"{partly}{status}{since}"
    words = (item["kind"], one_line(str(item.get("date") or "")), status)
    return " · ".join(word for word in words if word), standing or "dim"


def _dimmed(line: Line) -> Line:
    return replace(line, style="dim") if line.style in ("text", "title") else line


def _shown(text: str) -> str:
    return for_terminal(text[:MAX_LINE_CHARS], keep_newlines=False)
