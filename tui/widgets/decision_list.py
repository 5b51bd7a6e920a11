"""The list of decisions, narrowed by words and by one status; the cursor stays on its decision while it is."""

from collections.abc import Sequence

from textual.content import Content

from tui.decision_lines import Listed, list_rows, matching, statuses
from tui.entries import Entry
from tui.widgets.row_list import RowList


class DecisionList(RowList[Entry]):
    """Shows those of `known` that the filter lets through."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.known: Sequence[Listed] = ()
        self.status = ""
        """Empty where decisions of every status are shown."""

    def next_status(self) -> None:
        """Go through the statuses that there are, the most frequent first; after the last all are shown."""
        choices = ["", *statuses(self.known)]
        place = choices.index(self.status) if self.status in choices else 0
        self.status = choices[(place + 1) % len(choices)]

    def narrow(self, query: str) -> None:
        """Show what holds every word of `query`."""
        place = self.chosen.place if self.chosen else None
        found = matching(self.known, query, self.status)
        rows = list_rows(found)
        cursor = next((n for n, row in enumerate(rows) if place and row.target and row.target.place == place), None)
        of = f" of {len(self.known):,}" if len(found) < len(self.known) else ""
        self.show(rows, heading=f"{len(found):,}{of} decisions", cursor=cursor)
        self.border_subtitle = Content(self.status)

    @property
    def ref(self) -> str:
        """The REF of the decision under the cursor, empty in an empty list."""
        return self.chosen.place.file_ref if self.chosen and self.chosen.place else ""

    def choose_ref(self, ref: str) -> bool:
        """Put the cursor on a decision; False where the filter hides it."""
        place = self.find(lambda entry: entry.place is not None and entry.place.file_ref == ref)
        if place is not None:
            self.choose(place)
        return place is not None
