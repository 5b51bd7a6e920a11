"""`kb ask --write` by the installed command: written where it holds, quoted where not, and never worse than quoted."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Home
from tests.unit.llm.fault_server import OPENAI, FaultServer, Handler, refusing, running

QUESTION = "how do I attach a debugger to the jest tests?"
NOTE = "# Attach a debugger\n\nRun jest with --inspect-brk to attach a debugger. It listens on port 9229.\n"
HELD = ("Run jest with ", "--inspect-brk to attach ", "a debugger [1]. ", "It listens on port 9229 [1].")
MADE_UP = ("You need a license ", "for the debugger [1]. ", "It listens on port 4444 [1].")


def says(*pieces: str) -> Any:
    def reply(handler: Handler) -> None:
        OPENAI.some(handler, pieces)
        handler.piece(OPENAI.last)

    return reply


@pytest.fixture(scope="module")
def home(base: Path) -> Home:
    notes = base / "notes"
    notes.mkdir()
    (notes / "debugger.md").write_text(NOTE)
    home = Home(base / "state", cwd=base)
    home.env |= {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    home.json("index", str(notes), KB_NO_DAEMON="1")
    return home


def env_of(server: FaultServer, **more: str) -> dict[str, str]:
    model = {"KB_WRITER_KIND": "openai", "KB_WRITER_MODEL": "small", "KB_WRITER_URL": f"{server.url}/v1"}
    return {"KB_NO_DAEMON": "1", **model, **more}


@pytest.fixture
def served() -> Iterator[FaultServer]:
    with running(says(*HELD)) as server:
        yield server


def test_a_written_answer_stands_over_the_passage_that_it_cites(home: Home, served: FaultServer) -> None:
    told = home("ask", "--write", QUESTION, **env_of(served))
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == "".join(HELD)
    assert lines[1] == "written by small · each sentence checked against what it cites"
    assert any(line.startswith("[1] notes/debugger.md:") for line in lines)
    payload = home.json("ask", "--write", QUESTION, **env_of(served))
    assert (payload["mode"], payload["answer"], payload["dropped"]) == ("generated", "".join(HELD), 0)
    assert payload["writer"] == {"name": "small", "local": True}


def test_the_config_writes_and_a_flag_quotes(home: Home, served: FaultServer) -> None:
    env = env_of(served, KB_ANSWER="write")
    assert home.json("ask", QUESTION, **env)["mode"] == "generated"
    asked = len(served.bodies)
    assert home.json("ask", "--quote", QUESTION, **env)["mode"] == "extractive"
    assert len(served.bodies) == asked


def test_what_is_not_in_the_notes_is_asked_of_no_model(home: Home, served: FaultServer) -> None:
    told = home("ask", "--write", "at which temperature is sourdough bread baked?", **env_of(served))
    assert (told.code, told.out.splitlines()[0][:18]) == (1, "Not in your notes.")
    assert served.bodies == []


@pytest.mark.parametrize("fault", [says(*MADE_UP), OPENAI.half, OPENAI.wrong_json, refusing(500)])
def test_whatever_goes_wrong_the_notes_are_quoted(home: Home, fault: Any) -> None:
    quoted = home("ask", QUESTION, KB_NO_DAEMON="1")
    with running(fault) as server:
        told = home("ask", "--write", QUESTION, **env_of(server))
    assert (told.code, told.out) == (0, quoted.out)
    assert "your notes are quoted" in told.err


def test_a_daemon_streams_what_is_written(home: Home, served: FaultServer) -> None:
    env = {name: value for name, value in env_of(served).items() if name != "KB_NO_DAEMON"}
    try:
        assert home("daemon", "start", **env).code == 0
        parts: list[dict[str, Any]] = []
        client = home.client()
        assert client is not None
        with client:
            identity = client.daemon_identity
        from kb.service.client import Client

        again = Client.connect(home.state, identity, timeout_s=5.0)
        assert again is not None
        with again:
            payload = again.call("ask", {"question": QUESTION, "write": True}, on_part=parts.append)
        assert payload["mode"] == "generated"
        assert "".join(part.get("text", "") for part in parts) == "".join(HELD)
        assert sum("text" in part for part in parts) == len(HELD)
    finally:
        home("daemon", "stop", **env)
