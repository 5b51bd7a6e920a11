"""Frames survive any cut of the stream, and errors the way from one process to the other."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import errors
from kb.errors import ExitCode, KbError
from kb.progress import Progress
from kb.service import protocol
from kb.service.protocol import (
    MAX_FRAME_BYTES,
    BadFrame,
    Cancelled,
    DaemonLost,
    Frames,
    VersionMismatch,
    decode,
    encode,
    error_from_object,
    error_to_object,
)

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, KbError)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=4), st.lists(st.integers(0, 400), max_size=8))
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(
    messages: list[dict[str, object]], cuts: list[int]
) -> None:
    stream = b"".join(encode(message) for message in messages)
    frames, got = Frames(), []
    for start, end in pairwise([0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]):
        got += frames.feed(stream[start:end])
    assert got == messages
    assert not frames.half


def test_a_name_that_is_not_utf_8_survives() -> None:
    name = b"caf\xe9 \xff.md".decode("utf-8", "surrogateescape")
    frame = encode({"path": name})
    assert decode(frame[4:])["path"].encode("utf-8", "surrogateescape") == b"caf\xe9 \xff.md"


def test_a_frame_may_be_as_large_as_allowed_and_no_byte_larger() -> None:
    around = len(json.dumps({"text": ""}, separators=(",", ":")))
    fits = {"text": "x" * (MAX_FRAME_BYTES - around)}
    assert Frames().feed(encode(fits)) == [fits]
    with pytest.raises(BadFrame, match="bytes"):
        encode({"text": fits["text"] + "x"})


def test_a_length_over_the_limit_is_refused_before_the_rest_is_there() -> None:
    with pytest.raises(BadFrame, match="allowed"):
        Frames().feed((MAX_FRAME_BYTES + 1).to_bytes(4, "big"))


NO_OBJECTS = {
    "nothing": b"", "half": b"{", "a list": b"[]", "text": b'"text"', "a number": b"1", "not UTF-8": b"\xff\xfe",
    "too deep": b"[" * 1_000_000, "too many digits": b"9" * 10_000, "not JSON": b"{'a': 1}",
}  # fmt: skip


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS)
def test_what_is_no_object_is_a_bad_frame(body: bytes) -> None:
    with pytest.raises(BadFrame):
        Frames().feed(len(body).to_bytes(4, "big") + body)


def test_a_frame_is_half_until_its_last_byte() -> None:
    frames, frame = Frames(), encode({"id": 1})
    assert not frames.half
    for byte in frame[:-1]:
        assert frames.feed(bytes([byte])) == []
        assert frames.half
    assert frames.feed(frame[-1:]) == [{"id": 1}]
    assert not frames.half


def test_there_is_a_kind_to_survive() -> None:
    assert len(KINDS) >= 9


@pytest.mark.parametrize("kind", [*KINDS, DaemonLost, Cancelled, VersionMismatch])
def test_every_error_keeps_its_class_words_and_exit_code(kind: type[KbError]) -> None:
    told = json.loads(json.dumps(error_to_object(kind("what \udcff happened", "what to do"))))
    back = error_from_object(told)
    assert type(back) is kind
    assert (back.message, back.hint) == ("what \udcff happened", "what to do")
    assert (back.code, back.exit_code) == (kind.code, kind.exit_code)


def test_an_error_that_this_version_does_not_know_keeps_its_exit_code() -> None:
    back = error_from_object({"code": "from_tomorrow", "message": "m", "hint": "h", "exit_code": 4})
    assert type(back) is KbError
    assert (back.code, back.exit_code) == ("from_tomorrow", ExitCode.LOCKED)
    assert KbError.exit_code == ExitCode.NEGATIVE


@pytest.mark.parametrize("told", [{}, {"code": "x", "exit_code": 77}, {"code": "x", "exit_code": None}, {"code": 3}])
def test_an_error_without_sense_is_an_error_still(told: dict[str, object]) -> None:
    assert error_from_object(told).exit_code == ExitCode.NEGATIVE


def test_no_two_kinds_share_a_code() -> None:
    assert len(protocol._KINDS) == len(KINDS) + 3


def test_progress_survives_and_what_a_newer_daemon_adds_is_left_out() -> None:
    progress = Progress("embed", done=3, total=9, unit="chunks", detail="x")
    told = {**protocol.progress_to_object(progress), "eta_s": 4}
    assert protocol.progress_from_object(told) == progress
