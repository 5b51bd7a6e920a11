"""stdout: JSON stays raw and harmless, lines are cleaned before they are coloured."""

import json
from pathlib import Path

import pytest

from kb.cli import output
from kb.cli.bar import bar_text, done_text
from kb.cli.diagnostics import ProgressBar, guard
from kb.errors import LockedError
from kb.progress import Progress


def test_a_part_is_cleaned_before_it_is_coloured() -> None:
    assert (
        output.paint([("\x1b]52;c;x\x07", "place"), " plain"], colour=True) == "\x1b[36m\\x1b]52;c;x\\x07\x1b[0m plain"
    )


def test_without_colour_no_escape_is_written() -> None:
    assert output.paint([("title", "title"), ("dim", "dim")], colour=False) == "titledim"


def test_json_holds_the_raw_text_and_no_byte_that_acts(capsys: pytest.CaptureFixture[str]) -> None:
    raw = "é \x1b[31m \x9b31m \u202e \U000e0041 \udc80 東京 \x7f"
    output.write_json({"text": raw})
    written = capsys.readouterr().out
    assert json.loads(written) == {"text": raw}
    assert "é" in written
    assert "東京" in written
    assert not set("\x1b\x9b\u202e\U000e0041\udc80\x7f") & set(written)
    assert written.count("\n") == 1


def test_text_of_a_file_ends_with_one_newline(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_text("a\x1b[0m\nb\n")
    assert capsys.readouterr().out == "a\\x1b[0m\nb\n"


def test_captured_text_keeps_its_tabs_and_a_painted_line_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_text("all:\n\tcc x.c\n")
    output.write_lines([[("│ ", "dim"), "\tcc x.c"]])
    assert capsys.readouterr().out == "all:\n\tcc x.c\n│ \tcc x.c\n"
    assert output.paint(["a\tb"], colour=True) == "a   b"


def test_an_error_is_told_on_stderr_with_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise LockedError("another kb is writing (pid 7)\x1b[2J", "wait, or: kb status")

    assert guard(work, as_json=False, debug=False) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "kb: another kb is writing (pid 7)\\x1b[2J\n    wait, or: kb status\n"


def test_an_error_is_an_object_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise LockedError("busy", "wait")

    assert guard(work, as_json=True, debug=False) == 4
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"error": {"code": "locked", "message": "busy", "hint": "wait"}}
    assert captured.err == ""


def test_a_bug_is_no_traceback_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise ZeroDivisionError("oops")

    assert guard(work, as_json=False, debug=False) == 1
    assert "Traceback" not in capsys.readouterr().err
    guard(work, as_json=False, debug=True)
    assert "ZeroDivisionError: oops" in capsys.readouterr().err


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise KeyboardInterrupt

    assert guard(work, as_json=False, debug=False) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_an_unreadable_place_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        return len((tmp_path / "gone").read_text())

    assert guard(work, as_json=False, debug=False) == 1
    assert "No such file or directory" in capsys.readouterr().err


def test_the_bar_shows_share_rate_and_time_left() -> None:
    text = bar_text(Progress("embed", 100, 400, "chunks"), 2.0, 120)
    assert text.startswith("Embedding ██████░░")
    assert text.endswith("100/400 chunks · 50 chunks/s · 6.0 s left")
    read = bar_text(Progress("read", 100, 400, "files", "310 chunks/s"), 2.0, 120)
    assert read.endswith("100/400 files · 50 files/s · 310 chunks/s · 6.0 s left")


def test_the_bar_never_leaves_its_line() -> None:
    assert len(bar_text(Progress("read", 100, 400, "files"), 2.0, 30)) <= 30
    assert bar_text(Progress("model", detail="exporting\nit"), 2.0, 80) == "Exporting it"
    assert bar_text(Progress("model"), 2.0, 80) == "Preparing the model"


def test_a_finished_stage_is_one_line() -> None:
    assert done_text(Progress("embed", 400, 400, "chunks"), 3.2) == "Embedding: 400 chunks in 3.2 s (125/s)"
    assert done_text(Progress("read", 1, 1, "files"), 0.0) == "Reading: 1 file in 0.0 s"


def test_where_stderr_is_captured_each_stage_leaves_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    ticks = iter(range(100))
    with ProgressBar(quiet=False, clock=lambda: float(next(ticks))) as bar:
        for done in range(5):
            bar(Progress("read", done, 4, "files"))
        bar(Progress("embed", 8, 8, "chunks"))
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["Reading", "Embedding"]


def test_a_quiet_bar_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(quiet=True) as bar:
        bar(Progress("read", 1, 1, "files"))
    assert capsys.readouterr().err == ""
