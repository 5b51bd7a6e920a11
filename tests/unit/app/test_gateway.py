"""Who answers a command: a daemon where one listens, this process where none does, and nobody twice."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from kb import __version__
from kb.app import gateway as gateways
from kb.app.api import METHODS
from kb.app.gateway import identity
from kb.config import Settings
from kb.errors import NoIndexError
from kb.progress import Progress
from kb.service.client import DaemonLost
from kb.service.endpoint import endpoint_of
from kb.service.listening import listener_of
from kb.service.protocol import PROTOCOL, Cancelled, Frames, encode
from tests.unit.app.serving import DEADLINE_S, Served, gateway, served
from tests.unit.app.world import World

CHANGING = (
    "took_ms",
    "took_s",
    "as_of",
    "at",
    "began",
    "due",
    "next_due",
    "reviewed",
    "uptime_s",
    "rss_mb",
    "pid",
    "daemon",
    "pending_changes",
    "settled",
)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The daemons that would have been started behind an answer."""
    found: list[Settings] = []
    monkeypatch.setattr(gateways, "start_behind", found.append)
    return found


@pytest.fixture
def indexed(world: World) -> World:
    for number in range(6):
        world.write(f"n{number}.md", f"# Note {number}\n\nThis is about item{number}.\n")
    world.index()
    return world


def calls(world: World) -> dict[str, tuple[tuple[Any, ...], dict[str, Any]]]:
    """A call of every method that a daemon carries out, in an order in which each still has something to tell."""
    return {
        "search": (("item3",), {"limit": 2}),
        "ask": (("what is item3 about?",), {}),
        "converse": (("what is item3 about?",), {}),
        "conversations": ((), {}),
        "conversation_show": ((1,), {}),
        "conversation_delete": ((1,), {}),
        "get": (("notes:n3.md",), {"cwd": "/"}),
        "locate": (("notes:n3.md:1",), {"cwd": "/"}),
        "related_notes": (("item3",), {"limit": 2}),
        "decisions_list": ((), {}),
        "decisions_show": (("1",), {"cwd": "/"}),
        "decisions_links": ((), {}),
        "decisions_graph": ((), {"form": "dot"}),
        "decisions_check": ((), {}),
        "related": (("notes:n3.md",), {"limit": 2, "cwd": "/"}),
        "link_suggest": ((), {}),
        "why": (("notes:n3.md:1",), {"cwd": "/"}),
        "why_trace": (('  File "n3.md", line 1, in f',), {"cwd": "/"}),
        "learn": (("mirror",), {"cwd": "/"}),
        "study_mark": (("mirror", "READING"), {}),
        "study_reveal": (("mirror", "QUESTION"), {}),
        "study_note": (("mirror",), {}),
        "studies": ((), {}),
        "tutor_open": (("item3",), {"goal": "know", "level": "some", "cwd": "/"}),
        "tutor_show": ((1,), {}),
        "tutor_say": ((1, "x"), {"turn": 0}),
        "tutor_tell": ((1,), {}),
        "context": (("item3",), {"ask_why": True, "cwd": "/"}),
        "draft": (("review", "# A design\n\nWe use item3.\n"), {"name": "design.md", "cwd": "/"}),
        "card_add": (("What is item3?", "a thing"), {"ref": "notes:n3.md:3-3", "cwd": "/"}),
        "cards_due": ((), {}),
        "card_list": ((), {}),
        "card_show": ((1,), {}),
        "card_grade": ((1, "good"), {}),
        "card_undo": ((), {}),
        "cards_export": ((), {}),
        "card_retire": ((1,), {}),
        "stats": ((), {}),
        "source_add": ((str(world.notes),), {}),
        "source_list": ((), {}),
        "index": (([],), {}),
        "status": ((), {}),
        "brief": ((), {"since": "yesterday"}),
        "doctor": ((), {}),
        "warm": ((), {}),
        "night": ((), {}),
        "source_remove": (("notes",), {}),
    }


def scrubbed(told: Any) -> Any:
    """Without what differs from one moment to the next; every key stays."""
    if isinstance(told, dict):
        return {key: "…" if key in CHANGING else scrubbed(value) for key, value in told.items()}
    return [scrubbed(value) for value in told] if isinstance(told, list) else told


def told_of_all(world: World, asked: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    ids: dict[Any, Any] = {}
    for name, (args, named) in calls(world).items():
        given = [ids.get(arg, arg) if isinstance(arg, str) else arg for arg in args]
        told[name] = getattr(asked, name)(*given, **named)
        if name == "learn":
            stages = told[name]["stages"]
            ids["READING"] = next(item["id"] for stage in stages for item in stage["reading"])
            ids["QUESTION"] = next(item["id"] for stage in stages for item in stage["questions"])
    return {name: scrubbed(payload) for name, payload in told.items()}


def test_every_method_tells_the_same_by_a_daemon_and_without_one(world: World, started: list[Settings]) -> None:
    assert set(calls(world)) == {name for name, method in METHODS.items() if method.where in ("reader", "keeper")}
    told = []
    for daemon in (True, False):
        # The same paths both times: an answer names them.
        for number in range(6):
            world.write(f"n{number}.md", f"# Note {number}\n\nThis is about item{number}.\n")
            world.age(f"n{number}.md")
        # A plan asks about what can go wrong: one that asks nothing has no answer to reveal.
        world.write("mirror.md", "# Mirrors\n\nA copy.\n\nBeware: the mirror fails when its writer is killed.\n")
        world.age("mirror.md")
        world.write("adr/0001-x.md", "# 1. X\n\n## Status\n\nSuperseded by ADR-2\n\n## Context\n\nx\n")
        world.age("adr/0001-x.md")
        world.index(world.notes)
        if daemon:
            with served(world) as one, gateway(world) as asked:
                assert asked.in_daemon
                with one.client() as client:
                    client.call("index", {"paths": []})  # past its first look at everything
                told.append(told_of_all(world, asked))
        else:
            with gateway(world) as asked:
                assert not asked.in_daemon
                told.append(told_of_all(world, asked))
        world.settings.ledger.unlink()
        world.settings.journal.unlink(missing_ok=True)
    for name in calls(world):
        by_daemon, here = told[0][name], told[1][name]
        if name == "doctor":
            # Its words tell whether a daemon runs: that is what differs.
            by_daemon, here = ([check["name"] for check in told["checks"]] for told in (by_daemon, here))
        if name == "night":
            by_daemon, here = ([step["name"] for step in told["steps"]] for told in (by_daemon, here))
        assert by_daemon == here, name


def test_a_daemon_tells_how_far_it_is(indexed: World, started: list[Settings]) -> None:
    seen: list[Progress] = []
    with served(indexed), gateway(indexed) as asked:
        asked.index([], full=True, on_progress=seen.append)
    assert "read" in {progress.stage for progress in seen}


def test_a_daemon_sends_each_citation_before_the_answer(indexed: World, started: list[Settings]) -> None:
    parts: list[dict[str, Any]] = []
    with served(indexed), gateway(indexed) as asked:
        answer = asked.ask("item3", on_part=parts.append)
    assert answer["citations"]
    assert parts == [{"citation": citation} for citation in answer["citations"]]


def test_who_gives_up_an_answer_is_answered_by_the_daemon_the_next_time(
    indexed: World, started: list[Settings]
) -> None:
    def enough(_: object) -> None:
        raise Cancelled

    with served(indexed) as daemon, gateway(indexed) as asked:
        with pytest.raises(Cancelled):
            asked.ask("item3", on_part=enough)
        assert asked.search("item4")["index"]["daemon"] is True
    assert not [line for line in daemon.said if "failed" in line]
    assert started == []


def test_a_question_is_answered_here_and_a_daemon_is_started_behind_it(indexed: World, started: list[Settings]) -> None:
    with gateway(indexed) as asked:
        assert asked.search("item3")["hits"][0]["path"] == "n3.md"
        assert asked.search("item4")["index"]["daemon"] is False
        assert started == [], "before the answer is out, it would slow that down"
    assert started == [indexed.settings]


@pytest.mark.parametrize("method", ["get", "status", "index", "source_list"])
def test_what_is_no_question_starts_no_daemon(indexed: World, started: list[Settings], method: str) -> None:
    args, named = calls(indexed)[method]
    with gateway(indexed) as asked:
        getattr(asked, method)(*args, **named)
    assert started == []


def test_a_command_that_wants_no_daemon_asks_none_and_starts_none(indexed: World, started: list[Settings]) -> None:
    with served(indexed) as daemon, gateway(indexed, no_daemon=True) as asked:
        assert not asked.in_daemon
        assert asked.search("item3")["index"]["daemon"] is False
        with daemon.client() as client:
            assert client.call("search", {"query": "item3"})["index"]["daemon"] is True
    assert started == []


def test_without_an_index_no_daemon_is_started(world: World, started: list[Settings]) -> None:
    with gateway(world) as asked, pytest.raises(NoIndexError):
        asked.search("item3")
    assert started == []


def test_a_daemon_of_other_settings_leaves_and_its_successor_is_started(
    indexed: World, started: list[Settings]
) -> None:
    with served(indexed, max_file_bytes=99_999) as other, gateway(indexed) as asked:
        assert asked.search("item3")["index"]["daemon"] is False
        other.has_left()
    assert started == [indexed.settings]


def test_a_writing_command_waits_until_the_daemon_of_other_settings_has_left(
    indexed: World, started: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed.write("new.md", "# New\n\nThis is about item77.\n")
    with served(indexed, max_file_bytes=99_999) as other, gateway(indexed) as asked:
        wait_for_the_thread(monkeypatch, other)
        asked.index([])
    assert indexed.paths("item77")[0] == "new.md"
    assert started == [indexed.settings]


def wait_for_the_thread(monkeypatch: pytest.MonkeyPatch, daemon: Served) -> None:
    """The daemon's process is this one and does not end: its thread is waited for instead."""
    monkeypatch.setattr("kb.service.spawn.wait_until_gone", lambda *_, **__: daemon.has_left())


def test_settings_and_versions_make_the_identity(indexed: World) -> None:
    own = identity(indexed.settings)
    assert own == identity(replace(indexed.settings, editor="vi", no_daemon=True))
    assert own != identity(replace(indexed.settings, model="another"))
    assert own != identity(replace(indexed.settings, max_file_bytes=1))
    assert own.startswith(f"{__version__}+")


@contextmanager
def dying_daemon(settings: Settings) -> Iterator[list[str]]:
    """Greets, takes one request and is gone, as one that is killed in the middle of it; yields what it was asked."""
    listener = listener_of(endpoint_of(settings.home))
    listening = listener.open()
    asked: list[str] = []

    def serve() -> None:
        connection, _ = listening.accept()
        listening.close()
        frames = Frames()
        with connection:
            greeting = {"protocol": PROTOCOL, "identity": identity(settings), "pid": 0}
            while True:
                for message in frames.feed(connection.recv(65_536)):
                    if "hello" in message:
                        connection.sendall(encode({"hello": greeting}))
                    else:
                        asked.append(message["method"])
                        return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        thread.join(DEADLINE_S)
        listener.release()


def test_a_question_whose_daemon_is_killed_in_the_middle_is_answered_here(
    indexed: World, started: list[Settings]
) -> None:
    with dying_daemon(indexed.settings) as died, gateway(indexed) as asked:
        assert asked.ask("what is item3 about?")["index"]["daemon"] is False
    assert died == ["ask"]
    assert started == [indexed.settings]


def test_a_change_whose_daemon_is_killed_in_the_middle_is_not_done_a_second_time(
    indexed: World, started: list[Settings]
) -> None:
    with dying_daemon(indexed.settings) as died, gateway(indexed) as asked, pytest.raises(DaemonLost):
        asked.source_remove("notes")
    assert died == ["source_remove"]
    assert indexed.status()["files"] == 6


def test_a_repair_sends_the_daemon_away_and_starts_another(
    indexed: World, started: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(indexed) as daemon, gateway(indexed) as asked:
        wait_for_the_thread(monkeypatch, daemon)
        told = asked.repair()
    assert all(check["ok"] for check in told["checks"]), told
    assert started == [indexed.settings]


def test_a_command_that_meets_a_daemon_while_it_starts_has_it_do_the_work(
    indexed: World, started: list[Settings]
) -> None:
    with gateway(indexed) as asked:
        assert not asked.in_daemon
        # It came after the look for it, and has the index by now.
        with served(indexed):
            assert asked.index([])["unchanged"] == 6
            assert asked.in_daemon


def test_a_daemon_whose_ledger_was_taken_away_leaves(indexed: World) -> None:
    with served(indexed) as daemon:
        with daemon.client() as client:
            assert client.call("search", {"query": "item3"})["hits"]
        eventually_housekept(daemon)
        indexed.settings.ledger.rename(indexed.settings.ledger.with_suffix(".moved"))
        daemon.has_left()
    assert any("its index is gone" in line for line in daemon.said)


def eventually_housekept(daemon: Served) -> None:
    """Wait until the keeper has looked at its roots, and with them at the ledger, for the first time."""
    ends = time.monotonic() + DEADLINE_S
    while not daemon._daemon._keeper._ledger_inode and time.monotonic() < ends:
        time.sleep(0.02)
