"""The draft of a decision: the next number, the house's template and dialect, filled with the case for it."""

from kb.draft.adr import adr_text
from kb.draft.case import Case
from kb.draft.house import House, written
from kb.draft.paper import Drafted, Paper


def adr_draft(paper: Paper, case: Case, house: House, title: str, *, day: str, command: str) -> Drafted:
    """The whole draft; what the house's headings have no place for stands at its end."""
    default = adr_text(house.dialect, title, number=house.dialect.next_number, date=day)
    return written(paper, case, house, title, default=default, status="proposed", day=day, command=command)
