"""The left pane of the status screen: one subject a row, with its state in a few words."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList

from tui.entries import Standing
from tui.state import Subject

MARKS: dict[Standing, tuple[str, str]] = {
    "": ("·", "dim"),
    "good": ("✓", "$text-success"),
    "warn": ("!", "$text-warning"),
}


class Subjects(OptionList):
    """Shows subjects; the place in the list stays when they are told anew."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self.subjects: Sequence[Subject] = ()

    def show(self, subjects: Sequence[Subject]) -> None:
        here = self.highlighted or 0
        self.subjects = subjects
        self.set_options([_row(subject) for subject in subjects])
        self.highlighted = min(here, len(subjects) - 1)

    @property
    def chosen(self) -> Subject | None:
        place = self.highlighted
        return self.subjects[place] if place is not None and place < len(self.subjects) else None


def _row(subject: Subject) -> Content:
    mark, style = MARKS[subject.standing]
    return Content.assemble((f"{mark} ", style), (subject.title, "bold"), "\n", (f"  {subject.summary}", "dim"))
