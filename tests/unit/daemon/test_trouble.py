"""What happens to folders beside plain edits, told by the system's own events to a running daemon."""

import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from kb.app.application import App
from kb.app.daemon.keeper import Keeper
from kb.app.shared import Shared
from kb.embedding.hashing import HashingEmbedder
from kb.service.client import Client
from tests.unit.app.world import World
from tests.unit.daemon.served import LARGE, Served, eventually
from tests.unit.daemon.tree import Text, new_word

CHECKED_OUT = 1_000 * LARGE
FILES = 40


@pytest.fixture
def served() -> Iterator[Served]:
    with Served() as served:
        for number in range(FILES):
            served.tree.write(f"{number % 4}/{number}.md", Text(new_word(), number % 4))
        served.index()
        with served.client() as client:
            eventually(lambda: mode(client) == "watched")
        yield served
        assert served.faults() == []


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    with served.client() as client:
        yield client


def mode(client: Client) -> str:
    return "".join(followed["mode"] for followed in client.call("presence")["sources"])


def state(client: Client) -> tuple[int, int]:
    status = client.call("status")
    return status["files"], status["pending"]


def test_a_rename_by_case_alone_is_followed(served: Served, client: Client) -> None:
    word = served.tree.files["1/1.md"].word
    served.tree.write("1/readme.md", text := Text(new_word()))
    eventually(lambda: served.paths_of(client, text.word) == ["1/readme.md"])
    served.tree.move("1/readme.md", "1/README.md")
    eventually(lambda: served.paths_of(client, text.word) == ["1/README.md"])
    assert served.paths_of(client, word) == ["1/1.md"]
    assert state(client) == (FILES + 1, 0)


def test_two_files_that_change_places_are_followed(served: Served, client: Client) -> None:
    one, other = served.tree.files["1/1.md"].word, served.tree.files["2/2.md"].word
    served.tree.swap("1/1.md", "2/2.md")
    eventually(lambda: (served.paths_of(client, one), served.paths_of(client, other)) == (["2/2.md"], ["1/1.md"]))
    assert state(client) == (FILES, 0)


def test_a_root_that_goes_away_takes_nothing_with_it(served: Served, client: Client) -> None:
    away = served.tree.root.with_name("away")
    word = served.tree.files["3/3.md"].word
    served.tree.root.rename(away)
    eventually(lambda: mode(client) == "lost")
    # Whoever asks for a look at everything finds nothing to look at, and still nothing to forget.
    assert served.paths_of(client, word, fresh=True) == ["3/3.md"]
    assert state(client) == (FILES, 0)
    assert client.call("status")["gone"]

    away.rename(served.tree.root)
    served.tree.write("back.md", text := Text(new_word()))
    eventually(lambda: mode(client) == "watched")
    eventually(lambda: served.paths_of(client, text.word) == ["back.md"])
    served.tree.write("heard.md", text := Text(new_word()))
    eventually(lambda: served.paths_of(client, text.word) == ["heard.md"])
    assert state(client) == (FILES + 2, 0)


def test_an_empty_folder_in_the_place_of_a_root_is_a_disk_that_is_not_there(served: Served, client: Client) -> None:
    away = served.tree.root.with_name("away")
    word = served.tree.files["3/3.md"].word
    served.tree.root.rename(away)
    served.tree.root.mkdir()
    assert served.paths_of(client, word, fresh=True) == ["3/3.md"]
    report = client.call("index", {"paths": []})
    assert report["removed"] == 0
    assert report["warnings"]
    assert client.call("night")["ok"]
    assert state(client) == (FILES, 0)

    served.tree.root.rmdir()
    away.rename(served.tree.root)
    served.tree.write("heard.md", text := Text(new_word()))
    eventually(lambda: served.paths_of(client, text.word) == ["heard.md"])
    assert state(client) == (FILES + 1, 0)


class Looking(Keeper):
    """Counts how often it looked at what the watcher saw."""

    looks = 0

    def _look(self, *words: object) -> None:
        self.looks += 1
        super()._look(*words)  # type: ignore[arg-type]


def indexed(reader: App, keeper: Keeper, files: int) -> bool:
    return reader.status()["files"] == files and keeper.settled


def test_a_checkout_of_many_files_is_looked_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(world.notes), *words], check=True, capture_output=True, timeout=120)

    git("init", "-q", "-b", "empty")
    world.write("readme.md", "# Readme\n")
    git("add", "-A")
    git("commit", "-qm", "empty")
    git("checkout", "-qb", "full")
    for number in range(CHECKED_OUT):
        world.write(f"{number % 20}/{number}.md", f"# Note {number}\n\nThe word of it is qz{number}.\n")
    git("add", "-A")
    git("commit", "-qm", "full")
    git("checkout", "-q", "empty")
    world.index()

    shared = Shared(world.settings)
    shared.embedder = HashingEmbedder()
    shared.own("daemon", timeout_s=0.0)
    said: list[str] = []
    keeper = Looking(shared, said.append)
    keeper.start()
    try:
        eventually(lambda: keeper.looks and keeper.settled)
        for branch, files in (("full", CHECKED_OUT + 1), ("empty", 1)):
            keeper.looks = 0
            git("checkout", "-q", branch)
            with App(world.settings, shared) as reader:
                eventually(partial(indexed, reader, keeper, files))
            # One for the checkout; git's own files, or a pause of a busy machine, may part it in two.
            assert keeper.looks <= 2, f"{keeper.looks} looks at the checkout of {branch}"
    finally:
        keeper.stop()
        keeper.join(60)
        shared.disown()
    assert said == []


def test_work_of_all_kinds_at_once_loses_nothing(served: Served) -> None:
    """Searches, questions, index calls and a night run, while an editor saves and the watcher follows."""
    from concurrent.futures import ThreadPoolExecutor

    rounds = 30 * LARGE

    def edit() -> None:
        for number in range(rounds):
            served.tree.replace(f"{number % 4}/{number % FILES}.md", Text(new_word()))
            served.tree.write(f"late/{number}.md", Text(new_word()))
            if number % 5 == 4:
                served.tree.delete(f"late/{number - 2}.md")

    def ask(method: str, **params: object) -> int:
        with served.client() as client:
            for _ in range(rounds):
                client.call(method, params)
        return rounds

    def night() -> bool:
        with served.client() as client:
            return all(client.call("night")["ok"] for _ in range(2))

    with ThreadPoolExecutor(8) as pool:
        work = [
            pool.submit(ask, "search", query="the word is"),
            pool.submit(ask, "search", query="the word is", fresh=True),
            pool.submit(ask, "ask", question="what is the word?"),
            pool.submit(ask, "status"),
            pool.submit(ask, "index", paths=[]),
            pool.submit(ask, "index", paths=[str(served.tree.root)], full=True),
        ]
        nights, edits = pool.submit(night), pool.submit(edit)
        edits.result(120)
        assert [done.result(120) for done in work] == [rounds] * len(work)
        assert nights.result(120)
    with served.client() as client:
        # Heard of by the watcher alone.
        eventually(lambda: state(client) == (len(served.tree.files), 0) and client.call("presence")["settled"])
        for path, text in served.tree.files.items():
            assert served.paths_of(client, text.word) == [path]
        assert all(check["ok"] for check in client.call("doctor")["checks"] if check["name"].startswith("ledger"))


def test_a_file_is_found_under_the_name_it_has_on_disk(served: Served, client: Client) -> None:
    """A name of other bytes than its text: told by the watcher, moved and deleted."""
    raw = os.fsencode(served.tree.root) + b"/caf\xe9.md"
    text = Text(new_word())
    with open(raw, "wb") as file:
        file.write(text.content.encode())
    eventually(lambda: served.paths_of(client, text.word) == ["caf\\xe9.md"])
    os.rename(raw, raw + b"x.md")
    eventually(lambda: served.paths_of(client, text.word) == ["caf\\xe9.mdx.md"])
    os.unlink(raw + b"x.md")
    eventually(lambda: served.paths_of(client, text.word) == [])
