"""Kills the daemon with `kill -9` at random moments, again and again, and looks each time at what is left.

    python -m tests.bench.kill --rounds 1000 --out tests/bench/results/kill.json

Every round starts the real command on the home that the last kill left, with no step in between,
makes changes that are acknowledged (an `index` or a search with `fresh` returned after them) and
others that are not, and kills it: at rest, while files are being added, in the night run, while
the mirror is renewed, or before it has even started. Then:

- the ledger as it lies there, in a copy, is sound and holds every acknowledged note, and of a file
  that was changed since one of its texts, never a part;
- the next daemon starts over it, searches find what was acknowledged, the doctor names no damage,
  and after a fresh search the index is the tree.

Prints a line a round and one JSON object at the end; `--seed` repeats the same changes and delays.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.app.gateway import daemon_command, identity
from kb.config import load_settings
from kb.errors import KbError
from kb.service.client import Client
from kb.store.integrity import check
from kb.store.ledger import Ledger
from tests.unit.daemon.tree import Text, Tree, new_word

READY_S = 60.0
NOTES = 60
ADDED_AT_ONCE = 200
MOST_FILES = 900
"""With so many, a round takes half of them away again."""
THOROUGH_EVERY = 5
"""Rounds between two in which the doctor is asked and the index is compared with every single file."""
SEARCHES = 6
"""Files that are searched for before, and again after, everything is looked at anew."""
GONE, EMPTY = "(gone)", "(empty)"
"""Beside words: what a file may be. One that is written in place is empty for a moment."""
WORD = re.compile(r"The word is (\w+)\.")
SCENES = ("edits", "edits", "starting", "index", "adding", "night", "night", "compaction")
LONGEST_MS = {"starting": 1_500, "night": 2_500, "compaction": 2_500, "adding": 2_000}
"""How long after its begin a scene is killed at most; 400 where nothing is said."""


class Loss(AssertionError):
    """Something that was acknowledged is not there, or what is there is damaged."""


@dataclass
class Told:
    """What the rounds were like."""

    seed: int
    rounds: int = 0
    acknowledged: int = 0
    """Notes that were acknowledged and looked for after a kill, over all rounds."""
    scenes: Counter[str] = field(default_factory=Counter)
    mirrors: Counter[str] = field(default_factory=Counter)
    nights: Counter[str] = field(default_factory=Counter)
    """Whether a killed night run had come to its end."""
    start_s: list[float] = field(default_factory=list)
    took_s: float = 0.0

    def summary(self) -> dict[str, Any]:
        starts = sorted(self.start_s) or [0.0]
        return {
            "seed": self.seed, "rounds": self.rounds, "lost": 0, "manual_steps": 0,
            "acknowledged_looked_for": self.acknowledged, "scenes": dict(self.scenes), "mirror": dict(self.mirrors),
            "nights": dict(self.nights), "start_s_p50": round(starts[len(starts) // 2], 2),
            "start_s_max": round(starts[-1], 2), "took_s": round(self.took_s, 1),
        }  # fmt: skip


class Loop:
    """One home that is killed over and over; `run` returns what it was like or raises Loss."""

    def __init__(self, folder: Path, *, seed: int, models_dir: str) -> None:
        self.folder = folder
        self.random = random.Random()
        self.told = Told(seed)
        (folder / "notes").mkdir(parents=True)
        self.tree = Tree(folder / "notes")
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "KB_MODELS": models_dir, "GIT_CONFIG_GLOBAL": os.devnull,
        }  # fmt: skip
        if "PYTHONPATH" in os.environ:
            self.environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
        self.settings = load_settings(home=str(folder / "home"), environ=self.environment)
        self.acknowledged: dict[str, Text] = {}
        self.possible: dict[str, set[str]] = {}
        """Of each file that was changed since: the words that the index may hold of it now."""
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, rounds: int, *, on_round: Callable[[Told], None] = lambda _: None) -> Told:
        """So many rounds; `on_round` hears of each that went well."""
        began = time.monotonic()
        try:
            for number in range(rounds):
                # One for each round: how many changes a round had time for must not change the next one.
                self.random = random.Random(f"{self.told.seed} {number}")
                scene = self.random.choice(SCENES) if len(self.tree.files) < MOST_FILES else "compaction"
                delay_s = self.random.uniform(0, LONGEST_MS.get(scene, 400)) / 1e3
                self._say(f"round {number}: {scene}, killed after {delay_s * 1e3:.0f} ms")
                try:
                    self._round(number, scene, delay_s)
                except (AssertionError, KbError, OSError) as error:
                    kept = self.folder.with_name(f"{self.folder.name}-round-{number}")
                    shutil.copytree(self.folder, kept, ignore=shutil.ignore_patterns("*.sock"))
                    raise Loss(f"seed {self.told.seed}, round {number} ({scene}): {error}; kept in {kept}") from error
                self.told.rounds += 1
                self.told.scenes[scene] += 1
                self.told.took_s = time.monotonic() - began
                on_round(self.told)
        finally:
            self._kill()
        return self.told

    # A round

    def _round(self, number: int, scene: str, delay_s: float) -> None:
        if scene == "starting" and number:
            self._start()
            self._pass(delay_s)
        else:
            with self._started() as client:
                if number == 0:
                    self._fill(client)
                self._everything_is_back(client, thorough=number % THOROUGH_EVERY == 0)
                self._changes(self.random.randint(1, 4))
                self._acknowledge(client)
                getattr(self, f"_{scene}", self._edits)(delay_s)
        self._kill()
        self._ledger_is_sound()

    def _fill(self, client: Client) -> None:
        for number in range(NOTES):
            self.tree.write(f"first/{number:03}.md", Text(new_word(), number % 4))
        client.call("index", {"paths": [str(self.tree.root)]})
        self._is_acknowledged()

    def _everything_is_back(self, client: Client, *, thorough: bool) -> None:
        """Before anything is looked at anew, and after it."""
        settled = [path for path in self.acknowledged if path not in self.possible]
        self._are_found(client, settled)
        self._acknowledge(client)
        self._are_found(client, list(self.tree.files))
        files = client.call("status")["files"]
        assert files == len(self.tree.files), f"{files} files in the index, {len(self.tree.files)} in the folder"
        if thorough:
            wanted = {path: {text.word} for path, text in self.tree.files.items()}
            # As any command reads beside the daemon.
            assert words_held(self.settings.ledger) == wanted
            self._no_damage_is_named(client)

    def _are_found(self, client: Client, paths: list[str]) -> None:
        for path in self.random.sample(paths, min(SEARCHES, len(paths))):
            self._is_found(client, path, self.tree.files[path])

    def _no_damage_is_named(self, client: Client) -> None:
        faults = [check for check in client.call("doctor")["checks"] if not check["ok"]]
        assert not [fault for fault in faults if fault["name"].startswith("ledger")], faults
        self.told.mirrors["to be made anew" if any(f["name"].startswith("vector") for f in faults) else "sound"] += 1

    def _is_found(self, client: Client, path: str, text: Text) -> None:
        hits = client.call("search", {"query": text.word, "limit": 3})["hits"]
        places = [(hit["path"], hit["start"] <= text.line <= hit["end"]) for hit in hits if text.word in hit["snippet"]]
        assert places == [(path, True)], f"{path}:{text.line} {text.word} is found at {places}"

    def _acknowledge(self, client: Client) -> None:
        if self.random.random() < 0.5:
            client.call("index", {"paths": []})
        else:
            client.call("search", {"query": "the word is", "limit": 1, "fresh": True})
        self._is_acknowledged()

    def _is_acknowledged(self) -> None:
        self.acknowledged = dict(self.tree.files)
        self.possible = {}

    # Changes

    def _changes(self, count: int) -> None:
        for _ in range(count):
            self._may_be(self._change())

    def _change(self) -> dict[str, str]:
        """Change something; returns, of each path that was touched, what it held for a moment in between."""
        files = sorted(self.tree.files)
        path = self.random.choice(files)
        what = self.random.choice(("write", "edit", "replace", "move", "delete"))
        if what == "write" or len(files) < NOTES // 2:
            path = f"{self.random.choice('abc')}/{self.random.randrange(10_000):04}.md"
            self.tree.write(path, Text(new_word(), self.random.randrange(4)))
        elif what == "edit":
            self.tree.write(path, Text(new_word(), self.tree.files[path].blank_lines))
        elif what == "replace":
            self.tree.replace(path, Text(new_word(), self.random.randrange(4)))
            return {path: ""}
        elif what == "move":
            target = f"{self.random.choice('abc')}/moved-{self.random.randrange(10_000):04}.md"
            self.tree.move(path, target)
            return {path: "", target: ""}
        else:
            self.tree.delete(path)
            return {path: ""}
        return {path: EMPTY}

    def _may_be(self, touched: Mapping[str, str]) -> None:
        """Remember that files were changed and that nobody has acknowledged it."""
        for path, between in touched.items():
            before, now = self.acknowledged.get(path), self.tree.files.get(path)
            possible = self.possible.setdefault(path, {before.word if before else GONE})
            possible.add(now.word if now else GONE)
            if between:
                possible.add(between)

    # Scenes: what is under way when the kill comes

    def _edits(self, delay_s: float) -> None:
        ends = time.monotonic() + delay_s
        while time.monotonic() < ends:
            self._changes(1)
            time.sleep(min(0.02, max(0.0, ends - time.monotonic())))

    def _index(self, delay_s: float) -> None:
        self._changes(10)
        with self._asking("index", {"paths": [], "full": True}):
            self._edits(delay_s)

    def _adding(self, delay_s: float) -> None:
        began = time.monotonic()
        for number in range(ADDED_AT_ONCE):
            path = f"added-{self.told.rounds}/{number:03}.md"
            self.tree.write(path, Text(new_word(), number % 4))
            self._may_be({path: EMPTY})
            if time.monotonic() - began >= delay_s:
                return
        with self._asking("index", {"paths": []}):
            self._pass(delay_s - (time.monotonic() - began))

    def _night(self, delay_s: float) -> None:
        with self._asking("night") as answers:
            self._edits(delay_s)
        self.told.nights["done" if answers else "killed"] += 1

    def _compaction(self, delay_s: float) -> None:
        """With many notes gone at once the mirror is made anew without them."""
        for path in sorted(self.tree.files)[: len(self.tree.files) // 2]:
            if len(self.tree.files) > NOTES // 2:
                self.tree.delete(path)
                self._may_be({path: ""})
        self._night(delay_s)

    def _starting(self, delay_s: float) -> None:
        self._pass(delay_s)

    @contextmanager
    def _asking(self, method: str, params: dict[str, Any] | None = None) -> Iterator[list[dict[str, Any]]]:
        """A question that is under way inside, and whose answer nobody waits for."""
        answers: list[dict[str, Any]] = []

        def ask() -> None:
            with suppress(KbError), self._connected() as client:
                answers.append(client.call(method, params))

        asking = threading.Thread(target=ask)
        asking.start()
        yield answers
        self._kill()
        asking.join()

    def _pass(self, seconds: float) -> None:
        """Let the process live on for a while: it is the moment of the kill, nothing is waited for."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(seconds, 0.0))

    # The process

    def _start(self) -> None:
        with (self.folder / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                daemon_command(self.settings, idle_exit_s=0),
                cwd="/",
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @contextmanager
    def _started(self) -> Iterator[Client]:
        began = time.monotonic()
        self._start()
        with self._connected() as client:
            self.told.start_s.append(time.monotonic() - began)
            yield client

    def _connected(self) -> Client:
        ends = time.monotonic() + READY_S
        while time.monotonic() < ends:
            client = Client.connect(self.settings.home, identity(self.settings), timeout_s=5.0)
            if client is not None:
                return client
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.01)
        raise Loss(f"no daemon answers: {self._log()}")

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            code = self._process.wait()
            self._process = None
            assert code == -signal.SIGKILL, f"the daemon ended by itself with {code}: {self._log()}"

    def _log(self) -> str:
        return (self.folder / "daemon.log").read_text(encoding="utf-8", errors="replace")[-2_000:]

    def _say(self, line: str) -> None:
        print(line, flush=True)

    # What a kill leaves

    def _ledger_is_sound(self) -> None:
        """In a copy: what lies there is for the next daemon to deal with."""
        left = self.folder / "left"
        shutil.rmtree(left, ignore_errors=True)
        left.mkdir()
        for file in self.settings.ledger.parent.glob("ledger.db*"):
            shutil.copy(file, left)
        if not (left / "ledger.db").exists():
            assert not self.acknowledged, "there is no ledger"
            return
        with Ledger.open(left / "ledger.db") as ledger:
            assert check(ledger) == []
        held = words_held(left / "ledger.db")
        for path, text in self.acknowledged.items():
            if path not in self.possible:
                assert held.get(path) == {text.word}, (
                    f"{path} was acknowledged with {text.word}, held: {held.get(path)}"
                )
                self.told.acknowledged += 1
        for path, possible in self.possible.items():
            found = (held[path] or {EMPTY}) if path in held else {GONE}
            assert len(found) == 1, f"{path} is there in part: {found}"
            assert found <= possible, f"{path} holds {found}, which is none of {possible}"
        for path in held:
            assert path.removesuffix("~") in self.acknowledged or path.removesuffix("~") in self.possible, path


def words_held(ledger_file: Path) -> dict[str, set[str]]:
    """The words that a ledger holds of each file."""
    with Ledger.open(ledger_file) as ledger:
        rows = ledger.database.execute(
            "SELECT f.path, c.text FROM file f LEFT JOIN chunk c ON c.file_id = f.id"
        ).fetchall()
    held: dict[str, set[str]] = {}
    for path, text in rows:
        held.setdefault(path, set()).update(WORD.findall(text or ""))
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="kb-kill-"))
    loop = Loop(base / "loop", seed=chosen.seed, models_dir=str(load_settings().models_dir))

    def write(told: Told) -> None:
        # After each round: a run of hours that is stopped has still told what it saw.
        if chosen.out is not None:
            chosen.out.parent.mkdir(parents=True, exist_ok=True)
            chosen.out.write_text(json.dumps(told.summary(), indent=1) + "\n", encoding="utf-8")

    told = loop.run(chosen.rounds, on_round=write)
    shutil.rmtree(base)
    print(json.dumps(told.summary(), indent=1))


if __name__ == "__main__":
    main()
