"""Times the search screen over a ledger made by `corpus.py`: from a key to the results on the screen.

    python tests/bench/corpus.py /tmp/kb-50k --chunks 50000
    python tests/bench/screen.py /tmp/kb-50k
    python tests/bench/screen.py /tmp/kb-50k --no-daemon

Types queries as a person does, key by key, and prints one JSON object. A key counts as answered
when the frame with its results is drawn; those that a later key overtook are not counted, so the
figures that count are those of `--key-ms 0`. `block_ms` is how long the loop was held at most between
two looks at it; `cpu` is what the loop's thread itself worked, which a busy machine does not change.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from kb.config import load_settings
from tui.app import Terminal
from tui.screens.search import SearchPage

QUERIES = (
    "how does the parser read options", "connection timeout", "encode a string as bytes", "kind:note lock of a thread",
    "path:topic-0 default value", "walk the tree of a module", "iterator", "raise an error when the file is closed",
)  # fmt: skip
SIZE = (200, 60)
LOOK_S = 0.002
DEADLINE_S = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="as made by corpus.py")
    parser.add_argument("--no-daemon", action="store_true", help="search in this process")
    parser.add_argument("--key-ms", type=float, default=150.0, help="between two keys; 0 waits for the results of each")
    chosen = parser.parse_args()
    settings = load_settings(home=str(chosen.folder / "home"), no_daemon=chosen.no_daemon)
    daemon = [sys.executable, "-m", "kb", "--home", str(settings.home), "daemon"]
    if not chosen.no_daemon:
        subprocess.run([*daemon, "start"], stdout=subprocess.DEVNULL, check=True)
    try:
        print(json.dumps(asyncio.run(timed(Terminal(settings), key_s=chosen.key_ms / 1e3)), indent=1))
    finally:
        if not chosen.no_daemon:
            subprocess.run([*daemon, "stop"], stdout=subprocess.DEVNULL, check=False)


class Stopwatch:
    """What was typed when, and when its results were drawn."""

    def __init__(self, screen: SearchPage) -> None:
        self.results_ms: list[float] = []
        self.overtaken = 0
        self.cpu_ms: list[float] = []
        self.block_ms = 0.0
        self.block_cpu_ms = 0.0
        self._typed_at = 0.0
        self._cpu_at = 0.0
        self._screen = screen
        show = screen._show

        def shown(*args: Any, **named: Any) -> None:
            show(*args, **named)
            screen.call_after_refresh(self._drawn)

        screen._show = shown  # type: ignore[method-assign]

    def typed(self) -> None:
        self.overtaken += self._typed_at > 0
        self._typed_at, self._cpu_at = time.perf_counter(), time.thread_time()

    @property
    def waits(self) -> bool:
        return self._typed_at > 0

    async def watch(self) -> None:
        while True:
            began, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(LOOK_S)
            self.block_ms = max(self.block_ms, (time.perf_counter() - began - LOOK_S) * 1e3)
            self.block_cpu_ms = max(self.block_cpu_ms, (time.thread_time() - cpu) * 1e3)

    def _drawn(self) -> None:
        if self.waits:
            self.results_ms.append((time.perf_counter() - self._typed_at) * 1e3)
            self.cpu_ms.append((time.thread_time() - self._cpu_at) * 1e3)
            self._typed_at = 0.0


async def timed(terminal: Terminal, *, key_s: float) -> dict[str, Any]:
    async with terminal.run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, SearchPage)
        await terminal.library.run(lambda kb: kb.warm())
        watch = Stopwatch(screen)
        looking = asyncio.create_task(watch.watch())
        for query in QUERIES:
            screen.query_bar.input.value = ""
            await asyncio.sleep(0.5)
            for char in query:
                watch.typed()
                screen.query_bar.input.insert_text_at_cursor(char)
                await asyncio.sleep(key_s)
                deadline = time.monotonic() + DEADLINE_S
                while not key_s and watch.waits and time.monotonic() < deadline:
                    await asyncio.sleep(LOOK_S)
        await asyncio.sleep(1.0)
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        return {
            "keys": sum(map(len, QUERIES)),
            "answered": len(watch.results_ms),
            "overtaken": watch.overtaken,
            "key_to_results_ms": spread(watch.results_ms),
            "cpu_ms": spread(watch.cpu_ms),
            "block_ms": round(watch.block_ms, 1),
            "block_cpu_ms": round(watch.block_cpu_ms, 1),
            "said": screen.status.said,
        }


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    main()
