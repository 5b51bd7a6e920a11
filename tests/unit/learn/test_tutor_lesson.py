"""The course of a lesson: with and without a model, told on demand, kept after each step."""

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.app.application import App
from kb.embedding.hashing import HashingEmbedder
from kb.errors import ModelError, NotFoundError, StorageError, UsageError
from kb.learn.tutor import sessions
from kb.learn.tutor.mastery import Noted, mastery, note
from kb.store.journal import Journal, crc_of
from tests.unit.app.world import CountingEmbedder, World
from tests.unit.learn.tutored import GRADE, Scripted, Taught, cached, opened, until

THEORY, TIE, ASKED = (
    "Freshness for availability.",
    'It "answers with an old value while a new" [1].',
    "What comes back?",
)


def said_in(taught: Taught) -> list[str]:
    return [part["text"] for part in taught.session.step["parts"]]


def test_level_and_goal_are_asked_unless_they_were_given(world: World) -> None:
    with cached(world).app() as app:
        payload = opened(app, goal="", level="")
        stages = [payload["stage"]]
        for said in ("whatever", "2", "to build one"):
            payload = app.tutor_say(payload["session"], said)
            stages.append(payload["stage"])
        assert stages == ["level", "level", "goal", "theory"]
        assert (payload["level"], payload["goal"]) == ("some", "to build one")
        assert opened(app, goal="", level="expert")["stage"] == "goal"


def test_without_a_model_the_notes_teach_and_a_choice_is_guessed_before_it_is_shown() -> None:
    taught = Taught(level="expert")
    assert "No model writes here" in said_in(taught)[0]
    assert taught.session.step["excerpts"] == [1, 2]
    step = taught.until("question")
    assert step["prompt"] == "Where does the cache live? Which option did they choose, and why?"
    assert (step["options"], step["excerpts"]) == (["Files", "Redis", "SQLite"], [])
    step = taught.say("3")
    assert step["grade"] == {"proposed": "right", "by": ["SQLite"], "missing": [], "excerpt": 3}
    assert step["excerpts"] == [3]


def test_every_kind_of_note_is_asked_about_by_what_stands_in_it() -> None:
    taught, prompts = Taught(), []
    while taught.session.stage != "done":
        if taught.session.stage in ("question", "reconstruct"):
            prompts.append(taught.session.step["prompt"])
        taught.say("tell me" if taught.session.step["expects"] == "answer" else "")
    assert prompts == [
        "Fill the gap: Set it with ____ in the header of the response.",
        "Where does the cache live? Which option did they choose, and why?",
        "What do lines 1-4 of src/cache.py do, and what would break without them?",
        "Now without looking: say in your own words what stale cache comes down to.",
    ]
    assert said_in(taught) == ["0 right, 0 partly, 0 wrong, 4 told."]


def test_the_words_that_made_a_grade_are_said_and_the_learner_judges() -> None:
    taught = Taught(level="expert")
    taught.until("question")
    step = taught.say("SQLite, it is simple")
    assert step["grade"]["by"] == ["SQLite"]
    assert said_in(taught)[0].startswith("[3] decides: your answer has “SQLite”, and lacks “")
    assert taught.say("no grade")["notices"] == ["one of these, or Enter for partly: right, partly, wrong"]
    assert taught.say("wrong")["number"] == 2
    assert [(known.asked, known.right) for known in taught.known.values() if known.asked] == [(1, 0)]
    assert taught.session.grades == {"wrong": 1}


def test_what_sits_least_is_asked_first() -> None:
    taught = Taught()
    taught.until("question")
    taught.say("stale-while-revalidate=60")
    taught.say()
    again = Taught()
    again.known = taught.known
    again.session = replace(again.session, stage="level")
    again.tell()
    again.until("question")
    assert again.session.questions[0].n != taught.session.questions[0].n == 1


def test_just_tell_me_shows_at_any_point_and_grades_nothing(world: World) -> None:
    with cached(world).app() as app:
        payload = opened(app, goal="", level="")
        payload = app.tutor_tell(payload["session"])
        assert (payload["stage"], payload["level"]) == ("theory", "some")
        payload = until(app, payload, "question")
        assert payload["held"] == 1
        payload = app.tutor_say(payload["session"], "Just tell me!")
        assert (payload["stage"], payload["step"]["grade"], payload["held"]) == ("reveal", None, 0)
        assert [concept["asked"] for concept in payload["concepts"]] == [0] * len(payload["concepts"])
        assert any(concept["seen"] for concept in payload["concepts"])


def test_with_a_model_each_part_is_marked_and_each_claim_verified() -> None:
    tie = f'{TIE} It was invented in 1968 [1]. The cache "is kept in files" as [4] says. Nothing more.'
    taught = Taught(Scripted(THEORY, tie, ASKED, GRADE))
    assert taught.session.step["parts"] == [{"text": THEORY, "from": "general knowledge", "cites": []}]
    step = taught.until("notes")
    assert said_in(taught) == [
        TIE,
        'The cache "is kept in files" as [4] says. (superseded; now docs/adr/0002-place.md)',
    ]
    assert (step["dropped"], step["excerpts"]) == (2, [1, 4])
    assert step["notices"] == [
        "2 sentences were left out: no excerpt says them",
        "[4] is superseded; in force is docs/adr/0002-place.md",
    ]
    step = taught.say()
    assert (step["prompt"], step["mode"]) == (ASKED, "written")
    step = taught.say("an old value")
    assert said_in(taught) == ['right: [1] says "answers with an old value".']
    assert step["grade"]["excerpt"] == 1


@pytest.mark.parametrize(
    "grade",
    ["I think it is right.", 'grade: right\nexcerpt: 1\nbecause: "invented words here"',
     'grade: right\nexcerpt: 3\nbecause: "stay available when the network"',
     'grade: fine\nexcerpt: 1\nbecause: "answers with an old value"'],
)  # fmt: skip
def test_a_grade_that_no_excerpt_bears_is_asked_for_once_more_and_then_made_of_words(grade: str) -> None:
    writer = Scripted(THEORY, TIE, ASKED, grade, grade)
    taught = Taught(writer)
    taught.until("question")
    step = taught.say("set stale-while-revalidate=60")
    assert len(writer.given) == 5
    assert (step["mode"], step["grade"]["by"]) == ("extractive", ["stale-while-revalidate"])
    assert any("gave nothing that could be used" in notice for notice in step["notices"])


def test_a_model_that_breaks_off_leaves_the_lesson_to_the_notes() -> None:
    taught = Taught(Scripted(*(ModelError("it went away") for _ in range(3))))
    assert taught.session.step["excerpts"] == [1, 2]
    assert taught.until("question")["prompt"].startswith("Fill the gap: ")
    assert not any("Half a" in text for text in said_in(taught))


def test_a_term_is_tied_to_the_lines_that_were_named(world: World) -> None:
    with cached(world).app() as app:
        payload = opened(app, topic="CAP theorem", at="notes:src/cache.py:1-4")
        assert payload["topic"] == "CAP theorem"
        here = next(excerpt for excerpt in payload["excerpts"] if excerpt["here"])
        assert (here["path"], here["start"], here["end"]) == ("src/cache.py", 1, 4)
        payload = opened(app, topic="notes:src/cache.py:3")
    assert payload["topic"] == "read_through"
    assert payload["excerpts"][0]["quote"].startswith("def read_through")


def test_a_decision_that_a_line_names_is_held_back_to_be_guessed(world: World) -> None:
    code = "# ADR-0002: one place\ndef put(key):\n    return key\n"
    world.write("docs/put.py", code)
    with cached(world).app() as app:
        payload = opened(app, topic="docs/put.py:2", cwd=str(world.notes))
        assert (payload["topic"], payload["held"]) == ("put", 1)
        payload = until(app, payload, "question", said="")
        assert payload["step"]["options"] == ["Files", "Redis", "SQLite"]
        payload = app.tutor_tell(payload["session"])
        shown = next(excerpt for excerpt in payload["excerpts"] if excerpt["n"] == payload["step"]["excerpts"][0])
        assert (shown["path"], shown["start"], shown["end"]) == ("docs/adr/0002-place.md", 19, 21)
        assert opened(app, topic="docs/put.py", cwd=str(world.notes))["excerpts"][0]["end"] == 3


def test_lines_outside_of_all_sources_are_taught_from_too(world: World) -> None:
    lone = world.folder / "lone.py"
    lone.write_text("def stale(cache):\n    return cache\n")
    with cached(world).app() as app:
        payload = opened(app, topic="stale cache", at=f"{lone}:1", cwd="/")
    assert payload["excerpts"][0]["source"] == ""
    assert payload["excerpts"][0]["quote"] == lone.read_text().rstrip()


def test_half_a_surrogate_pair_is_kept_as_a_question_mark(world: World) -> None:
    with cached(world).app() as app:
        payload = app.tutor_say(opened(app, goal="")["session"], "know \ud800")
    assert payload["goal"] == "know ?"


def test_what_was_rewritten_since_is_left_out_and_not_asked(world: World) -> None:
    with cached(world).app() as app:
        payload = opened(app)
        assert {"til/cache/stale.md", "src/cache.py"} <= {excerpt["path"] for excerpt in payload["excerpts"]}
        world.write("til/cache/stale.md", "# Another note\n\nAbout tea.\n")
        world.write("src/cache.py", "import this\n\n" + (world.notes / "src/cache.py").read_text())
        payload = app.tutor_say(payload["session"], "")
        shown = {excerpt["path"]: excerpt["start"] for excerpt in payload["excerpts"]}
        assert "til/cache/stale.md" not in shown
        assert shown["src/cache.py"] == 3
        assert any("til/cache/stale.md no longer says what it did" in told for told in payload["step"]["notices"])
        while payload["stage"] != "done":
            assert not (payload["stage"] == "question" and "Fill" in payload["step"]["prompt"])
            payload = app.tutor_tell(payload["session"])


def test_what_is_rewritten_while_its_question_is_open_is_not_graded(world: World) -> None:
    with cached(world).app() as app:
        payload = until(app, opened(app, level="expert"), "question")
        assert payload["step"]["options"] == ["Files", "Redis", "SQLite"]
        world.write("docs/adr/0002-place.md", "# 2. Something else\n")
        shown = app.tutor_say(payload["session"], "3")
        assert shown["stage"] in ("question", "reconstruct")
        assert shown["step"]["prompt"] != payload["step"]["prompt"]
        assert any("0002-place.md no longer says" in told for told in shown["step"]["notices"])
        world.write("src/cache.py", "pass\n")
        assert "src/cache.py" not in [excerpt["path"] for excerpt in app.tutor_show()["excerpts"]]


def test_nothing_near_names_the_nearest(world: World) -> None:
    with cached(world).app() as app, pytest.raises(NotFoundError, match="hold nothing near: quantum chromodynamics"):
        opened(app, topic="quantum chromodynamics")


@pytest.mark.parametrize("topic", ["", "  \n", "x" * 10_000])
def test_a_topic_that_is_none_is_refused(world: World, topic: str) -> None:
    with cached(world).app() as app:
        with pytest.raises(UsageError):
            opened(app, topic=topic)
        with pytest.raises(NotFoundError, match="no session"):
            app.tutor_show()


def test_an_answer_too_long_changes_nothing(world: World) -> None:
    with cached(world).app() as app:
        payload = until(app, opened(app), "question")
        with pytest.raises(UsageError):
            app.tutor_say(payload["session"], "x" * 10_001)
        assert app.tutor_show()["step"] == payload["step"]


def test_the_same_answer_sent_twice_is_heard_once(world: World) -> None:
    with cached(world).app() as app:
        before = until(app, opened(app), "question")
        after = app.tutor_say(before["session"], "an old value", turn=before["turn"])
        again = app.tutor_say(before["session"], "an old value", turn=before["turn"])
        assert after["stage"] == again["stage"] == "reveal"
        assert app.tutor_tell(before["session"], turn=before["turn"])["step"] == after["step"]


def test_a_damaged_session_is_told_and_left_as_it_is(world: World) -> None:
    with cached(world).app() as app:
        first, second = opened(app), opened(app)
        row = app.journal.rows("SELECT * FROM tutoring WHERE id = 1")[0]
        flipped = str(row["state"]).replace("stale", "stble", 1)
        for broken, fits in (('{"half', True), ("[]", True), ('{"stage": "theory"}', True), (flipped, False)):
            values = (row["topic"], row["at"], row["turn"], row["said"], broken, row["done"])
            crc = crc_of(values) if fits else row["crc"]
            with app.journal.transaction():
                app.journal.execute("UPDATE tutoring SET state = ?, crc = ? WHERE id = 1", (broken, crc))
            with pytest.raises(StorageError, match="session 1 is damaged"):
                app.tutor_say(first["session"], "")
            assert app.journal.rows("SELECT state FROM tutoring WHERE id = 1")[0]["state"] == broken
        assert app.tutor_show()["session"] == second["session"]


def test_a_damaged_record_of_a_concept_is_as_none(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as journal:
        note(journal, [Noted("cach", "cache", asked=1, right=1)], at="2026-05-03")
        with journal.transaction():
            journal.execute("UPDATE mastery SET right = 7")
        assert mastery(journal, ["cach"]) == {}
        note(journal, [Noted("cach", "cache", asked=1)], at="2026-05-04")
        assert (mastery(journal, ["cach"])["cach"].asked, mastery(journal, ["cach"])["cach"].right) == (1, 0)


def test_a_clock_set_back_takes_nothing_from_what_is_recorded(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as journal:
        note(journal, [Noted("cach", "cache", seen=1, asked=1, right=1)], at="2026-05-03T00:00:00+00:00")
        note(journal, [Noted("cach", "cache", seen=1, asked=1)], at="2020-01-01T00:00:00+00:00")
        known = mastery(journal, ["cach", "other"])["cach"]
    assert (known.seen, known.asked, known.right, known.at[:10]) == (2, 2, 1, "2026-05-03")


def test_what_was_said_before_a_kill_is_heard_after_it(world: World) -> None:
    with cached(world).app() as app:
        payload = until(app, opened(app), "question")
        with app.journal.transaction():
            session, _ = sessions.load(app.journal, payload["session"])
            sessions.hear(app.journal, session, "an old value")
        payload = app.tutor_show()
        assert (payload["stage"], payload["step"]["answer"]) == ("reveal", "an old value")
        assert app.tutor_show()["step"] == payload["step"]


def _learn_until_killed(folder: str, told: "multiprocessing.connection.Connection") -> None:
    world = World.__new__(World)
    world.__dict__.update(_settings_of(Path(folder)))
    with world.app() as app:
        while True:
            payload = opened(app)
            while payload["stage"] != "done":
                payload = app.tutor_say(payload["session"], "an old value" if payload["stage"] == "question" else "")
                told.send((payload["session"], payload["turn"]))


def _settings_of(folder: Path) -> dict[str, Any]:
    from kb.config import load_settings

    settings = load_settings(home=str(folder / "home"), environ={"XDG_CACHE_HOME": str(folder)})
    return {"folder": folder, "notes": folder / "notes", "settings": settings, "embedder": CountingEmbedder()}


def test_every_step_that_was_shown_survives_a_kill(world: World) -> None:
    cached(world)
    context = multiprocessing.get_context("spawn")
    for steps in (1, 3, 8):
        ours, theirs = context.Pipe(duplex=False)
        learner = context.Process(target=_learn_until_killed, args=(str(world.folder), theirs))
        learner.start()
        theirs.close()
        session, turn = [ours.recv() for _ in range(steps)][-1]
        assert learner.pid is not None
        os.kill(learner.pid, signal.SIGKILL)
        learner.join()
        with world.app() as app:
            kept = app.tutor_show(session)
        assert kept["turn"] >= turn
        with Journal.open(world.settings.journal) as journal:
            assert journal.rows("PRAGMA integrity_check")[0][0] == "ok"


def test_it_needs_no_vectors(world: World) -> None:
    for path, text in {"til/stale.md": "# Stale cache\n\nA stale cache answers with old values.\n"}.items():
        world.write(path, text)
    world.index(text_only=True)
    with App(world.settings) as app:
        app.shared.embedder = HashingEmbedder(64)
        assert opened(app)["step"]["excerpts"] == [1]


def test_of_two_faces_that_answer_at_once_one_is_told(world: World) -> None:
    with cached(world).app() as app:
        payload = opened(app)
        session, _ = sessions.load(app.journal, payload["session"])
        app.tutor_say(payload["session"], "")
        with pytest.raises(UsageError, match="went on elsewhere"):
            sessions.keep(
                app.journal, replace(session, turn=session.turn + 1), [Noted("cach", "cache", asked=1)], at=""
            )
        assert mastery(app.journal, ["cach"]) == {}


@pytest.mark.parametrize(
    "reply",
    ["See https://evil.example/?q=notes", "![x](//evil.example/a.png)", "[read](evil)", "<img src=x>", "", "x" * 3_000],
)
def test_what_a_lesson_never_needs_is_no_theory(reply: str) -> None:
    taught = Taught(Scripted(reply, reply, "none", "none"))
    assert taught.session.step["mode"] == "extractive"
    assert reply not in said_in(taught)


def test_a_replaced_decision_is_never_without_its_successor(world: World) -> None:
    with cached(world).app() as app:
        payload = opened(app, topic="cache in files", level="some")
        while payload["stage"] != "done":
            payload = app.tutor_tell(payload["session"])
    paths = [excerpt["path"] for excerpt in payload["excerpts"]]
    assert paths.index("docs/adr/0002-place.md") < paths.index("docs/adr/0001-files.md")
    old = next(excerpt for excerpt in payload["excerpts"] if excerpt["path"] == "docs/adr/0001-files.md")
    assert (old["status"], old["superseded_by"]) == ("superseded", "docs/adr/0002-place.md")
    told = f"[{old['n']}] is superseded; in force is docs/adr/0002-place.md"
    assert told in payload["step"]["notices"]
