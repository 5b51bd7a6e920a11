"""`kb brief` and `kb schedule` from the command line to their JSON and their exit codes."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from kb.cli.root import run
from kb.store.ledger import Ledger

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the schedulers of this test are those of Linux")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # No scheduler of this machine may be found.
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/bin-of-nobody")
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path / "home"


def told(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code = run(["--home", str(home), "--json", *words])
    payload: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, payload


def test_a_brief_in_json_and_for_people(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, home, "brief")[0] == 3
    Ledger.open(home / "ledger.db", create=True).close()
    code, payload = told(capsys, home, "brief", "--since", "7d")
    assert (code, payload["sections"], sorted(payload)) == (0, [], ["as_of", "sections", "since"])
    assert run(["--home", str(home), "brief"]) == 0
    assert capsys.readouterr().out.startswith("Nothing new since ")


def test_a_brief_since_nonsense_is_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Ledger.open(home / "ledger.db", create=True).close()
    code, payload = told(capsys, home, "brief", "--since", "soon")
    assert (code, payload["error"]["code"]) == (2, "usage")


def test_where_no_scheduler_works_install_fails_and_the_others_do_not(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, payload = told(capsys, home, "schedule", "install")
    assert code == 1
    assert "cron" in payload["error"]["message"]
    assert "0 3 * * *" in payload["error"]["hint"]
    code, payload = told(capsys, home, "schedule", "show")
    assert (code, payload["installed"], payload["last"]) == (0, False, None)
    assert told(capsys, home, "schedule", "remove") == (0, {"removed": False, "by": [], "job": payload["job"]})


def test_a_job_is_installed_shown_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tab = home.parent / "tab"
    crontab = home.parent / "bin/crontab"
    crontab.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = "-l" ]; then [ -e "{tab}" ] || {{ echo "no crontab" >&2; exit 1; }}; exec /bin/cat "{tab}"; fi\n'
        f'exec /bin/cat > "{tab}"\n'
    )
    crontab.chmod(0o755)
    code, payload = told(capsys, home, "schedule", "install", "--at", "01:30")
    assert (code, payload["by"], payload["at"]) == (0, "cron", "01:30")
    assert f"--home {home} schedule run --quiet" in tab.read_text()
    assert run(["--home", str(home), "schedule", "show"]) == 0
    assert capsys.readouterr().out.startswith("Every night at 01:30, by cron")
    assert told(capsys, home, "schedule", "remove")[1]["by"] == ["cron"]
    assert tab.read_text() == ""


def test_a_wrong_time_is_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, payload = told(capsys, home, "schedule", "install", "--at", "3am")
    assert (code, payload["error"]["hint"]) == (2, "as in: kb schedule install --at 03:00")


def test_the_nightly_run_leaves_its_result_for_show(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = home.parent / "notes"
    notes.mkdir()
    (notes / "a.md").write_text("# A\n\ntext\n")
    assert run(["--home", str(home), "--quiet", "index", str(notes), "--text-only"]) == 0
    capsys.readouterr()
    code, payload = told(capsys, home, "schedule", "run", "--now")
    assert (code == 0) == payload["ok"]
    _, shown = told(capsys, home, "schedule", "show")
    assert shown["last"]["at"] == payload["at"]
