"""`kb why` over repositories with a history: the reason comes first, what is only near is called so, quotes stand."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.errors import KbError, NotFoundError, UsageError
from tests.unit.app.world import World
from tests.unit.decisions.why_histories import BUILDERS, Commit, adr, git, write, write_history

LABELS = [
    json.loads(line) for line in (Path(__file__).parents[2] / "data/why/labels.jsonl").read_text("utf-8").splitlines()
]
BUILT = [label for label in LABELS if label["repo"] in BUILDERS and label["id"] != "web-by-meaning"]
GUESS = "nearest by meaning"


class Histories:
    """The three repositories, each under an index of its own."""

    def __init__(self, folder: Path) -> None:
        self.worlds: dict[str, World] = {}
        for name, build in BUILDERS.items():
            (folder / name).mkdir()
            world = World(folder / name)
            build(world.folder / "code")
            world.index(*sorted((world.folder / "code").iterdir()))
            self.worlds[name] = world

    def root(self, name: str) -> Path:
        return self.worlds[name].folder / "code" / name

    def why(self, name: str, ref: str, **more: Any) -> dict[str, Any]:
        with self.worlds[name].app() as app:
            return app.why(ref, cwd=str(self.root(name)), **more)

    def why_line(self, name: str, path: str, text: str, **more: Any) -> dict[str, Any]:
        lines = (self.root(name) / path).read_text("utf-8").split("\n")
        number = 1 + next(n for n, line in enumerate(lines) if line.strip() == text)
        return self.why(name, f"{path}:{number}", **more)


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Histories]:
    yield Histories(tmp_path_factory.mktemp("histories"))


def ways(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(reason["path"], reason["how"]) for reason in told["because"]]


def sure(told: dict[str, Any]) -> list[str]:
    return [reason["path"] for reason in told["because"] if reason["sure"]]


@pytest.mark.parametrize("label", BUILT, ids=[label["id"] for label in BUILT])
def test_the_reason_of_a_labelled_line_comes_first(histories: Histories, label: dict[str, Any]) -> None:
    told = histories.why_line(label["repo"], label["path"], label["line"])
    if label["expect"]:
        assert next(path for path, how in ways(told) if how != GUESS) in label["expect"]
    assert label["expect"] or sure(told) == []


def test_every_quote_stands_on_disk_at_its_lines(histories: Histories) -> None:
    checked = 0
    for label in BUILT:
        for reason in histories.why_line(label["repo"], label["path"], label["line"])["because"]:
            lines = Path(reason["abspath"]).read_text("utf-8").split("\n")
            assert "\n".join(lines[reason["start"] - 1 : reason["end"]]) == reason["quote"]
            assert reason["quote"].strip()
            checked += 1
    assert checked > 20


def test_a_replaced_decision_comes_after_its_successor_and_is_labelled(histories: Histories) -> None:
    told = histories.why_line("shop", "src/shop/legacy_cart.py", "raw = db.fetch('cart', key)")
    new, old = told["because"][:2]
    assert (new["how"], new["status"], new["superseded_by"]) == ("takes its place", "accepted", None)
    assert new["instead_of"] == old["path"] == "docs/adr/0001-keep-carts-in-the-database.md"
    assert (old["how"], old["status"], old["superseded_by"]) == ("named in commit", "superseded", new["path"])


def test_the_payload_has_what_the_contract_names(histories: Histories) -> None:
    told = histories.why_line("shop", "src/shop/cart.py", "redis.setex(key, 86400, json.dumps(items))")
    assert {"path", "line", "blame", "because"} <= set(told)
    assert told["blame"]["summary"] == "Carts live in Redis now"
    assert told["blame"]["date"] == "2023-11-17"
    assert told["symbol"] == "save_cart"
    assert {
        "path",
        "source",
        "abspath",
        "start",
        "end",
        "quote",
        "kind",
        "title",
        "status",
        "superseded_by",
        "how",
    } <= set(told["because"][0])


def test_without_git_the_mentions_are_there(histories: Histories) -> None:
    told = histories.why_line("shop", "src/shop/clock.py", "order.at = datetime.now(timezone.utc)", git=False)
    assert told["blame"] is None
    assert ways(told) == [("docs/adr/0002-store-times-in-utc.md", "named in comment")]
    nothing = histories.why_line("shop", "src/shop/payment.py", "for pause in (1, 5, 25):", git=False)
    assert (nothing["because"], nothing["notices"]) == ([], [])


def test_a_column_after_the_line_is_what_compilers_write(histories: Histories) -> None:
    assert histories.why("shop", "src/shop/invoice.py:2:5")["line"] == 2


@pytest.mark.parametrize(
    ("ref", "more", "error"),
    [
        ("src/shop/invoice.py", {}, UsageError),
        ("src/shop/invoice.py:900", {}, NotFoundError),
        ("src/shop/invoice.py:0", {}, UsageError),
        ("no/such.py:1", {}, NotFoundError),
        ("", {}, KbError),
        ("src/shop/invoice.py:1", {"rev": "v9"}, UsageError),
        ("src/shop/invoice.py:1", {"rev": "--upload-pack=x"}, UsageError),
    ],
)
def test_a_ref_that_means_no_line_is_refused(
    histories: Histories, ref: str, more: dict[str, str], error: type[KbError]
) -> None:
    with pytest.raises(error):
        histories.why("shop", ref, **more)


@pytest.fixture
def own(tmp_path: Path) -> Iterator["Own"]:
    yield Own(tmp_path)


class Own:
    """A repository of a test's own, indexed anew whenever it is asked."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.root = folder / "app"
        self.root.mkdir()

    def commit(self, *commits: Commit) -> None:
        write_history(self.root, list(commits))

    def why(self, ref: str, *, index: bool = True, **more: Any) -> dict[str, Any]:
        if index:
            self.world.index(self.root)
        with self.world.app() as app:
            return app.why(ref, cwd=str(self.root), **more)


SQLITE = {"docs/adr/0007-use-sqlite.md": adr(7, "Use SQLite", outcome="one file, `store.db`.")}


def test_a_file_outside_of_any_repository_is_told_and_the_rest_works(own: Own) -> None:
    write(own.root, {**SQLITE, "store.py": "# ADR-7\nopen_store()\n"})
    told = own.why("store.py:2")
    assert ways(told) == [("docs/adr/0007-use-sqlite.md", "named in comment")]
    assert (told["blame"], len(told["notices"])) == (None, 1)
    assert "git repository" in told["notices"][0]


def test_without_git_at_all_the_rest_works(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    own.commit(Commit("Begin, as ADR-7 says", {**SQLITE, "store.py": "# ADR-7\nopen_store()\n"}))
    own.world.index(own.root)
    monkeypatch.setenv("PATH", str(own.root))
    told = own.why("store.py:2", index=False)
    assert ways(told)[0][1] == "named in comment"
    assert "git is not installed" in told["notices"][0]


def test_a_shallow_clone_blames_no_commit_for_what_it_did_not_write(own: Own) -> None:
    own.commit(
        Commit("Begin", {**SQLITE, "store.py": "open_store()\n"}),
        Commit("Something else, see ADR-7", {"other.py": "x = 1\n"}),
    )
    clone = own.world.folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{own.root}", str(clone)], check=True)
    own.root = clone
    told = own.why("store.py:1")
    assert sure(told) == []
    assert any("shallow" in notice for notice in told["notices"])


def test_a_file_that_is_not_tracked_or_not_committed_is_told(own: Own) -> None:
    own.commit(Commit("Begin", SQLITE))
    write(own.root, {"store.py": "# as ADR-7 says\nopen_store()\n"})
    told = own.why("store.py:2")
    assert ways(told) == [("docs/adr/0007-use-sqlite.md", "named in comment")]
    assert "not committed" in told["notices"][0]


def test_a_file_in_no_source_has_blame_and_mentions(own: Own) -> None:
    own.commit(Commit("Begin", SQLITE))
    own.world.index(own.root)
    other = own.world.folder / "elsewhere"
    other.mkdir()
    write_history(other, [Commit("A store of its own", {"store.py": "open_store()\n"})])
    with own.world.app() as app:
        told = app.why("store.py:1", cwd=str(other))
    assert told["blame"]["summary"] == "A store of its own"
    assert "no source" in told["notices"][0]


def test_a_revision_is_read_as_it_was(own: Own) -> None:
    own.commit(
        Commit("Store, as ADR-7 says", {**SQLITE, "store.py": "def open_store():\n    return 1\n"}),
        Commit("Rewrite", {"store.py": "import os\n\n\ndef close_store():\n    return os.name\n"}),
    )
    git(own.root, "tag", "v1", "HEAD~1")
    told = own.why("store.py:2", rev="v1")
    assert (told["text"], told["symbol"], told["rev"]) == ("    return 1", "open_store", "v1")
    assert ways(told)[0] == ("docs/adr/0007-use-sqlite.md", "named in commit")
    with pytest.raises(NotFoundError):
        own.why("store.py:5", rev="v1")


def test_names_and_messages_that_would_act_on_a_terminal_are_data(own: Own) -> None:
    name = "sub/a\n\x1b]0;x\x07[/b].py"
    message = "Evil \x1b]52;c;eA==\x07 [/red] \u202e commit\n\nADR-7"
    own.commit(Commit(message, {**SQLITE, name: "open_store()\n"}))
    told = own.why(f"{name}:1")
    assert told["blame"]["summary"] == message.partition("\n")[0]
    assert ways(told) == [("docs/adr/0007-use-sqlite.md", "named in commit")]


def test_a_file_name_with_a_dash_in_front_is_a_file(own: Own) -> None:
    own.commit(Commit("As ADR-7 says", {**SQLITE, "--output=x.py": "open_store()\n"}))
    assert ways(own.why("--output=x.py:1"))[0][1] == "named in commit"
    assert not (own.root / "x.py").exists()


def test_a_quote_is_taken_from_the_disk_and_a_deleted_note_is_left_out(own: Own) -> None:
    own.commit(Commit("As ADR-7 says", {**SQLITE, "store.py": "open_store()\n"}))
    own.world.index(own.root)
    decision = own.root / "docs/adr/0007-use-sqlite.md"
    decision.write_text("# 7. Use SQLite\n\n## Decision\n\nMoved and rewritten.\n")
    assert own.why("store.py:1", index=False)["because"][0]["quote"] == "Moved and rewritten."
    decision.unlink()
    assert own.why("store.py:1", index=False)["because"] == []


def test_the_path_decides_between_files_of_one_name(own: Own) -> None:
    note = "# Where things are\n\nThe rule of `{path}` is old.\n"
    write(own.root, {
        "a/core/index.ts": "export const a = 1\n", "b/core/index.ts": "export const b = 1\n",
        "notes/one.md": note.format(path="a/core/index.ts"), "notes/two.md": note.format(path="index.ts"),
        "notes/three.md": note.format(path="core/index.ts"), "notes/four.md": note.format(path="../b/core/index.ts"),
    })  # fmt: skip
    assert sorted(path for path, how in ways(own.why("a/core/index.ts:1")) if how == "mentions file") == [
        "notes/one.md", "notes/three.md",
    ]  # fmt: skip
    assert sorted(path for path, how in ways(own.why("b/core/index.ts:1")) if how == "mentions file") == [
        "notes/four.md", "notes/three.md",
    ]  # fmt: skip


def test_a_dotted_name_and_a_folder_lead_to_a_file(own: Own) -> None:
    write(own.root, {
        "kit/store/chroma.py": "LIMIT = 5\n",
        "notes/dotted.md": "# Dotted\n\nImport it from kit.store.chroma alone.\n",
        "notes/folder.md": "# Folder\n\nAll of `kit/store/` is the ledger's.\n",
        "notes/words.md": "# Words\n\nThe store has a limit, and chroma is a colour.\n",
    })  # fmt: skip
    found = dict(ways(own.why("kit/store/chroma.py:1")))
    assert found == {"notes/dotted.md": "mentions file", "notes/folder.md": "mentions folder"}


def test_a_bare_file_name_or_a_folder_is_sure_only_with_a_name_of_the_code(own: Own) -> None:
    write(own.root, {
        "kit/store/cart.py": "def keep(cart_key):\n    return cart_key\n",
        "notes/bare.md": "# Bare\n\nThe rest is in `cart.py`, somewhere.\n",
        "notes/folder.md": "# Folder\n\nAll of `kit/store/` is the shop's.\n",
        "notes/named.md": "# Named\n\nIn `cart.py` the `cart_key` is the user's.\n",
        "notes/written.md": "# Written\n\nCarts are kept by [it](../kit/store/cart.py).\n",
        "notes/module.md": "# Module\n\nImport kit.store.cart late.\n",
        "notes/log.md": "# Log\n\nIt says so in store.cart of the day.\n",
    })  # fmt: skip
    told = own.why("kit/store/cart.py:1")["because"]
    assert {reason["path"] for reason in told if reason["sure"]} == {
        "notes/named.md", "notes/written.md", "notes/module.md",
    }  # fmt: skip
    doubtful = {"notes/bare.md", "notes/folder.md", "notes/log.md"}
    assert {reason["path"] for reason in told if not reason["sure"] and reason["how"] != GUESS} == doubtful
    assert [reason["sure"] for reason in told] == sorted((reason["sure"] for reason in told), reverse=True)


def test_a_decision_that_is_only_quoted_as_an_example_is_not_sure(own: Own) -> None:
    write(own.root, {
        **SQLITE,
        "read.py": "# `Superseded by ADR-7` is what the header says.\nopen_store()\n",
        "meant.py": "# As ADR-7 says.\nopen_store()\n",
    })  # fmt: skip
    assert sure(own.why("read.py:2")) == []
    assert ways(own.why("read.py:2"))[0] == ("docs/adr/0007-use-sqlite.md", "named in comment")
    assert sure(own.why("meant.py:2")) == ["docs/adr/0007-use-sqlite.md"]


def test_a_plain_word_is_a_symbol_only_with_its_owner_or_its_file(own: Own) -> None:
    write(own.root, {
        "gate/server.py": "class Server:\n    def drain(self):\n        return 1\n",
        "notes/owner.md": "# Owner\n\nWe call `Server.drain` late.\n",
        "notes/file.md": "# File\n\nIn `gate/server.py` it is `drain` that waits.\n",
        "notes/word.md": "# Word\n\nDrain the water, and drain it `drain` well.\n",
    })  # fmt: skip
    found = dict(ways(own.why("gate/server.py:3")))
    assert {path: how for path, how in found.items() if how != GUESS} == {
        "notes/owner.md": "mentions symbol", "notes/file.md": "mentions symbol",
    }  # fmt: skip


def test_a_decision_of_a_commit_of_hundreds_of_files_is_no_reason(own: Own) -> None:
    many = {f"src/m{n}.py": f"value_{n} = {n}\n" for n in range(30)}
    own.commit(Commit("Import everything", {**SQLITE, **many}))
    assert sure(own.why("src/m3.py:1")) == []


def test_without_a_model_the_mentions_stand(own: Own) -> None:
    own.commit(Commit("As ADR-7 says", {**SQLITE, "store.py": "open_store()\n"}))
    own.world.index(own.root)
    write(own.root, {"other.py": "nobody = 1\n"})
    own.world.settings = replace(own.world.settings, model="no-such-model")
    with own.world.app() as app:
        app.shared.embedder = None
        told = app.why("store.py:1", cwd=str(own.root))
        assert ways(told)[0][1] == "named in commit"
        silent = app.why("other.py:1", cwd=str(own.root))
    assert silent["because"] == []
    assert any("by meaning" in notice for notice in silent["notices"])


def test_the_successor_of_what_is_only_near_is_only_near(own: Own) -> None:
    text = "parcels weigh kilograms postage customs declaration"
    write(own.root, {
        "docs/adr/0001-old.md": adr(1, text, status="superseded by [ADR-0002](0002-new.md)", outcome=text),
        "docs/adr/0002-new.md": adr(2, "Use a courier", outcome="somebody else does it."),
        "post.py": f"# {text}\nx = 1\n",
    })  # fmt: skip
    assert ways(own.why("post.py:1"))[:2] == [("docs/adr/0002-new.md", GUESS), ("docs/adr/0001-old.md", GUESS)]


def test_nothing_is_written_to_the_repository(own: Own) -> None:
    own.commit(Commit("As ADR-7 says", {**SQLITE, "store.py": "open_store()\n"}))
    own.world.index(own.root)
    before = {path: path.stat().st_mtime_ns for path in own.root.rglob("*")}
    own.why("store.py:1", index=False)
    assert {path: path.stat().st_mtime_ns for path in own.root.rglob("*")} == before


def test_an_empty_line_and_a_file_of_one_word_are_no_trouble(own: Own) -> None:
    write(own.root, {"a.py": "\n\nx\n", "b.txt": "word\n", **SQLITE})
    for ref in ("a.py:1", "a.py:3", "b.txt:1", "docs/adr/0007-use-sqlite.md:9"):
        assert own.why(ref)["line"]
    shutil.rmtree(own.root / "docs")
    assert own.why("a.py:3")["because"] == []


# What names the line, but may speak of another place

GO = """package handlers

const (
	AppsPath = "/v3/apps"
	AppPath  = "/v3/apps/{guid}" // ADR-2 wants the guid
	RoutePath = "/v3/routes"
)

func (h *App) get(r *Request) error {
	return h.reconcileApp(r)
}

func (h *App) reconcileApp(r *Request) error { // as ADR-2 says
	return nil
}
"""


@pytest.fixture
def api(world: World) -> World:
    write(world.notes, {"api/app.go": GO, "docs/adr/0002-guids.md": adr(2, "Guids", outcome="Guids.")})
    return world


def asked(world: World, line: str, *others: Path) -> dict[str, tuple[str, bool]]:
    """The reasons of a line of app.go by path: how, and whether it is sure."""
    world.index(world.notes, *others)
    number = 1 + GO.split("\n").index(line)
    with world.app() as app:
        told = app.why(f"api/app.go:{number}", cwd=str(world.notes), git=False)
    return {reason["path"]: (reason["how"], reason["sure"]) for reason in told["because"]}


def test_a_comment_at_the_end_of_another_line_speaks_of_that_line(api: World) -> None:
    decision = "docs/adr/0002-guids.md"
    assert asked(api, '\tRoutePath = "/v3/routes"')[decision] == ("named elsewhere in file", False)
    assert asked(api, '\tAppPath  = "/v3/apps/{guid}" // ADR-2 wants the guid')[decision] == ("named in comment", True)
    assert asked(api, "\treturn nil")[decision] == ("named in comment", True)


@pytest.mark.parametrize(
    ("path", "text", "line", "sure"),
    [
        ("notes/use.md", "The handler `app.reconcileApp` is called twice.", "\treturn nil", True),
        ("notes/use.md", "Call `app.get` first.", "func (h *App) get(r *Request) error {", False),
        ("javascript/use.md", "Call `app.reconcileApp` first.", "\treturn nil", False),
        ("notes/use.md", "```js\napp.reconcileApp(1)\n```", "\treturn nil", False),
        ("notes/use.md", "```go\napp.reconcileApp(1)\n```", "\treturn nil", True),
    ],
)  # fmt: skip
def test_a_symbol_is_sure_only_in_a_note_that_speaks_of_this_code(
    api: World, path: str, text: str, line: str, sure: bool
) -> None:
    write(api.notes, {path: f"# Use\n\n{text}\n"})
    assert asked(api, line)[path][1] is sure


def test_a_symbol_in_a_note_of_another_source_is_not_sure(api: World) -> None:
    write(api.folder / "til", {"go/use.md": "# Use\n\nThe handler `app.reconcileApp` is called twice.\n"})
    assert asked(api, "\treturn nil", api.folder / "til")["go/use.md"] == ("mentions symbol", False)
