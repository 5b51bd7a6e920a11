"""A study written out as a Markdown note, for the user's own notes: what it quotes is text there, and no markup."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kb.sanitize import for_terminal

MARKUP = re.compile(r"(`[^`]*`)|([<\[\]])")
"""A code span, left as it is, or a sign that begins HTML or a link."""
GRADES = {"right": "answered", "partly": "answered in part", "wrong": "not known yet"}


def markdown(topic: str, plan: Mapping[str, Any], answers: Mapping[str, Mapping[str, str]]) -> str:
    """The note; `plan` with its marks, `answers` by question. An answer stands only under a question that was done."""
    return "\n".join(_lines(topic, plan, answers)).rstrip() + "\n"


def _lines(topic: str, plan: Mapping[str, Any], answers: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield f"# Learning: {_text(topic)}"
    yield ""
    names = [concept["name"] for concept in plan["concepts"]]
    if names:
        yield f"Concepts, in the order to learn them: {_text(', '.join(names))}."
        yield ""
    if plan["missing"]:
        yield f"The notes do not speak of: {_text(', '.join(plan['missing']))}."
        yield ""
    for stage in plan["stages"]:
        yield f"## {stage['name']}"
        yield ""
        yield _text(stage["goal"])
        yield ""
        for item in stage["reading"]:
            mark = "x" if item["done"] else " "
            yield f"- [{mark}] {_text(item['title'])}{_standing(item)}: {_text(item['why'])} ({_place(item)})"
        if stage["questions"]:
            yield ""
        for item in stage["questions"]:
            yield f"- {_text(item['prompt'])}" + (f" — {GRADES[item['grade']]}" if item["grade"] else "")
            if item["done"]:
                yield f"  - {_text(answers[item['id']]['answer'])} ({_place(item)})"
        yield ""
        yield f"Check: {_text(stage['check'])}"
        yield ""


def _standing(item: Mapping[str, Any]) -> str:
    replaced = item.get("superseded_by")
    if not replaced:
        return ""
    return f" (superseded by {_text(replaced if isinstance(replaced, str) else ', '.join(replaced))})"


def _place(item: Mapping[str, Any]) -> str:
    place = f"{item['path']}:{item['start']}-{item['end']}"
    place = _line(f"{item['source']}:{place}" if item["source"] else place)
    # A name with a backquote in it would end the span.
    return f"`` {place} ``" if "`" in place else f"`{place}`"


def _text(text: str) -> str:
    """Words of a file or of the user on one line, so that they show as they are written."""
    return MARKUP.sub(lambda match: match[1] or f"\\{match[2]}", _line(text))


def _line(text: str) -> str:
    return for_terminal(" ".join(text.split()), keep_newlines=False)
