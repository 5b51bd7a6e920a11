"""The left pane of the learn screen: a plan with what is done of it, or what is under study where none is shown."""

from collections.abc import Mapping
from typing import Any

from textual.content import Content

from tui.entries import one_line
from tui.learning_lines import Item, first_to_do, idle_rows, plan_rows, progress_words
from tui.widgets.row_list import RowList


class PlanList(RowList[Item]):
    """Marks are shown in place: the row that was marked stays where it is seen."""

    def __init__(self, *, id: str, cwd: str) -> None:
        super().__init__(id=id)
        self.plan: dict[str, Any] | None = None
        """None where the topics under study are shown."""
        self._cwd = cwd

    @property
    def topic(self) -> str:
        """Of the plan that is shown, empty where there is none."""
        return self.plan["topic"] if self.plan is not None else ""

    @property
    def open_session(self) -> str:
        """What the tutor's open session is on, where it is told; else empty."""
        targets = (row.target for row in self.rows)
        return next((item.id for item in targets if item is not None and item.kind == "session"), "")

    def show_idle(self, studies: Mapping[str, Any], due: Mapping[str, Any] | None) -> None:
        """Show what is under study; the cursor stays on its topic, or comes to the one whose plan was left."""
        chosen = self.chosen
        before = ("study", self.topic) if self.plan is not None else (chosen.kind, chosen.id) if chosen else None
        self.plan = None
        rows = idle_rows(studies, due)
        places = (n for n, row in enumerate(rows) if row.target and (row.target.kind, row.target.id) == before)
        self.show(rows, heading="Learn", cursor=next(places, None))
        self.border_subtitle = Content("")

    def show_plan(self, plan: dict[str, Any]) -> None:
        """Show a plan, with the cursor on what comes next."""
        self.plan = plan
        rows = plan_rows(plan, self._cwd)
        self.show(rows, heading=one_line(plan["topic"]), cursor=first_to_do(rows))
        self.border_subtitle = Content(progress_words(plan["progress"]))

    def renew(self, item: str, *, done: bool, grade: str, progress: Mapping[str, Any]) -> None:
        """Show what became of a reading or a question."""
        assert self.plan is not None
        self.plan["progress"] = dict(progress)
        for stage in self.plan["stages"]:
            for known in (*stage["reading"], *stage["questions"]):
                if known["id"] == item:
                    known.update({"done": done} | ({"grade": grade} if "grade" in known else {}))
        self.rows = plan_rows(self.plan, self._cwd)
        self.border_subtitle = Content(progress_words(progress))
        self.refresh()
