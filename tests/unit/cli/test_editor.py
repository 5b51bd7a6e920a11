"""The user's own editor: split as a shell would, shown the line, made to wait, and its failures told."""

import sys
from pathlib import Path

import pytest

from kb.cli import editor
from kb.config import load_settings
from kb.errors import ConfigError, KbError


def command(tmp_path: Path, text: str) -> list[str]:
    return editor.command_of(load_settings(environ={"KB_HOME": str(tmp_path), "EDITOR": text}))


def test_the_editor_may_have_arguments(tmp_path: Path) -> None:
    assert command(tmp_path, "code --wait 'a b'") == ["code", "--wait", "a b"]


@pytest.mark.parametrize("text", ["", "   ", "vim 'open quote"])
def test_no_usable_editor_is_told_with_the_remedy(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        command(tmp_path, text)
    assert "kb config set editor" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nvim", ["+7", "x.md"]),
        ("code", ["--goto", "x.md:7"]),
        ("hx", ["x.md:7"]),
        ("idea", ["--line", "7", "x.md"]),
        ("unheard-of", ["x.md"]),
    ],
)
def test_each_editor_is_told_the_line_its_own_way(name: str, words: list[str]) -> None:
    assert editor.placed(name, "x.md", 7) == words


def test_an_editor_that_would_not_wait_is_made_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = tmp_path / "code"
    script.write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    script.chmod(0o755)
    editor.edit([str(script)], "x.md")
    editor.edit([str(script), "-w"], "x.md")
    assert log.read_text() == "--wait x.md\n-w x.md\n"


def test_an_editor_that_fails_or_is_missing_is_told() -> None:
    with pytest.raises(KbError, match="ended with code 3"):
        editor.edit([sys.executable, "-c", "raise SystemExit(3)"], "x.md")
    with pytest.raises(ConfigError, match="cannot be started"):
        editor.edit(["/no/such/editor"], "x.md")
