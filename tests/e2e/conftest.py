"""What the tests of the daemon's commands stand on."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.homes import daemons_of, kill_daemons


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A short path of its own (a socket's name may have 108 bytes); no daemon of ours outlives it."""
    folder = Path(tempfile.mkdtemp(prefix="kb-e2e-"))
    yield folder
    left = daemons_of(folder)
    kill_daemons(folder)
    shutil.rmtree(folder)
    assert left == []
