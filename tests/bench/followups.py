"""How well follow-ups are understood and answered: `python -m tests.bench.followups`, with notes/ indexed in KB_HOME.

Prints for each half of the labelled pairs how many are understood as labelled, and of those about notes/ how many
are answered out of the right file (or rightly not at all), and how many are answered wrongly.
"""

import json
from pathlib import Path
from typing import Any

from kb.answer.followup import understood
from kb.app.application import App
from kb.config import load_settings

PAIRS = Path(__file__).parents[1] / "data/followups.jsonl"


def is_understood(pair: dict[str, Any]) -> bool:
    told = understood(pair["question"], pair["before"])
    asked = told.asked.lower()
    has, lacks = (word.lower() for word in pair["has"]), (word.lower() for word in pair["lacks"])
    return told.leans == pair["leans"] and all(w in asked for w in has) and not any(w in asked.split() for w in lacks)


def cited(app: App, pair: dict[str, Any]) -> list[str]:
    """The files that the last question of a pair is answered from."""
    conversation = None
    for question in (*pair["before"], pair["question"]):
        told = app.converse(question, conversation=conversation)
        conversation = told["conversation"]
    assert conversation is not None, told["notices"]
    app.conversation_delete(conversation)
    return [citation["path"] for citation in told["citations"]]


def main() -> None:
    pairs = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    with App(load_settings()) as app:
        for name, half in (("to work with", False), ("held back", True)):
            of_half = [pair for pair in pairs if pair["held"] == half]
            answers = [(pair["path"], cited(app, pair)) for pair in of_half if "path" in pair]
            right = sum(path in files if path else not files for path, files in answers)
            wrong = sum(bool(files) and path not in files for path, files in answers)
            print(f"{name}: {sum(map(is_understood, of_half))} of {len(of_half)} understood, ", end="")
            print(f"{right} of {len(answers)} answered rightly, {wrong} wrongly")


if __name__ == "__main__":
    main()
