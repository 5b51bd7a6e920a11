"""A model fills one slot of a draft or a pack; what the sources do not say is dropped, and the rest is whole."""

from typing import Any

import pytest

from kb.errors import ModelError
from tests.unit.answer.scripted import ScriptedWriter, writer
from tests.unit.app.world import World
from tests.unit.drafting.test_review import house

__all__ = ["house"]
TEXT = "# Faster\n\nWe will use Maven as the build tool.\n"


def review(world: World, model: ScriptedWriter | None) -> dict[str, Any]:
    with world.app() as app:
        app.shared.given_writer = model
        return app.draft("review", TEXT, name="design.md", cwd=str(world.notes))


def without_time(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != "took_ms"}


def chosen(payload: dict[str, Any]) -> int:
    return next(int(source["n"]) for source in payload["sources"] if "Chosen option" in source["quote"])


def test_what_holds_stands_at_the_head_under_the_mark(house: World) -> None:
    n = chosen(review(house, None))
    said = f'The chosen option is "Gradle", because its scripts are short [{n}].'
    payload = review(house, writer(said))
    assert f"## In short, by scripted\n\n{said}\n" in payload["draft"]
    assert payload["draft"].index("> **Draft**") < payload["draft"].index("## In short")
    assert payload["draft"].index("## In short") < payload["draft"].index("## Conflicts")
    assert payload["writer"] == {"name": "scripted", "local": True}
    assert payload["dropped"] == 0


def test_a_model_that_is_elsewhere_is_named_and_gets_only_what_it_may_see(house: World) -> None:
    n = chosen(review(house, None))
    said = f'The chosen option is "Gradle", because its scripts are short [{n}].'
    told = review(house, writer(said, local=False))
    assert "## In short, by scripted, which is not on this machine\n" in told["draft"]
    withheld = writer(said, local=False, sources=frozenset())
    assert review(house, withheld)["draft"] == review(house, None)["draft"]
    assert withheld.given == []


def test_what_the_sources_do_not_say_is_dropped_and_counted(house: World) -> None:
    n = chosen(review(house, None))
    held = f'The chosen option is "Gradle", because its scripts are short [{n}].'
    payload = review(house, writer(f"{held} Maven is 40 % slower than Gradle [{n}]."))
    assert held in payload["draft"]
    assert "40" not in payload["draft"]
    assert payload["dropped"] == 1


@pytest.mark.parametrize(
    "reply", ["I know nothing of it.", "Maven won in all measures [99].", ModelError("it broke", "")]
)
def test_without_a_sentence_that_holds_the_draft_is_as_without_a_model(house: World, reply: str | ModelError) -> None:
    plain, told = review(house, None), review(house, writer(reply))
    assert told["draft"] == plain["draft"]
    assert told["writer"] is None
    assert told["notices"] != plain["notices"]


def test_a_model_that_cannot_be_had_leaves_the_draft_whole(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = review(house, None)
    with house.app() as app:

        def gone(*, look: bool) -> None:
            raise ModelError("no server answers", "kb model")

        monkeypatch.setattr(app.shared, "load_writer", gone)
        told = app.draft("review", TEXT, name="design.md", cwd=str(house.notes))
    assert told["draft"] == plain["draft"]
    assert "no server answers" in told["notices"][-1]


def test_instructions_are_never_written_by_a_model(house: World) -> None:
    model = writer("Use Maven [1].")
    with house.app() as app:
        app.shared.given_writer = model
        app.draft("instructions", "", cwd=str(house.notes))
    assert model.given == []


def test_a_pack_gets_a_summary_with_its_numbers(house: World) -> None:
    task = "speed up the build tool"
    with house.app() as app:
        plain = app.context(task, cwd=str(house.notes))
        source = next(s for s in plain["sources"] if "Chosen option" in s["quote"])
        app.shared.given_writer = writer(
            f'The chosen option is "Gradle", because its scripts are short [{source["n"]}].'
        )
        told = app.context(task, cwd=str(house.notes))
    assert told["sections"][0]["name"] == "summary"
    assert told["sections"][0]["items"][0]["cites"] == [source["n"]]
    assert without_time({**told, "sections": told["sections"][1:], "writer": None}) == without_time(plain)
