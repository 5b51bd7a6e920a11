"""A folder that is really watched, and what its watcher said, with deadlines instead of sleeps."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ingest.watcher import Watcher
from kb.model import Source

DEADLINE_S = 10.0
QUIET_S = 0.25
"""So long nothing may be heard before nothing is believed to come."""


class Ear:
    """Hears what a watcher says; `places` are (source id, path), a scan is (source id, "*")."""

    def __init__(self) -> None:
        self.places: list[tuple[int, str]] = []
        self.times: list[float] = []
        self._heard = threading.Condition()

    def on_paths(self, source_id: int, raws: Sequence[bytes]) -> None:
        with self._heard:
            self.places += [(source_id, raw.decode("utf-8", "backslashreplace")) for raw in raws]
            self.times += [time.monotonic()] * len(raws)
            self._heard.notify_all()

    def on_scan(self, source_id: int) -> None:
        self.on_paths(source_id, [b"*"])

    def forget(self) -> None:
        with self._heard:
            self.places, self.times = [], []

    def waits_for(self, *places: str, source_id: int = 1, deadline_s: float = DEADLINE_S) -> None:
        """Return when all of them were heard; an assertion names those that were not."""
        wanted = {(source_id, place) for place in places}
        with self._heard:
            self._heard.wait_for(lambda: wanted <= set(self.places), deadline_s)
            assert wanted <= set(self.places), f"not heard: {wanted - set(self.places)}; heard: {self.places[:20]}"

    def hears_more(self) -> bool:
        """Whether anything is heard in the next moment."""
        with self._heard:
            before = len(self.places)
            return self._heard.wait_for(lambda: len(self.places) > before, 0.05)

    def hears_nothing(self) -> None:
        with self._heard:
            self._heard.wait_for(lambda: bool(self.places), QUIET_S)
            assert self.places == []


class Place:
    """A root that is source 1, named `notes`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = Source(1, "notes", str(root))
        self.ear = Ear()

    def write(self, path: str, text: str = "x") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def until_quiet(self) -> None:
        """Let the events of what the test itself prepared pass by."""
        marker = self.write("until-quiet.md")
        self.ear.waits_for("until-quiet.md")
        marker.unlink()
        while self.ear.hears_more():
            pass
        self.ear.forget()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    root = tmp_path / "notes"
    root.mkdir()
    return Place(root)


@pytest.fixture
def watching(place: Place) -> Iterator[Callable[..., Watcher]]:
    """Starts a watcher over the place, or over other sources; it is stopped at the end."""
    started: list[Watcher] = []

    def start(*sources: Source, **options: object) -> Watcher:
        watcher = Watcher(on_paths=place.ear.on_paths, on_scan=place.ear.on_scan, **options)  # type: ignore[arg-type]
        started.append(watcher)
        watcher.follow(sources or [place.source])
        return watcher

    yield start
    for watcher in started:
        watcher.stop()
    assert not [thread.name for thread in threading.enumerate() if "Inotify" in type(thread).__name__]
