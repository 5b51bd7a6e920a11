"""What `kb model use` configures holds in any current folder."""

from pathlib import Path

import pytest

from kb.app.models import _lasting
from kb.config import DEFAULT_MODEL, Settings, load_settings
from kb.errors import ModelError


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    for folder in ("mine", DEFAULT_MODEL, "models/weights/org--small", "org/small"):
        (tmp_path / folder).mkdir(parents=True)
    return load_settings(home=str(tmp_path / "home"), environ={"KB_MODELS": str(tmp_path / "models")})


@pytest.mark.parametrize("given", ["mine", "./mine", "org/../mine"])
def test_a_model_s_own_folder_is_kept_as_an_absolute_path(settings: Settings, tmp_path: Path, given: str) -> None:
    assert _lasting(given, settings) == str(tmp_path / "mine")


@pytest.mark.parametrize("name", [DEFAULT_MODEL, "org/small"])
def test_a_known_name_stays_a_name_beside_a_folder_called_so(settings: Settings, name: str) -> None:
    assert _lasting(name, settings) == name


def test_a_folder_that_is_not_there_is_no_model(settings: Settings) -> None:
    with pytest.raises(ModelError, match="no such model here"):
        _lasting("./none", settings)
