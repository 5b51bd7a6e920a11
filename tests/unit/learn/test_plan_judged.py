"""Plans over real collections against judgements made by hand; needs KB_EVAL, the folder with `corpora` in it.

An index of each collection is kept below KB_EVAL_HOMES where that is given, for embedding one takes minutes. The figure
is nDCG at 10 (Järvelin and Kekäläinen 2002: gain is the grade, discount the logarithm to base 2 of the rank plus one)
over the reading list, the stages one after the other.
"""

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kb.app.application import App
from kb.config import load_settings

EVAL = os.environ.get("KB_EVAL", "")
HOMES = os.environ.get("KB_EVAL_HOMES", "")
JUDGED = sorted((Path(__file__).parents[2] / "data" / "learn").glob("*.json"))
DEPTH = 10
TARGET = 0.8

pytestmark = [
    pytest.mark.skipif(not EVAL, reason="KB_EVAL names no folder of collections"),
    pytest.mark.timeout(1_800),
]


def ndcg(paths: Sequence[str], grades: dict[str, int]) -> float:
    def gain(found: Sequence[int]) -> float:
        return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(found[:DEPTH], start=1))

    return gain([grades.get(path, 0) for path in paths]) / gain(sorted(grades.values(), reverse=True))


@pytest.fixture(scope="module", params=JUDGED, ids=[path.stem for path in JUDGED])
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The judgement of a topic, and an application over its collection that has the plan under study."""
    judgement = json.loads(request.param.read_text("utf-8"))
    corpus = Path(EVAL) / "corpora" / judgement["corpus"]
    homes = Path(HOMES) if HOMES else tmp_path_factory.mktemp("homes")
    with App(load_settings(home=str(homes / corpus.name))) as app:
        if not app.settings.ledger.exists():
            app.index([str(corpus)])
        yield judgement, app, app.learn(judgement["topic"])


def test_the_reading_list_is_near_to_the_best_one(judged: Any) -> None:
    judgement, _, payload = judged
    paths = [item["path"] for stage in payload["stages"] for item in stage["reading"]]
    assert len(paths) == len(set(paths))
    figure = ndcg(paths, judgement["grades"])
    print(f"{judgement['topic']}: nDCG@{DEPTH} {figure:.3f}, plan in {payload['took_ms']:.0f} ms")
    assert figure >= TARGET


def test_no_reading_is_dead_or_superseded_unmarked(judged: Any) -> None:
    _, app, payload = judged
    standing = {item["path"]: item["superseded_by"] for item in app.decisions_list()["decisions"]}
    for item in (item for stage in payload["stages"] for item in stage["reading"]):
        lines = Path(item["abspath"]).read_text("utf-8").split("\n")
        assert 1 <= item["start"] <= item["end"] <= len(lines)
        assert bool(item["superseded_by"]) == bool(standing.get(item["path"]))


def test_every_question_is_answered_by_its_own_lines(judged: Any) -> None:
    _, app, payload = judged
    asked = [item for stage in payload["stages"] for item in stage["questions"]]
    assert asked
    for item in asked:
        told = app.study_reveal(payload["topic"], item["id"])
        lines = Path(item["abspath"]).read_text("utf-8").split("\n")
        assert told["quote"] == "\n".join(lines[item["start"] - 1 : item["end"]])
        assert told["answer"] and told["answer"] in told["quote"]
        if item["kind"] == "where":
            assert item["path"] in item["options"]
        else:
            assert told["answer"] not in item["prompt"]
