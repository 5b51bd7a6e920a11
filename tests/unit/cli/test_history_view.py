"""Kept conversations as the command shows them."""

from typing import Any

import pytest

from kb.cli.views.answer import answer_lines
from kb.cli.views.history import conversation_lines, history_lines
from kb.cli.views.page import Page, columns, plain

PAGE = Page(width=60, cwd="/n")
TURN: dict[str, Any] = {
    "question": "and a TIL?", "asked": "how do I write a TIL?", "at": "2026-11-21T14:26:00+00:00",
    "status": "not_found", "citations": [], "nearest": [], "missing": [], "notices": [],
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.cli.views.history.when", lambda at: at[:16].replace("T", " "))


def told(lines: Any) -> list[str]:
    return [plain(line) for line in lines]


def test_a_conversation_is_one_line_that_fits() -> None:
    talk = {"conversation": 7, "at": "2026-11-21T14:26:00+00:00", "turns": 3, "question": "how do I " + "very " * 30}
    (line,) = told(history_lines({"conversations": [talk]}, PAGE))
    assert line.startswith("    7  2026-11-21 14:26  how do I very")
    assert line.endswith("…  +2")
    assert columns(line) <= PAGE.width


def test_an_empty_history_says_how_one_comes_about() -> None:
    assert "kb ask --new" in told(history_lines({"conversations": []}, PAGE))[1]


def test_a_turn_shows_what_was_asked_and_what_is_gone() -> None:
    gone = {
        **TURN,
        "status": "answered",
        "asked": "and a TIL?",
        "notices": ["a.md no longer says what was quoted then"],
    }
    lines = told(conversation_lines({"turns": [TURN, gone]}, PAGE))
    assert lines[:2] == ["› and a TIL?  2026-11-21 14:26", "asked: how do I write a TIL?"]
    assert lines[-1] == "a.md no longer says what was quoted then"
    assert lines.count("asked: and a TIL?") == 0


def test_only_a_follow_up_says_what_was_asked() -> None:
    assert told(answer_lines({**TURN, "asked": TURN["question"]}, PAGE)) == ["Not in your notes."]
    assert told(answer_lines(TURN, PAGE))[0] == "asked: how do I write a TIL?"
