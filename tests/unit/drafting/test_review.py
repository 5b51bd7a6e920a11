"""A review quotes both sides, says what is missing, who would know whom, and what of ours does it already."""

from pathlib import Path
from typing import Any

import pytest

from kb.draft.diffs import changes_of
from kb.draft.failures import missing_cases, swallowed
from kb.draft.proposed import read_proposal
from kb.errors import UsageError
from tests.unit.app.world import World
from tests.unit.drafting.test_review_conflicts import DECISIONS

DIFF = """\
diff --git a/shop/orders.py b/shop/orders.py
--- a/shop/orders.py
+++ b/shop/orders.py
@@ -1,4 +1,12 @@
 import json
+from web.pages import render
 
 def load_order(path):
-    return json.load(open(path))
+    try:
+        return json.load(open(path))
+    except Exception:
+        pass
+
+def find_orders_by_user(user):
+    return [order for order in ORDERS if order.user == user]
"""  # noqa: W293
REPOSITORY = '''\
class OrderRepository:
    """Finds the orders of the shop."""

    def find_by_user(self, user):
        """The orders of a user."""
        return [order for order in self.rows if order.user == user]
'''
PAGES = (
    "from shop.orders import load_order\nfrom shop.prices import price\n\n\ndef render(order):\n    return str(order)\n"
)


@pytest.fixture
def house(world: World) -> World:
    for name, text in DECISIONS.items():
        world.write(f"docs/adr/{name}", text)
    world.write("shop/orders.py", "import json\n\n\ndef load_order(path):\n    return json.load(open(path))\n")
    world.write("shop/prices.py", "def price(order):\n    return order.price\n")
    world.write("shop/repository.py", REPOSITORY)
    world.write("web/pages.py", PAGES)
    world.write("web/cart.py", "from shop.orders import load_order\n\n\ndef cart(path):\n    return load_order(path)\n")
    world.index()
    return world


def review(world: World, text: str, **options: Any) -> dict[str, Any]:
    with world.app() as app:
        payload = app.draft("review", text, name="design.md", cwd=str(world.notes), **options)
    for source in payload["sources"]:
        lines = Path(source["abspath"]).read_text("utf-8").split("\n")
        assert source["quote"] == "\n".join(lines[source["start"] - 1 : source["end"]])
    return payload


def of_kind(payload: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [finding for finding in payload["findings"] if finding["kind"] == kind]


def test_a_conflict_quotes_both_sides(house: World) -> None:
    payload = review(house, "# Faster\n\nWe will use Maven as the build tool.\n")
    assert payload["conflicts"] == 1
    finding = of_kind(payload, "conflict")[0]
    assert (finding["line"], finding["quote"]) == (3, "We will use Maven as the build tool.")
    assert finding["decision"] == "docs/adr/0001-use-gradle.md"
    quotes = [source["quote"] for source in payload["sources"] if source["n"] in finding["cites"]]
    assert "* Maven" in quotes
    assert any('Chosen option: "Gradle"' in quote for quote in quotes)
    assert "> We will use Maven as the build tool." in payload["draft"]
    assert "> **Draft** of " in payload["draft"]
    assert payload["verify"]


def test_a_decision_under_review_is_not_held_against_itself(house: World) -> None:
    path = house.notes / "docs/adr/0001-use-gradle.md"
    text = path.read_text("utf-8").replace(
        'Chosen option: "Gradle"', 'Chosen option: "Maven", to use Maven as build tool'
    )
    assert review(house, text, at=str(path))["conflicts"] == 0
    assert review(house, text)["conflicts"] == 1


def test_a_diff_is_gone_through_by_function(house: World) -> None:
    payload = review(house, DIFF)
    boundary = of_kind(payload, "boundary")[0]
    assert "`shop` would know `web`" in boundary["text"]
    assert (boundary["path"], boundary["file_line"]) == ("shop/orders.py", 2)
    failure = of_kind(payload, "failure")[0]
    assert (failure["symbol"], failure["file_line"]) == ("load_order", 7)
    assert "## `shop/orders.py` · `load_order`" in payload["draft"]


def test_our_own_precedent_is_named(house: World) -> None:
    precedent = of_kind(review(house, DIFF), "precedent")[0]
    assert precedent["symbol"] == "find_orders_by_user"
    assert "`OrderRepository" in precedent["text"]
    assert "same pattern" in precedent["text"]


def test_an_arrow_that_is_there_already_is_no_crossing(house: World) -> None:
    added = "--- a/web/menu.py\n+++ b/web/menu.py\n@@ -0,0 +1,1 @@\n+from shop.orders import load_order\n"
    assert of_kind(review(house, added), "boundary") == []


def test_a_document_that_turns_an_arrow_round_is_told(house: World) -> None:
    text = "# Design\n\nTo save a call, `shop` imports `web` and renders by itself.\n"
    assert [finding["line"] for finding in of_kind(review(house, text), "boundary")] == [3]


def test_a_review_without_findings_says_what_it_did_not_look_at(house: World) -> None:
    payload = review(house, "# Rename\n\nThe button is called differently.\n")
    assert payload["findings"] == []
    assert "That is not a proof" in payload["draft"]


def test_a_review_asks_why_where_it_is_told_to(house: World) -> None:
    asked = review(house, "# Use Gradle\n\nGradle is the build tool.\n", ask_why=True)["draft"]
    assert "## What a reviewer would ask" in asked
    assert "“Use Gradle as build tool”" in asked


def test_nothing_to_review_is_wrong_usage(house: World) -> None:
    with pytest.raises(UsageError):
        review(house, " \n")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("# A\n\nThe shop calls the payment API.\n", ["a call over the network"]),
        ("# A\n\nThe shop calls the payment API, with a timeout of two seconds and one retry.\n", []),
        ("# A\n\nPrices are cached.\n", ["a cache"]),
        ("# A\n\nPrices are cached until they expire.\n", []),
        ("# A\n\nA nightly job deletes old carts.\n", ["a job by the clock"]),
        ("# A\n\n## Context\n\nPrices are cached today.\n", []),
    ],
)
def test_a_failure_case_is_missing_where_nothing_covers_it(text: str, names: list[str]) -> None:
    assert [missing.matter.name for missing in missing_cases(read_proposal(text))] == names


def test_lines_of_a_diff_are_counted_as_in_the_new_file() -> None:
    changes = changes_of(DIFF)
    lines = {
        change.text.strip(): (change.line, change.symbol, change.is_added) for change in changes if change.text.strip()
    }
    assert lines["from web.pages import render"] == (2, "", True)
    assert lines["pass"] == (8, "load_order", True)
    assert lines["def find_orders_by_user(user):"] == (10, "find_orders_by_user", True)
    assert lines["return json.load(open(path))"][0] == 6
    assert [change.text.strip() for change, _ in swallowed(changes)] == ["except Exception:"]


def test_a_hunk_that_was_cut_short_ends_at_the_next() -> None:
    text = "--- a/x.py\n+++ b/x.py\n@@ -1,9 +1,9 @@\n-a = 1\n+a = 2\n@@ -40,1 +40,1 @@ def f():\n-b = 1\n+b = 2\n"
    added = [(change.line, change.text, change.symbol) for change in changes_of(text) if change.is_added]
    assert added == [(1, "a = 2", ""), (40, "b = 2", "f")]


def test_a_line_that_looks_like_a_header_belongs_to_its_hunk() -> None:
    text = "--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+++ new comment\n same\n"
    assert [(change.text, change.path) for change in changes_of(text)] == [
        ("-- old comment", "x.sql"),
        ("++ new comment", "x.sql"),
    ]
