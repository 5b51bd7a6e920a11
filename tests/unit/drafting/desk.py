"""A lead's desk for the tests of drafts: decisions, notes, code and a history, and what every draft has to keep."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kb.app import drafts_written
from kb.draft.measure import held
from tests.unit.app.world import World
from tests.unit.learn.ramp import FILES

NOW = datetime.now(UTC)
FACTS = (
    "- Problem: checkout waits for the price cache, 40 % of requests take over 900 ms\n"
    "- Option: keep SQLite and add a read replica\n"
    "- because all processes can read Redis at once\n"
    "- costs a server to run\n"
    "- Criterion: p95 of checkout below 200 ms\n"
)
DRAFTS = {
    "adr": drafts_written.adr_draft, "rfc": drafts_written.rfc_draft, "til": drafts_written.til_draft,
    "status": drafts_written.status_draft, "guide": drafts_written.guide_draft,
}  # fmt: skip


def shop(world: World, **more: str) -> World:
    """The files of the ramp-up tests, indexed, and any others by their paths (`__` for a slash)."""
    for path, text in {**FILES, **{name.replace("__", "/"): text for name, text in more.items()}}.items():
        world.write(path, text)
    world.index()
    return world


def commit(world: World, message: str, path: str, text: str, *, days: int = 1, email: str = "test@example.org") -> str:
    """One commit so many days ago; returns its short name."""
    if not (world.notes / ".git").exists():
        git(world.notes, "init", "--quiet", "--initial-branch", "main")
    world.write(path, text)
    at = (NOW - timedelta(days=days)).isoformat()
    git(world.notes, "add", "--", path)
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_EMAIL": email}
    git(world.notes, "commit", "--quiet", "-m", message, **dates)
    return git(world.notes, "rev-parse", "HEAD")[:8]


def git(folder: Path, *words: str, **env: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env={**os.environ, **env})
    return os.fsdecode(done.stdout).strip()


def draft(world: World, kind: str, text: str = "", **options: Any) -> dict[str, Any]:
    """A draft made while standing among the notes; what every draft has to keep is looked at."""
    options = {"cwd": str(world.notes), **options}
    with world.app() as app:
        payload = DRAFTS[kind](app, text, **options)
    if not payload["empty"]:
        keeps_its_word(payload, facts=options.get("facts", ""))
    return payload


def keeps_its_word(payload: dict[str, Any], *, facts: str) -> None:
    """It says that it is a draft, cites what stands on the disk, lists what to verify, gives no figure of its own."""
    text = payload["draft"]
    assert "> **Draft** of " in text
    for item in payload["verify"]:
        assert f"- [ ] {item}" in text
    assert [source["n"] for source in payload["sources"]] == list(range(1, len(payload["sources"]) + 1))
    for source in payload["sources"]:
        lines = Path(source["abspath"]).read_text("utf-8").split("\n")
        assert source["quote"] == "\n".join(lines[source["start"] - 1 : source["end"]])
        assert f"[{source['n']}]" in text.partition("## To verify")[0]
    spans = {source["n"]: f"{source['quote']}\n{source['title']}\n{source['date']}" for source in payload["sources"]}
    commits = "\n".join(f"{commit['summary']} {commit['date']}" for commit in payload["commits"])
    for line in body(text).split("\n"):
        if "`" not in line:
            cited = [spans[int(n)] for n in re.findall(r"\[(\d+)\]", line)]
            assert (line, held(line, texts=[facts, commits, payload["title"], *cited])) == (line, line)


def body(text: str) -> str:
    """What stands between the mark of a draft and its lists, without titles, blocks of code and the day of today."""
    inner = text.partition("> **Draft** of")[2].partition("\n")[2].partition("\n## To verify\n")[0]
    inner = re.sub(r"```.*?```", "", inner, flags=re.DOTALL)
    return re.sub(r"^(?:Date:|\* Date:|From ).*$|\[[^\]\n]*\]\([^)\n]*\)", "", inner, flags=re.MULTILINE)


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""
