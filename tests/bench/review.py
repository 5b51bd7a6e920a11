"""How often a review names the decision that a proposal goes against, and how often it names one wrongly.

    python -m tests.bench.review --decisions FOLDER --home FOLDER [--part d|h]

FOLDER of the decisions has one collection below it for each name in tests/data/review/cases.jsonl; the home is indexed
once, by text alone, and used again. The cases are small designs and diffs, half of them conflicts, written by hand
before the rule: those whose id begins with `d` were looked at while it was made, those with `h` once, at its end.
`whole` reads every decision in force as if it were proposed anew, against the others of its collection: each conflict
that is told there is one too many, or a contradiction that nobody wrote down. The rule was made with these in sight.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from kb.app.application import App
from kb.config import load_settings
from kb.decisions.graph import Graph
from kb.draft.bars import Bar, bars_of
from kb.draft.conflicts import conflicts
from kb.draft.proposed import read_proposal

CASES = Path(__file__).parents[1] / "data/review/cases.jsonl"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--decisions", "--home"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--part", default="", help="only the cases whose id begins with this")
    arguments = parser.parse_args()
    cases = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    with App(load_settings(home=str(arguments.home))) as app:
        for name in sorted({case["corpus"] for case in cases}):
            app.index([str(arguments.decisions / name)], text_only=True)
        bars = bars_of(app.ledger)
        sources = {source.name: Path(source.root) for source in app.ledger.catalog.sources()}
        names = {root.name: name for name, root in sources.items()}
        parts = [arguments.part] if arguments.part else ["d", "h"]
        for part in parts:
            print(json.dumps({"part": part, **_judged([c for c in cases if c["id"].startswith(part)], bars, names)}))
        graph = Graph.read(app.ledger)
        in_force = [d for d in graph.decisions if not graph.succession.is_gone(d)]
        told = 0
        for decision in in_force:
            text = (sources[decision.source] / decision.path).read_text("utf-8", "replace")
            others = [b for b in bars if b.decision.source == decision.source and b.decision != decision]
            told += len(conflicts(read_proposal(text), others))
        print(json.dumps({"part": "whole", "decisions": len(in_force), "told": told}))
    return 0


def _judged(cases: list[dict[str, Any]], bars: "list[Bar] | tuple[Bar, ...]", names: dict[str, str]) -> dict[str, Any]:
    right = wrong = missed = 0
    for case in cases:
        own = [bar for bar in bars if bar.decision.source == names[case["corpus"]]]
        paths = [conflict.bar.decision.path for conflict in conflicts(read_proposal(case["text"]), own)]
        right += case["conflict"] and case["decision"] in paths
        missed += case["conflict"] and case["decision"] not in paths
        wrong += sum(path != case["decision"] for path in paths)
    return {
        "cases": len(cases),
        "precision": round(right / (right + wrong), 3) if right + wrong else None,
        "recall": round(right / (right + missed), 3) if right + missed else None,
    }


if __name__ == "__main__":
    sys.exit(main())
