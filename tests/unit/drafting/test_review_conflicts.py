"""What counts as a conflict with a decision in force, and what only sounds like one."""

import pytest

from kb.draft.bars import bars_of
from kb.draft.conflicts import conflicts
from kb.draft.proposed import read_proposal
from tests.unit.app.world import World

HEAD = "# {number}. {title}\n\nDate: 2024-01-01\n\n## Status\n\n{status}\n\n"
DECISIONS = {
    "0001-use-gradle.md": HEAD.format(number=1, title="Use Gradle as build tool", status="Accepted")
    + "## Context\n\nWhich build tool should be used?\n\n## Considered Options\n\n* Maven\n* Gradle\n* Ant\n\n"
    '## Decision Outcome\n\nChosen option: "Gradle", because its scripts are short.\n',
    "0002-avoid-default-exports.md": HEAD.format(number=2, title="Avoid default exports", status="Accepted")
    + "## Decision\n\nWe will avoid default exports in all our code, and use named exports.\n",
    "0003-cache-in-elasticache.md": HEAD.format(number=3, title="Use Elasticache for Redis", status="Accepted")
    + "## Context\n\nWe run our own Redis machines.\n\n## Decision\n\n"
    "We are using Elasticache instead of provisioning our own Redis instances.\n",
    "0004-sessions-in-memcached.md": HEAD.format(
        number=4,
        title="Keep sessions in Memcached",
        status="Superseded by [5. Keep sessions in SQLite](0005-sqlite.md)",
    )
    + "## Decision\n\nSessions are kept in Memcached.\n",
    "0005-sqlite.md": HEAD.format(number=5, title="Keep sessions in SQLite", status="Accepted")
    + "Supersedes [4. Keep sessions in Memcached](0004-sessions-in-memcached.md)\n\n## Considered Options\n\n* SQLite\n"
    '* Postgres\n\n## Decision Outcome\n\nChosen option: "SQLite", because it is there.\n',
    "0006-use-kafka.md": HEAD.format(number=6, title="Use Kafka for events", status="Proposed")
    + '## Considered Options\n\n* Kafka\n* NATS\n\n## Decision Outcome\n\nChosen option: "Kafka".\n',
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("house"))
    for name, text in DECISIONS.items():
        world.write(f"docs/adr/{name}", text)
    world.index()
    return world


def found(house: World, text: str) -> list[tuple[str, str, int]]:
    """(file, way, line of the text) of the conflicts."""
    return house.look(
        lambda ledger: [
            (conflict.bar.decision.path.rsplit("/", 1)[-1], conflict.bar.way, conflict.statement.line)
            for conflict in conflicts(read_proposal(text), bars_of(ledger))
        ]
    )


def diff(added: str, *, removed: str = "", path: str = "src/slug.ts") -> str:
    minus = f"-{removed}\n" if removed else ""
    return f"--- a/{path}\n+++ b/{path}\n@@ -1,{1 + bool(removed)} +1,2 @@\n // head\n{minus}+{added}\n"


@pytest.mark.parametrize(
    ("text", "path", "way", "line"),
    [
        ("# Faster\n\nWe will use Maven as the build tool.\n", "0001-use-gradle.md", "turned down", 3),
        ("# Builds\n\nThe build tool changes: we replace Gradle with Bazel.\n", "0001-use-gradle.md", "chosen", 3),
        ("# Cache\n\nWe provision our own Redis instances.\n", "0003-cache-in-elasticache.md", "instead of", 3),
        ("# Sessions\n\nThe sessions move back: we keep sessions in Memcached.\n", "0005-sqlite.md", "given up", 3),
        ("# Sessions\n\nSessions are stored in Postgres.\n", "0005-sqlite.md", "turned down", 3),
        (diff("export default function slug(title) {"), "0002-avoid-default-exports.md", "not to do", 5),
    ],
)
def test_a_proposal_that_goes_against_a_decision_is_found(
    house: World, text: str, path: str, way: str, line: int
) -> None:
    assert found(house, text) == [(path, way, line)]


@pytest.mark.parametrize(
    "text",
    [
        "# Publish\n\nThe Gradle build publishes to Maven Central.\n",
        "# Builds\n\nMaven was looked at as a build tool and rejected.\n",
        "# Builds\n\n## Alternatives\n\nWe could use Maven as the build tool.\n\n## Proposal\n\nNothing changes.\n",
        "# Builds\n\nWe do not use Maven as a build tool.\n",
        "# Builds\n\n```\nuse maven as build tool\n```\n",
        "# Cache\n\nWe create a cluster in Elasticache for Redis.\n",
        "# Sessions\n\nSessions stay in SQLite and not in Postgres.\n",
        "# Import\n\nThe importer reads a dump of Postgres.\n",
        "# Events\n\nWe use NATS for events.\n",
        diff("export function slug(title) {"),
        diff("export const slug = 1;", removed="export default function slug(title) {"),
    ],
)
def test_what_only_sounds_like_a_conflict_is_none(house: World, text: str) -> None:
    assert found(house, text) == []


def test_a_decision_is_told_once_at_the_first_line_that_goes_against_it(house: World) -> None:
    text = "# Builds\n\nWe use Maven as the build tool.\n\nAll build scripts use Maven.\n"
    assert found(house, text) == [("0001-use-gradle.md", "turned down", 3)]
