"""Fits the sufficiency rule of kb.answer on labelled questions and prints its weights with their figures.

    python tests/bench/calibrate.py HOME=QUESTIONS.jsonl [...] [--cache FILE]

HOME is a KB_HOME whose index holds the corpus of the question file. Questions with
crc32(id) % 3 == 0 are never fitted on; their figures stand apart. Each answerable
question is asked once more with its gold files taken out of what was found: then the
right answer is "not in your notes", and the nearest wrong file is what would be quoted.
"""

import argparse
import json
import pickle
import re
import sys
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kb.answer.answerer import Answerer
from kb.answer.sufficiency import signals
from kb.app import open_app
from kb.config import load_settings
from kb.search.ranking import assemble
from kb.search.searcher import Found


@dataclass(frozen=True)
class Case:
    id: str
    corpus: str
    form: str
    """`asked`, or `without_gold` for the question whose gold files were taken away."""
    answerable: bool
    right: bool
    signals: dict[str, float]


def held_back(question_id: str) -> bool:
    return zlib.crc32(question_id.encode()) % 3 == 0


def collect(home: str, questions: Path) -> list[Case]:
    cases: list[Case] = []
    with open_app(load_settings(home=home)) as app:
        answerer = app.answerer
        for line in questions.read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            found = app.searcher.search(question["question"], limit=10)
            cases.append(_case(answerer, found, question, questions.stem, "asked"))
            if question["kind"] == "answerable":
                gold = {place["path"] for place in question["gold"]}
                scored = tuple(item for item in found.scored if item.chunk.path not in gold)
                rest = replace(found, scored=scored, hits=tuple(assemble(scored, limit=10)))
                cases.append(_case(answerer, rest, question, questions.stem, "without_gold"))
    return cases


def _case(answerer: Answerer, found: Found, question: dict, corpus: str, form: str) -> Case:
    passages, _ = answerer._quote(found)
    quoted = "\n".join(passage.text for passage in passages)
    answerable = question["kind"] == "answerable" and form == "asked"
    right = answerable and all(_fold(want) in _fold(quoted) for want in question["must_contain"])
    return Case(question["id"], corpus, form, answerable, right, signals(found, passages[0].chunk, quoted))


def _fold(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def fit(cases: list[Case], names: list[str], penalty: float) -> tuple[float, dict[str, float]]:
    """Logistic regression with an L2 penalty; cases with the gold taken away weigh half."""
    x = np.array([[1.0, *(case.signals[name] for name in names)] for case in cases])
    y = np.array([float(case.answerable) for case in cases])
    weight = np.array([0.5 if case.form == "without_gold" else 1.0 for case in cases])
    for side in (0.0, 1.0):
        weight[y == side] *= len(cases) / 2 / weight[y == side].sum()
    w = np.zeros(x.shape[1])
    ridge = np.diag([0.0, *[penalty * len(cases)] * len(names)])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (weight * (p - y)) + ridge @ w
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + ridge
        w -= np.linalg.solve(hessian, gradient)
    return float(w[0]), dict(zip(names, map(float, w[1:]), strict=True))


def figures(cases: list[Case], bias: float, weights: dict[str, float], threshold: float) -> str:
    asked = [case for case in cases if case.form == "asked"]
    p = {id(c): 1 / (1 + np.exp(-(bias + sum(v * c.signals[n] for n, v in weights.items())))) for c in asked}
    yes = [c for c in asked if c.answerable]
    no = [c for c in asked if not c.answerable]
    answered = np.mean([p[id(c)] >= threshold for c in yes])
    ok = np.mean([p[id(c)] >= threshold and c.right for c in yes])
    refused = np.mean([p[id(c)] < threshold for c in no])
    ceiling = np.mean([c.right for c in yes])
    return (
        f"n={len(yes)}+{len(no)} answered={answered:.3f} answer_ok={ok:.3f} (of {ceiling:.3f}) refused={refused:.3f}"
        f" balanced={(answered + refused) / 2:.3f} honest={(ok + refused) / 2:.3f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="HOME=QUESTIONS")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--penalty", type=float, default=0.01)
    parser.add_argument("--drop", default="", help="signals to leave out, comma-separated")
    args = parser.parse_args()
    if args.cache and args.cache.exists():
        cases = pickle.loads(args.cache.read_bytes())
    else:
        cases = [case for item in args.sets for case in collect(item.partition("=")[0], Path(item.partition("=")[2]))]
        if args.cache:
            args.cache.write_bytes(pickle.dumps(cases))
    names = [name for name in cases[0].signals if name not in args.drop.split(",")]
    fitted = [case for case in cases if not held_back(case.id)]
    bias, weights = fit(fitted, names, args.penalty)
    print(f"BIAS = {bias:.2f}")
    print({name: round(value, 2) for name, value in weights.items()})
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65):
        print(f"threshold {threshold}")
        print("  fitted   ", figures(fitted, bias, weights, threshold))
        print("  held back", figures([case for case in cases if held_back(case.id)], bias, weights, threshold))
        for corpus in sorted({case.corpus for case in cases}):
            print(f"  {corpus[:20]:<20}", figures([c for c in cases if c.corpus == corpus], bias, weights, threshold))
    return 0


if __name__ == "__main__":
    sys.exit(main())
