"""A template as a form: its headings stay, each is filled by what it asks for, the others keep their guidance."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Slot = Literal[
    "status", "summary", "context", "drivers", "today", "options", "pros", "outcome", "consequences", "good", "bad",
    "validation", "prior", "questions", "links",
]  # fmt: skip

SPELLED: Mapping[Slot, str] = {
    "status": "status|state",
    "summary": "summary|abstract|tl;dr|in short|overview",
    "context": "context|context and problem statement|problem statement|problem|background|motivation|issue|why|"
               "problem description|introduction",
    "drivers": "decision drivers|drivers|constraints|requirements|goals|assumptions|forces",
    "today": "today|current state|status quo|where it stands today|existing solution",
    "options": "considered options|options|options considered|alternatives|alternatives considered|"
               "rationale and alternatives|considered alternatives",
    "pros": "pros and cons of the options|pros and cons|comparison",
    "outcome": "decision outcome|decision|proposal|proposed solution|solution|outcome|detailed design|design|"
               "reference-level explanation|proposed decision|resolution|argument",
    "consequences": "consequences|impact|implications|positive and negative consequences",
    "good": "positive consequences|benefits|advantages|pros|positive",
    "bad": "negative consequences|drawbacks|risks|costs|disadvantages|cons|negative|risks and drawbacks",
    "validation": "confirmation|validation|validation criteria|compliance|test plan|acceptance criteria|"
                  "rollout and validation|how we will know|testing",
    "prior": "prior art|precedents|existing decisions",
    "questions": "unresolved questions|open questions|questions|open issues",
    "links": "links|more information|references|related decisions|related adrs|related|see also|related work",
}  # fmt: skip
ASKED: Mapping[str, Slot] = {name: slot for slot, names in SPELLED.items() for name in names.split("|")}
HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<title>.*?)[ \t#]*$")
FENCE = re.compile(r"^\s*(```|~~~)")
FIELD = re.compile(
    r"^(?P<name>[ \t]*(?:[-*][ \t]+)?(?:\*\*)?(?P<field>status|state|date)(?:\*\*)?:(?:\*\*)?)[ \t]*.*$", re.I
)
PLACEHOLDER = re.compile(r"^(?P<name>[ \t]*(?:[-*][ \t]+)?[\w -]+:)[ \t]*[\"']?[{<\[].*[}>\]][\"']?.*$")
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with what stands under it, up to the next heading of any level."""

    level: int
    title: str
    body: str

    @property
    def slot(self) -> Slot | None:
        name = re.sub(r"^[\d.]+\s+|[*_`:]|\(.*?\)|\{.*?\}", "", self.title.lower()).strip()
        return ASKED.get(name)


@dataclass(frozen=True, slots=True)
class Form:
    """What stands before the first heading below the title, and the parts."""

    head: str
    parts: tuple[Part, ...]

    @property
    def slots(self) -> set[Slot]:
        return {part.slot for part in self.parts if part.slot is not None}


def read_form(template: str) -> Form:
    """The form of a Markdown template; its first heading is the title, whatever its level."""
    lines = template.replace("\r\n", "\n").split("\n")
    first, fence = _front_matter(lines), ""
    starts: list[int] = []
    for number, line in enumerate(lines[first:], first):
        mark = FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        elif not fence and HEADING.match(line):
            starts.append(number)
    ends = [*starts[1:], len(lines)]
    parts: list[Part] = []
    for start, end in list(zip(starts, ends, strict=True))[1:]:
        heading = HEADING.match(lines[start])
        assert heading is not None, "it was just found"
        parts.append(Part(len(heading["marks"]), heading["title"], "\n".join(lines[start + 1 : end]).strip("\n")))
    return Form("\n".join(lines[: ends[0]] if starts else lines).rstrip("\n"), tuple(parts))


def filled(form: Form, given: Mapping[Slot, Sequence[str]], *, title: str, status: str, day: str) -> str:
    """The form with its title, status and date, and with each slot that is given something.

    A slot that the form has no heading for is left out: whoever gives it says where it goes instead.
    """
    taken = set[Slot]()
    written = [_head(form.head, title=title, status=status, day=day)]
    for part in form.parts:
        lines = given.get(part.slot, ()) if part.slot is not None and part.slot not in taken else ()
        if part.slot == "status":
            lines = [status.capitalize()]
        if lines and part.slot is not None:
            taken.add(part.slot)
        body = _together(lines) if lines else part.body
        written.append(f"{'#' * part.level} {part.title}\n\n{body}".rstrip() + "\n")
    return "\n".join(written)


def _together(lines: Sequence[str]) -> str:
    """Bullets under one another, all else apart."""
    told: list[str] = []
    for line in filter(None, lines):
        bullets = bool(told) and told[-1].lstrip().startswith(("- ", "* ")) and line.lstrip().startswith(("- ", "* "))
        told += [line] if bullets or not told else ["", line]
    return "\n".join(told)


def _head(head: str, *, title: str, status: str, day: str) -> str:
    """What stands above the first part, with the title, the status and the date of today; placeholders are blank."""
    lines: list[str] = []
    titled = False
    for line in COMMENT.sub("", head).split("\n"):
        if not titled and HEADING.match(line):
            titled = True
            lines.append(f"# {title}")
        elif field := FIELD.match(line):
            lines.append(f"{field['name']} {day if field['field'].lower() == 'date' else status}")
        elif blank := PLACEHOLDER.match(line):
            lines.append(f"{blank['name']} ")
        else:
            lines.append(line)
    return "\n".join([*lines, *([] if titled else ["", f"# {title}"]), ""])


def _front_matter(lines: Sequence[str]) -> int:
    """Where the text begins below front matter."""
    if not lines or lines[0].strip() != "---":
        return 0
    return next((number + 1 for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
