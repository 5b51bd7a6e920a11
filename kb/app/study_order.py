"""The order in which a stage is worked through. Imported by the faces, so it imports nothing."""

from collections.abc import Iterator
from typing import Any


def in_turn(stage: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The questions of a file before that file is read, so that they are predicted and not looked up."""
    asked = set[str]()
    for reading in stage["reading"]:
        for question in stage["questions"]:
            if question["abspath"] == reading["abspath"] and question["id"] not in asked:
                asked.add(question["id"])
                yield question
        yield reading
    yield from (question for question in stage["questions"] if question["id"] not in asked)
