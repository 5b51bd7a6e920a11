"""Makes an int8 ONNX model out of sentence-transformers weights; runs as a process of its own.

    python -m kb.embedding.export WEIGHTS_FOLDER TARGET_FOLDER

Its own process, because torch takes 1 GB that a daemon would never get back, sets
global loggers and warning filters, and reads the offline switches only when it is
imported. Stages go to stdout, one a line; the last line is a JSON object of what the
weights say about themselves.
"""

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.embedding.manifest import MODEL, TOKENIZER

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

OPSET = 17
MAX_TOKENS = 512
"""Longer windows cost the square of their length in attention and blur a passage."""

Facts = dict[str, Any]


class Unsupported(Exception):
    """The model is of a make that the ONNX runtime here does not imitate."""


def export(weights: Path, target: Path) -> Facts:
    """Write `model.onnx` and `tokenizer.json` into the target; returns dim, max_tokens, pooling and prompts."""
    _say("reading the model")
    model = _load(weights)
    facts = _facts(model)
    (target / TOKENIZER).write_text(model.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
    _say("converting it to ONNX")
    plain = target / "fp32.onnx"
    _to_onnx(model, plain)
    _say("rounding it to 8 bits")
    _quantise(plain, target / MODEL)
    plain.unlink()
    return facts


def _load(weights: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    model = SentenceTransformer(
        str(weights),
        device="cpu",
        trust_remote_code=False,
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager", "use_safetensors": True},
    )
    return model.eval()


def _facts(model: "SentenceTransformer") -> Facts:
    modules = [type(module).__name__ for module in model]
    if modules[:2] != ["Transformer", "Pooling"] or set(modules[2:]) - {"Normalize"}:
        raise Unsupported(f"modules {', '.join(modules)} (Transformer, Pooling, Normalize are understood)")
    pooling = model[1].pooling_mode
    if pooling not in ("mean", "cls"):
        raise Unsupported(f"pooling {pooling} (mean and cls are understood)")
    if not getattr(model.tokenizer, "is_fast", False):
        raise Unsupported("a tokenizer without tokenizer.json")
    return {
        "dim": int(model.get_embedding_dimension() or 0),
        "max_tokens": min(int(model.max_seq_length or MAX_TOKENS), MAX_TOKENS),
        "pooling": pooling,
        "prompts": dict(model.prompts),
    }


def _to_onnx(model: "SentenceTransformer", path: Path) -> None:
    import torch

    class LastHiddenState(torch.nn.Module):  # type: ignore[misc]  # torch is not read by mypy
        def __init__(self, transformer: torch.nn.Module) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
            return self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    ids = torch.ones(2, 9, dtype=torch.long)
    mask = torch.ones(2, 9, dtype=torch.long)
    mask[1, 5:] = 0
    names = ["input_ids", "attention_mask"]
    axes = {name: {0: "batch", 1: "sequence"} for name in [*names, "last_hidden_state"]}
    with torch.no_grad():
        torch.onnx.export(
            LastHiddenState(model[0].auto_model).eval(),
            (ids, mask),
            str(path),
            dynamo=False,
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_axes=axes,
            opset_version=OPSET,
        )


def _quantise(plain: Path, path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Per channel: one scale for a whole matrix costs a point of recall (cosine .94 to the original, not .99).
    quantize_dynamic(str(plain), str(path), per_channel=True, weight_type=QuantType.QInt8)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    weights, target = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        facts = export(weights, target)
    except Unsupported as error:
        facts = {"error": f"the model cannot be converted: {error}"}
    except Exception as error:  # noqa: BLE001  # The outermost worker: whatever a library raises is told to the parent.
        facts = {"error": f"the model cannot be converted: {type(error).__name__}: {error}"[:1_000]}
    _say(json.dumps(facts))
    return os.EX_OK if "error" not in facts else os.EX_DATAERR


if __name__ == "__main__":
    sys.exit(main())
