"""Links from the application: what is related, what is suggested with its evidence, and what may be accepted."""

from pathlib import Path
from typing import Any

import pytest

from kb.errors import KbError, NotFoundError, StorageError, UsageError
from tests.unit.app.world import World

STATUS = "## Status\n\n{status}\n\n"
SECTIONS = "## Context\n\n{context}\n\n## Decision\n\n{decision}\n\n## Consequences\n\nThe team has to learn it.\n"


def decision(number: int, title: str, context: str, chosen: str, *, status: str = "Accepted") -> str:
    text = f"# {number}. {title}\n\nDate: 2021-01-{number:02}\n\n" + STATUS.format(status=status)
    return text + SECTIONS.format(context=context, decision=chosen)


ADRS = {
    "adr/0001-record-decisions.md": decision(1, "Record decisions", "We forget why.", "We write decisions down."),
    "adr/0002-session-store.md": decision(
        2, "Use Redis for sessions", "Sessions of the checkout must survive a restart of the web server.",
        "We use Redis for sessions, with an expiry of thirty minutes.",
    ),
    "adr/0003-log-format.md": decision(
        3, "Write logs as JSON", "Operators grep the logs of twelve services.", "Every log line is one JSON object."
    ),
    "adr/0004-checkout-cookies.md": decision(
        4, "Sign the cookie of the checkout", "The checkout keeps the sessions of its users under a cookie.",
        "We sign the cookie; sessions expire after thirty minutes.",
    ),
    "adr/0005-queue.md": decision(5, "Send mail through a queue", "Mail was slow.", "Mail goes through RabbitMQ."),
    "adr/0006-postgres-sessions.md": decision(
        6, "Use PostgreSQL for sessions", "Sessions of the checkout fill the memory of the web server.",
        "We use PostgreSQL for sessions.",
    ),
    "til/redis/expire.md": "# Expire keys in Redis\n\nRedis drops sessions with `EXPIRE key 1800`, thirty minutes.\n",
    "src/mail.py": "def send(message):\n    '''Put mail into a queue of RabbitMQ.'''\n    return queue.put(message)\n",
}  # fmt: skip


@pytest.fixture
def indexed(world: World) -> World:
    for path, text in ADRS.items():
        world.write(path, text)
    world.index()
    return world


def related(world: World, ref: str, **options: Any) -> list[dict[str, Any]]:
    with world.app() as app:
        found: list[dict[str, Any]] = app.related(ref, cwd="/", **options)["related"]
    return found


def suggested(world: World, ref: str = "", **options: Any) -> list[dict[str, Any]]:
    with world.app() as app:
        found: list[dict[str, Any]] = app.link_suggest(ref, cwd="/", **options)["suggestions"]
    return found


def accepted(world: World, src: str, dst: str, relation: str, **options: Any) -> dict[str, Any]:
    with world.app() as app:
        return app.link_accept(src, dst, relation=relation, cwd="/", **options)


def assert_on_disk(world: World, spans: list[dict[str, Any]]) -> None:
    """A quote is whole lines of its file, letter for letter."""
    for span in spans:
        lines = Path(span["abspath"]).read_text().split("\n")
        assert span["quote"] == "\n".join(lines[span["start"] - 1 : span["end"]])
        assert span["quote"].strip()


def test_files_on_one_subject_are_found_though_neither_names_the_other(indexed: World) -> None:
    found = related(indexed, "adr/0002-session-store.md", limit=3)
    assert {item["path"] for item in found} == {
        "adr/0004-checkout-cookies.md", "adr/0006-postgres-sessions.md", "til/redis/expire.md"
    }  # fmt: skip
    for item in found:
        assert not item["declared"]
        assert [span["path"] for span in item["evidence"]] == [item["src"], item["dst"]]
        assert {item["src"], item["dst"]} == {"adr/0002-session-store.md", item["path"]}
        assert_on_disk(indexed, item["evidence"])


def test_code_is_asked_for_and_a_line_narrows_to_its_passage(indexed: World) -> None:
    assert related(indexed, "src/mail.py", limit=1)[0]["path"] == "adr/0005-queue.md"
    sections = ("Mail goes through RabbitMQ.\n" * 40, "Redis keeps our sessions.\n" * 40)
    indexed.write("mixed.md", "# Mixed\n\n## A\n\n{}\n## B\n\n{}".format(*sections))
    indexed.index()
    assert related(indexed, "mixed.md:7", limit=1)[0]["path"] == "adr/0005-queue.md"
    assert related(indexed, "mixed.md:70", limit=1)[0]["path"] in ("adr/0002-session-store.md", "til/redis/expire.md")


def test_declared_links_come_first_with_the_line_that_says_so(indexed: World) -> None:
    accepted(indexed, "adr/0005-queue.md", "adr/0001-record-decisions.md", "extends", write=True)
    indexed.index()
    for path, other in (("0005-queue", "0001-record-decisions"), ("0001-record-decisions", "0005-queue")):
        first = related(indexed, f"adr/{path}.md", limit=2)[0]
        assert (first["path"], first["relation"], first["declared"]) == (f"adr/{other}.md", "extends", True)
        assert (first["src"], first["dst"]) == ("adr/0005-queue.md", "adr/0001-record-decisions.md")
        assert "Extends [1. Record decisions]" in first["evidence"][0]["quote"]
        assert_on_disk(indexed, first["evidence"])


def test_a_quote_follows_text_that_moved_and_is_left_out_where_it_is_gone(indexed: World) -> None:
    path = indexed.notes / "adr/0006-postgres-sessions.md"
    path.write_text("A new line above.\n\n" + path.read_text())
    (moved,) = (
        i for i in related(indexed, "adr/0002-session-store.md") if i["path"] == "adr/0006-postgres-sessions.md"
    )
    assert_on_disk(indexed, moved["evidence"])
    path.unlink()
    (gone,) = (i for i in related(indexed, "adr/0002-session-store.md") if i["path"] == "adr/0006-postgres-sessions.md")
    assert gone["evidence"] == []


def test_suggestions_leave_out_what_is_declared_and_quote_both_sides(indexed: World) -> None:
    found = suggested(indexed)
    pairs = [{item["src"], item["dst"]} for item in found]
    assert {"adr/0002-session-store.md", "til/redis/expire.md"} in pairs
    assert [sorted(pair) for pair in pairs] == [sorted(pair) for pair in dict.fromkeys(map(frozenset, pairs))]
    assert [item["score"] for item in found] == sorted((item["score"] for item in found), reverse=True)
    for item in found:
        assert {span["path"] for span in item["evidence"]} == {item["src"], item["dst"]}
        assert_on_disk(indexed, item["evidence"])
    assert [item["dst"] for item in suggested(indexed, "til/redis/expire.md")] == ["adr/0002-session-store.md"]
    accepted(indexed, "til/redis/expire.md", "adr/0002-session-store.md", "related", write=True)
    indexed.index()
    pairs = [{item["src"], item["dst"]} for item in suggested(indexed)]
    assert {"adr/0002-session-store.md", "til/redis/expire.md"} not in pairs
    assert suggested(indexed, "til/redis/expire.md") == []


def test_opposite_choices_of_two_decisions_in_force_are_a_candidate_and_no_more(indexed: World) -> None:
    (found,) = (item for item in suggested(indexed) if item["relation"] == "contradicts")
    assert (found["src"], found["dst"]) == ("adr/0006-postgres-sessions.md", "adr/0002-session-store.md")
    assert found["candidate"]
    assert {span["quote"] for span in found["evidence"]} == {
        "# 2. Use Redis for sessions", "# 6. Use PostgreSQL for sessions"
    }  # fmt: skip
    accepted(indexed, found["src"], found["dst"], "supersedes", write=True)
    indexed.index()
    assert [item for item in suggested(indexed) if item["relation"] == "contradicts"] == []


def test_a_dead_decision_without_a_successor_is_offered_the_newer_one(world: World) -> None:
    for path, text in ADRS.items():
        world.write(path, text.replace("Accepted", "Superseded") if "0002" in path else text)
    world.index()
    found = [item for item in suggested(world) if item["relation"] == "supersedes"]
    assert ("adr/0006-postgres-sessions.md", "adr/0002-session-store.md") in [(i["src"], i["dst"]) for i in found]


def test_an_edit_is_compared_by_its_new_text(indexed: World) -> None:
    with indexed.app() as app:
        before = app.related("adr/0003-log-format.md", cwd="/")["related"]
        assert "adr/0005-queue.md" not in [item["path"] for item in before]
        indexed.write(
            "adr/0003-log-format.md", decision(3, "Mail", "Mail was slow.", "Mail waits in RabbitMQ, a queue.")
        )
        app.index([str(indexed.notes / "adr/0003-log-format.md")])
        assert app.related("adr/0003-log-format.md", limit=1, cwd="/")["related"][0]["path"] == "adr/0005-queue.md"


def test_nothing_is_written_before_it_is_asked_for(indexed: World) -> None:
    before = {path: (indexed.notes / path).read_bytes() for path in ADRS}
    shown = accepted(indexed, "adr/0006-postgres-sessions.md", "adr/0002-session-store.md", "supersedes")
    assert not shown["written"]
    assert [item["path"] for item in shown["changed"]] == ["adr/0006-postgres-sessions.md", "adr/0002-session-store.md"]
    assert "+Superseded by [6. Use PostgreSQL for sessions](0006-postgres-sessions.md)" in shown["diff"].split("\n")
    assert {path: (indexed.notes / path).read_bytes() for path in ADRS} == before


def test_a_note_that_was_saved_after_it_was_shown_is_left_alone(indexed: World) -> None:
    pair = ("adr/0006-postgres-sessions.md", "adr/0002-session-store.md", "supersedes")
    shown = accepted(indexed, *pair)
    path = indexed.notes / "adr/0002-session-store.md"
    path.write_text(path.read_text() + "One more thought.\n")
    seen = {item["abspath"]: item["digest"] for item in shown["changed"]}
    other = (indexed.notes / pair[0]).read_bytes()
    with pytest.raises(StorageError, match="changed meanwhile"):
        accepted(indexed, *pair, write=True, seen=seen)
    assert path.read_text().endswith("One more thought.\n")
    assert (indexed.notes / pair[0]).read_bytes() == other


@pytest.mark.parametrize(
    ("src", "dst", "relation", "error"),
    [
        ("adr/0001-record-decisions.md", "adr/0001-record-decisions.md", "related", UsageError),
        ("adr/0001-record-decisions.md", "til/redis/expire.md", "supersedes", UsageError),
        ("til/redis/expire.md", "adr/0001-record-decisions.md", "extends", UsageError),
        ("src/mail.py", "adr/0005-queue.md", "related", UsageError),
        ("adr/0001-record-decisions.md", "adr/0005-queue.md", "mentions", UsageError),
        ("adr/0001-record-decisions.md", "adr/0404-no.md", "related", NotFoundError),
    ],
)
def test_what_makes_no_sense_is_refused(
    indexed: World, src: str, dst: str, relation: str, error: type[KbError]
) -> None:
    with pytest.raises(error):
        accepted(indexed, src, dst, relation, write=True)
    assert {path: (indexed.notes / path).read_text() for path in ADRS} == ADRS


def test_a_circle_of_successors_is_refused(indexed: World) -> None:
    accepted(indexed, "adr/0006-postgres-sessions.md", "adr/0002-session-store.md", "supersedes", write=True)
    indexed.index()
    with pytest.raises(UsageError, match="circle"):
        accepted(indexed, "adr/0002-session-store.md", "adr/0006-postgres-sessions.md", "supersedes")


def test_a_til_gets_a_see_also_and_an_open_fence_is_not_written_into(indexed: World) -> None:
    accepted(indexed, "til/redis/expire.md", "adr/0002-session-store.md", "related", write=True)
    text = (indexed.notes / "til/redis/expire.md").read_text()
    assert (
        text
        == ADRS["til/redis/expire.md"]
        + "\n## See also\n\n- [2. Use Redis for sessions](../../adr/0002-session-store.md)\n"
    )
    indexed.write("til/redis/open.md", "# Open\n\n```\nredis-cli\n")
    indexed.index()
    with pytest.raises(KbError, match="would not be read back"):
        accepted(indexed, "til/redis/open.md", "adr/0002-session-store.md", "related")


def test_a_title_from_a_file_cannot_break_out_of_its_link(indexed: World) -> None:
    hostile = "# Evil](http://example.org) [x \x1b]0;owned\x07 \u202e title\n\nRedis and sessions.\n"
    indexed.write("til/redis/evil note (1).md", hostile)
    indexed.index()
    accepted(indexed, "til/redis/expire.md", "til/redis/evil note (1).md", "related", write=True)
    line = (indexed.notes / "til/redis/expire.md").read_text().splitlines()[-1]
    assert line.endswith("](evil%20note%20%281%29.md)")
    assert line.count("](") == 1
    assert line.isprintable()
