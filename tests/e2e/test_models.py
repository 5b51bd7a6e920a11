"""A language model of the user's choice by the installed command: found, asked, refused, and kept from secrets."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.homes import Home, eventually
from tests.unit.answer.secret_kinds import SECRETS, left, line_of
from tests.unit.llm.fault_server import OLLAMA, OPENAI, FaultServer, Handler, refusing, running
from tests.unit.llm.small_model import small_model

FAR = "http://models.example/v1"
"""Nobody is there; it is reached through a proxy of the environment, and that one writes down what it is sent."""
SERVICES = {
    "parrot": ("deploy", "Type `parrot deploy --blue` and wait for two minutes."),
    "otter": ("rotate the certificates of", "Type `otter rotate` on the bastion, then restart nginx."),
    "heron": ("back up", "Type `heron dump --all` each Sunday before noon."),
    "badger": ("roll back", "Type `badger undo` and tell the people on call."),
    "magpie": ("watch the queue of", "Open the board of magpie and look at the depth of the queue."),
}
"""What a note each is about; the secrets are spread over them."""
QUESTIONS = [f"how do I {verb} the {name} service?" for name, (verb, _) in SERVICES.items()]
QUESTION = QUESTIONS[0]
SAID = ("Type `parrot deploy --blue` ", "and wait for two minutes ", "[1].")


def says(*pieces: str) -> Any:
    def reply(handler: Handler) -> None:
        OPENAI.some(handler, pieces)
        handler.piece(OPENAI.last)

    return reply


@pytest.fixture(scope="module")
def home(base: Path) -> Home:
    """Notes with a secret of every kind in texts, headings and names, and a source that is not for others."""
    folder, work = base / "notes-of-mine/til", base / "work"
    folder.mkdir(parents=True)
    work.mkdir()
    kinds = list(SECRETS)
    for place, (name, (verb, how)) in enumerate(SERVICES.items()):
        mine = kinds[place :: len(SERVICES)]
        in_name, in_title = (SECRETS[kind][1].replace("/", "-") for kind in mine[:2])
        needs = "\n\n".join(map(line_of, mine))
        (folder / f"{name}-{in_name}.md").write_text(
            f"# How to {verb} the {name} service with {in_title}\n\nTo {verb} the {name} service: {how}\n\n"
            f"## What it needs: {line_of(mine[2])}\n\nTo {verb} the {name} service it needs these:\n\n{needs}\n"
        )
    (work / "gull.md").write_text("# How to feed the gull service\n\nThe gull service is fed with 70 sardines.\n")
    home = Home(base / "state", cwd=base)
    home.env["KB_NO_DAEMON"] = "1"
    home.json("index", str(folder.parent), str(work))
    return home


@pytest.fixture
def far() -> Iterator[FaultServer]:
    with running(says(*SAID)) as server:
        yield server


def env_of(server: FaultServer, **more: str) -> dict[str, str]:
    own = {
        "KB_WRITER_KIND": "openai", "KB_WRITER_MODEL": "big", "KB_WRITER_URL": FAR, "KB_WRITER_REMOTE": "notes-of-mine",
        "HTTP_PROXY": server.url, "http_proxy": server.url,
    }  # fmt: skip
    return {**own, **more}


def all_sent(server: FaultServer) -> str:
    return "\n".join([*(body.decode("unicode_escape") for body in server.bodies), *server.heads])


def test_a_remote_model_is_asked_and_the_answer_says_so(home: Home, far: FaultServer) -> None:
    told = home.json("ask", "--write", QUESTION, **env_of(far))
    assert told["mode"] == "generated"
    assert told["answer"].startswith("Type `parrot deploy --blue` and wait for two minutes")
    assert told["writer"] == {"name": "big", "local": False}
    assert len(far.bodies) == 1


def test_no_secret_leaves_by_a_question(home: Home, far: FaultServer) -> None:
    for question in QUESTIONS:
        assert home("ask", "--write", question, **env_of(far)).code == 0
    assert len(far.bodies) == len(QUESTIONS)
    assert all(name in all_sent(far) for name in SERVICES)
    assert "[redacted]" in all_sent(far)
    assert left(all_sent(far)) == []


@pytest.mark.parametrize("kind", ["password in prose", "random", "basic auth"])
def test_no_secret_leaves_in_the_question_itself(home: Home, far: FaultServer, kind: str) -> None:
    home("ask", "--write", "--new", f"{QUESTION} {line_of(kind)}", **env_of(far))
    home("ask", "--write", "--continue", "and how long do I wait for it?", **env_of(far))
    assert left(all_sent(far)) == []


def test_no_secret_leaves_by_a_lesson(home: Home, far: FaultServer) -> None:
    """The tutor's prompt holds the goal and what the journal knows of the learner, too."""
    home("tutor", "parrot service", "--goal", line_of("password in prose"), "--level", "new", **env_of(far))
    home("tutor", "--resume", "--tell", **env_of(far))
    assert "parrot deploy" in all_sent(far)
    assert left(all_sent(far)) == []


def test_a_source_that_was_not_named_does_not_leave(home: Home, far: FaultServer) -> None:
    told = home.json("ask", "--write", "how do I feed the gull service?", **env_of(far))
    home("tutor", "gull service", **env_of(far))
    assert (told["mode"], told["status"]) == ("extractive", "answered")
    assert any("not shown to big" in notice for notice in told["notices"])
    assert "sardines" not in all_sent(far)


def test_a_remote_model_that_may_see_nothing_is_not_asked(home: Home, far: FaultServer) -> None:
    told = home.json("ask", "--write", QUESTION, **env_of(far, KB_WRITER_REMOTE=""))
    assert (told["mode"], told["status"]) == ("extractive", "answered")
    assert any("name the sources whose text it may see" in notice for notice in told["notices"])
    assert far.heads == []


def test_a_key_is_taken_from_the_variable_that_is_named_and_shown_nowhere(home: Home, far: FaultServer) -> None:
    key = "sk-" + "my-own-key-4711"
    told = home("ask", "--write", QUESTION, "--json", **env_of(far, KB_WRITER_KEY_ENV="MY_KEY", MY_KEY=key))
    assert f"Bearer {key}" in "".join(far.heads)
    shown = told.out + told.err + home("config", "show", **env_of(far, KB_WRITER_KEY_ENV="MY_KEY", MY_KEY=key)).out
    assert key not in shown
    assert "MY_KEY" in shown


def test_a_key_in_the_place_of_its_variable_is_refused_and_not_shown(home: Home) -> None:
    key = "sk-" + "my-own-key-4711"
    told = home("config", "set", "writer.key_env", key)
    assert told.code == 3
    assert key not in told.out + told.err
    assert key not in "".join(path.read_text() for path in home.state.glob("config.toml"))


def test_a_model_that_refuses_leaves_the_quotes(home: Home) -> None:
    with running(refusing(401)) as server:
        told = home.json("ask", "--write", QUESTION, **env_of(server))
    assert (told["mode"], told["status"]) == ("extractive", "answered")
    assert told["citations"]
    assert any("refuses the key" in notice for notice in told["notices"])


def test_a_running_ollama_is_found_and_writes(home: Home) -> None:
    with running(lambda handler: (OLLAMA.some(handler, SAID), handler.piece(OLLAMA.last))) as server:
        server.tags = {
            "models": [
                {"name": "far:120b-cloud", "size": 1, "details": {"family": "gptoss"}},
                {"name": "bge-m3:latest", "size": 1, "details": {"family": "bert"}},
                {"name": "qwen3:4b", "size": 2_600_000_000, "details": {"family": "qwen3"}},
            ]
        }
        here = {"OLLAMA_HOST": server.url.removeprefix("http://")}
        listed = home.json("model", "list", **here)["writers"]
        told = home.json("ask", "--write", QUESTION, **here)
        shown = home("model", "list", **here).out
    assert [(row["name"], row["local"], row["current"]) for row in listed] == [
        ("far:120b-cloud", False, False),
        ("qwen3:4b", True, False),
    ]
    assert "kb config set writer.model" in shown
    assert told["writer"] == {"name": "qwen3:4b", "local": True}


def test_an_ollama_is_not_looked_for_unless_it_is_asked_for(home: Home) -> None:
    with running(OLLAMA.well) as server:
        for words in (("ask", QUESTION), ("status",), ("tutor", "parrot service")):
            home(*words, OLLAMA_HOST=server.url)
    assert server.heads == []


def test_a_model_elsewhere_is_not_found_by_itself(home: Home, far: FaultServer) -> None:
    listed = home.json("model", "list", OLLAMA_HOST="http://models.example:11434", HTTP_PROXY=far.url)
    assert listed["writers"] == []
    assert far.heads == []


def test_what_is_configured_is_listed_with_what_is_in_its_way(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "no.gguf"
    file.write_bytes(b"not at all")
    [row] = home.json("model", "list", KB_WRITER_KIND="gguf", KB_WRITER_MODEL=str(file))["writers"]
    assert (row["current"], row["local"]) == (True, True)
    assert "is no GGUF file" in row["problem"]
    [row] = home.json("model", "list", KB_WRITER_KIND="openai", KB_WRITER_MODEL="m", KB_WRITER_URL=FAR)["writers"]
    assert row["local"] is False
    assert "name the sources" in row["problem"]
    assert os.environ.get("KB_WRITER_KIND") is None


def children_of(daemon: int) -> list[int]:
    """The models that a daemon runs."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == daemon and b"kb.llm.gguf_child" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


@pytest.mark.timeout(400)
def test_a_real_model_is_kept_by_the_daemon_and_its_words_are_checked(base: Path) -> None:
    file = small_model()
    folder = base / "few"
    folder.mkdir()
    (folder / "parrot.md").write_text("# Deploy the parrot service\n\nType `parrot deploy --blue` and wait.\n")
    home = Home(base / "real", cwd=base)
    home.env |= {
        "KB_WRITER_KIND": "gguf", "KB_WRITER_MODEL": str(file), "KB_WRITER_CONTEXT_TOKENS": "1536",
    }  # fmt: skip
    home.json("index", str(folder), KB_NO_DAEMON="1")
    assert home("daemon", "start").code == 0
    daemon = home.until_daemon()
    told = home.json("ask", "--write", QUESTION)
    [child] = children_of(daemon)
    # What so small a model says seldom holds: then the quotes are the answer, and it says why.
    assert (told["status"], bool(told["citations"])) == ("answered", True)
    if told["mode"] == "generated":
        assert told["writer"] == {"name": file.stem, "local": True}
    else:
        assert any("your notes are quoted" in notice for notice in told["notices"])
    os.kill(daemon, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{child}").exists(), within_s=30)


@pytest.mark.timeout(400)
def test_a_real_model_without_room_is_not_asked(base: Path, home: Home) -> None:
    env = {"KB_WRITER_KIND": "gguf", "KB_WRITER_MODEL": str(small_model()), "KB_WRITER_CONTEXT_TOKENS": "512"}
    told = home.json("ask", "--write", QUESTION, **env)
    assert told["mode"] == "extractive"
    assert any("left out" in notice for notice in told["notices"])
    assert any("was not asked" in notice for notice in told["notices"])
