"""The conversation: grows at its end, is walked from citation to citation, and draws only what is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.dialogue import WELCOME, Marked, Turn, places_of, turn_lines
from tui.entries import Entry
from tui.fold import Row, folded
from tui.sheets import Line

MOST_TURNS = 50
"""Turns that stay on the screen: a terminal left open for weeks must not grow, and the longest of them are folded
anew to another width within 50 ms."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that is cited: the turn, and which of its places."""

    turn: int
    place: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of the screen, and the place that it belongs to."""

    row: Row
    spot: Spot | None
    here: bool


class Dialogue(ScrollView, can_focus=True):
    """Shows turns; which citation is chosen is told by `Chosen`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False, id="dialogue.up"),
        Binding("down,j", "scroll_down", "Down", show=False, id="dialogue.down"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "dialogue--text", "dialogue--title", "dialogue--dim", "dialogue--place", "dialogue--good", "dialogue--warn",
        "dialogue--cursor",
    }  # fmt: skip

    @dataclass
    class Chosen(Message):
        """Another citation is chosen; `walked` where the user went there."""

        walked: bool

    def __init__(self, *, id: str, cwd: str) -> None:
        super().__init__(id=id)
        self.turns: list[Turn] = []
        self.spot: Spot | None = None
        self.earlier = 0
        """Turns of the conversation that are not on the screen."""
        self._cwd = cwd
        self._rows: list[Seen] = []
        self._tops: list[int] = []
        """The first row of each turn."""
        self._folded_to = 0
        self._walked = False
        """Whether the user went to the citation that is chosen, and so looks at it."""
        self._left_at = 0
        """Where the newest turn was scrolled to: above it, the user reads something, and is not disturbed."""

    # What is shown

    def show(self, turns: Sequence[Turn], *, earlier: int = 0) -> None:
        """Show a conversation from its end, or an empty one."""
        self.turns, self.earlier, self.spot = list(turns), earlier, None
        self._lay_out()
        self._scroll(len(self._rows))

    def add(self, turn: Turn) -> None:
        """Begin a turn, and bring it into sight."""
        if len(self.turns) >= MOST_TURNS:
            left_out = MOST_TURNS // 4
            self.turns, self.earlier, self.spot = self.turns[left_out:], self.earlier + left_out, None
            self._tops.clear()  # none of them is true any more
        self.turns.append(turn)
        self._lay_out(len(self.turns) - 1)
        self._follow()

    def renew(self, turn: Turn) -> None:
        """Show more of the newest turn; who scrolled away from it stays where he is."""
        follows = self._follows
        self.turns[-1] = turn
        self._lay_out(len(self.turns) - 1)
        if follows:
            self._follow()

    # What is chosen

    @property
    def chosen(self) -> Entry | None:
        """The citation under the cursor."""
        return None if self.spot is None else places_of(self.turns[self.spot.turn], self._cwd)[self.spot.place]

    def walk(self, step: int) -> None:
        """Go to the next citation, or to the one before; at first to the newest answer's."""
        counted = (len(turn.cited if turn.found else turn.nearest) for turn in self.turns)
        spots = [Spot(turn, place) for turn, count in enumerate(counted) for place in range(count)]
        if not spots:
            return
        if self.spot not in spots:
            newest = [spot for spot in spots if spot.turn == spots[-1].turn]
            self.choose(newest[0 if step > 0 else -1])
        else:
            self.choose(spots[min(max(spots.index(self.spot) + step, 0), len(spots) - 1)])

    def choose(self, spot: Spot, *, quietly: bool = False) -> None:
        """Choose a citation; `quietly` leaves the text where it is."""
        self.spot, self._walked = spot, not quietly
        if not quietly:
            self._bring_into_sight(spot)
        self.refresh()
        self.post_message(self.Chosen(self._walked))

    def choose_first(self) -> None:
        """Choose the first place of the newest turn, where it has one."""
        if self.turns and places_of(self.turns[-1], self._cwd):
            self.choose(Spot(len(self.turns) - 1, 0), quietly=True)

    def scroll_pages(self, pages: int) -> None:
        """Scroll by pages at once, whoever has the focus."""
        height = self.scrollable_content_region.height
        self.scroll_to(y=round(self.scroll_y) + pages * max(height - 1, 1), animate=False, force=True)

    @property
    def seen(self) -> list[Seen]:
        """The rows that are on the screen now."""
        top = round(self.scroll_y)
        return self._rows[top : top + self.scrollable_content_region.height]

    # Drawing

    def _lay_out(self, first: int = 0) -> None:
        """Fold the turns from the given one on; those before it stay as they are."""
        width = self.scrollable_content_region.width
        if width != self._folded_to or first == 0 or first > len(self._tops):
            self._folded_to, self._rows, self._tops, first = width, [], [], 0
            self._fold(self._heading(), None)
        else:
            del self._rows[self._tops[first] if first < len(self._tops) else len(self._rows) :]
            del self._tops[first:]
        for number, turn in enumerate(self.turns[first:], first):
            self._tops.append(len(self._rows))
            self._fold(turn_lines(turn, self._cwd), number)
        self.virtual_size = Size(max(width, 0), len(self._rows))
        self.refresh()

    def _heading(self) -> list[Marked]:
        if not self.turns:
            return [Marked(Line(line, "dim")) for line in WELCOME]
        return [Marked(Line(f"{self.earlier:,} earlier: kb history", "dim")), Marked(Line(""))] if self.earlier else []

    def _fold(self, lines: Sequence[Marked], turn: int | None) -> None:
        if self._folded_to <= 0:
            return
        for marked in lines:
            spot = None if turn is None or marked.place is None else Spot(turn, marked.place)
            self._rows += [Seen(row, spot, marked.here) for row in folded([marked.line], self._folded_to)]

    @property
    def _follows(self) -> bool:
        """Whether nobody scrolled up from where the newest turn was left; a higher pane may show more above it."""
        return round(self.scroll_y) >= min(self._left_at, round(self.max_scroll_y))

    def _follow(self) -> None:
        """The newest turn from its question on, or all of it where there is room for more."""
        self._scroll(self._tops[-1])

    def _scroll(self, row: int) -> None:
        lowest = max(len(self._rows) - self.scrollable_content_region.height, 0)
        self._left_at = min(row, lowest)
        self.scroll_to(y=self._left_at, animate=False, immediate=True, force=True)

    def _bring_into_sight(self, spot: Spot) -> None:
        rows = [n for n, seen in enumerate(self._rows) if seen.spot == spot]
        if not rows:
            return
        top, height = round(self.scroll_y), self.scrollable_content_region.height
        if rows[0] < top:
            self.scroll_to(y=rows[0], animate=False, immediate=True, force=True)
        elif rows[-1] >= top + height:
            # Of a passage that is too long for the screen its place, at the end, is seen.
            self.scroll_to(y=rows[-1] - height + 1, animate=False, immediate=True, force=True)

    def on_resize(self, _: events.Resize) -> None:
        follows = self._follows
        if self.scrollable_content_region.width != self._folded_to:
            self._lay_out()
        if self.spot is not None and self._walked:
            self._bring_into_sight(self.spot)
        elif follows and self._tops:
            self._follow()

    def on_click(self, event: events.Click) -> None:
        if (offset := event.get_content_offset(self)) is None:
            return
        place = offset.y + round(self.scroll_y)
        if place < len(self._rows) and (spot := self._rows[place].spot) is not None:
            self.choose(spot)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + round(self.scroll_y)
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        seen = self._rows[place]
        cursor = seen.spot is not None and seen.spot == self.spot
        body = "dialogue--cursor" if cursor and seen.here else f"dialogue--{seen.row.line.style}"
        gutter = "dialogue--cursor" if cursor and seen.here else "dialogue--place" if cursor else "dialogue--dim"
        text = Text(end="", no_wrap=True)
        text.append(seen.row.gutter, self.get_component_rich_style(gutter))
        text.append(seen.row.text, self.get_component_rich_style(body))
        return Strip(text.render(self.app.console)).adjust_cell_length(width, self.rich_style)
