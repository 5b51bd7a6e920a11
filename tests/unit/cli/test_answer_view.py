"""An answer looks as the design shows it; what was replaced is never shown as current."""

from typing import Any

from kb.cli.views.answer import answer_lines
from kb.cli.views.page import Page, plain

PAGE = Page(width=80, cwd="/work/notes")


def shown(payload: dict[str, Any], page: Page = PAGE) -> list[str]:
    return [plain(line).rstrip() for line in answer_lines(payload, page)]


def citation(n: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "n": n,
        "path": "react/debug-jest.md",
        "source": "til",
        "abspath": "/elsewhere/til/react/debug-jest.md",
        "start": 10,
        "end": 20,
        "quote": "Add a second command:\n\n    yarn debug",
        "kind": "til",
        "title": "Debug Jest Tests",
        "number": None,
        "status": None,
        "superseded_by": None,
        **changed,
    }


def decision(n: int, digits: str, **changed: Any) -> dict[str, Any]:
    path = f"docs/adr/{digits}-positional-input.md"
    return citation(n, path=path, abspath=f"/work/notes/{path}", kind="adr", number=int(digits), **changed)


def answered(*citations: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"status": "answered", "mode": "extractive", "answer": "", "citations": list(citations), **changed}


def test_a_passage_is_framed_and_its_place_stands_under_it() -> None:
    lines = shown(answered(citation()))
    assert lines[0] == "Debug Jest Tests" + " " * 61 + "TIL"
    assert lines[1:] == [
        "│ Add a second command:",
        "│",
        "│     yarn debug",
        "[1] til:react/debug-jest.md:10-20",
    ]


def test_a_path_below_the_current_folder_is_relative_to_it() -> None:
    lines = shown(answered(citation(abspath="/work/notes/til/react/debug-jest.md")))
    assert lines[-1] == "[1] til/react/debug-jest.md:10-20"


def test_a_folder_that_only_begins_alike_is_not_below() -> None:
    lines = shown(answered(citation(abspath="/work/notes-old/x.md")))
    assert lines[-1] == "[1] til:react/debug-jest.md:10-20"


def test_a_single_line_is_one_number() -> None:
    assert shown(answered(citation(end=10)))[-1].endswith("debug-jest.md:10")


def test_a_decision_shows_its_number_and_status_first() -> None:
    lines = shown(answered(decision(1, "0057", status="accepted")))
    assert lines[0].startswith("ADR-0057 · accepted ")
    assert lines[0].endswith("Debug Jest Tests")


def test_the_replaced_decision_is_labelled_under_its_successor() -> None:
    new, old = decision(1, "0057", status="accepted"), decision(2, "0045", status="superseded")
    old["superseded_by"] = new["path"]
    lines = shown(answered(new, old))
    assert lines[-2] == "Before: ADR-0045, superseded by ADR-0057 [2]"
    assert lines[-1] == "[2] docs/adr/0045-positional-input.md:10-20"
    assert "" not in lines[lines.index("[1] docs/adr/0057-positional-input.md:10-20") :]


def test_a_replaced_decision_that_stands_alone_names_its_successor() -> None:
    old = decision(1, "0045", status="superseded", superseded_by=["docs/adr/0057-x.md", "docs/adr/0058-y.md"])
    assert shown(answered(old))[0].startswith("ADR-0045 · superseded by ADR-0057, ADR-0058")


def test_two_passages_are_parted_by_a_line() -> None:
    lines = shown(answered(citation(1), citation(2, title="Another")))
    assert lines[5] == ""
    assert lines[6].startswith("Another")


def test_a_written_answer_comes_before_its_passages() -> None:
    writer = {"name": "llama3.2", "local": True}
    lines = shown(answered(citation(), mode="generated", answer="Use yarn debug [1].", writer=writer))
    assert lines[0] == "Use yarn debug [1]."
    assert any(line.startswith("written by llama3.2") for line in lines[1:4])


def test_long_prose_is_wrapped_on_a_terminal_only() -> None:
    long = "word " * 40
    assert len(shown(answered(citation(quote=long.strip())))) == 3
    wrapped = shown(answered(citation(quote=long.strip())), Page(width=50, wrap=True))
    assert all(len(line) <= 50 for line in wrapped[1:-1])
    assert len(wrapped) > 5


def test_tabs_are_blanks_where_a_passage_is_wrapped_only() -> None:
    quote = "\tcc x.c\n\t" + "word " * 30 + "end"
    assert "│ \tcc x.c" in shown(answered(citation(quote=quote)))
    wrapped = shown(answered(citation(quote=quote)), Page(width=50, wrap=True))[1:-1]
    assert len(wrapped) > 3
    assert all(line.startswith("│     ") and len(line) <= 50 for line in wrapped)


def test_not_found_names_the_nearest_and_what_it_is_silent_about() -> None:
    nearest = {**decision(1, "0005"), "rank": 1, "start": 12, "end": 30}
    lines = shown({"status": "not_found", "nearest": [nearest], "missing": ["years", "purged"]})
    assert lines == [
        "Not in your notes. Nearest: ADR-0005 (docs/adr/0005-positional-input.md:12), "
        "which does not speak of: years, purged."
    ]


def test_not_found_labels_a_replaced_decision_among_the_nearest() -> None:
    nearest = decision(1, "0005", superseded_by="docs/adr/0009-new.md")
    assert "superseded by ADR-0009" in shown({"status": "not_found", "nearest": [nearest], "missing": []})[0]


def test_not_found_with_nothing_near() -> None:
    assert shown({"status": "not_found", "nearest": [], "missing": ["x"]}) == ["Not in your notes."]
