"""`kb why` as an editor and a shell call it: the installed command over a repository with a history."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.decisions.why_histories import Commit, adr, git, write_history

KB = str(Path(sys.executable).with_name("kb"))
DEADLINE_S = 170
EVIL = "Use one file \x1b]52;c;cm0gLXJm\x07 \x1b[31m [/red] \u202e\n\nRefs: ADR-7\n"

Done = subprocess.CompletedProcess[str]
Kb = Callable[..., Done]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("why") / "app"
    folder.mkdir()
    write_history(folder, [
        Commit("Begin", {
            "docs/adr/0007-use-sqlite.md": adr(7, "Use SQLite", outcome="one file, because \x1b]0;x\x07 it is one."),
            "src/store.py": "def open_store():\n    return 0\n", "plain.py": "answer = 42\n", "-x.py": "odd = 1\n",
        }),
        Commit(EVIL, {"src/store.py": "def open_store():\n    return 'one file'\n"}),
        Commit("Say it in the code",
               {"src/shut.py": "def shut(store):\n    # ADR-0007: one file\n    store.close()\n"}),
    ])  # fmt: skip
    git(folder, "tag", "v1", "HEAD~2")
    return folder


@pytest.fixture(scope="module")
def kb(app: Path) -> Kb:
    env = {
        "PATH": os.environ["PATH"], "HOME": str(app.parent), "KB_HOME": str(app.parent / "state"), "KB_NO_DAEMON": "1",
        "KB_MODELS": os.environ.get("KB_MODELS") or str(app.parent / "models"),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }  # fmt: skip

    def run(*words: str, cwd: str = "", stdin: str | None = None) -> Done:
        given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [KB, *words], cwd=app / cwd, env=env, capture_output=True, text=True, timeout=DEADLINE_S, **given
        )

    done = run("index", "--text-only", str(app))
    assert done.returncode == 0, done.stderr
    return run


def test_the_contract_in_json(kb: Kb, app: Path) -> None:
    done = kb("why", "--json", "src/store.py:2")
    told = json.loads(done.stdout)
    assert (done.returncode, told["path"], told["line"]) == (0, "src/store.py", 2)
    assert told["blame"]["commit"] == git(app, "rev-parse", "HEAD~1")
    reason = told["because"][0]
    assert (reason["path"], reason["how"], reason["status"]) == (
        "docs/adr/0007-use-sqlite.md",
        "named in commit",
        "accepted",
    )
    # Control characters are no text: the index and every quote are without them.
    assert reason["quote"] == "Chosen option: one file, because ]0;x it is one."
    assert "\x1b" not in done.stdout


def test_text_shows_the_evidence_that_needs_no_git_before_the_commit(kb: Kb) -> None:
    done = kb("why", "shut.py:3", cwd="src")
    assert done.returncode == 0
    assert done.stdout.startswith("shut.py:3  shut\n> store.close()\n")
    assert 0 < done.stdout.index("named in comment") < done.stdout.index("commit ")
    assert done.stdout.count("ADR-0007 · accepted") == 1


def test_no_byte_of_a_commit_acts_on_the_terminal(kb: Kb) -> None:
    done = kb("why", "src/store.py:2")
    assert "\\x1b]52;c;cm0gLXJm" in done.stdout
    assert "[/red]" in done.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout + done.stderr)


def test_what_is_deployed_is_asked_by_its_tag(kb: Kb) -> None:
    told = json.loads(kb("why", "--json", "--rev", "v1", "src/store.py:2").stdout)
    assert (told["text"], told["blame"]["summary"]) == ("    return 0", "Begin")
    assert kb("why", "--rev", "v9", "src/store.py:2").returncode == 2
    assert kb("why", "--rev=--upload-pack=x", "src/store.py:2").returncode == 2


def test_a_line_without_a_reason_says_so_and_exits_with_1(kb: Kb) -> None:
    done = kb("why", "plain.py:1")
    assert done.returncode == 1
    assert "No reason is written down" in done.stdout
    assert kb("why", "--json", "--", "-x.py:1").returncode == 1


def test_a_stack_trace_is_read_from_stdin(kb: Kb) -> None:
    trace = 'Traceback (most recent call last):\n  File "/srv/app/src/shut.py", line 3, in shut\n    store.close()\nX\n'
    told = json.loads(kb("why", "--json", "-", stdin=trace).stdout)
    assert [(frame["path"], frame["line"], frame["symbol"]) for frame in told["frames"]] == [("src/shut.py", 3, "shut")]
    assert told["frames"][0]["because"][0]["how"] == "named in comment"
    shown = kb("why", "-", stdin=trace)
    assert (shown.returncode, "ADR-0007" in shown.stdout) == (0, True)
    assert kb("why", "-", stdin="nothing of the sort").returncode == 2
    theirs = kb("why", "-", stdin='  File "/usr/lib/python3.11/shut.py", line 3, in x\n')
    assert (theirs.returncode, theirs.stdout) == (1, "None of the trace's files is indexed.\n")


@pytest.mark.parametrize("ref", ["src/store.py", "src/store.py:99", "none.py:1", "src:2"])
def test_what_is_no_line_is_an_error_with_the_next_command(kb: Kb, ref: str) -> None:
    done = kb("why", "--json", ref)
    assert done.returncode in (1, 2)
    assert set(json.loads(done.stdout)["error"]) == {"code", "message", "hint"}
