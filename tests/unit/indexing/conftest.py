"""The folder of files that the tests of the indexer share."""

import os
import time
from pathlib import Path

import pytest

from tests.unit.app.world import World


class AgedWorld(World):
    """What `write` writes was written an hour ago, each at its own time: no edit can share a tick with its reading."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._clock_ns = time.time_ns() - 3_600_000_000_000

    def write(self, path: str, content: str | bytes) -> Path:
        file = super().write(path, content)
        self._clock_ns += 1_000_003
        os.utime(file, ns=(self._clock_ns, self._clock_ns))
        return file


@pytest.fixture
def world(tmp_path: Path) -> World:
    return AgedWorld(tmp_path)
