"""The tutor's steps as lines: whose words they are, what is asked, and the excerpts that may be looked at. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.entries import Entry, Place, one_line, shown_place, standing_of
from tui.learning_lines import shown
from tui.sheets import Line, Sheet

Payload = Mapping[str, Any]
ORIGINS = {"general knowledge": "General knowledge, not out of your notes:", "your notes": "", "grade": ""}
HOW = {
    "level": "its number or a word",
    "goal": "a line, or Enter alone",
    "next": "Enter goes on",
    "answer": "your answer; Ctrl+T tells it",
    "grade": "Enter takes it over, or its number",
    "nothing": "the session is done; Ctrl+N begins another",
}
CHOICES = ("level", "grade")
"""Steps that one key answers."""
RULE = "─"


def step_lines(payload: Payload, *, alone: bool) -> list[Line]:
    """The lines of a step; `alone` where the question that it answers does not stand above it."""
    step = payload["step"]
    lines: list[Line] = []
    if (asked := step.get("asked")) and alone:
        lines += [Line(shown(line), "dim") for line in asked.split("\n")]
    if said := step.get("answer"):
        lines += [Line(one_line(said), gutter="› "), Line("")]
    for part in step["parts"]:
        if origin := ORIGINS.get(part["from"], part["from"]):
            lines.append(Line(one_line(origin), "warn"))
        lines += [*(Line(shown(line)) for line in part["text"].split("\n")), Line("")]
    if not (lines or step["prompt"]):
        lines.append(Line("What your notes say:"))
    lines += [Line(one_line(notice), "warn") for notice in step["notices"]]
    if step["prompt"]:
        counted = f"Question {step['number']} of {step['of']}. " if step.get("of") else ""
        lines += [Line(shown(line), "title") for line in (counted + step["prompt"]).split("\n")]
    options = step["options"]
    if step["expects"] in CHOICES:
        return [*lines, Line(" · ".join(f"{n} {one_line(option)}" for n, option in enumerate(options, start=1)))]
    lines += [Line(one_line(option), gutter=f"{number:>2} ") for number, option in enumerate(options, start=1)]
    return lines


def talk_sheet(steps: Sequence[Sequence[Line]], payload: Payload) -> Sheet:
    """What was taught so far, opened at the newest step."""
    lines: list[Line] = []
    for step in steps[:-1]:
        lines += [*(replace(line, style="dim") for line in step), Line(RULE * 3, "dim"), Line("")]
    opens_at = len(lines)
    lines += [*steps[-1], Line(f"({HOW[payload['step']['expects']]})", "dim")]
    heading = one_line(f"The tutor: {payload['topic']}")
    return Sheet(heading, tuple(lines), note=_how_far(payload), opens_at=opens_at)


def excerpts_of(payload: Payload) -> list[Payload]:
    """The excerpts that go with the step: an answer is to be tried before what decides it is seen."""
    return [excerpt for excerpt in payload["excerpts"] if excerpt["n"] in payload["step"]["excerpts"]]


def excerpts_sheet(excerpts: Sequence[Payload], chosen: int, cwd: str) -> Sheet:
    """Excerpts one below the other, opened at the chosen one."""
    lines: list[Line] = []
    opens_at = 0
    for place, excerpt in enumerate(excerpts):
        here = place == chosen
        opens_at = len(lines) if here else opens_at
        title = one_line(excerpt["title"] or excerpt["path"])
        lines.append(Line(title, "title", gutter=f"[{excerpt['n']}] "))
        status, standing = standing_of(excerpt)
        if status:
            lines.append(Line(status, standing or "dim"))
        lines += [Line(shown(line), gutter="│ ", repeated=True) for line in excerpt["quote"].split("\n")]
        lines += [Line(shown_place(excerpt, cwd), "place"), Line("")]
    heading = f"[{excerpts[chosen]['n']}] {shown_place(excerpts[chosen], cwd)}" if excerpts else ""
    return Sheet(heading, tuple(lines), opens_at=opens_at)


def excerpt_entry(excerpt: Payload) -> Entry:
    """What the editor opens and the question is about."""
    place = Place(excerpt["source"], excerpt["path"], excerpt["abspath"], excerpt["start"], excerpt["end"])
    return Entry(one_line(excerpt["title"] or excerpt["path"]), kind=excerpt["kind"], place=place)


def _how_far(payload: Payload) -> str:
    words = (payload["level"] or "", payload["stage"], f"{payload['held']} held back" if payload["held"] else "")
    return " · ".join(word for word in words if word)
