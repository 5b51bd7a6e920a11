"""The command line as scripts and editors rely on it: the installed `kb`, in a subprocess, over real files."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.homes import Result

KB = str(Path(sys.executable).with_name("kb"))
DEADLINE_S = 170

UNDO = "# Undo a commit\n\nTo undo the last commit and keep its changes, type:\n\n```\ngit reset --soft HEAD~1\n```\n"
OLD = "# 1. Keep notes in files\n\n## Status\n\nSuperseded by [2. Keep notes in SQLite](0002-sqlite.md)\n"
NEW = "# 2. Keep notes in SQLite\n\nDate: 2021-01-01\n\n## Status\n\nAccepted\n"
BODY = "\n## Context\n\nNotes need a place.\n\n## Decision\n\nNotes are kept in {place}.\n\n## Consequences\n\nNone.\n"


Kb = Callable[..., Result]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, a TIL collection and a repository with decisions."""
    root = tmp_path_factory.mktemp("world")
    files = {
        "til/git/undo.md": UNDO,
        "shop/docs/adr/0001-files.md": OLD + BODY.format(place="files"),
        "shop/docs/adr/0002-sqlite.md": NEW + BODY.format(place="SQLite"),
        "shop/src/parse.py": "def parse_config(path):\n    # Read the configuration.\n    return open(path).read()\n",
        "shop/evil.md": "# Evil \x1b]0;owned\x07 note\n\nPress \x1b]52;c;cm0gLXJm\x07 and \x9b31m or \u202e here.\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (root / "shop" / ".git").mkdir()
    (root / "home").mkdir()
    return root


@pytest.fixture(scope="module")
def env(world: Path) -> dict[str, str]:
    """Cut off from the developer's own settings and index."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(world / "home"),
        "KB_HOME": str(world / "state"),
        "KB_MODELS": os.environ.get("KB_MODELS") or str(world / "models"),
        "KB_NO_DAEMON": "1",
    }


@pytest.fixture(scope="module")
def kb(world: Path, env: dict[str, str]) -> Kb:
    """Runs the installed command in `world`."""

    def run(*words: str, cwd: str = "", stdin: str | None = None, **more: str) -> Result:
        done = subprocess.run(
            [KB, *words],
            cwd=world / cwd,
            input=None if stdin is None else stdin.encode(),
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env={**env, **more},
            timeout=DEADLINE_S,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="module")
def indexed(kb: Kb) -> Kb:
    result = kb("index", "til", "shop", "--json")
    assert result.code == 0, result.err
    return kb


def test_without_an_index_the_next_command_is_named(kb: Kb, tmp_path: Path) -> None:
    for words in (("status",), ("ask", "what is up?"), ("search", "x"), ("get", "x.md"), ("source", "list")):
        result = kb(*words, KB_HOME=str(tmp_path / "none"))
        assert result.code == 3, words
        assert result.out == ""
        assert "kb index PATH" in result.err
    assert not (tmp_path / "none").exists()


def test_index_reports_counts_and_goes_on_from_there(indexed: Kb) -> None:
    again = indexed("index", "--json")
    assert again.code == 0
    assert {"added", "changed", "removed", "unchanged", "chunks", "skipped", "took_s"} <= set(again.json)
    assert (again.json["added"], again.json["unchanged"]) == (0, 5)


def test_a_dry_run_writes_nothing(kb: Kb, tmp_path: Path) -> None:
    result = kb("index", "--dry-run", "til", KB_HOME=str(tmp_path / "none"))
    assert result.code == 0, result.err
    assert "1 file" in result.out
    assert not (tmp_path / "none").exists()


def test_a_quiet_index_is_silent(indexed: Kb) -> None:
    result = indexed("index", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_a_mistyped_path_leaves_no_source_behind(indexed: Kb) -> None:
    before = indexed("source", "list", "--json").json
    result = indexed("index", "no-such-folder")
    assert result.code == 1
    assert "no-such-folder" in result.err
    assert indexed("source", "list", "--json").json == before


def test_search_gives_hits_with_their_place(indexed: Kb, world: Path) -> None:
    result = indexed("search", "undo", "commit", "-n", "3", "--json")
    assert result.code == 0, result.err
    assert set(result.json) >= {"query", "hits", "took_ms"}
    hit = result.json["hits"][0]
    fields = {
        "rank", "path", "source", "abspath", "start", "end", "title", "heading", "kind", "score", "snippet", "status",
        "superseded_by",
    }  # fmt: skip
    assert fields <= set(hit)
    assert (hit["path"], hit["source"], hit["kind"]) == ("git/undo.md", "til", "til")
    assert hit["abspath"] == str(world / "til/git/undo.md")
    shown = indexed("search", "undo commit", cwd="til").out
    assert "git/undo.md:" in shown.splitlines()[0]
    assert "til:" not in shown.splitlines()[0]


def test_search_filters_by_kind_source_and_path(indexed: Kb) -> None:
    def paths(*words: str) -> set[str]:
        return {hit["path"] for hit in indexed("search", "--json", *words).json["hits"]}

    assert paths("notes", "--kind", "adr") == {"docs/adr/0001-files.md", "docs/adr/0002-sqlite.md"}
    assert paths("commit notes", "--source", "til") == {"git/undo.md"}
    assert paths("configuration", "--path", "src/*") == {"src/parse.py"}
    assert indexed("search", "commit", "--source", "nowhere").code == 2
    assert indexed("search", "commit", "--kind", "poem").code == 2


def test_an_answer_is_cited_letter_for_letter(indexed: Kb, world: Path) -> None:
    result = indexed("ask", "how", "do", "I", "undo", "the", "last", "commit?", "--json")
    assert result.code == 0, result.out
    answer = result.json
    assert (answer["status"], answer["mode"]) == ("answered", "extractive")
    assert answer["question"] == "how do I undo the last commit?"
    for citation in answer["citations"]:
        lines = Path(citation["abspath"]).read_text("utf-8").splitlines()
        assert citation["quote"] == "\n".join(lines[citation["start"] - 1 : citation["end"]])
    assert answer["citations"][0]["path"] == "git/undo.md"
    shown = indexed("ask", "how do I undo the last commit?", cwd="til").out
    assert "│ git reset --soft HEAD~1" in shown
    assert "[1] git/undo.md:" in shown


def test_what_the_notes_do_not_hold_is_not_found(indexed: Kb) -> None:
    question = "which orchestra recorded the Brandenburg concertos in 1967?"
    result = indexed("ask", question, "--json")
    assert result.code == 1
    assert (result.json["status"], result.json["citations"]) == ("not_found", [])
    shown = indexed("ask", question)
    assert shown.code == 1
    assert shown.out.startswith("Not in your notes.")


def test_more_context_comes_from_stdin_only_with_a_dash(indexed: Kb) -> None:
    question = "how do I undo the last commit?"
    piped = indexed("ask", question, "-", "--json", stdin="diff --git a/x b/x\n" * 3)
    assert piped.code in (0, 1)
    assert piped.json["question"] == question
    alone = indexed("ask", "-", "--json", stdin=question + "\n")
    assert alone.json["question"] == question


def test_get_prints_lines_and_open_starts_the_editor(indexed: Kb, world: Path) -> None:
    got = indexed("get", "til:git/undo.md:3", "--json").json
    assert {"path", "start", "end", "text"} <= set(got)
    assert (got["start"], got["end"]) == (3, 3)
    assert indexed("get", "git/undo.md", cwd="til").out == UNDO
    assert indexed("get", "git/undo.md:900").code == 1
    assert indexed("get", "no/such.md").code == 1
    log = world / "opened"
    script = world / "vim"
    script.write_text(f'#!/bin/sh\necho "$@" > {log}\n')
    script.chmod(0o755)
    assert indexed("open", "til:git/undo.md:6", EDITOR=str(script)).code == 0
    assert log.read_text() == f"+6 {world}/til/git/undo.md\n"
    no_editor = indexed("open", "til:git/undo.md")
    assert no_editor.code == 3
    assert "EDITOR" in no_editor.err


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (b"all:\n\tcc x.c\t-o x\n\n# \xc3\xa9 \n", None),
        (b"all:\n\ttrue\n\n\n", None),
        (b"all:\n\ttrue", b"all:\n\ttrue\n"),
        (b"all:\r\n\ttrue\r\n", b"all:\n\ttrue\n"),
    ],
)
def test_a_captured_file_is_itself_byte_for_byte(
    indexed: Kb, env: dict[str, str], tmp_path: Path, written: bytes, printed: bytes | None
) -> None:
    (tmp_path / "Makefile").write_bytes(written)
    done = subprocess.run(
        [KB, "get", "Makefile"], cwd=tmp_path, env=env, capture_output=True, timeout=DEADLINE_S, check=True
    )
    assert done.stdout == (written if printed is None else printed)


def test_status_and_sources(indexed: Kb, world: Path) -> None:
    status = indexed("status", "--json").json
    assert {"sources", "files", "chunks", "pending", "skipped", "daemon", "index"} <= set(status)
    assert {"running", "pid", "uptime_s", "rss_mb"} <= set(status["daemon"])
    assert {"embedder", "generation", "as_of"} <= set(status["index"])
    assert [source["root"] for source in status["sources"]] == [str(world / "til"), str(world / "shop")]
    assert indexed("source", "remove", "zzz").code == 1


def test_a_source_that_is_known_is_not_renamed_and_no_name_has_a_colon(indexed: Kb) -> None:
    before = indexed("source", "list", "--json").json
    renamed = indexed("source", "add", "til", "--name", "lessons")
    assert renamed.code == 2
    assert "is known already, as til" in renamed.err
    assert indexed("source", "add", "til", "--name", "til", "--json").json["name"] == "til"
    assert indexed("source", "add", "til", "--json").json["name"] == "til"
    colon = indexed("source", "add", "home", "--name", "a:b")
    assert colon.code == 2
    assert "--name a-b" in colon.err
    assert indexed("source", "list", "--json").json == before


def test_an_empty_ledger_is_no_index(kb: Kb, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    for words in (("status",), ("search", "x"), ("get", "x.md"), ("source", "list")):
        result = kb(*words, KB_HOME=str(tmp_path))
        assert result.code == 3, words
        assert "kb index PATH" in result.err


def test_global_flags_work_on_both_sides_of_the_verb(indexed: Kb, world: Path) -> None:
    before = indexed("--json", "--no-daemon", "status").json
    after = indexed("status", "--no-daemon", "--json").json
    assert before["files"] == after["files"] == 5
    elsewhere = indexed("status", "--home", str(world / "elsewhere"), "--json")
    assert elsewhere.code == 3
    assert indexed("--home", str(world / "elsewhere"), "status", "--json").json == elsewhere.json


def test_a_failure_with_json_is_one_object_on_stdout(indexed: Kb) -> None:
    for words, code in (
        (("get", "no/such.md"), 1),
        (("serch", "x"), 2),
        (("search",), 2),
        (("search", "x", "--nope"), 2),
        (("model", "use", "no/such-model"), 5),
        (("config", "set", "nope", "x"), 3),
    ):
        result = indexed(*words, "--json")
        assert result.code == code, (words, result)
        assert set(result.json) == {"error"}
        assert set(result.json["error"]) == {"code", "message", "hint"}
        assert result.err == ""


def test_a_typo_names_the_nearest_verb(kb: Kb) -> None:
    result = kb("serch", "x")
    assert result.code == 2
    assert "did you mean: kb search" in result.err


def test_no_escape_byte_of_a_note_reaches_the_terminal(indexed: Kb) -> None:
    for words in (("get", "shop:evil.md"), ("search", "evil note press"), ("ask", "what do I press?"), ("status",)):
        result = indexed(*words, "--quiet")
        for text in (result.out, result.err):
            assert not set("\x1b\x07\x9b\u202e") & set(text), words
    assert "Press" in indexed("get", "shop:evil.md").out


def test_escape_bytes_in_arguments_do_not_come_back(kb: Kb) -> None:
    for words in (("\x1b]0;x\x07",), ("get", "\x1b[2J.md"), ("index", "\x1b[31m")):
        result = kb(*words)
        assert result.code != 0
        assert "\x1b" not in result.out + result.err


def test_a_reader_that_leaves_early_is_no_error(indexed: Kb, world: Path, env: dict[str, str]) -> None:
    # `true` never reads: the pipe is broken at the first write or at the last flush.
    for words in ("--help", "search notes", "status --json"):
        command = ["bash", "-c", f'"{KB}" {words} | true; exit ${{PIPESTATUS[0]}}']
        done = subprocess.run(command, cwd=world, capture_output=True, text=True, timeout=DEADLINE_S, env=env)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_an_interrupt_is_130_and_the_next_run_goes_on(indexed: Kb, world: Path, env: dict[str, str]) -> None:
    for number in range(150):
        path = world / "many" / f"note-{number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# Note {number}\n\n" + f"Sentence {number} about things. " * 30)
    with subprocess.Popen([KB, "index", "many"], cwd=world, env=env, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        # This line says that the text is in and the embedding has begun: the longest part of the run.
        for line in running.stderr:
            if line.startswith("Reading"):
                break
        running.send_signal(signal.SIGINT)
        assert "Traceback" not in running.stderr.read()
    assert running.returncode == 130
    kept = {source["name"]: source["files"] for source in indexed("status", "--json").json["sources"]}
    assert kept["many"] == 150
    assert indexed("index", "many", "--json").json["added"] == 0
    assert indexed("status", "--json").json["pending"] == 0
    assert indexed("source", "remove", "many").code == 0


def test_a_configuration_that_cannot_be_used_is_exit_3_and_its_path_still_shown(kb: Kb, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("modell = 'x'\n")
    result = kb("status", KB_HOME=str(tmp_path))
    assert result.code == 3
    assert "did you mean model?" in result.err
    assert kb("config", "path", KB_HOME=str(tmp_path)).out == f"{tmp_path}/config.toml\n"


def test_config_set_and_show(kb: Kb, tmp_path: Path) -> None:
    assert kb("config", "set", "notes_dir", "til", KB_HOME=str(tmp_path)).code == 0
    shown = kb("config", "show", "--json", KB_HOME=str(tmp_path)).json["settings"]
    assert shown["notes_dir"]["from"] == "config.toml"
    assert shown["notes_dir"]["value"].endswith("/til")


def test_bare_kb_off_a_terminal_prints_help(kb: Kb) -> None:
    result = kb()
    assert result.code == 0
    assert "Commands:" in result.out
    assert kb("tui").code == 2


def test_a_new_decision_is_numbered_in_the_house_s_dialect_and_searchable(indexed: Kb, world: Path) -> None:
    editor = world / "write"
    editor.write_text('#!/bin/sh\nsed -i "s/## Decision/## Decision\\n\\nWe use zstd for backups./" "$1"\n')
    editor.chmod(0o755)
    made = indexed("new", "adr", "Compress", "the backups", "--json", cwd="shop/src", EDITOR=str(editor))
    assert made.code == 0, made.out + made.err
    assert (made.json["path"], made.json["source"]) == ("docs/adr/0003-compress-the-backups.md", "shop")
    text = (world / "shop/docs/adr/0003-compress-the-backups.md").read_text()
    assert text.startswith("# 3. Compress the backups\n\nDate: ")
    assert "kb proposes" not in text
    hits = indexed("search", "zstd backups", "--json").json["hits"]
    assert hits[0]["path"] == made.json["path"]
    assert hits[0]["status"] == "proposed"


def test_a_new_til_is_searchable_and_an_unchanged_one_is_gone(indexed: Kb, world: Path) -> None:
    made = indexed("new", "til", "--no-edit", "--topic", "tar", "extract a quokka archive", "--json")
    assert made.code == 0, made.out
    assert made.json["abspath"] == str(world / "til/tar/extract-a-quokka-archive.md")
    assert indexed("search", "quokka", "--json").json["hits"][0]["path"] == "tar/extract-a-quokka-archive.md"
    again = indexed("new", "til", "--no-edit", "--topic", "tar", "extract a quokka archive")
    assert again.code == 2
    left = indexed("new", "til", "never written", EDITOR="true")
    assert left.code == 1
    assert not (world / "til/never-written.md").exists()
    assert indexed("new", "til", "x").code == 3


def test_a_note_that_is_left_out_is_not_called_searchable(indexed: Kb, world: Path) -> None:
    (world / "til/.gitignore").write_text("drafts/\nsecret-*.md\n")
    try:
        for topic, title in (("drafts", "half a thought"), ("git", "secret plan")):
            shown = indexed("new", "til", "--no-edit", "--topic", topic, title)
            assert shown.code == 0
            assert "searchable" not in shown.out
            assert "written, but left out: ignored by .gitignore" in shown.err
            made = indexed("new", "til", "--no-edit", "--topic", topic, title + " again", "--json")
            assert (made.code, made.json["searchable"]) == (0, False)
            assert made.json["path"].startswith(topic)
    finally:
        (world / "til/.gitignore").unlink()
    seen = indexed("new", "til", "--no-edit", "--topic", "drafts", "a whole thought", "--json")
    assert seen.json["searchable"] is True


def test_words_that_are_not_utf8_never_end_in_a_bug(indexed: Kb, world: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    (world / "til" / f"{name}.md").write_text("# Coffee\n\nThe espresso runs for thirty seconds.\n")
    assert indexed("index", "til").code == 0
    shown = str(world / "til" / "caf\\xe9.md")
    for words in (("get", f"{name}.md"), ("get", f"til:{name}.md"), ("get", "til:caf\\xe9.md"), ("open", f"{name}.md")):
        got = indexed(*words, "--json", cwd="til").json
        assert (got["path"], got["abspath"]) == ("caf\\xe9.md", shown), words
    hits = indexed("search", "espresso", "--path", f"{name}*", "--json").json["hits"]
    assert [hit["path"] for hit in hits] == ["caf\\xe9.md"]
    for words, code in (
        (("search", "x", "--source", name), 2),
        (("source", "remove", name), 1),
        (("source", "add", name), 1),
        (("model", "use", name), 5),
        (("config", "set", name, "x"), 3),
    ):
        result = indexed(*words)
        assert (result.code, "unexpected" in result.err) == (code, False), (words, result)
    titled = indexed("new", "til", "--no-edit", "--topic", "tar", name, "--json")
    assert titled.json["searchable"] is True
    assert "caf\\xe9" in Path(titled.json["abspath"]).read_text()


def test_settings_and_names_that_are_not_utf8_are_refused_or_shown(kb: Kb, tmp_path: Path) -> None:
    name, home = os.fsdecode(b"caf\xe9"), str(tmp_path)
    for key in ("editor", "notes_dir"):
        refused = kb("config", "set", key, name, KB_HOME=home)
        assert refused.code == 3
        assert f"{key} must be UTF-8" in refused.err
    assert kb("source", "add", home, "--name", name, "--json", KB_HOME=home).json["name"] == "caf\\xe9"
    assert kb("source", "remove", name, KB_HOME=home).code == 0


def test_where_tils_live_has_to_be_known(kb: Kb, tmp_path: Path) -> None:
    result = kb("new", "til", "x", "--no-edit", KB_HOME=str(tmp_path / "none"))
    assert result.code == 3
    assert "kb config set notes_dir" in result.err
