"""How a house writes its decisions and proposals, and a case put into that form."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb.draft.adr import adr_name, numbered
from kb.draft.case import Case
from kb.draft.dialect import HEADINGS, Dialect, Metadata, read_dialect
from kb.draft.form import Form, Slot, filled, read_form
from kb.draft.paper import Drafted, Paper, finished, section
from kb.errors import UsageError

TEMPLATES = ("template.md", "adr-template.md", "_template.md", "0000-template.md", "000-template.md",
             "templates/template.md", "templates/adr.md", "template/template.md")  # fmt: skip
"""Names under which a house keeps its template, in its folder of decisions."""
MOST_BYTES = 256 * 1024
END: Mapping[Slot, str] = {"questions": "Open questions", "links": "Related", "validation": "Validation"}
"""What stands at the end under these headings, where the house has none for it."""


@dataclass(frozen=True, slots=True)
class House:
    """How the next document of a folder has to look: its name, its title and its headings."""

    folder: str
    dialect: Dialect
    template: str = ""
    """The text of the house's own template, empty where it has none."""
    origin: str = ""
    """The template's name, as the draft names it."""

    def path(self, title: str, *, day: str) -> str:
        name = adr_name(self.dialect, title, number=self.dialect.next_number, date=day)
        return os.path.join(self.folder, name)


def house_of(folder: str, *, template: str = "", cwd: str = "") -> House:
    """The house's ways in a folder of decisions; `template` is a file, or the name of a dialect."""
    dialect = read_dialect(folder)
    if template in HEADINGS:
        metadata: Metadata = template
        return House(folder, replace(dialect, metadata=metadata, headings=HEADINGS[metadata]), origin=template)
    if template:
        path = os.path.join(cwd, os.path.expanduser(template))
        if (text := _read(path)) is None:
            known = ", ".join(HEADINGS)
            raise UsageError(f"no such template: {template}", f"name a Markdown file, or one of: {known}")
        return House(folder, dialect, text, os.path.basename(path))
    for name in TEMPLATES:
        if text := _read(os.path.join(folder, name)):
            return House(folder, dialect, text, name)
    return House(folder, dialect)


def written(
    paper: Paper, case: Case, house: House, title: str, *, default: str, status: str, day: str, command: str
) -> Drafted:
    """The whole draft, in the house's template or in the `default` one."""
    form = read_form(house.template or default)
    number = numbered(house.dialect, house.dialect.next_number)
    given = _placed(form, case)
    if house.template:
        left = [part.title for part in form.parts if part.body.strip() and not (part.slot and given.get(part.slot))]
        paper.verify += [f"The section “{name}” is as the template has it" for name in left if name.lower() != "status"]
    body = filled(form, given, title=f"{number}{title}", status=status, day=day)
    body = body.rstrip() + "\n\n" + "\n".join(_at_the_end(form, case))
    return finished(paper, body, command=command, day=day, title=title)


def _placed(form: Form, case: Case) -> dict[Slot, Sequence[str]]:
    """The case by the slots that the form has; what has no heading of its own joins what it belongs to."""
    slots, given = form.slots, dict(case.given)
    if "today" not in slots:
        given["context"] = [*given["context"], *_led("Where it lives now:", given.pop("today"))]
    if "drivers" not in slots:
        given["context"] = [*given["context"], *_led("What it has to meet:", given.pop("drivers"))]
    if "options" not in slots:
        given["outcome"] = [*given["outcome"], *_led("Considered as well:", given.pop("options")[1:])]
    if "consequences" not in slots and not {"good", "bad"} & slots:
        given["outcome"] = [*given["outcome"], *given["consequences"]]
    return given


def _at_the_end(form: Form, case: Case) -> list[str]:
    slots = form.slots
    parts = []
    for slot, heading in END.items():
        if slot not in slots and (lines := case.given.get(slot)):
            parts.append(section(heading, lines))
    return parts


def _led(lead: str, lines: Sequence[str]) -> list[str]:
    return [lead, *lines] if lines and not lines[0].startswith("_[") else []


def _read(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return None
