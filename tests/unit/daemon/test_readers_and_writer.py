"""While files are read anew, a search sees each of them as it was or as it is, never half of both."""

import itertools
import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from kb.app.application import App
from kb.app.daemon.keeper import Keeper
from kb.app.daemon.readers import Readers
from kb.app.shared import Shared
from kb.embedding.hashing import HashingEmbedder
from tests.unit.app.world import World
from tests.unit.daemon.served import LARGE

READS = 1_000 * LARGE
AT_ONCE, REWRITTEN = 50, 10
FILES, SECTIONS = 6, 5
VERSION = re.compile(r"version (\w+) of (\w+)")


def text(file: int, version: int) -> str:
    """Several chunks, each of which names its file and version."""
    sections = (
        f"## Part {number}\n\nThe parser of part {number} is in version v{version} of f{file}. {'It reads on. ' * 40}\n"
        for number in range(SECTIONS)
    )
    return f"# File {file}\n\n" + "\n".join(sections)


def write(world: World, file: int, version: int) -> None:
    beside = world.write(f"{file}.tmp~", text(file, version))
    beside.replace(world.notes / f"f{file}.md")


def read(app: App, number: int) -> list[tuple[str, str]]:
    """(path, text) of all that one question was shown or looked at."""
    question = f"which part does the parser of f{number % FILES} read?"
    if number % 10 == 0:
        answer = app.ask(question)
        return [(c["path"], c["quote"]) for c in answer["citations"]] + _shown(answer["nearest"])
    if number % 3 == 0:
        return _shown(app.search(question, limit=20)["hits"])
    found = app.searcher.search(question, limit=20)
    return [(item.chunk.path, item.chunk.text) for item in found.scored]


def index(app: App, *, text_only: bool) -> None:
    app.index([], text_only=text_only)


def _shown(hits: Iterable[dict[str, str]]) -> list[tuple[str, str]]:
    return [(hit["path"], hit["snippet"]) for hit in hits]


def test_no_search_sees_two_versions_of_a_file(tmp_path: Path) -> None:
    world = World(tmp_path)
    for file in range(FILES):
        write(world, file, 0)
    world.index()
    written = dict.fromkeys(range(FILES), 0)
    """The newest version of each file that was ever on disk."""
    shared = Shared(world.settings)
    shared.embedder = HashingEmbedder()
    shared.own("daemon", timeout_s=0.0)
    said: list[str] = []
    keeper, readers = Keeper(shared, said.append), Readers(shared, count=3)
    keeper.start()
    done = threading.Event()
    turn = threading.Semaphore(0)
    """Keeps the writer to so many files for so many reads: it is to write among them, not to outrun them."""
    rewritten = 0

    def rewrite() -> None:
        nonlocal rewritten
        for version in itertools.count(1):
            for file in range(FILES):
                turn.acquire()
                if done.is_set():
                    return
                written[file] = version
                write(world, file, version)
                # Text alone in every other turn: the vectors then come after it, by themselves.
                keeper.submit(partial(index, text_only=version % 2 == 0)).result(60)
                rewritten += 1

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        torn: list[object] = []
        seen: set[str] = set()
        for start in range(0, READS, AT_ONCE):
            turn.release(REWRITTEN)
            reads = [readers.submit(partial(read, number=number)) for number in range(start, start + AT_ONCE)]
            for shown in (future.result(60) for future in reads):
                versions: dict[str, set[str]] = defaultdict(set)
                for path, piece in shown:
                    for version, name in VERSION.findall(piece):
                        versions[path].add(version)
                        if path != f"{name}.md" or int(version[1:]) > written[int(name[1:])]:
                            torn.append((path, version, name))
                torn += [(path, found) for path, found in versions.items() if len(found) > 1]
                seen |= {version for found in versions.values() for version in found}
    finally:
        done.set()
        turn.release()
        writer.join(60)
        keeper.stop()
        keeper.join(60)
        readers.stop()
        shared.disown()
    assert torn == []
    assert said == []
    assert rewritten > READS // AT_ONCE
    assert len(seen) > 3, "the readers have met too few versions for this to tell anything"
