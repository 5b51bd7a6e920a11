"""What the README shows is what its commands print: asked of this project's own notes, with the real model."""

import re
from pathlib import Path

import pytest

from tests.e2e.homes import Home

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r'^\$ kb ask "([^"]+)"\n(.+?)(?=^\$ |^```)', re.MULTILINE | re.DOTALL)
EXAMPLES = EXAMPLE.findall((ROOT / "README.md").read_text("utf-8"))


@pytest.fixture(scope="module")
def home(base: Path) -> Home:
    home = Home(base / "home", cwd=ROOT)
    home.env |= {"KB_NO_DAEMON": "1", "HOME": str(base)}
    assert home("index", str(ROOT / "notes")).code == 0
    return home


def test_there_are_an_answer_and_a_refusal() -> None:
    assert [shown.startswith("Not in your notes.") for _, shown in EXAMPLES] == [False, True]


@pytest.mark.parametrize(("question", "shown"), EXAMPLES, ids=[question for question, _ in EXAMPLES])
def test_an_example_prints_what_is_shown(home: Home, question: str, shown: str) -> None:
    printed = home("ask", question).out
    # The width of the terminal sets the lines; the words are the same.
    assert printed.split()[: len(shown.split())] == shown.split()
