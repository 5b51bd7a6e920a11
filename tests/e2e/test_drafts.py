"""`kb draft …` and `kb new … --draft` as people and scripts use them: the installed command over real files and git."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.drafting.desk import FACTS
from tests.unit.learn.ramp import FILES

KB = [sys.executable, "-P", "-m", "kb"]
ROOT = str(Path(__file__).parents[2])
DEADLINE_S = 170
MESSAGE = (
    "Expire the price cache in small steps\n\nThe shop failed each midnight: all readers fetched at once. "
    "A random delay spreads them. It costs a stale price for a minute."
)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home and an indexed repository `shop` beside it, with one commit of this week."""
    root = tmp_path_factory.mktemp("drafts")
    for name, text in FILES.items():
        path = root / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", MESSAGE]):
        subprocess.run(["git", *words], cwd=root / "shop", check=True, capture_output=True)
    done = kb(root, "index", str(root / "shop"))
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def shop(indexed: Path, tmp_path: Path) -> Path:
    """A copy of it all, for tests that write."""
    shutil.copytree(indexed, tmp_path / "all")
    kb(tmp_path / "all", "source", "remove", "shop")
    done = kb(tmp_path / "all", "index", str(tmp_path / "all/shop"))
    assert done.returncode == 0, done.stderr
    return tmp_path / "all"


def kb(root: Path, *words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([ROOT, *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "KB_HOME": str(root / "home"), "PYTHONPATH": path, "NO_COLOR": "1", "TERM": "dumb", **more}
    return subprocess.run(
        [*KB, *words], capture_output=True, text=True, env=env, cwd=root / "shop", timeout=DEADLINE_S, check=False,
        input=stdin,
    )  # fmt: skip


def told(root: Path, *words: str, **options: Any) -> dict[str, Any]:
    done = kb(root, *words, "--json", **options)
    assert done.returncode == 0, done.stderr
    payload: dict[str, Any] = json.loads(done.stdout)
    return payload


def editor(folder: Path, *lines: str) -> str:
    """An editor that does something to the file it is given."""
    script = folder / "editor.sh"
    script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize("kind", ["adr", "rfc", "til", "status", "guide"])
def test_a_draft_goes_to_stdout_and_writes_nothing(indexed: Path, kind: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in (indexed / "shop").rglob("*") if ".git" not in path.parts}
    done = kb(indexed, "draft", kind, "price cache")
    assert done.returncode == 0, done.stderr
    assert "> **Draft** of " in done.stdout and "## To verify" in done.stdout
    payload = told(indexed, "draft", kind, "price cache")
    assert {"draft", "sources", "verify", "notices"} <= set(payload)
    assert {"n", "path", "source", "abspath", "start", "end", "quote", "status", "superseded_by"} <= set(
        payload["sources"][0]
    )
    assert before == {
        path: path.stat().st_mtime_ns for path in (indexed / "shop").rglob("*") if ".git" not in path.parts
    }


def test_facts_come_from_stdin_only_where_they_are_asked_for(indexed: Path) -> None:
    assert "40 % of requests" in kb(indexed, "draft", "adr", "Cache in Redis", "-", stdin=FACTS).stdout
    assert "40 % of requests" not in kb(indexed, "draft", "adr", "Cache in Redis", stdin=FACTS).stdout


def test_o_writes_a_new_file_and_never_over_one(indexed: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "draft.md"
    done = kb(indexed, "draft", "adr", "Cache in Redis", "-o", str(target))
    assert (done.returncode, done.stdout) == (0, f"{target}\n")
    text = target.read_text("utf-8")
    # Its links lead from where it lies now.
    assert f"]({os.path.relpath(indexed / 'shop/docs/adr/0002-sqlite.md', target.parent)})" in text
    again = kb(indexed, "draft", "adr", "Another", "-o", str(target))
    assert again.returncode == 2 and "there is a file already" in again.stderr
    assert target.read_text("utf-8") == text


def test_a_week_without_commits_gives_the_template(indexed: Path) -> None:
    done = kb(indexed, "draft", "til", GIT_AUTHOR_EMAIL="nobody@example.org")
    assert done.returncode == 0
    assert done.stdout.startswith("---\nkind: til\n") and "no commit of nobody@example.org" in done.stderr


def test_wrong_words_are_told_with_an_example(indexed: Path) -> None:
    done = kb(indexed, "draft", "til", "--since", "soon")
    assert done.returncode == 2 and "--since last-friday" in done.stderr
    assert kb(indexed, "draft", "adr").returncode == 2
    assert kb(indexed, "draft", "adr", "T", "--template", "none.md").returncode == 2


def test_new_til_from_week_drafts_edits_saves_and_links_in_one_go(shop: Path, tmp_path: Path) -> None:
    done = told(shop, "new", "til", "--from-week", "price cache at midnight",
                EDITOR=editor(tmp_path, 'echo "Seen and mended." >> "$1"'))  # fmt: skip
    text = Path(done["abspath"]).read_text("utf-8")
    assert done["path"] == "til/price-cache-at-midnight.md" and done["searchable"]
    assert "The shop failed each midnight" in text and text.endswith("Seen and mended.\n")
    assert "kb proposes" not in text
    related = told(shop, "related", done["abspath"])["related"]
    assert {item["path"] for item in related if item["declared"]} & set(FILES)


def test_a_draft_stays_as_it_came_and_a_bare_template_goes(shop: Path, tmp_path: Path) -> None:
    nothing = editor(tmp_path, "exit 0")
    adr = told(shop, "new", "adr", "--draft", "Cache in Redis", EDITOR=nothing)
    assert adr["path"] == "docs/adr/0003-cache-in-redis.md"
    text = Path(adr["abspath"]).read_text("utf-8")
    assert text.startswith("# 3. Cache in Redis\n") and "](0002-sqlite.md)" in text
    empty = kb(shop, "new", "til", "--from-week", "Nothing", EDITOR=nothing, GIT_AUTHOR_EMAIL="nobody@example.org")
    assert empty.returncode == 1 and "no note was made" in empty.stderr
    assert not (shop / "shop/til/nothing.md").exists()


def test_new_rfc_takes_its_place_and_number(shop: Path) -> None:
    first = told(shop, "new", "rfc", "--no-edit", "Two-factor login")
    assert first["path"] == "docs/rfcs/0001-two-factor-login.md" and first["searchable"]
    second = told(shop, "new", "rfc", "--no-edit", "--draft", "Price cache for guests")
    assert second["path"] == "docs/rfcs/0002-price-cache-for-guests.md"
    assert "shop/cache.py" in Path(second["abspath"]).read_text("utf-8")
