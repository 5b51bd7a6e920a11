"""A card as a sheet: its front alone, then its back with the place and what changed there; how a round goes. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from kb.app.moments import until
from tui.entries import one_line, shown_place
from tui.learning_lines import counted, shown
from tui.link_lines import diff_line
from tui.sheets import Line, Sheet

Payload = Mapping[str, Any]
GRADES = {"again": "forgotten", "hard": "with effort", "good": "known", "easy": "at once"}
"""What each grade says of the card, in the order of the keys 1 to 4."""
NO_CARDS = (
    "No card waits.",
    "",
    "c on a question or a reading of a plan makes one (Esc, then a topic);",
    "kb recall add makes one of any lines.",
)


def front_sheet(card: Payload, due: int) -> Sheet:
    """What a card asks."""
    return Sheet(_heading(card, due), (*_front(card), Line("Enter shows the answer.", "dim")), warned=card["changed"])


def back_sheet(card: Payload, due: int, cwd: str) -> Sheet:
    """The answer, the lines that it rests on as they are now, and what changed there since the last grade."""
    lines = list(_front(card))
    if card["back"]:
        lines += [*(Line(shown(line), "good") for line in card["back"].split("\n")), Line("")]
    lines += [Line(shown(line), gutter="│ ", repeated=True) for line in card["now"].split("\n")]
    lines.append(Line(_place(card, cwd), "place"))
    if card["diff"]:
        lines += [Line(""), Line("Since the last grade:", "warn"), *map(diff_line, card["diff"].split("\n"))]
    keys = " · ".join(f"{number} {grade}: {told}" for number, (grade, told) in enumerate(GRADES.items(), start=1))
    return Sheet(_heading(card, due), (*lines, Line(""), Line(keys, "dim")), warned=card["changed"])


def done_sheet(due: Payload, grades: Sequence[str]) -> Sheet:
    """Nothing is due any more: how it went, and when the next one is."""
    if not grades and not due["next_due"]:
        return Sheet("Cards", tuple(Line(line, "dim") for line in NO_CARDS))
    lines = [Line("Nothing is due.", "good"), *([Line(round_words(grades))] if grades else [])]
    if due["next_due"]:
        lines.append(Line(f"The next card is due {until(due['next_due'])}."))
    return Sheet("Cards", (*lines, Line(""), Line("Esc goes back, u takes the last grade back.", "dim")))


def round_words(grades: Sequence[str]) -> str:
    recalled = sum(grade != "again" for grade in grades)
    return f"{counted(len(grades), 'card')} graded, {recalled:,} recalled"


def graded_words(payload: Payload, left: int) -> str:
    """What a grade did to its card, and how many are left."""
    return f"{payload['grade']}: again {until(payload['card']['due'])} · {left:,} left"


def _front(card: Payload) -> list[Line]:
    told = [Line("Its text was rewritten since the last grade.", "warn")] if card["changed"] else []
    return [*(Line(shown(line), "title") for line in card["front"].split("\n")), *told, Line("")]


def _heading(card: Payload, due: int) -> str:
    return f"{due:,} due · {card['phase']}"


def _place(card: Payload, cwd: str) -> str:
    # Its source may have been removed: the card outlives it, and names the place as it was.
    return shown_place({**card, "abspath": card["abspath"] or ""}, cwd) or one_line(card["path"])
