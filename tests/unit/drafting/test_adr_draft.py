"""The draft of a decision: the house's form, the writer's facts word for word, and what is decided already."""

import pytest

from kb.errors import UsageError
from tests.unit.app.world import World
from tests.unit.drafting.desk import FACTS, draft, section, shop

TITLE = "Keep the price cache in Redis"
TEMPLATE = (
    "---\nstatus: {proposed | accepted}\ndate: {YYYY-MM-DD}\ndecision-makers: {list everyone}\n---\n\n"
    "# {short title}\n\n<!-- remove this -->\n## Context and Problem Statement\n\n{Describe the context}\n\n"
    "## Decision Drivers\n\n* {driver 1}\n\n## Considered Options\n\n* {option 1}\n\n## Decision Outcome\n\n"
    "{chosen}\n\n### Consequences\n\n* Good, because {x}\n\n### Confirmation\n\n{how}\n\n"
    "## Security review\n\nAsk the security team before this is accepted.\n\n## More Information\n\n{links}\n"
)


def test_it_follows_the_house_and_takes_the_next_number(world: World) -> None:
    shop(world)
    payload = draft(world, "adr", TITLE, facts=FACTS)
    assert payload["path"].endswith("docs/adr/0003-keep-the-price-cache-in-redis.md")
    text = payload["draft"]
    assert text.startswith(f"# 3. {TITLE}\n")
    assert section(text, "Status") == "Proposed"
    assert "\nAccepted\n" not in text


def test_the_writer_s_facts_stand_in_it_word_for_word(world: World) -> None:
    shop(world)
    text = draft(world, "adr", TITLE, facts=FACTS)["draft"]
    assert "- checkout waits for the price cache, 40 % of requests take over 900 ms" in section(text, "Context")
    assert "* keep SQLite and add a read replica" in text
    assert "because all processes can read Redis at once." in text
    assert "* Bad: costs a server to run" in text
    assert "- p95 of checkout below 200 ms" in section(text, "Validation")


def test_what_is_decided_otherwise_is_named_with_its_words(world: World) -> None:
    shop(world)
    payload = draft(world, "adr", TITLE)
    quotes = [source["quote"] for source in payload["sources"] if source["path"] == "docs/adr/0002-sqlite.md"]
    assert any('Chosen option: "SQLite"' in quote for quote in quotes)
    assert any("Cache in one place" in item and "supersede it" in item for item in payload["verify"])
    assert "If this is taken, is this one to go? [2. Cache in one place](0002-sqlite.md)" in payload["draft"]


def test_a_decision_that_was_replaced_is_only_named_as_such(world: World) -> None:
    shop(world)
    payload = draft(world, "adr", "Keep the price cache in files")
    replaced = [source for source in payload["sources"] if source["path"] == "docs/adr/0001-files.md"]
    assert all(source["superseded_by"] == "docs/adr/0002-sqlite.md" for source in replaced)
    assert "- “Cache in files” (superseded" not in payload["draft"]
    for source in replaced:
        assert f"- [{source['n']}] `docs/adr/0001-files.md" in payload["draft"]
        assert "superseded; now docs/adr/0002-sqlite.md" in payload["draft"]


def test_a_saved_draft_supersedes_nothing(world: World) -> None:
    shop(world)
    payload = draft(world, "adr", TITLE, facts=FACTS)
    world.write("docs/adr/0003-redis.md", payload["draft"])
    world.index()
    with world.app() as app:
        links = app.decisions_links()["links"]
        shown = app.decisions_show("2", cwd=str(world.notes))["decision"]
        new = app.decisions_show("3", cwd=str(world.notes))["decision"]
    assert {link["relation"] for link in links if link["src"] == "docs/adr/0003-redis.md"} <= {
        "links",
        "related",
        "mentions",
    }
    assert (shown["status"], new["status"], new["title"]) == ("accepted", "proposed", f"3. {TITLE}")


def test_the_house_s_template_is_filled_and_its_own_sections_stay(world: World) -> None:
    shop(world, docs__adr__template=TEMPLATE)
    (world.notes / "docs/adr/template").rename(world.notes / "docs/adr/template.md")
    text = draft(world, "adr", TITLE, facts=FACTS)["draft"]
    assert text.startswith("---\nstatus: proposed\ndate: 20")
    assert "decision-makers: \n" in text
    assert "{" not in text.partition("## To verify")[0]
    assert section(text, "Security review") == "Ask the security team before this is accepted."
    assert "40 % of requests" in section(text, "Context and Problem Statement")
    assert "* Bad: costs a server to run" in section(text, "Consequences")
    assert "p95 of checkout" in section(text, "Confirmation")
    assert "## Validation" not in text
    assert "- [ ] The section “Security review” is as the template has it" in text


def test_another_template_or_dialect_can_be_named(world: World) -> None:
    shop(world)
    world.write("mine.md", "# T\n\n## Problem\n\nx\n\n## Proposal\n\ny\n")
    own = draft(world, "adr", TITLE, facts=FACTS, template="mine.md")["draft"]
    assert "40 % of requests" in section(own, "Problem") and "Chosen option" in section(own, "Proposal")
    madr = draft(world, "adr", TITLE, template="madr4")["draft"]
    assert madr.startswith("---\nstatus: proposed") and "## Considered Options" in madr
    with pytest.raises(UsageError, match=r"no such template: nothing\.md"):
        draft(world, "adr", TITLE, template="nothing.md")


def test_what_is_gone_from_the_disk_is_not_cited(world: World) -> None:
    shop(world)
    (world.notes / "docs/adr/0002-sqlite.md").unlink()
    (world.notes / "til/cache/stale.md").write_text("# Something else\n\nNothing of it stands here now.\n")
    payload = draft(world, "adr", TITLE)
    assert not {"docs/adr/0002-sqlite.md", "til/cache/stale.md"} & {source["path"] for source in payload["sources"]}


def test_a_number_in_brackets_in_a_note_is_no_citation(world: World) -> None:
    noted = "# Price cache failures\n\nThe price cache fails badly when the clock jumps [7], as the paper says.\n"
    shop(world, til__cache__paper=noted)
    (world.notes / "til/cache/paper").rename(world.notes / "til/cache/paper.md")
    world.index()
    payload = draft(world, "adr", TITLE)
    assert any("[7]" in source["quote"] for source in payload["sources"]) or "[7]" not in payload["draft"]
    assert len(payload["sources"]) < 7 or payload["sources"][6]["path"] != "til/cache/paper.md"


def test_without_anything_near_it_is_a_form_with_places_to_fill(world: World) -> None:
    shop(world)
    payload = draft(world, "adr", "Zebra quagga okapi")
    assert "_[the one reason that decides" in payload["draft"]
    assert any("Nothing of yours speaks of: Zebra, quagga, okapi" in item for item in payload["verify"])


def test_a_title_is_needed_and_may_not_be_a_text(world: World) -> None:
    shop(world)
    for text in ("", "  ", "word " * 60):
        with pytest.raises(UsageError):
            draft(world, "adr", text)


def test_a_sharp_reviewer_is_asked_for(world: World) -> None:
    shop(world)
    assert "What a reviewer would ask" not in draft(world, "adr", TITLE)["draft"]
    text = draft(world, "adr", TITLE, ask_why=True)["draft"]
    asked = section(text, "What a reviewer would ask")
    assert "Cache in one place" in asked and "load" in asked


def test_what_another_repository_decided_binds_nobody_here(world: World) -> None:
    shop(world)
    other = world.folder / "other"
    (other / "docs/decisions").mkdir(parents=True)
    payload = draft(world, "adr", TITLE, cwd=str(other))
    assert "binds this" not in payload["draft"] and "Decided elsewhere, near to this:" in payload["draft"]
    assert not any("supersede it" in item for item in payload["verify"])
    assert "](" not in section(payload["draft"], "Related")
