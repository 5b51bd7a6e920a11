"""The installed command in a conversation: kept where it was wanted, and nowhere else."""

from pathlib import Path

import pytest

from tests.e2e.homes import Home

QUESTION = "how do I attach a debugger to the jest tests?"


@pytest.fixture
def talking(tmp_path: Path) -> Home:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "debugger.md").write_text("# Attach a debugger\n\nRun jest with --inspect-brk to attach a debugger.\n")
    (notes / "docker.md").write_text("# Docker\n\nIn docker the debugger of the tests listens on port 9229.\n")
    home = Home(tmp_path / "state", cwd=tmp_path)
    home.env["KB_NO_DAEMON"] = "1"
    home.json("index", str(notes))
    return home


def test_a_follow_up_goes_on_with_the_last_conversation(talking: Home) -> None:
    talking("ask", QUESTION)
    assert talking.json("history") == {"conversations": []}
    assert talking("history").out.startswith("No conversation was kept yet.")
    first = talking.json("ask", "--new", QUESTION)
    second = talking("ask", "-c", "and", "in", "docker?")
    assert second.out.startswith("asked: how do I attach a debugger to the jest tests – and in docker?\n")
    (kept,) = talking.json("history")["conversations"]
    assert (kept["conversation"], kept["turns"], kept["question"]) == (first["conversation"], 2, QUESTION)
    shown = talking("history", str(kept["conversation"]))
    assert f"› {QUESTION}" in shown.out and "› and in docker?" in shown.out
    assert talking("ask", "--new", "-c", "why?").code == 2
    assert talking("history", "99").code == 1
    assert talking.json("history", "--clear") == {"deleted": 2}
    assert talking("history", str(kept["conversation"])).code == 1
