"""Model folders that must not be loaded."""

import builtins
from pathlib import Path

import pytest

from kb.embedding import catalog
from kb.embedding.catalog import load_embedder
from kb.embedding.download import download
from kb.embedding.weights import check_folder, weights_hash
from kb.errors import ModelError


def folder_with(root: Path, *names: str) -> Path:
    folder = root / "model"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"{}")
    return folder


@pytest.mark.parametrize("name", ["modeling_evil.py", "1_Pooling/hook.py", "evil.so"])
def test_a_folder_with_code_is_refused(tmp_path, name):
    with pytest.raises(ModelError, match="holds code"):
        check_folder(folder_with(tmp_path, "model.safetensors", name))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl"])
def test_pickled_weights_are_refused(tmp_path, name):
    with pytest.raises(ModelError, match="pickled weights can run code"):
        load_embedder(str(folder_with(tmp_path, name, "config.json")), tmp_path / "models")


def test_pickles_beside_safetensors_are_left_alone(tmp_path):
    folder = folder_with(tmp_path, "model.safetensors", "pytorch_model.bin")
    assert check_folder(folder) == folder / "model.safetensors"


def test_a_default_of_the_wrong_hash_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "DEFAULT_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="wrong hash") as caught:
        load_embedder("all-MiniLM-L6-v2", tmp_path)
    assert caught.value.exit_code == 5
    assert not list(tmp_path.rglob("*.onnx"))


@pytest.mark.parametrize("name", ["no-such-model", "../../etc", "org/unknown", ""])
def test_an_unknown_model_says_how_to_get_it(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError):
        load_embedder(name, tmp_path / "models")


def test_changed_weights_are_hashed_again(tmp_path):
    folder = folder_with(tmp_path, "model.safetensors")
    first = weights_hash(folder / "model.safetensors", tmp_path)
    assert weights_hash(folder / "model.safetensors", tmp_path) == first
    (folder / "model.safetensors").write_bytes(b"other")
    assert weights_hash(folder / "model.safetensors", tmp_path) != first


def test_a_download_without_a_network_leaves_nothing(tmp_path, monkeypatch):
    # The hub's own offline switch is what stands for a missing network: no test may try a real one.
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(ModelError, match="cannot be downloaded") as caught:
        download("BAAI/bge-small-en-v1.5", tmp_path / "models")
    assert caught.value.exit_code == 5
    assert "\n" not in caught.value.message
    assert not list((tmp_path / "models" / "weights").iterdir())


@pytest.mark.parametrize("name", ["../evil", "a/../b", "/etc/passwd", "one", "a/b/c", "-x/y"])
def test_a_download_takes_only_names_of_models(tmp_path, name):
    with pytest.raises(ModelError):
        download(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_room_imports_nothing_heavy_by_itself(monkeypatch):
    import importlib
    import sys

    real = builtins.__import__

    def guarded(name: str, *rest: object) -> object:
        assert name.split(".")[0] not in {"torch", "onnxruntime", "chromadb", "huggingface_hub", "tokenizers"}, name
        return real(name, *rest)  # type: ignore[arg-type]

    for module in ("kb.embedding.catalog", "kb.embedding.exports", "kb.store.vectors", "kb.store.chroma"):
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.setattr(builtins, "__import__", guarded)
        importlib.import_module(module)
        monkeypatch.setattr(builtins, "__import__", real)
