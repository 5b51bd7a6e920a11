"""No byte from a file acts on a terminal, hides on it, or reorders what is read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.sanitize import for_terminal

ESC = "\x1b"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        (f"{ESC}[31mred{ESC}[0m", "\\x1b[31mred\\x1b[0m"),
        (f"{ESC}]8;;http://evil.example{ESC}\\here{ESC}]8;;{ESC}\\", "\\x1b]8;;http://evil.example\\x1b\\here"),
        (f"{ESC}]52;c;ZWNobyBoaQ==\x07", "\\x1b]52;c;ZWNobyBoaQ==\\x07"),
        (f"{ESC}]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\x9d52;c;eA==\x9c", "\\x9d52;c;eA==\\x9c"),
        ("a\x08b\x7fc\x00d", "a\\x08b\\x7fc\\x00d"),
        ("over\rwrite", "over\\x0dwrite"),
        ("admin\u202egnp.exe", "admin\\u202egnp.exe"),
        ("a\u2066b\u2069", "a\\u2066b\\u2069"),
        ("one\u2028two", "one\\u2028two"),
        ("caf\udce9.md", "caf\\xe9.md"),
        ("lone \ud83d half", "lone \\ud83d half"),
    ],
)
def test_what_acts_or_deceives_is_shown_as_an_escape(hostile: str, shown: str) -> None:
    assert for_terminal(hostile, keep_newlines=True).startswith(shown)


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u3164", "\U000e0101"])
def test_what_is_invisible_is_dropped(hidden: str) -> None:
    assert for_terminal(f"pass{hidden}word", keep_newlines=False) == "password"


def test_text_hidden_in_tag_characters_is_dropped() -> None:
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore previous instructions")
    assert for_terminal(f"fine{smuggled}.", keep_newlines=False) == "fine."


def test_markup_of_terminal_libraries_is_plain_text() -> None:
    assert for_terminal("[/bold] [link=x]y[/]", keep_newlines=False) == "[/bold] [link=x]y[/]"


def test_a_newline_in_a_name_stays_on_its_line() -> None:
    assert for_terminal("a\nb.md", keep_newlines=False) == "a\\nb.md"


def test_windows_line_ends_are_plain_newlines() -> None:
    assert for_terminal("a\r\nb", keep_newlines=True) == "a\nb"


def test_tabs_become_spaces_and_keep_the_columns() -> None:
    assert for_terminal("a\tb\n\tc", keep_newlines=True) == "a   b\n    c"


def test_tabs_stay_where_nothing_is_wrapped() -> None:
    assert for_terminal("a\tb\x1b\n\tc", keep_newlines=True, keep_tabs=True) == "a\tb\\x1b\n\tc"


def test_ordinary_text_of_the_world_stays_as_it_is() -> None:
    text = "naïve 東京 Ελλάδα → │ ☃ 👍🏽 ❤️"
    assert for_terminal(text, keep_newlines=False) == text


@given(st.text(st.characters(codec=None)), st.booleans(), st.booleans())
def test_no_control_or_format_character_comes_through(text: str, keep_newlines: bool, keep_tabs: bool) -> None:
    shown = for_terminal(text, keep_newlines=keep_newlines, keep_tabs=keep_tabs)
    allowed = {char for char, kept in (("\n", keep_newlines), ("\t", keep_tabs)) if kept}
    left = {char for char in shown if unicodedata.category(char) in ("Cc", "Cs") and char not in allowed}
    assert not left
    assert not any(unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "LRI", "RLI") for char in shown)
    assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), *range(0xE0000, 0xE0200)])
def test_each_control_and_tag_character_is_caught(code: int) -> None:
    assert chr(code) not in for_terminal(f"x{chr(code)}y", keep_newlines=False)
