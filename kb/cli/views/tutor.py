"""One step of the tutor: whose words they are, the excerpts to look at, and what is asked."""

import textwrap

from kb.cli.views.answer import WIDEST, answer_lines
from kb.cli.views.page import Line, Page, Payload

ORIGINS = {
    "general knowledge": "General knowledge, not out of your notes:",
    "your notes": "",
    "grade": "",
}
HOW = {
    "level": "a word or its number",
    "goal": "a line, or Enter",
    "next": "Enter goes on",
    "answer": "your answer, or: tell me",
    "grade": "Enter takes it over, or: right, partly, wrong",
}


def step_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a step, without what is held back."""
    step = payload["step"]
    blocks: list[list[Line]] = []
    for part in step["parts"]:
        origin = ORIGINS.get(part["from"], part["from"])
        told: list[Line] = [[text] for text in _wrapped(part["text"], page)]
        blocks.append([[(origin, "warn")], *told] if origin else told)
    shown = [excerpt for excerpt in payload["excerpts"] if excerpt["n"] in step["excerpts"]]
    if shown:
        blocks.append(answer_lines({"status": "answered", "citations": shown}, page))
    blocks.append([[(notice, "warn")] for notice in step["notices"]])
    blocks.append(_asked(payload, page))
    lines: list[Line] = []
    for block in filter(None, blocks):
        lines += [*([[]] if lines else []), *block]
    return lines


def how_line(payload: Payload) -> str:
    """What may be typed now."""
    told = HOW.get(payload["step"]["expects"])
    return f"({told} · q leaves)" if told else ""


def _asked(payload: Payload, page: Page) -> list[Line]:
    step = payload["step"]
    if not step["prompt"]:
        return []
    counted = f"Question {step['number']} of {step['of']}. " if step.get("of") else ""
    asked: list[Line] = [[(text, "title")] for text in _wrapped(counted + step["prompt"], page)]
    return [*asked, *([f"  {number} {option}"] for number, option in enumerate(step["options"], start=1))]


def _wrapped(text: str, page: Page) -> list[str]:
    width = min(page.width, WIDEST) if page.wrap else 0
    lines = text.split("\n")
    return [cut for line in lines for cut in (textwrap.wrap(line, width) or [""])] if width else lines
