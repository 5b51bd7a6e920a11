"""How well the check of written sentences holds on labelled pairs, and what it costs: `python -m tests.bench.verify`.

Pairs of a span whose crc32(id) % 3 is 0 are held back: neither the rules nor the weights were made by looking at them,
nor at any other sentence on the same span. `--fit` prints the weights anew, fitted on the others; `--lexical` leaves
the embedding model out; `--wrong` lists what is judged wrongly, of the pairs to work with alone.
"""

import argparse
import json
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kb.answer import verify
from kb.answer.meaning import Meanings
from kb.config import load_settings
from kb.embedding.catalog import load_embedder
from kb.sanitize import for_prompt

DATA = Path(__file__).parents[1] / "data/verify"
PENALTY = 0.0006


@dataclass(frozen=True)
class Pair:
    id: str
    form: str
    supported: bool
    held: bool
    sentence: str
    said: str

    def verdict(self, meanings: Meanings | None) -> verify.Verdict:
        return verify.check(f"{self.sentence.rstrip('.')} [1].", {1: self.said}, meanings=meanings)


def load() -> list[Pair]:
    spans = {span["id"]: span for span in map(json.loads, (DATA / "spans.jsonl").read_text("utf-8").splitlines())}
    return [
        Pair(
            pair["id"], pair["form"], pair["supported"], zlib.crc32(pair["span"].encode()) % 3 == 0, pair["sentence"],
            f"{Path(spans[pair['span']]['path']).name}\n{spans[pair['span']]['text']}",
        )
        for pair in map(json.loads, (DATA / "pairs.jsonl").read_text("utf-8").splitlines())
    ]  # fmt: skip


def figures(pairs: list[Pair], kept: dict[str, bool]) -> str:
    supported = [kept[pair.id] for pair in pairs if pair.supported]
    unsupported = [not kept[pair.id] for pair in pairs if not pair.supported]
    return (
        f"kept {sum(supported)} of {len(supported)} supported ({np.mean(supported):.3f}), "
        f"caught {sum(unsupported)} of {len(unsupported)} unsupported ({np.mean(unsupported):.3f})"
    )


def fit(pairs: list[Pair], meanings: Meanings | None) -> str:
    """Logistic regression with an L2 penalty on the pairs that no rule refuses; both sides weigh the same."""
    open_ones = [
        pair
        for pair in pairs
        if pair.verdict(meanings).reason.startswith("not said") or pair.verdict(meanings).supported
    ]
    names = list(verify.WEIGHTS)
    measured = [verify.signals(pair.sentence, for_prompt(pair.said), meanings) for pair in open_ones]
    x = np.array([[1.0, *(signals[name] for name in names)] for signals in measured])
    y = np.array([float(pair.supported) for pair in open_ones])
    weight = np.where(y == 1, 0.5 / y.sum(), 0.5 / (1 - y).sum()) * len(y)
    w = np.zeros(x.shape[1])
    ridge = np.diag([0.0, *[PENALTY * len(y)] * len(names)])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ w))
        w -= np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + ridge, x.T @ (weight * (p - y)) + ridge @ w)
    return f"BIAS = {w[0]:.2f}, WEIGHTS = {dict(zip(names, w[1:].round(2).tolist(), strict=True))}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--lexical", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--held", action="store_true", help="also the figures of the pairs that are held back")
    args = parser.parse_args()
    settings = load_settings()
    pairs = load()
    meanings = None if args.lexical else Meanings(load_embedder(settings.model, settings.models_dir))
    if args.fit:
        print(fit([pair for pair in pairs if not pair.held], meanings))
    judged: dict[str, verify.Verdict] = {}
    took = []
    for pair in pairs:
        began = time.perf_counter()
        judged[pair.id] = pair.verdict(meanings)
        took.append((time.perf_counter() - began) * 1e3)
    kept = {name: verdict.supported for name, verdict in judged.items()}
    for name, held in (("to work with", False), ("held back", True))[: 1 + args.held]:
        of_half = [pair for pair in pairs if pair.held == held]
        print(f"{name}: {figures(of_half, kept)}")
        for form in sorted({(not pair.supported, pair.form) for pair in of_half}):
            of_form = [pair for pair in of_half if (not pair.supported, pair.form) == form]
            right = sum(kept[pair.id] == pair.supported for pair in of_form)
            print(f"  {'unsupported' if form[0] else 'supported':<12} {form[1]:<12} {right} of {len(of_form)}")
        if args.wrong and not held:
            for pair in of_half:
                if kept[pair.id] != pair.supported:
                    print(f"  {pair.id} {pair.form}: {pair.sentence} ({judged[pair.id].reason or 'kept'})")
    print(f"a sentence takes {np.median(took):.1f} ms, the slowest {max(took):.1f} ms")


if __name__ == "__main__":
    main()
