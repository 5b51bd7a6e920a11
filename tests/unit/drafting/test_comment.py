"""A review comment: the problem at its lines, the fix, our own precedent."""

from typing import Any

import pytest

from kb.errors import NotFoundError, UsageError
from tests.unit.app.world import World
from tests.unit.drafting.test_review import house

__all__ = ["house"]


def comment(world: World, text: str, at: str, **options: Any) -> dict[str, Any]:
    with world.app() as app:
        return app.draft("comment", text, at=at, cwd=str(world.notes), **options)


def test_it_has_the_problem_with_its_line_and_a_fix_with_our_precedent(house: World) -> None:
    payload = comment(house, "orders of a user are found by hand", "shop/orders.py:5")
    text = payload["draft"]
    assert text.startswith("# Comment on `shop/orders.py:5`, in `load_order`\n")
    assert "> **Draft** of " in text
    problem, fix = text.index("## Problem"), text.index("## Fix")
    assert problem < text.index("Orders of a user are found by hand") < fix
    assert "`OrderRepository" in text[fix:]
    first = payload["sources"][0]
    assert (first["path"], first["start"], first["quote"]) == ("shop/orders.py", 5, "    return json.load(open(path))")
    assert payload["verify"]


def test_without_a_precedent_the_fix_is_left_to_the_writer(house: World) -> None:
    text = comment(house, "zeppelins are not thought of", "shop/prices.py:2")["draft"]
    assert "no precedent of ours was found" in text
    assert "- [ ] Fill in: " in text


def test_it_needs_a_line_of_an_indexed_file(house: World) -> None:
    with pytest.raises(UsageError):
        comment(house, "x", "shop/orders.py")
    with pytest.raises(UsageError):
        comment(house, " ", "shop/orders.py:1")
    with pytest.raises(NotFoundError):
        comment(house, "x", "shop/none.py:1")
