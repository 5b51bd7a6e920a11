"""What an exported model says of itself, and the check that its files are still those that were exported."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from kb.errors import ModelError

RECIPE = "int8-1"
"""Names the way from weights to vectors; a change of it makes new exports and new index generations."""

MANIFEST = "manifest.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"

Pooling = Literal["mean", "cls"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that the runtime has to know; `files` maps each file's name to its sha256."""

    name: str
    weights: str
    """sha256 of the weights that the export was made from."""
    dim: int
    max_tokens: int
    pooling: Pooling
    query_prefix: str
    passage_prefix: str
    files: dict[str, str]
    recipe: str = RECIPE

    @property
    def identity(self) -> str:
        return f"{self.name}@{self.weights[:12]}/{self.recipe}"

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of an export, None where there is none of this recipe that can be read."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return manifest if manifest.recipe == RECIPE else None


def read_checked(folder: Path, name: str, manifest: Manifest) -> bytes:
    """The bytes of an exported file; ModelError when they are not those that were exported."""
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(f"the exported model cannot be read: {error}", "kb index") from error
    if sha256(data).hexdigest() != manifest.files.get(name):
        raise ModelError(f"the exported model was changed or damaged: {folder / name}", "kb index")
    return data
