"""Every way in which a model's server fails is a ModelError in the user's words, with what came before it."""

import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kb.app.writers import Writers
from kb.config_writer import WriterSettings
from kb.errors import ModelError
from kb.llm.served import Served, Timeouts
from kb.model import Message
from tests.unit.llm.fault_server import REPLY, SPEECHES, FaultServer, Handler, Speech, page, refusing, running

ASKED = (Message("system", "Be short."), Message("user", "What is the truth?", sources=("notes",)))
QUICK = Timeouts(connect_s=2.0, first_s=1.0, between_s=0.6)


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """The integrations take seconds to import, which is no time-out of a server."""
    import llama_index.llms.ollama
    import llama_index.llms.openai_like  # noqa: F401


@pytest.fixture(params=sorted(SPEECHES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def speech(kind: str) -> Speech:
    return SPEECHES[kind]


def writer_at(url: str, kind: Any, **changed: Any) -> Served:
    writer = Writers(WriterSettings(kind=kind, model="m", url=url)).writer(look=False)
    assert isinstance(writer, Served)
    return replace(writer, **{"timeouts": QUICK, **changed})


def said(writer: Served, *, max_tokens: int = 50) -> str:
    return "".join(writer.write(ASKED, max_tokens=max_tokens))


def failed(server: FaultServer, kind: str, **changed: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        said(writer_at(server.url, kind, **changed))
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Speech.half, "ended in the middle"),
        (Speech.cut, ""),
        (Speech.stuck, "fell silent in the middle of its reply"),
        (Speech.wrong_json, ""),
        (Speech.says_error, "ran out of memory"),
    ],
    ids=["half a stream", "cut in a line", "hangs in the middle", "wrong json", "error in the stream"],
)
def test_a_reply_that_breaks_keeps_what_came(
    kind: str, speech: Speech, fault: Callable[[Speech, Handler], None], told: str
) -> None:
    with running(lambda handler: fault(speech, handler)) as server:
        error = failed(server, kind)
    assert error.partial
    assert "".join(REPLY).startswith(error.partial)
    assert told in error.message
    assert len(server.bodies) == 1  # half a reply is not asked for again


def test_a_model_that_says_nothing_is_given_up(kind: str, speech: Speech) -> None:
    began = time.monotonic()
    with running(speech.mute) as server:
        error = failed(server, kind)
    assert "gave no word, for 1 s" in error.message
    assert error.partial == ""
    assert time.monotonic() - began < 10


def test_what_has_another_shape_is_no_reply(kind: str, speech: Speech) -> None:
    with running(speech.wrong_shape) as server:
        assert failed(server, kind).partial == ""


def test_a_page_is_no_reply(kind: str) -> None:
    with running(page) as server:
        assert "text/html" in failed(server, kind).message
    assert len(server.bodies) == 1


def test_a_redirect_is_not_followed(kind: str, speech: Speech) -> None:
    with running(speech.well) as other:
        with running(refusing(307, Location=f"{other.url}/elsewhere")) as server:
            assert "not followed" in failed(server, kind).message
        assert other.heads == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(kind: str, speech: Speech, status: int) -> None:
    with running(refusing(status), refusing(status), speech.well) as server:
        assert said(writer_at(server.url, kind, timeouts=Timeouts(first_s=20.0))) == "".join(REPLY)
    assert len(server.bodies) == 3


def test_what_never_passes_is_told_after_some_tries(kind: str) -> None:
    with running(refusing(429)) as server:
        error = failed(server, kind, timeouts=Timeouts(first_s=20.0))
    assert "no more requests" in error.message
    assert len(server.bodies) == 3


def test_who_is_given_up_while_it_is_tried_again_is_told_why(kind: str) -> None:
    with running(refusing(503, Retry_After="15")) as server:
        assert "(503)" in failed(server, kind).message


def test_a_server_that_names_a_time_is_left_alone_so_long(kind: str, speech: Speech) -> None:
    with running(refusing(429, Retry_After="1"), speech.well) as server:
        began = time.monotonic()
        assert said(writer_at(server.url, kind, timeouts=Timeouts(first_s=20.0))) == "".join(REPLY)
    assert time.monotonic() - began >= 1.0


def test_who_is_asked_to_come_back_in_an_hour_does_not_wait(kind: str) -> None:
    began = time.monotonic()
    with running(refusing(429, Retry_After="3600")) as server:
        failed(server, kind, timeouts=Timeouts(first_s=60.0))
    assert time.monotonic() - began < 20
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    ("status", "told"), [(401, "refuses the key"), (404, "knows no m"), (400, "gave no whole reply (400)")]
)
def test_what_will_not_pass_is_told_at_once(kind: str, status: int, told: str) -> None:
    with running(refusing(status)) as server:
        assert told in failed(server, kind).message
    assert len(server.bodies) == 1


def test_nobody_at_the_address_is_said_with_the_address(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match=f"cannot be reached at http://127.0.0.1:{port}"):
        said(writer_at(f"http://127.0.0.1:{port}", kind, timeouts=Timeouts(first_s=20.0)))


def test_whoever_leaves_is_felt_by_the_server(kind: str, speech: Speech) -> None:
    with running(speech.endless) as server:
        pieces = writer_at(server.url, kind).write(ASKED, max_tokens=50)
        assert any(next(pieces) for _ in range(1_000))
        pieces.close()  # type: ignore[attr-defined]
        assert server.left.wait(10)


def test_a_server_that_only_sends_signs_of_life_is_left_too() -> None:
    with running(SPEECHES["openai"].stuck) as server:
        failed(server, "openai")
        assert server.left.wait(10)


def test_whoever_leaves_before_the_first_word_is_felt_too(kind: str, speech: Speech) -> None:
    def waiting(handler: Handler) -> None:
        handler.connection.settimeout(10)
        if handler.connection.recv(1) == b"":
            handler.server.left.set()

    with running(waiting) as server:
        pieces = writer_at(server.url, kind, timeouts=Timeouts(first_s=30.0)).write(ASKED, max_tokens=50)
        while not server.bodies:
            assert next(pieces) == ""
        pieces.close()  # type: ignore[attr-defined]
        assert server.left.wait(10)


def test_a_reply_without_end_is_left(kind: str, speech: Speech) -> None:
    with running(speech.endless) as server:
        text = said(writer_at(server.url, kind), max_tokens=20)
        assert 20 < len(text) < 1_000
        assert server.left.wait(10)


def test_an_ollama_is_told_the_size_of_the_context(speech: Speech) -> None:
    with running(SPEECHES["ollama"].well) as server:
        said(writer_at(server.url, "ollama", context_tokens=8_192), max_tokens=33)
    [sent] = server.sent
    assert (sent["options"]["num_ctx"], sent["options"]["num_predict"]) == (8_192, 33)


def test_a_prompt_that_has_no_room_is_not_sent(kind: str, speech: Speech) -> None:
    with running(speech.well) as server, pytest.raises(ModelError, match="tokens"):
        "".join(writer_at(server.url, kind).write([Message("user", "word " * 9_000)], max_tokens=100))
    assert server.heads == []


def test_no_proxy_comes_between_us_and_this_machine(kind: str, speech: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(speech.well) as server, running(page) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert said(writer_at(server.url, kind)) == "".join(REPLY)
        assert proxy.heads == []


def test_a_key_of_the_environment_is_not_sent_unasked(
    kind: str, speech: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, "sk-canary-of-the-environment")
    with running(speech.well) as server:
        said(writer_at(server.url, kind))
    assert "canary" not in "".join(server.heads)
