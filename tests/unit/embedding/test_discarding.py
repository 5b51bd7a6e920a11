"""An export is thrown away only when its bytes are not those that were exported, and never under another process."""

import json
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from filelock import FileLock

from kb.embedding import catalog
from kb.embedding.catalog import load_embedder
from kb.embedding.exports import discard_damaged, export_folder
from kb.embedding.manifest import MODEL, TOKENIZER, Manifest, read_manifest
from kb.errors import ModelError


@pytest.fixture
def hollow_export(tmp_path: Path) -> Path:
    """An export without a model in it, whose files have the hashes that its manifest gives."""
    folder = export_folder(catalog.DEFAULT, tmp_path, catalog.DEFAULT_SHA256)
    folder.mkdir(parents=True)
    for name in (MODEL, TOKENIZER):
        (folder / name).write_bytes(b"{}")
    digest = sha256(b"{}").hexdigest()
    Manifest(name=catalog.DEFAULT, weights=catalog.DEFAULT_SHA256, dim=4, max_tokens=8, pooling="mean", query_prefix="",
             passage_prefix="", files={MODEL: digest, TOKENIZER: digest}).write(folder)  # fmt: skip
    return folder


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_other_bytes_and_missing_files_are_damage(hollow_export: Path, name: str) -> None:
    assert not discard_damaged(hollow_export)
    (hollow_export / name).write_bytes(b"[]")
    assert discard_damaged(hollow_export)
    assert not hollow_export.exists()


def test_an_export_that_cannot_be_read_now_is_kept(hollow_export: Path, tmp_path: Path) -> None:
    (hollow_export / TOKENIZER).unlink()
    # A folder in its place raises an OSError for root as well, whom no mode keeps out.
    (hollow_export / TOKENIZER).mkdir()
    stages: list[str] = []
    with pytest.raises(ModelError, match="cannot be read"):
        load_embedder(catalog.DEFAULT, tmp_path, on_progress=stages.append)
    assert stages == []
    assert read_manifest(hollow_export) is not None


def test_an_export_that_is_being_made_again_is_waited_for(hollow_export: Path) -> None:
    good = json.loads((hollow_export / "manifest.json").read_text())
    (hollow_export / MODEL).write_bytes(b"damaged")
    said: list[bool] = []
    other = Thread(target=lambda: said.append(discard_damaged(hollow_export)))
    with FileLock(f"{hollow_export}.lock"):
        other.start()
        (hollow_export / MODEL).write_bytes(b"{}")
        (hollow_export / "manifest.json").write_text(json.dumps(good))
    other.join(20)
    assert said == [False]
    assert hollow_export.exists()
