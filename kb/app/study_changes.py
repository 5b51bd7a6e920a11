"""What became of the files of a study since they were read: rewritten, replaced, gone, moved, or new in the plan."""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kb.app.api import Payload
from kb.learn.study import Studies, Study

if TYPE_CHECKING:
    from kb.app.opened import OpenIndex


def standing_mark(item: Mapping[str, Any]) -> str:
    """What is kept behind the digest of a reading: a decision that was replaced is to be read again."""
    return f" {item['superseded_by']}" if item.get("superseded_by") else ""


def moved(study: Study, payload: Payload, seen: Mapping[str, str]) -> dict[str, str]:
    """The items whose file lies elsewhere with the text that was read: new id → the id that it was marked under."""
    now, before = _items(payload), _items(study.plan)
    left = {name: before[name] for name in study.marks if name in before and name not in now}
    left = {name: item for name, item in left.items() if not os.path.isfile(item["abspath"])}
    found: dict[str, str] = {}
    for name, item in now.items():
        if name in study.marks:
            continue
        for old, was in left.items():
            same = study.marks[old].digest == seen.get(name) and was.get("prompt") == item.get("prompt")
            if same and old not in found.values():
                found[name] = old
                break
    return found


def carry(studies: Studies, study: Study, places: Mapping[str, str]) -> Study:
    """The marks of files that were moved, under the ids that they have now."""
    for name, old in places.items():
        studies.mark(study, name, digest=study.marks[old].digest, grade=study.marks[old].grade)
    return studies.need(study.topic) if places else study


def changes(
    opened: "OpenIndex", study: Study, payload: Payload, seen: Mapping[str, str], places: Mapping[str, str]
) -> list[Payload]:
    """What was read and is another text now, what was replaced or is gone, and what is new in the plan."""
    from kb.learn.pool import digest_of

    now = {item["id"]: item for stage in payload["stages"] for item in stage["reading"]}
    before = {item["id"]: item for stage in study.plan["stages"] for item in stage["reading"]}
    found: list[Payload] = []
    for name, item in before.items():
        if (done := study.marks.get(name)) is None or name in places.values():
            continue
        digest = seen.get(name, "")
        if not digest and item["source"]:
            file = opened.ledger.passages.file_in(item["source"], item["path"])
            # The index may not know yet that it was deleted, and the plan kept next holds it no more.
            there = file is not None and os.path.isfile(file.abspath)
            digest = digest_of(opened.ledger, file.file_id) + standing_mark(item) if file and there else ""
        if digest == done.digest:
            continue
        same_text = digest.split(" ")[0] == done.digest.split(" ")[0]
        what = "gone" if not digest else "superseded" if same_text else "changed"
        found.append({**_brief(now.get(name, item)), "what": what})
    fresh = (item for name, item in now.items() if name not in before and name not in places)
    return found + [{**_brief(item), "what": "new"} for item in fresh]


def _items(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    def each() -> Iterator[dict[str, Any]]:
        for stage in plan["stages"]:
            yield from (*stage["reading"], *stage["questions"])

    return {item["id"]: item for item in each()}


def _brief(item: Mapping[str, Any]) -> Payload:
    keys = ("id", "path", "source", "abspath", "start", "end", "title", "kind", "status", "superseded_by")
    return {key: item[key] for key in keys}
