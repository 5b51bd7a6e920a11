"""Making an export: once, whole, by one process, and again when it was damaged."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kb.embedding.catalog import available, load_embedder
from kb.embedding.exports import export_folder
from kb.embedding.manifest import MODEL, read_manifest
from kb.errors import ModelError

LOAD = (
    "import sys; from pathlib import Path; from kb.embedding.catalog import load_embedder;"
    "load_embedder(sys.argv[1], Path(sys.argv[2]), on_progress=print)"
)


@pytest.fixture(scope="module")
def tiny_models(reference, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A models' folder in which two processes exported the tiny model at once, and what they said."""
    models_dir = tmp_path_factory.mktemp("tiny-models")
    command = [sys.executable, "-c", LOAD, str(reference.tiny_folder), str(models_dir)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=170) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert [error for _, error in said] == ["", ""]
    return models_dir, [line for out, _ in said for line in out.splitlines()]


def test_two_processes_export_a_model_once_between_them(tiny_models):
    models_dir, said = tiny_models
    assert sum(line.endswith("reading the model") for line in said) == 1
    assert [path.name for path in (models_dir / "exports").iterdir() if path.is_dir() and ".partial" in path.name] == []


def test_a_local_folder_keeps_its_pooling_its_prefixes_and_its_limit(tiny_models, reference, texts):
    embedder = load_embedder(str(reference.tiny_folder), tiny_models[0])
    assert (embedder.dim, embedder.max_tokens) == (32, 48)
    assert embedder.identity.startswith("e5-tiny@")
    # Its weights are random, so rounding them to 8 bits moves more than in a trained model.
    assert ((embedder.embed_passages(texts[:4]) * reference.tiny).sum(axis=1) > 0.9).all()
    assert embedder.embed_query("short") @ embedder.embed_passages(["short"])[0] < 0.999999


def test_a_damaged_export_is_made_again(tiny_models, reference, tmp_path):
    models_dir = tmp_path / "models"
    shutil.copytree(tiny_models[0], models_dir)
    (model,) = models_dir.glob(f"exports/*/{MODEL}")
    before = load_embedder(str(reference.tiny_folder), models_dir).embed_query("same")
    model.write_bytes(model.read_bytes()[:-100])
    (models_dir / "exports" / f"{model.parent.name}.partial").mkdir()
    stages: list[str] = []
    after = load_embedder(str(reference.tiny_folder), models_dir, on_progress=stages.append)
    assert any("damaged" in stage for stage in stages)
    assert np.allclose(after.embed_query("same"), before, atol=1e-5)
    assert not list(models_dir.glob("exports/*.partial"))


def test_an_export_of_another_recipe_is_not_taken(tiny_models, tmp_path):
    (folder,) = [path for path in (tiny_models[0] / "exports").iterdir() if path.is_dir()]
    shutil.copytree(folder, tmp_path / "old")
    manifest = json.loads((tmp_path / "old/manifest.json").read_text())
    (tmp_path / "old/manifest.json").write_text(json.dumps({**manifest, "recipe": "int8-0"}))
    assert read_manifest(folder) is not None
    assert read_manifest(tmp_path / "old") is None


def test_weights_that_cannot_be_read_leave_nothing_behind(tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"not safetensors")
    (folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="cannot be converted") as caught:
        load_embedder(str(folder), tmp_path / "models")
    assert caught.value.exit_code == 5
    assert not [path for path in (tmp_path / "models/exports").iterdir() if path.is_dir()]


def test_the_list_names_the_default_and_the_downloaded(embedder, models_dir, tmp_path):
    assert [(model.name, model.exported, model.dim) for model in available(models_dir)] == [
        ("all-MiniLM-L6-v2", True, 384)
    ]
    downloaded = tmp_path / "weights/BAAI--bge-small-en-v1.5"
    downloaded.mkdir(parents=True)
    (downloaded / "model.safetensors").write_bytes(b"x")
    names = [(model.name, model.exported, model.default) for model in available(tmp_path)]
    assert names == [("all-MiniLM-L6-v2", False, True), ("BAAI/bge-small-en-v1.5", False, False)]


def test_the_same_weights_under_two_names_do_not_share_prefixes(tmp_path):
    first, second = (export_folder(name, tmp_path, "f" * 64) for name in ("/a/e5-tiny", "/a/plain-tiny"))
    assert first != second
    assert export_folder("/elsewhere/e5-tiny/", tmp_path, "f" * 64) == first
    assert export_folder("..", tmp_path, "f" * 64).parent == tmp_path / "exports"
