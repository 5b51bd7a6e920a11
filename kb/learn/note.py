"""A study written out as a Markdown note, for the user's own notes."""

from collections.abc import Iterator, Mapping
from typing import Any

GRADES = {"right": "answered", "partly": "answered in part", "wrong": "not known yet"}


def markdown(topic: str, plan: Mapping[str, Any], answers: Mapping[str, Mapping[str, str]]) -> str:
    """The note; `plan` with its marks, `answers` by question. An answer stands only under a question that was done."""
    return "\n".join(_lines(topic, plan, answers)).rstrip() + "\n"


def _lines(topic: str, plan: Mapping[str, Any], answers: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield f"# Learning: {topic}"
    yield ""
    names = [concept["name"] for concept in plan["concepts"]]
    if names:
        yield f"Concepts, in the order to learn them: {', '.join(names)}."
        yield ""
    if plan["missing"]:
        yield f"The notes do not speak of: {', '.join(plan['missing'])}."
        yield ""
    for stage in plan["stages"]:
        yield f"## {stage['name']}"
        yield ""
        yield stage["goal"]
        yield ""
        for item in stage["reading"]:
            mark = "x" if item["done"] else " "
            yield f"- [{mark}] {item['title']}{_standing(item)}: {item['why']} (`{_place(item)}`)"
        if stage["questions"]:
            yield ""
        for item in stage["questions"]:
            yield f"- {item['prompt']}" + (f" — {GRADES[item['grade']]}" if item["grade"] else "")
            if item["done"]:
                yield f"  - {' '.join(answers[item['id']]['answer'].split())} (`{_place(item)}`)"
        yield ""
        yield f"Check: {stage['check']}"
        yield ""


def _standing(item: Mapping[str, Any]) -> str:
    replaced = item.get("superseded_by")
    if not replaced:
        return ""
    return f" (superseded by {replaced if isinstance(replaced, str) else ', '.join(replaced)})"


def _place(item: Mapping[str, Any]) -> str:
    place = f"{item['path']}:{item['start']}-{item['end']}"
    return f"{item['source']}:{place}" if item["source"] else place
