"""A GGUF file in a child process: real words come as they are made, and the process is gone when it should be."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.app.writers import Writers
from kb.config_writer import WriterSettings
from kb.errors import ModelError
from kb.llm.gguf import GgufServer
from kb.model import Message
from kb.writing import Writer, estimate_tokens
from tests.e2e.homes import eventually
from tests.unit.llm.small_model import small_model

ASKED = [Message("system", "You are brief."), Message("user", "Name three colours.")]
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Beside other tests, threads that wait for each other cost more than they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KB_THREADS", "1")
        yield


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    made = Writers(WriterSettings(kind="gguf", model=str(small_model()), context_tokens=1_024))
    yield made
    made.close()


@pytest.fixture(scope="module")
def writer(writers: Writers) -> Writer:
    found = writers.writer(look=False)
    assert found is not None
    return found


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_reply_streams(writer: Writer) -> None:
    pieces = [piece for piece in writer.write(ASKED, max_tokens=24) if piece]
    assert len(pieces) > 3
    assert estimate_tokens("".join(pieces)) > 0
    assert (writer.local, writer.context_tokens) == (True, 1_024)


def test_whoever_leaves_stops_the_model(writer: Writer) -> None:
    long = writer.write([Message("user", "Count from one to one thousand, in words.")], max_tokens=700)
    assert any(next(long) for _ in range(10_000))
    long.close()  # type: ignore[attr-defined]
    # It has one place for a reply: the next would wait for all of the last.
    assert any("".join(writer.write(ASKED, max_tokens=4)))


def test_the_number_of_tokens_is_kept_to(writer: Writer) -> None:
    assert len([p for p in writer.write([Message("user", "Tell a story.")], max_tokens=6) if p]) <= 7


def test_a_prompt_beyond_its_context_is_not_sent(writer: Writer) -> None:
    with pytest.raises(ModelError, match="tokens"):
        list(writer.write([Message("user", "word " * 1_500)], max_tokens=10))


def test_an_estimate_is_never_below_what_the_model_counts() -> None:
    texts = [path.read_text("utf-8") for path in [*(ROOT / "notes/adr").glob("*.md"), *(ROOT / "kb/llm").glob("*.py")]]
    texts += [
        "Größe, naïve façade – 中文字符 и кириллица 🙂🙂",
        "\t\tx\n\n\n    y" * 20,
        "0123456789" * 12,
        "a1B2c3D4" * 9,
    ]
    server = GgufServer(small_model(), context_tokens=512)
    try:
        with server.serving() as address:
            for text in texts:
                for part in (text[at : at + 600] for at in range(0, min(len(text), 3_000), 600)):
                    body = json.dumps({"content": part}).encode()
                    head = {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}
                    asked = urllib.request.Request(address.removesuffix("/v1") + "/tokenize", body, head)
                    with urllib.request.urlopen(asked, timeout=60) as told:
                        assert estimate_tokens(part) >= len(json.load(told)["tokens"]), part
            wrong = urllib.request.Request(f"{address}/models", headers={"Authorization": "Bearer no"})
            completing = urllib.request.Request(f"{address}/chat/completions", b"{}", {"Authorization": "Bearer no"})
            for asked in (wrong, completing):
                with pytest.raises(urllib.error.HTTPError, match="401"):
                    urllib.request.urlopen(asked, timeout=60)
            assert address.startswith("http://127.0.0.1:")
    finally:
        server.close()
    assert server.pid is None


def test_the_token_is_not_told_by_the_process_list() -> None:
    server = GgufServer(small_model(), context_tokens=512)
    with server.serving():
        place = Path(f"/proc/{server.pid}")
        told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    assert server.token
    assert server.token.encode() not in told
    server.close()


PARENT = """
import sys
from pathlib import Path
from kb.llm.gguf import GgufServer

server = GgufServer(Path(sys.argv[1]), context_tokens=512)
with server.serving():
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def test_it_dies_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(small_model())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert lives(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        eventually(lambda: not lives(child), within_s=20)


def test_it_leaves_when_nobody_asks_and_comes_back() -> None:
    server = GgufServer(small_model(), context_tokens=512, idle_s=0.3)
    with server.serving():
        first = server.pid
    assert first is not None
    eventually(lambda: server.pid is None, within_s=20)
    with server.serving():
        assert server.pid not in (None, first)
    server.close()


def test_a_child_that_was_killed_is_started_again(writers: Writers, writer: Writer) -> None:
    assert "".join(writer.write(ASKED, max_tokens=4))
    assert writers.gguf is not None
    killed = writers.gguf.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: not lives(killed), within_s=20)
    assert "".join(writer.write(ASKED, max_tokens=4))


@pytest.mark.parametrize("content", [b"", b"not a model", b"GGUF" + b"\0" * 64])
def test_what_is_no_model_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "no.gguf"
    file.write_bytes(content)
    found = Writers(WriterSettings(kind="gguf", model=str(file))).writer(look=False)
    assert found is not None
    with pytest.raises(ModelError, match=r"no\.gguf"):
        list(found.write(ASKED, max_tokens=4))


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    found = Writers(WriterSettings(kind="gguf", model=str(tmp_path / "gone.gguf"))).writer(look=False)
    assert found is not None
    with pytest.raises(ModelError, match="cannot be read"):
        list(found.write(ASKED, max_tokens=4))
