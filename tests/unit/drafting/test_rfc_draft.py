"""The draft of an RFC: a proposal with the places where it could go; `kb new rfc` finds where RFCs live."""

from pathlib import Path

from kb.draft.dialect import Dialect, read_dialect
from kb.draft.rfc import HEADINGS, rfc_folder, rfc_text
from tests.unit.app.world import World
from tests.unit.drafting.desk import FACTS, draft, section, shop


def test_it_proposes_one_thing_and_names_its_alternatives(world: World) -> None:
    shop(world)
    payload = draft(world, "rfc", "Keep the price cache in Redis", facts=f"{FACTS}- Question: who runs it?\n")
    text = payload["draft"]
    assert text.startswith("---\nstatus: draft\n")
    assert payload["path"].endswith("docs/rfcs/0001-keep-the-price-cache-in-redis.md")
    assert "40 % of requests" in section(text, "Motivation")
    assert "`shop/cache.py`" in section(text, "Where it stands today")
    assert "Could go in `shop/cache.py`" in section(text, "Proposal")
    assert "keep SQLite and add a read replica" in section(text, "Alternatives")
    assert "Keep the price cache in Redis" not in section(text, "Alternatives")
    assert "Cache in one place" in section(text, "Prior art")
    assert "- who runs it?" in section(text, "Unresolved questions")


def test_the_house_s_rfcs_give_the_form(world: World) -> None:
    shop(world)
    for n in (1, 2):
        world.write(f"docs/rfcs/000{n}-x.md", f"# RFC {n}: X\n\n## Motivation\n\nm\n\n## Design\n\nd\n")
    world.index()
    payload = draft(world, "rfc", "Sell bread")
    assert payload["path"].endswith("docs/rfcs/0003-sell-bread.md")
    assert "# RFC 3: Sell bread" in payload["draft"] and "## Design" in payload["draft"]
    assert "## Prior art" not in payload["draft"]


def test_the_template_has_the_usual_headings() -> None:
    text = rfc_text(Dialect(), "T", date="2026-01-31")
    assert text.startswith("---\nstatus: draft\ndate: 2026-01-31\n")
    assert all(f"\n## {heading}\n" in text for heading in HEADINGS)


def test_the_folder_is_the_nearest_one_named_so(tmp_path: Path) -> None:
    deep = tmp_path / "a/b"
    deep.mkdir(parents=True)
    assert rfc_folder(str(deep), str(tmp_path)) is None
    (tmp_path / "docs/rfcs").mkdir(parents=True)
    assert rfc_folder(str(deep), str(tmp_path)) == str(tmp_path / "docs/rfcs")
    assert rfc_folder(str(tmp_path / "docs/rfcs"), str(tmp_path)) == str(tmp_path / "docs/rfcs")
    assert read_dialect(str(tmp_path / "docs/rfcs")).next_number == 1
