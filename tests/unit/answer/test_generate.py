"""A written answer is as honest as a quoted one, and never worse than it: whatever goes wrong, the notes are quoted."""

from typing import Any

import pytest

from kb.answer.generate import write
from kb.answer.prompt import Given
from kb.errors import ModelError
from kb.progress import Progress
from kb.service.protocol import Cancelled
from tests.unit.answer.scripted import ScriptedWriter, writer
from tests.unit.app.world import World

QUESTION = "where do sessions live, in MySQL?"
OLD = (
    "# 1. Sessions in MySQL\n\n## Status\n\nSuperseded by [2. Sessions in Postgres](0002-postgres.md)\n\n"
    "## Decision\n\nSessions live in MySQL for 30 days.\n"
)
NEW = (
    "# 2. Sessions in Postgres\n\n## Status\n\nAccepted. Supersedes [1. Sessions in MySQL](0001-mysql.md)\n\n"
    "## Decision\n\nSessions live in Postgres, because the team runs it already. They expire after 14 days.\n"
)
NOTE = "# Look at sessions\n\nThe table of sessions is listed with `psql -c '\\\\dt session*'`.\n"
HELD = "Sessions live in Postgres [1]. They expire after 14 days [1]."


@pytest.fixture
def noted(world: World) -> World:
    world.write("docs/adr/0001-mysql.md", OLD)
    world.write("docs/adr/0002-postgres.md", NEW)
    world.write("til/look.md", NOTE)
    world.index()
    return world


def ask(world: World, model: ScriptedWriter | None, question: str = QUESTION, **more: Any) -> dict[str, Any]:
    with world.app() as app:
        app.shared.given_writer = model
        return app.ask(question, write=True, **more)


def test_what_holds_is_the_answer_and_only_what_it_cites_is_cited(noted: World) -> None:
    model = writer(HELD)
    payload = ask(noted, model)
    assert (payload["mode"], payload["answer"], payload["dropped"]) == ("generated", HELD, 0)
    assert payload["writer"] == {"name": "scripted", "local": True}
    assert [(cited["n"], cited["path"]) for cited in payload["citations"]] == [(1, "docs/adr/0002-postgres.md")]
    assert "Sessions live in Postgres" in payload["citations"][0]["quote"]
    assert len(model.given) == 1


def test_what_does_not_hold_is_dropped_and_counted(noted: World) -> None:
    payload = ask(noted, writer(f"{HELD} They are encrypted with AES [1]. Sessions live in Redis [1]."))
    assert (payload["mode"], payload["answer"], payload["dropped"]) == ("generated", HELD, 2)
    assert "2 sentences were dropped: your notes do not say it" in payload["notices"]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("Sessions live in Redis [1]. They expire after 90 days [1].", "wrote nothing that they say"),
        ("Sessions live in Postgres.", "wrote nothing that they say"),
        ("not in the passages", "wrote nothing that they say"),
        ("", "wrote no answer"),
        ("Sessions live in Postgres [1]. They rot [1]. They sing [1].", "2 of 3 sentences of scripted are not in them"),
        (
            ModelError("scripted broke off", "try again"),
            "what it had written is incomplete: scripted broke off; try again",
        ),
    ],
)
def test_else_the_notes_are_quoted_with_a_notice(noted: World, reply: str | ModelError, told: str) -> None:
    quoted = noted.ask(QUESTION)
    payload = ask(noted, writer(reply))
    assert payload["mode"] == "extractive"
    assert (payload["answer"], payload["citations"]) == (quoted["answer"], quoted["citations"])
    assert any(told in notice for notice in payload["notices"]), payload["notices"]
    assert payload.get("incomplete", "") == ("Half a " if isinstance(reply, ModelError) else "")


def test_a_question_that_the_notes_do_not_answer_is_given_to_no_model(noted: World) -> None:
    model = writer("Bread is baked at 220 degrees [1].")
    payload = ask(noted, model, "at which temperature is sourdough bread baked?")
    assert (payload["status"], payload["answer"], model.given) == ("not_found", "", [])


def test_without_write_no_model_is_asked(noted: World) -> None:
    model = writer(HELD)
    with noted.app() as app:
        app.shared.given_writer = model
        assert app.ask(QUESTION)["mode"] == "extractive"
    assert model.given == []


def test_each_piece_is_told_as_it_comes_and_after_the_quotes(noted: World) -> None:
    parts: list[dict[str, Any]] = []
    stages: list[Progress] = []
    ask(noted, writer(HELD), on_part=parts.append, on_progress=stages.append)
    kinds = ["text" if "text" in part else "citation" for part in parts]
    assert kinds == sorted(kinds) and "citation" in kinds
    assert "".join(part["text"] for part in parts if "text" in part).strip() == HELD
    assert stages[0].stage == "write" and stages[-1].detail.startswith("scripted: ")


def test_who_leaves_stops_the_model(noted: World) -> None:
    model = writer("word " * 200)

    def leave(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        ask(noted, model, on_progress=leave)
    assert model.closed == 1


def test_a_superseded_decision_is_never_told_as_what_holds(noted: World) -> None:
    payload = ask(noted, writer("Sessions live in MySQL for 30 days [2]."))
    cited = {c["n"]: c["path"] for c in noted.ask(QUESTION)["citations"]}
    assert cited == {1: "docs/adr/0002-postgres.md", 2: "docs/adr/0001-mysql.md"}
    assert payload["answer"].endswith("[2]. (superseded; now docs/adr/0002-postgres.md)")


def test_the_prompt_tells_how_each_decision_stands(noted: World) -> None:
    model = writer(HELD)
    ask(noted, model)
    rules, asked = model.given[0]
    assert "ends with the number of its passage" in rules.text
    assert 'standing="accepted"' in asked.text
    assert 'standing="superseded, now docs/adr/0002-postgres.md"' in asked.text
    assert asked.sources == ("notes",)
    assert asked.text.rstrip().endswith("each sentence with its [number].")


def test_a_question_in_turns_is_written_too_and_kept(noted: World) -> None:
    with noted.app() as app:
        app.shared.given_writer = writer(HELD)
        told = app.converse(QUESTION, write=True)
        assert (told["mode"], told["answer"]) == ("generated", HELD)
        (turn,) = app.conversation_show(told["conversation"])["turns"]
        assert (turn["mode"], [c["path"] for c in turn["citations"]]) == ("extractive", ["docs/adr/0002-postgres.md"])


GIVEN = Given(
    n=1, source="notes", path="a.md", title="A", start=1, end=1, text="Sessions live in Postgres.", kind="til"
)


def test_a_remote_model_gets_neither_what_it_may_not_see_nor_what_is_asked_about() -> None:
    remote = writer(HELD, local=False, sources=frozenset(("open",)))
    seen = Given(
        **{**{name: getattr(GIVEN, name) for name in Given.__slots__}, "n": 2, "source": "open", "text": "Seen."}
    )
    made = write(QUESTION, [GIVEN, seen], remote, context="a diff of mine", on_text=lambda piece: None)
    (_, asked), *_ = remote.given
    assert "Seen." in asked.text and "Postgres." not in asked.text and "a diff of mine" not in asked.text
    assert asked.sources == ("open",)
    assert any("what you ask about is not shown" in notice for notice in made.notices)
    assert any("notes" in notice for notice in made.notices)
    nothing = write(QUESTION, [GIVEN], writer(HELD, local=False, sources=frozenset()), on_text=lambda piece: None)
    assert nothing.sentences == () and "was not asked" in nothing.notices[-1]


def test_what_has_no_room_is_left_out_whole_and_said() -> None:
    long = Given(**{**{name: getattr(GIVEN, name) for name in Given.__slots__}, "n": 2, "text": "Word. " * 900})
    small = writer("Sessions live in Postgres [1].", context_tokens=1_800)
    made = write(QUESTION, [GIVEN, long], small, on_text=lambda piece: None)
    assert "Word. Word." not in small.given[0][1].text
    assert [sentence.cites for sentence in made.sentences] == [(1,)]
    assert any("1 passage was left out" in notice for notice in made.notices)


def test_a_model_that_does_not_stop_is_cut_off() -> None:
    endless = writer("Sessions live in Postgres [1]. " * 5_000)
    pieces: list[str] = []
    write(QUESTION, [GIVEN], endless, on_text=pieces.append)
    assert endless.closed == 1 and len("".join(pieces)) < 10_000
