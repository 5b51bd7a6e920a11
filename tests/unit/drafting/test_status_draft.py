"""The draft of a status report: what was done, what could go wrong, who waits, in the words of commits and notes."""

from tests.unit.app.world import World
from tests.unit.drafting.desk import commit, draft, section, shop


def test_progress_is_everybody_s_work_by_area(world: World) -> None:
    shop(world)
    old = commit(world, "Long ago", "web/old.py", "c = 1\n", days=40)
    one = commit(world, "feat(cache): keep prices for an hour", "shop/a.py", "a = 1\n")
    two = commit(world, "Show the cart", "web/cart.py", "b = 1\n", email="other@example.org")
    three = commit(world, "chore: format", "web/cart.py", "b = 2\n")
    text = section(draft(world, "status")["draft"], "Progress")
    assert "**cache**" in text and f"- keep prices for an hour, Test (`{one}`)" in text
    assert "**web**" in text and f"- Show the cart, Test (`{two}`)" in text
    assert f"tests, docs and tidying up: format (`{three}`)" in text and old not in text


def test_risks_and_blockers_are_quoted_from_commits_and_from_what_is_new_in_notes(world: World) -> None:
    shop(world)
    note = "# Plan\n\nThe old notes said that there is a risk of rain.\n"
    commit(world, "Plan", "til/plan.md", note, days=30)
    reverted = commit(world, 'Revert "Keep prices for an hour"', "shop/a.py", "a = 0\n")
    for n in range(3):
        commit(world, f"Fix the cart once more {'again ' * n}", "web/cart.py", f"b = {n}\n")
    commit(
        world,
        "Plan more",
        "til/plan.md",
        note + "\nWe are waiting for the new certificate.\n\nA risk is that it comes late.\n",
    )
    world.index()
    text = draft(world, "status", since="7d")["draft"]
    assert f'taken back: Revert "Keep prices for an hour" (`{reverted}`)' in section(text, "Risks")
    assert "`web/cart.py` was mended again and again" in section(text, "Risks")
    assert "“A risk is that it comes late.”" in section(text, "Risks") and "rain" not in text
    assert "“We are waiting for the new certificate.”" in section(text, "Blockers")


def test_a_decision_that_nobody_has_taken_is_a_risk(world: World) -> None:
    proposed = "# 4. Sell bread\n\nDate: 2020-01-01\n\n## Status\n\nProposed\n\n## Context\n\nc\n\n## Decision\n\nd\n"
    shop(world)
    world.write("docs/adr/0004-bread.md", proposed)
    world.index()
    text = draft(world, "status")["draft"]
    assert "not decided yet: [4. Sell bread](docs/adr/0004-bread.md)" in section(text, "Risks")


def test_the_writer_s_points_come_first(world: World) -> None:
    shop(world)
    commit(world, "Show the cart", "web/cart.py", "b = 1\n")
    facts = "- Risk: the fair is on 2026-12-01\n- blocked by the bank\n- Next: hire\n- the pilot runs\n"
    text = draft(world, "status", facts=facts)["draft"]
    assert section(text, "Risks").startswith("- the fair is on 2026-12-01")
    assert section(text, "Blockers") == "- blocked by the bank"
    assert section(text, "Next") == "- hire"
    assert section(text, "Progress").startswith("- the pilot runs")


def test_a_quiet_week_has_places_to_fill(world: World) -> None:
    shop(world)
    payload = draft(world, "status", "Week 12")
    assert payload["draft"].startswith("# Week 12\n")
    assert "_[what was done]_" in payload["draft"] and "Fill in: what was done" in payload["verify"]
