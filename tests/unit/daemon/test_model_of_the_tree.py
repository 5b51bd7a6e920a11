"""Whatever happens to a tree, to its events and to the process, the index ends as what the tree is.

A random walk over everything that can happen, beside a dict of the tree. KB_NIGHTLY=1 walks farther.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from kb.app import upkeep
from kb.app.daemon.keeper import SCAN_S
from kb.app.night import night_run
from kb.store.integrity import check
from kb.store.mirrored import MirrorRows
from tests.unit.daemon.running import Running
from tests.unit.daemon.tree import IGNORE_FILES, Text, Tree, lies_at, new_word

NIGHTLY = bool(os.environ.get("KB_NIGHTLY"))
IN_MEMORY = next((place for place in ("/dev/shm",) if os.access(place, os.W_OK)), None)
"""A file system that need not wait for a disk: what is proved here does not hang on when the disk has it."""
FOLDERS = ["", "a/", "b/", "a/c/", "b/c/"]
paths = st.builds(str.__add__, st.sampled_from(FOLDERS), st.sampled_from(["x.md", "X.md", "y.md", "z.md"]))
ignoring = st.builds(str.__add__, st.sampled_from(FOLDERS), st.sampled_from(IGNORE_FILES))
patterns = st.sampled_from(["", "x.md", "y.md", "c/", "b/"])
blanks = st.integers(0, 4)
picks = st.integers(0, 1_000)
told = st.sampled_from(["told"] * 6 + ["lost", "silent"])
"""What becomes of a change's events: told, lost with the system's own word that they were, or lost in silence."""


class Walk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kb-walk-", dir=IN_MEMORY))
        (self.folder / "notes").mkdir()
        self.tree = Tree(self.folder / "notes")
        self.root = str(self.tree.root)
        self.running = Running(self.folder)
        self.untold: list[str] = []
        self.heard: list[str] = []
        """Places that were told to the process that runs now."""
        self.at_rest = False
        """Whether no scan waits: a place that is told while one does is looked at by its size and time alone."""
        self.overflow = False
        self.silence = False
        self.hidden: set[str] = set()
        """Files with an edit that kept size and time, and of which maybe nothing was heard."""

    @initialize(texts=st.dictionaries(paths, blanks, max_size=4))
    def begin(self, texts: dict[str, int]) -> None:
        self.tree.write("first.md", Text(new_word()))
        for path, blank_lines in texts.items():
            self.tree.write(path, Text(new_word(), blank_lines), old=True)
        self.running.submitted(lambda app: app.index([self.root]))

    def teardown(self) -> None:
        try:
            if self.tree.files:
                self.all_is_found()
        finally:
            self.running.close()
            shutil.rmtree(self.folder)

    # What happens to the tree

    def _changed(self, places: list[str], how: str) -> None:
        if how == "told":
            self.untold += places
        elif how == "lost":
            self.overflow = True
        else:
            self.silence = True

    def _file(self, pick: int) -> str:
        files = sorted(self.tree.files)
        return files[pick % len(files)]

    @rule(path=paths, blank_lines=blanks, how=told, old=st.booleans())
    def write(self, path: str, blank_lines: int, how: str, old: bool) -> None:
        self._changed(self.tree.write(path, Text(new_word(), blank_lines), old=old), how)

    @rule(path=paths, blank_lines=blanks, how=told)
    def save_atomically(self, path: str, blank_lines: int, how: str) -> None:
        self._changed(self.tree.replace(path, Text(new_word(), blank_lines)), how)

    @rule(pick=picks, how=told, old=st.booleans())
    def edit_with_the_same_size(self, pick: int, how: str, old: bool) -> None:
        path = self._file(pick)
        before = self.tree.files[path]
        self._changed(self.tree.write(path, Text(new_word(), before.blank_lines, before.pattern), old=old), how)

    @rule(pick=picks, how=told)
    def edit_with_the_same_size_and_time(self, pick: int, how: str) -> None:
        path = self._file(pick)
        before = self.tree.files[path]
        self.hidden.add(path)
        # What was told before was maybe looked at before.
        self.heard = [place for place in self.heard if not lies_at(path, place)]
        edited = Text(new_word(), before.blank_lines, before.pattern)
        self._changed(self.tree.write(path, edited, keep_time=True), how)

    @rule(path=ignoring, pattern=patterns, how=told)
    def ignore(self, path: str, pattern: str, how: str) -> None:
        self._changed(self.tree.write(path, Text(new_word(), 0, pattern)), how)

    @rule(pick=picks, to=paths, how=told)
    def move(self, pick: int, to: str, how: str) -> None:
        if (source := self._file(pick)) != to:
            self._changed(self.tree.move(source, to), how)
            self._moved_hidden(source, to)

    @rule(one=picks, other=picks, how=told)
    def swap(self, one: int, other: int, how: str) -> None:
        first, second = self._file(one), self._file(other)
        if first != second:
            self._changed(self.tree.swap(first, second), how)
            if {first, second} & self.hidden:
                self.hidden |= {first, second}

    @precondition(lambda self: len(self.tree.files) > 1)
    @rule(pick=picks, how=told)
    def delete(self, pick: int, how: str) -> None:
        self._changed(self.tree.delete(self._file(pick)), how)

    @precondition(lambda self: self.tree.folders())
    @rule(pick=picks, how=told)
    def delete_folder(self, pick: int, how: str) -> None:
        folders = self.tree.folders()
        folder = folders[pick % len(folders)]
        if any(not lies_at(path, folder) for path in self.tree.files):
            self._changed(self.tree.delete_folder(folder), how)

    @precondition(lambda self: self.tree.folders())
    @rule(pick=picks, to=st.sampled_from(["a", "b", "c", "b/c", "d"]), how=told)
    def move_folder(self, pick: int, to: str, how: str) -> None:
        folders = self.tree.folders()
        source = folders[pick % len(folders)]
        if to not in folders and not lies_at(to, source):
            self._changed(self.tree.move(source, to), how)
            self._moved_hidden(source, to)

    @rule(folder=st.sampled_from(["a", "b", "b/c", "e"]), files=st.integers(1, 3), how=told)
    def make_folder(self, folder: str, files: int, how: str) -> None:
        if folder in self.tree.folders():
            return
        for number in range(files):
            self._changed(self.tree.write(f"{folder}/n{number}.md", Text(new_word(), number)), how)

    def _moved_hidden(self, source: str, target: str) -> None:
        for path in [path for path in self.hidden if lies_at(path, source)]:
            self.hidden.add(target + path[len(source) :])

    # What happens to the process

    @rule()
    def tell(self) -> None:
        for place in self.untold:
            self.running.tell(self.root, place)
            # An ignore file of the root itself speaks for all of it.
            self.at_rest = self.at_rest and place not in IGNORE_FILES
            if self.at_rest:
                self.heard.append(place)
        self.untold = []

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.2, 1.0, 3.0]), most=st.integers(1, 6))
    def work(self, seconds: float, most: int) -> None:
        self.running.now += seconds
        self.running.turn(most)

    @rule()
    def rest(self) -> None:
        self.running.until_quiet()
        self.at_rest = True

    @rule()
    def restart(self) -> None:
        self.running.restart()
        self._begun_again()

    @rule(at=st.integers(1, 400), seconds=st.sampled_from([0.0, 1.0, 20.0]))
    def kill_at_work(self, at: int, seconds: float) -> None:
        self.tell()
        self.running.now += seconds
        self._kill(self.running.turn, at)

    @rule(at=st.integers(1, 400))
    def kill_while_indexing(self, at: int) -> None:
        self._kill(lambda: self.running.submitted(lambda app: app.index([], full=True)), at)

    @rule(at=st.integers(1, 900))
    def kill_in_the_night(self, at: int) -> None:
        self._kill(self._night, at)

    def _kill(self, work: Callable[[], object], at: int) -> None:
        self.running.kill(work, at_statement=at)
        self._begun_again()

    def _begun_again(self) -> None:
        """What was to be told is told to nobody; the look at everything of a start makes up for it."""
        self.untold, self.heard = [], []
        self.overflow = self.silence = self.at_rest = False

    @rule()
    def night(self) -> None:
        report = self._night()
        assert report["ok"], report
        self.hidden = set()

    def _night(self) -> dict[str, Any]:
        return night_run(self.running.submitted)

    # What must hold

    @rule(pick=picks)
    def search_anew(self, pick: int) -> None:
        """A search that asks for it sees every change before it, heard of or not."""
        self.running.done(self.running.keeper.freshen())
        self._looked_at_what_was_heard()
        self._ledger_is_the_tree()
        living = self.tree.living()
        for path in sorted(living)[pick % max(len(living), 1) :][:1]:
            self._is_found(path)

    @rule(pick=picks)
    def search(self, pick: int) -> None:
        """However far behind the index is: one file is never shown with two texts, nor with one that never was."""
        words = sorted(self.tree.words)
        for query in (words[pick % len(words)], "the word is"):
            seen: dict[str, str] = {}
            for hit in self.running.search(query, limit=20):
                (word,) = [word for word in self.tree.words if word in hit["snippet"]]
                assert seen.setdefault(hit["path"], word) == word

    @rule()
    def all_is_found(self) -> None:
        """After the events, and a scan where the system told that some were lost, the index is the tree."""
        self.tell()
        if self.overflow:
            self.running.lose_events(self.root)
        self.running.until_quiet()
        if self.silence:
            self.running.now += 1.2 * SCAN_S
            self.running.until_quiet()
        self.overflow = self.silence = False
        self.at_rest = True
        self._looked_at_what_was_heard()
        if self.hidden:
            self.night()
            self.running.until_quiet()
        keeper = self.running.keeper
        assert (keeper.settled, keeper.problem, self.running.said) == (True, "", [])
        assert self.tree.on_disk() == set(self.tree.files)
        self._ledger_is_the_tree()
        for path in self.tree.living():
            self._is_found(path)
        self._status_agrees()
        assert check(self.running.app.ledger) == []
        self._nearest_is_exact()

    def _looked_at_what_was_heard(self) -> None:
        self.hidden = {path for path in self.hidden if not any(lies_at(path, place) for place in self.heard)}
        self.heard = []

    def _ledger_is_the_tree(self) -> None:
        rows = self.running.reader.ledger.database.execute(
            'SELECT f.path, c.start, c."end", c.text FROM file f LEFT JOIN chunk c ON c.file_id = f.id'
        ).fetchall()
        held = {path: word for path, _, _, text in rows for word in self.tree.words if text and word in text}
        wanted = {path: text.word for path, text in self.tree.living().items()}
        for hidden in self.hidden:
            held.pop(hidden, None)
            wanted.pop(hidden, None)
        assert held == wanted

    def _is_found(self, path: str) -> None:
        if path in self.hidden:
            return
        text = self.tree.files[path]
        hits = [hit for hit in self.running.search(text.word, limit=3) if text.word in hit["snippet"]]
        assert [hit["path"] for hit in hits] == [path]
        assert hits[0]["start"] <= text.line <= hits[0]["end"]

    def _status_agrees(self) -> None:
        status = self.running.reader.status()
        living = self.tree.living()
        assert (status["files"], status["pending"], status["stale"]) == (len(living), 0, [])
        assert [source["files"] for source in status["sources"]] == [len(living)]
        assert {item["path"] for item in status["skipped"]} & set(living) == set()

    def _nearest_is_exact(self) -> None:
        ledger = self.running.reader.ledger
        generation = ledger.embeddings.generation()
        if generation is None:
            return
        rows = ledger.database.execute(
            "SELECT key, data FROM vector WHERE generation = ? AND key IN (SELECT key FROM chunk)",
            (generation.id,),
        ).fetchall()
        # What was swept may still be in the mirror, and takes a place each.
        total = ledger.embeddings.count(generation) + MirrorRows(ledger.database).count()
        asked = self.running.shared.load_embedder().embed_query("the word is")
        exact = {key: float(np.frombuffer(data, dtype=np.float32) @ asked) for key, data in rows}
        found = dict(self.running.shared.nearest.query(ledger, generation, asked, total))
        assert exact.keys() <= found.keys()
        for key, cosine in exact.items():
            assert abs(found[key] - cosine) < 1e-4


@pytest.mark.timeout(0 if NIGHTLY else 600)
def test_the_index_ends_as_the_tree_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    # A small tree lacks few vectors; the mirror is to be renewed all the same.
    monkeypatch.setattr(upkeep, "LAG", 3)
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=500 if NIGHTLY else 100,
            stateful_step_count=100 if NIGHTLY else 20,
            deadline=None,
            # The same walks at every run of the tests, others every night.
            derandomize=not NIGHTLY,
            database=None,
            print_blob=NIGHTLY,
            report_multiple_bugs=False,
            # Twenty steps are read sooner than they are made fewer: that takes five minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
