"""The ramp-up plan as a person reads it: what is new, the concepts, then each stage in the order to work through it."""

from typing import Any

from kb.cli.views.page import Line, Page, Payload, clip, count, path_list, shown_place

WHAT = {
    "changed": "changed since you read it",
    "superseded": "superseded since you read it",
    "gone": "gone since you read it",
    "new": "new in the plan",
}


def learn_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `learn` payload."""
    if not payload["stages"]:
        return [[f"Nothing in your notes is near to {payload['topic']}"]]
    lines = head_lines(payload, page)
    for stage in payload["stages"]:
        lines += [[], *stage_lines(stage, page)]
    return lines


def head_lines(payload: Payload, page: Page) -> list[Line]:
    """The topic, how far it is, what changed, and the concepts."""
    progress = payload["progress"]
    thin = payload["coverage"] == "thin"
    lines: list[Line] = [
        [
            (f"Learning: {payload['topic']}", "title"),
            "  ",
            (f"coverage {payload['coverage']}", "warn" if thin else "dim"),
        ]
    ]
    read = f"{progress['reading_done']} of {count(progress['reading'], 'reading')} done"
    asked = f"{progress['questions_done']} of {count(progress['questions'], 'question')}"
    lines += [[(f"{read}, {asked}, {progress['minutes_left']} min left to read", "dim")]]
    if payload["missing"]:
        lines += [[("Your notes do not speak of: ", "warn"), ", ".join(payload["missing"])]]
    for item in payload["changed"]:
        lines += [
            [
                (f"{WHAT[item['what']]}: ", "warn"),
                item["title"] or item["path"],
                "  ",
                (shown_place(item, page), "place"),
            ]
        ]
    names = [item["name"] + (" (known)" if item["known"] else "") for item in payload["concepts"]]
    return [*lines, [("Concepts: ", "dim"), " → ".join(names)]] if names else lines


def stage_lines(stage: dict[str, Any], page: Page) -> list[Line]:
    """One stage: its goal, its reading, its questions without their answers, and its check."""
    lines: list[Line] = [[(stage["name"], "title"), "  ", (stage["goal"], "dim")]]
    if not stage["reading"]:
        lines += [["  nothing in your notes for this stage"]]
    for item in stage["reading"]:
        lines += reading_lines(item, page)
    for item in stage["questions"]:
        lines += [["  ", ("? ", "good" if item["done"] else "dim"), clip(item["prompt"], _room(page))]]
    if stage.get("skeleton"):
        lines += skeleton_lines(stage["skeleton"], page)
    return [*lines, ["  ", ("Check: ", "dim"), stage["check"]]]


def reading_lines(item: dict[str, Any], page: Page) -> list[Line]:
    """Where to read, how long, and why; a decision that holds no longer says so first."""
    mark = ("✓ ", "good") if item["done"] else ("· ", "dim")
    head: list[Any] = ["  ", mark, (clip(item["title"], _room(page)), "title"), (f"  {item['minutes']} min", "dim")]
    if later := path_list(item["superseded_by"]):
        head += ["  ", (f"superseded by {', '.join(later)}", "warn")]
    return [head, ["    ", (shown_place(item, page), "place")], ["    ", (clip(item["why"], _room(page)), "dim")]]


def question_lines(item: dict[str, Any]) -> list[Line]:
    """A question with its options."""
    return [[("? ", "warn"), item["prompt"]], *([f"  - {option}"] for option in item["options"])]


def answer_lines(payload: Payload, page: Page) -> list[Line]:
    """The words that decide, then the lines that they stand in."""
    lines: list[Line] = []
    if payload["answer"]:
        lines += [[(line, "good")] for line in payload["answer"].split("\n")]
    lines += [["│ ", line] for line in payload["quote"].split("\n")] if payload["quote"] else []
    return [*lines, [(shown_place(payload, page), "place")]]


def skeleton_lines(skeleton: dict[str, Any], page: Page) -> list[Line]:
    """The pattern to follow, letter for letter."""
    head: Line = ["  ", ("The pattern: ", "dim"), (shown_place(skeleton, page), "place")]
    return [head, *(["  │ ", line] for line in skeleton["lines"])]


def _room(page: Page) -> int:
    return max(page.width - 14, 30) if page.wrap else 200
