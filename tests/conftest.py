"""What all tests share: nothing of them touches the user's home, and the model is exported once a run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home, caches and models of the run's own; returns the folder of exported models."""
    base = tmp_path_factory.getbasetemp()
    models = base / "models"
    home = base / "home"
    home.mkdir(exist_ok=True)
    own = {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "KB_MODELS": str(models),
        "KB_NO_DAEMON": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
    }
    before = {name: os.environ.get(name) for name in (*own, "KB_HOME")}
    os.environ.update(own)
    os.environ.pop("KB_HOME", None)
    yield models
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
