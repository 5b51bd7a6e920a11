"""Cards as a person reads them: front, back with its place, what changed there, and how a round went."""

from typing import Any

from kb.app.moments import until
from kb.cli.views.linking import diff_line
from kb.cli.views.page import Line, Page, Payload, clip, count, shown_place

BAR = "│ "


def front_lines(card: dict[str, Any], page: Page) -> list[Line]:
    told = "its text was rewritten" if card["changed"] else card["phase"]
    return [[], [(card["front"], "title"), ("  " + told, "warn" if card["changed"] else "dim")]]


def back_lines(card: dict[str, Any], page: Page) -> list[Line]:
    """The answer, the text that it rests on as it is now, and its place; what changed there."""
    lines: list[Line] = [[text] for text in card["back"].split("\n")] if card["back"] else []
    lines += [[(BAR, "dim"), text] for text in card["now"].split("\n")]
    lines.append([(shown_place(card, page), "place")])
    if card["diff"]:
        lines += [[("Since the last grade:", "warn")], *map(diff_line, card["diff"].split("\n"))]
    return lines


def graded_lines(payload: Payload, page: Page) -> list[Line]:
    return [[(f"{payload['grade']}: ", "dim"), f"again {until(payload['card']['due'])}"]]


def summary_lines(graded: list[Payload], due: Payload, page: Page) -> list[Line]:
    recalled = sum(item["grade"] != "again" for item in graded)
    told = f"{count(len(graded), 'grade')}, {recalled:,} recalled" if graded else "No card graded"
    return [[], [told, (f"; {_rest(due)}", "dim")]]


def due_lines(payload: Payload, page: Page) -> list[Line]:
    """The cards that are due, one a line, for whoever is not asked."""
    if not payload["cards"]:
        return [[f"Nothing is due; {_rest(payload)}"]]
    lines = [_card_line(card, page) for card in payload["cards"]]
    if (rest := payload["total"] - len(payload["cards"])) > 0:
        lines.append([(f"and {rest:,} more", "dim")])
    return lines


def list_lines(payload: Payload, page: Page) -> list[Line]:
    """All cards; of a retired one, why."""
    return [_card_line(card, page) for card in payload["cards"]] or [["No cards yet"]]


def added_lines(payload: Payload, page: Page) -> list[Line]:
    card = payload["card"]
    told = f"card {card['id']}: " if payload["added"] else f"there is this card already, {card['id']}: "
    return [[told, (clip(card["front"], 60), "title"), "  ", (shown_place(card, page), "place")]]


def retired_lines(payload: Payload, page: Page) -> list[Line]:
    return [["retired: ", (clip(payload["card"]["front"], 60), "title")]]


def _rest(due: Payload) -> str:
    if due["total"]:
        return f"{due['total']:,} still due"
    return f"the next is due {until(due['next_due'])}" if due["next_due"] else "no card waits"


def _card_line(card: dict[str, Any], page: Page) -> Line:
    reasons = {"gone": "retired, its text is gone", "user": "retired"}
    told = reasons.get(card["retired"] or "", "rewritten" if card["changed"] else until(card["due"]))
    room = max(page.width - 40, 30) if page.wrap else 200
    return [(f"{card['id']:>4}  ", "dim"), clip(card["front"], room), (f"  {told}", "dim"),
            "  ", (shown_place(card, page), "place")]  # fmt: skip
