"""A conversation is kept, understood, shown again as things are today, and forgotten for good."""

from typing import Any

import pytest

from kb.app.application import App
from kb.errors import NotFoundError, StorageError, UsageError
from kb.service.protocol import Cancelled
from tests.unit.app.world import World

DEBUGGER = "# Attach a debugger\n\nRun jest with --inspect-brk to attach a debugger to the tests.\n"
DOCKER = "# Debug in docker\n\nIn docker the debugger of the tests listens on port 9229 of the container.\n"
OLD = "# 1. Use MySQL\n\nDate: 2023-02-01\n\nStatus: accepted\n\n## Decision\n\nUser sessions live in MySQL.\n"
NEW = (
    "# 2. Use Postgres\n\nDate: 2025-03-02\n\nStatus: accepted\n\nSupersedes [ADR 1](0001-mysql.md)\n\n"
    "## Decision\n\nThey live in Postgres.\n"
)
QUESTION = "how do I attach a debugger to the jest tests?"


@pytest.fixture
def talk(world: World) -> World:
    world.write("til/debugger.md", DEBUGGER)
    world.write("til/docker.md", DOCKER)
    world.write("adr/0001-mysql.md", OLD)
    for number in range(5):
        world.write(f"til/other{number}.md", f"# Other {number}\n\nSomething else about subject{number}.\n")
    world.index()
    return world


def test_a_follow_up_is_understood_and_both_are_kept(talk: World) -> None:
    with talk.app() as app:
        first = app.converse(QUESTION)
        second = app.converse("and in docker?", conversation=first["conversation"])
        assert (first["status"], first["asked"]) == ("answered", QUESTION)
        assert second["asked"] == "how do I attach a debugger to the jest tests – and in docker?"
        assert second["question"] == "and in docker?"
        assert {first["conversation"]} == {second["conversation"]} == {1}
    with talk.app() as app:
        shown = app.conversation_show(1)
        assert [turn["question"] for turn in shown["turns"]] == [QUESTION, "and in docker?"]
        assert [turn["asked"] for turn in shown["turns"]] == [QUESTION, second["asked"]]
        assert shown["turns"][0]["citations"] == first["citations"]
        assert app.conversations()["conversations"] == [
            {
                "conversation": 1,
                "began": first["at"],
                "at": second["at"],
                "turns": 2,
                "question": QUESTION,
            }
        ]


def test_what_says_nothing_of_the_follow_up_does_not_answer_it(talk: World) -> None:
    with talk.app() as app:
        first = app.converse(QUESTION)
        second = app.converse("what about kubernetes?", conversation=first["conversation"])
    assert (second["status"], second["missing"], second["citations"]) == ("not_found", ["kubernetes"], [])
    assert second["nearest"]


def test_the_same_answer_twice_is_said_to_be_the_same(talk: World) -> None:
    with talk.app() as app:
        first = app.converse(QUESTION)
        second = app.converse("why?", conversation=first["conversation"])
    assert second["citations"] == first["citations"]
    assert any("quoted before" in notice for notice in second["notices"])


def test_a_plain_question_is_not_kept(talk: World) -> None:
    with talk.app() as app:
        assert "conversation" not in app.ask(QUESTION)
        assert app.conversations()["conversations"] == []


def test_the_text_of_files_is_not_kept(talk: World) -> None:
    with talk.app() as app:
        assert app.converse(QUESTION)["status"] == "answered"
        assert app.converse("kubernetes on mars?")["status"] == "not_found"
    written = b"".join(file.read_bytes() for file in talk.settings.home.glob("journal.db*"))
    assert QUESTION.encode() in written
    assert b"inspect-brk" not in written


def test_parts_come_before_the_answer_and_in_its_order(talk: World) -> None:
    talk.write("adr/0002-postgres.md", NEW)
    talk.index()
    parts: list[dict[str, Any]] = []
    with talk.app() as app:
        first = app.converse("where do user sessions live, in MySQL?", on_part=parts.append)
        assert [citation["path"] for citation in first["citations"]] == ["adr/0002-postgres.md", "adr/0001-mysql.md"]
        assert parts == [{"citation": citation} for citation in first["citations"]]
        parts.clear()
        app.converse("why?", conversation=first["conversation"], on_part=parts.append)
    assert parts[0] == {"asked": "where do user sessions live, in MySQL – why?"}


def test_who_leaves_at_a_part_ends_the_work_and_nothing_is_kept(talk: World) -> None:
    def enough(_: object) -> None:
        raise Cancelled

    with talk.app() as app:
        with pytest.raises(Cancelled):
            app.converse(QUESTION, on_part=enough)
        assert app.conversations()["conversations"] == []
        assert app.converse(QUESTION)["status"] == "answered"


def test_an_old_quote_is_read_again_where_it_stands_now(talk: World) -> None:
    with talk.app() as app:
        before = app.converse(QUESTION)["citations"][0]
        talk.write("til/debugger.md", "---\ntags: [js]\n---\n" + DEBUGGER)
        after = app.conversation_show(1)["turns"][0]["citations"][0]
        assert (after["start"], after["end"]) == (before["start"] + 3, before["end"] + 3)
        assert after["quote"] == before["quote"]
        talk.write("til/debugger.md", "# Attach a debugger\n\nNo more.\n")
        turn = app.conversation_show(1)["turns"][0]
    assert (turn["citations"], turn["answer"]) == ([], "")
    assert turn["notices"] == ["til/debugger.md no longer says what was quoted then"]


def test_what_left_the_index_is_not_shown_again(talk: World) -> None:
    with talk.app() as app:
        app.converse(QUESTION)
        talk.write(".kbignore", "til/debugger.md\n")
        app.index([])
        turn = app.conversation_show(1)["turns"][0]
    assert turn["citations"] == []
    assert "til/debugger.md" in turn["notices"][0]


def test_a_decision_that_was_replaced_since_is_shown_as_that(talk: World) -> None:
    with talk.app() as app:
        told = app.converse("where do user sessions live, in MySQL?")["citations"][0]
        assert (told["path"], told["status"]) == ("adr/0001-mysql.md", "accepted")
        talk.write("adr/0002-postgres.md", NEW)
        app.index([])
        shown = app.conversation_show(1)["turns"][0]["citations"][0]
    assert (shown["status"], shown["superseded_by"]) == ("superseded", "adr/0002-postgres.md")
    assert shown["superseded_on"] == "2025-03-02"


def test_a_place_that_is_asked_about_is_its_own_context_and_stays_that_for_a_follow_up(talk: World) -> None:
    with talk.app() as app:
        first = app.converse(QUESTION)
        about = app.converse("what is this?", conversation=first["conversation"], about="notes:til/docker.md:3")
        assert (about["asked"], about["about"]) == ("what is this?", "notes:til/docker.md:3")
        again = app.converse("which container is it?", conversation=first["conversation"])
        assert again["about"] == "notes:til/docker.md:3"
        alone = app.converse("what is there of subject3?", conversation=first["conversation"])
        assert alone["about"] is None
        with pytest.raises(NotFoundError):
            app.converse("what is this?", about="notes:til/gone.md")


def test_the_last_turns_are_shown_and_the_others_counted(talk: World) -> None:
    with talk.app() as app:
        for number in range(4):
            app.converse(f"subject{number}", conversation=1 if number else None)
        shown = app.conversation_show(1, limit=3)
        assert [turn["question"] for turn in shown["turns"]] == ["subject1", "subject2", "subject3"]
        assert shown["earlier"] == 1
        assert app.conversation_show(1)["earlier"] == 0


def test_a_forgotten_conversation_leaves_no_word_and_its_number_is_not_given_again(talk: World) -> None:
    with talk.app() as app:
        app.converse("what is the zyzzogeton of subject1?")
        assert app.conversation_delete(1) == {"deleted": 1}
        assert app.converse("subject2")["conversation"] == 2
        app.converse("subject3")
        assert app.conversation_delete(everything=True) == {"deleted": 2}
        assert app.conversations()["conversations"] == []
        written = b"".join(file.read_bytes() for file in talk.settings.home.glob("journal.db*"))
        assert b"zyzzogeton" not in written


@pytest.mark.parametrize("call", [lambda app: app.conversation_show(9), lambda app: app.conversation_delete(9)])
def test_an_unknown_conversation_is_said_to_be_unknown(talk: World, call: Any) -> None:
    with talk.app() as app, pytest.raises(NotFoundError, match="no conversation 9"):
        call(app)


def test_forgetting_nothing_named_forgets_nothing(talk: World) -> None:
    with talk.app() as app:
        app.converse("subject1")
        with pytest.raises(UsageError):
            app.conversation_delete()
        assert len(app.conversations()["conversations"]) == 1


class NothingKept(App):
    """An index whose journal cannot be opened."""

    @property
    def journal(self) -> Any:  # type: ignore[override]
        raise StorageError("the journal is damaged: journal.db")


def test_an_answer_is_given_where_it_cannot_be_kept(talk: World) -> None:
    with NothingKept(talk.settings) as app:
        app.shared.embedder = talk.embedder
        told = app.converse(QUESTION)
    assert (told["status"], told["conversation"]) == ("answered", None)
    assert told["notices"] == ["not kept: the journal is damaged: journal.db"]


def test_a_question_that_is_no_utf_8_is_kept(talk: World) -> None:
    with talk.app() as app:
        app.converse("is \udc80 in subject1?")
        assert app.conversation_show(1)["turns"][0]["question"] == "is \\x80 in subject1?"


def test_what_was_forgotten_meanwhile_is_not_leant_on(talk: World) -> None:
    with talk.app() as app:
        first = app.converse(QUESTION)
        app.conversation_delete(everything=True)
        told = app.converse("why?", conversation=first["conversation"])
    assert told["asked"] == "why?"
    assert told["conversation"] > first["conversation"]
