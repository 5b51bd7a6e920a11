"""What every language model promises, wherever it runs: the one of the tests, the two kinds of servers, and a file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from kb.app.writers import Writers
from kb.config_writer import WriterKind, WriterSettings
from kb.model import Message
from kb.writing import Passage, Writer, estimate_tokens, fit, prompt_tokens
from tests.unit.answer.scripted import writer as scripted
from tests.unit.llm.fault_server import REPLY, SPEECHES, running
from tests.unit.llm.small_model import small_model

CONTEXT = 1_024
ASKED = (Message("system", "Be brief."), Message("user", "Name three colours.", sources=("notes",)))
FENCED = '<passage-4be1 n="1">\nVACUUM rewrites the whole file; wie groß ist er? 42 ms.\n</passage-4be1>\n'


def _scripted(stack: ExitStack) -> Writer:
    return scripted("".join(REPLY), context_tokens=CONTEXT)


def _served(kind: WriterKind) -> Callable[[ExitStack], Writer]:
    def make(stack: ExitStack) -> Writer:
        server = stack.enter_context(running(SPEECHES[kind].well))
        return _built(stack, WriterSettings(kind=kind, model="m", url=server.url, context_tokens=CONTEXT))

    return make


def _file(stack: ExitStack) -> Writer:
    return _built(stack, WriterSettings(kind="gguf", model=str(small_model()), context_tokens=CONTEXT))


def _built(stack: ExitStack, settings: WriterSettings) -> Writer:
    writers = Writers(settings)
    stack.callback(writers.close)
    made = writers.writer(look=False)
    assert made is not None
    return made


KINDS = {"scripted": _scripted, "ollama": _served("ollama"), "openai": _served("openai"), "gguf": _file}


@pytest.fixture(scope="module", params=KINDS)
def writer(request: pytest.FixtureRequest) -> Iterator[Writer]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        # Beside other tests, threads that wait for each other cost more than they do.
        patch.setenv("KB_THREADS", "1")
        yield KINDS[request.param](stack)


def test_a_reply_comes_in_pieces(writer: Writer) -> None:
    pieces = list(writer.write(ASKED, max_tokens=16))
    assert all(isinstance(piece, str) for piece in pieces)
    assert len([piece for piece in pieces if piece]) > 1


def test_the_next_reply_is_another(writer: Writer) -> None:
    first, second = ("".join(writer.write(ASKED, max_tokens=8)) for _ in range(2))
    assert first
    assert second


def test_a_reply_may_be_left(writer: Writer) -> None:
    pieces = writer.write(ASKED, max_tokens=64)
    assert any(next(pieces) for _ in range(10_000))
    pieces.close()  # type: ignore[attr-defined]
    with pytest.raises(StopIteration):
        next(pieces)
    assert "".join(writer.write(ASKED, max_tokens=8))


def test_it_says_who_and_where_it_is(writer: Writer) -> None:
    assert writer.name
    assert writer.local
    assert writer.may_see("notes")
    assert writer.context_tokens == CONTEXT


def test_more_text_is_more_tokens(writer: Writer) -> None:
    assert writer.count_tokens("") == 0
    counts = [writer.count_tokens(FENCED * times) for times in (1, 2, 4)]
    assert 0 < counts[0] < counts[1] < counts[2]
    assert counts[0] >= len(FENCED.split())


def test_what_fits_has_room_for_its_reply(writer: Writer) -> None:
    passages = [Passage("notes", FENCED)] * 60
    rules = "Write one sentence."
    fitted = fit(writer, passages, around=[rules, ""], max_tokens=200)
    assert 0 < len(fitted.kept) < 60
    assert fitted.kept == tuple(range(len(fitted.kept)))
    assert f"{60 - len(fitted.kept)} passages were left out" in fitted.notices[0]
    said = [Message("system", rules), Message("user", FENCED * len(fitted.kept), sources=("notes",))]
    assert prompt_tokens(writer, said) + 200 <= CONTEXT


@dataclass
class Far:
    """Somewhere else, with room for little."""

    name: str = "far"
    local: bool = False
    context_tokens: int = 300

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    def may_see(self, source: str) -> bool:
        return source == "notes"

    def write(self, messages: object, *, max_tokens: int) -> Iterator[str]:
        return iter(())


def test_passages_of_other_sources_stay_here() -> None:
    passages = [Passage("work", "secret plans"), Passage("notes", "a note"), Passage("work", "more plans")]
    fitted = fit(Far(), passages, around=["rules"], max_tokens=50)
    assert fitted.kept == (1,)
    assert fitted.notices == ("not shown to far, which is not on this machine: work",)


def test_a_passage_that_has_no_room_takes_all_after_it_along() -> None:
    passages = [Passage("notes", "short"), Passage("notes", "word " * 500), Passage("notes", "short too")]
    fitted = fit(Far(), passages, around=["rules"], max_tokens=50)
    assert fitted.kept == (0,)
    assert fitted.notices == ("2 passages were left out: far takes 300 tokens",)
