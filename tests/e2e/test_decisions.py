"""`kb decisions` as a person and a script meet it: the installed command over a real folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KB = str(Path(sys.executable).with_name("kb"))
DEADLINE_S = 170
EVIL = "Own \x1b]0;owned\x07 the \u202e terminal \x9b31m"
ADR = "# {n}. {title}\n\nDate: 202{n}-03-02\n\n## Status\n\n{status}\n\n## Context\n\nx\n\n## Decision\n\n{said}\n"
FILES = {
    "shop/docs/adr/0001-mysql.md": ADR.format(
        n=1, title="Use MySQL", status="Superseded by [ADR-2](0002-postgres.md)", said="Orders live in MySQL."
    ),
    "shop/docs/adr/0002-postgres.md": ADR.format(
        n=2,
        title="Use Postgres",
        status="Accepted\n\nSupersedes [ADR-1](0001-mysql.md)",
        said="Orders live in Postgres.",
    ),
    "shop/src/orders.py": "# ADR-1: orders live in MySQL\nENGINE = 'mysql'\n",
    "bad/adr/0001-a.md": ADR.format(n=1, title=EVIL, status="Superseded by ADR-2", said="x"),
    "bad/adr/0002-b.md": ADR.format(n=2, title="B", status="Superseded by ADR-1", said="[gone](0009-gone.md)"),
    "bad/adr/0002-c.md": ADR.format(n=2, title="C", status="Superseded", said="x"),
}


class Kb:
    def __init__(self, world: Path, home: str) -> None:
        self.world = world
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(world / "home"), "KB_HOME": str(world / home), "KB_NO_DAEMON": "1",
            "KB_MODELS": os.environ.get("KB_MODELS") or str(world / "models"),
            **({"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}),
        }  # fmt: skip

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [KB, *words],
            cwd=self.world,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == code, done.stderr.decode()
        assert b"\x1b" not in done.stdout + done.stderr
        return done.stdout.decode()

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("decisions")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (root / "home").mkdir()
    return root


@pytest.fixture(scope="module")
def shop(world: Path) -> Kb:
    kb = Kb(world, "shop-state")
    kb("index", "shop", "--text-only", "--quiet")
    return kb


@pytest.fixture(scope="module")
def bad(world: Path) -> Kb:
    kb = Kb(world, "bad-state")
    kb("index", "bad", "--text-only", "--quiet")
    return kb


def test_a_person_reads_what_holds(shop: Kb) -> None:
    first, second = shop("decisions", "list").splitlines()
    assert " ".join(first.split()) == "ADR-0001 Use MySQL superseded by ADR-0002 shop/docs/adr/0001-mysql.md"
    assert "accepted" in second
    shown = shop("decisions", "show", "1")
    assert "Its place was taken by:\n  ADR-0002 Use Postgres" in shown
    assert "Code that still follows it, though it is no longer in force:\n  shop/src/orders.py:1" in shown
    assert shop("decisions", "list", "--status", "rejected", code=1) == "No decision.\n"


def test_a_script_reads_the_contract(shop: Kb) -> None:
    (old, _) = shop.json("decisions", "list")["decisions"]
    assert {
        "id",
        "number",
        "title",
        "status",
        "date",
        "path",
        "source",
        "abspath",
        "supersedes",
        "superseded_by",
    } <= set(old)
    links = shop.json("decisions", "links")["links"]
    fields = {"src", "dst", "relation", "line", "evidence", "src_source", "dst_source"}
    assert [(link["src"], link["relation"], link["dst"]) for link in links if fields <= set(link)] == [
        ("docs/adr/0002-postgres.md", "supersedes", "docs/adr/0001-mysql.md"),
        ("src/orders.py", "mentions", "docs/adr/0001-mysql.md"),
    ]
    assert shop.json("decisions", "check") == {"problems": [], "checked": 2, "notices": []}
    assert shop.json("decisions", "show", "99", code=1)["error"]["code"] == "not_found"
    assert "nodes" in shop.json("decisions", "graph", "--format", "json")
    assert shop.json("decisions", "graph")["format"] == "mermaid"


def test_a_check_names_file_and_line_and_fails(bad: Kb) -> None:
    lines = bad("decisions", "check", code=1).splitlines()
    assert lines[-1] == "4 problems in 3 decisions"
    assert "bad/adr/0002-b.md:15: dangling-link 0009-gone.md leads to no file" in lines
    kinds = {problem["kind"] for problem in bad.json("decisions", "check", code=1)["problems"]}
    assert kinds == {"dangling-link", "duplicate-number", "no-successor"} | (kinds & {"one-sided-supersede", "cycle"})


@pytest.mark.parametrize("verb", [("list",), ("links",), ("graph",), ("graph", "--format", "dot"), ("show", "1")])
def test_what_stands_in_a_title_never_reaches_the_terminal(bad: Kb, verb: tuple[str, ...]) -> None:
    # `Kb.__call__` looks for the escape itself.
    out = bad("decisions", *verb, code=1 if verb == ("links",) and not bad.json("decisions", "links")["links"] else 0)
    assert "\x9b" not in out and "\u202e" not in out and "\x07" not in out
