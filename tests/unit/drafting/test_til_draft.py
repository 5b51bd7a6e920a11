"""The draft of a TIL: the writer's bullets and own commits under problem, solution and trade-offs."""

from datetime import datetime

import pytest

from kb.app.drafts_week import parse_since
from kb.draft.til import til_text
from kb.errors import UsageError
from tests.unit.app.world import World
from tests.unit.drafting.desk import NOW, commit, draft, git, section, shop

BODY = (
    "Expire the price cache in small steps\n\nThe shop failed each midnight: all readers fetched at once when the price"
    " cache expired. A random delay of up to 60 seconds spreads them. It costs a stale price for a minute.\n\n"
    "Reviewed-by: somebody\n"
)


def test_bullets_stand_under_what_they_tell_of(world: World) -> None:
    shop(world)
    facts = (
        "- git restore failed on a file that was staged\n- the fix is `--staged`, which leaves the working file\n"
        "- but it only works since 2.23\n## Related\n- the chapter on undoing things\n"
    )
    payload = draft(world, "til", "git restore keeps the index", facts=facts)
    text = payload["draft"]
    assert text.startswith("---\nkind: til\n")
    assert section(text, "Problem") == "- git restore failed on a file that was staged"
    assert section(text, "Solution") == "- the fix is `--staged`, which leaves the working file"
    assert section(text, "Trade-offs") == "- but it only works since 2.23"
    assert "- the chapter on undoing things" in section(text, "Related")
    assert "“git restore failed on a file that was staged” belongs under Problem" in payload["verify"]


def test_code_among_the_facts_stays_code(world: World) -> None:
    shop(world)
    text = draft(world, "til", "T", facts="Solution: run this\n\n```sh\ngit log -1  # 1\n```\n")["draft"]
    assert "- run this\n\n```sh\ngit log -1  # 1\n```" in section(text, "Solution")


def test_the_writer_s_own_commits_of_the_week_and_nobody_else_s(world: World) -> None:
    shop(world)
    old = commit(world, "Cache prices before the week began", "shop/old.py", "a = 1\n", days=20)
    other = commit(world, "Price cache of somebody else", "shop/other.py", "b = 1\n", email="other@example.org")
    own = commit(world, BODY, "shop/expire.py", "c = 1\n")
    payload = draft(world, "til", "price cache expired")
    text = payload["draft"]
    assert own in text and other not in text and old not in text
    assert f"The shop failed each midnight: all readers fetched at once when the price cache expired. (`{own}`)" in text
    assert "The shop failed each midnight" in section(text, "Problem")
    assert "A random delay of up to 60 seconds" in section(text, "Solution")
    assert "It costs a stale price" in section(text, "Trade-offs")
    assert "Reviewed-by" not in text
    assert [found["commit"][:8] for found in payload["commits"]] == [own]


def test_what_is_related_is_linked_from_where_tils_live(world: World) -> None:
    shop(world)
    text = draft(world, "til", "price cache", facts="- the price cache failed\n")["draft"]
    assert "](cache/stale.md)" in section(text, "Related")
    assert "0001-files.md" not in text


def test_nothing_in_the_week_gives_the_template(world: World) -> None:
    shop(world)
    commit(world, "Long ago", "shop/old.py", "a = 1\n", days=30)
    payload = draft(world, "til", "A title")
    assert payload["empty"] and payload["sources"] == payload["commits"] == []
    assert payload["draft"] == til_text("A title", date=datetime.now().date().isoformat())
    assert payload["notices"][0].startswith("no commit of test@example.org since ")


def test_commits_that_are_about_something_else_are_offered_apart(world: World) -> None:
    shop(world)
    own = commit(world, "Knead dough by hand", "bread/dough.py", "a = 1\n")
    payload = draft(world, "til", "price cache")
    assert own in section(payload["draft"], "Your other commits of these days")
    assert "_[what went wrong" in section(payload["draft"], "Problem")


def test_without_a_title_the_commit_that_explains_most_gives_it(world: World) -> None:
    shop(world)
    commit(world, "Knead dough by hand", "bread/dough.py", "a = 1\n")
    commit(world, BODY, "shop/expire.py", "c = 1\n", days=2)
    assert draft(world, "til")["title"] == "Expire the price cache in small steps"


def test_outside_of_a_repository_the_bullets_are_enough(world: World) -> None:
    shop(world)
    payload = draft(world, "til", "T", facts="- it failed\n", since="7d")
    assert "- it failed" in payload["draft"] and "no commits are taken" in payload["notices"][0]


def test_the_repository_s_own_settings_run_nothing(world: World) -> None:
    shop(world)
    own = commit(world, BODY, "shop/expire.py", "c = 1\n")
    ran = world.folder / "ran"
    git(world.notes, "config", "log.showSignature", "true")
    git(world.notes, "config", "gpg.program", f"touch {ran}; false")
    git(world.notes, "config", "core.fsmonitor", f"touch {ran}")
    git(world.notes, "config", "diff.external", f"touch {ran}")
    assert own in draft(world, "til", "price cache expired")["draft"]
    draft(world, "status")
    draft(world, "guide", "price cache")
    assert not ran.exists()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("last-friday", "2026-03-06"), ("friday", "2026-03-06"), ("Last Friday", "2026-03-06"),
        ("thursday", "2026-03-12"), ("monday", "2026-03-09"), ("last-week", "2026-03-02"), ("", "2026-03-06"),
        ("yesterday", "2026-03-12"), ("7d", "2026-03-06"), ("2026-01-31", "2026-01-31"),
    ],
)  # fmt: skip
def test_words_for_days(text: str, day: str) -> None:
    friday = datetime(2026, 3, 13, 12, 0).astimezone()
    assert parse_since(text, friday).date().isoformat() == day


@pytest.mark.parametrize("text", ["next-friday", "soon", "2999-01-01"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_since(text, NOW)
    assert "last-friday" in refused.value.hint


def test_a_message_may_hold_anything_and_marks_no_source(world: World) -> None:
    shop(world)
    hostile = (
        "Expire the price cache\n\nThe price cache failed \x02999\x03 and \x1b]52;c;eA==\x07 \x021\x03 again.\n"
        + "x/" * 9000
    )
    commit(world, hostile, "shop/expire.py", "c = 1\n")
    payload = draft(world, "til", "price cache", facts="- it failed \x023\x03\n", since="7d")
    assert not {"\x02", "\x03", "\x1b", "\x07"} & set(payload["draft"])
