"""What `kb index` did, or would do, and what it left out and why."""

from typing import Any

from kb.cli.views.page import Line, Page, Payload, count, seconds

SHOWN_SKIPPED = 8
SHOWN_FOLDERS = 12


def index_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of an `index` payload."""
    changes = [f"{payload[word]:,} {word}" for word in ("added", "changed", "removed") if payload.get(word)]
    unchanged = [f"{count(payload['unchanged'], 'file')} unchanged"] if payload["unchanged"] or not changes else []
    summary = ", ".join([*(changes or ["Nothing has changed"]), *unchanged])
    figures = f" · {count(payload['chunks'], 'chunk')} · {seconds(payload['took_s'])}"
    done: Line = [(summary, "good" if changes else "dim"), figures]
    warnings: list[Line] = [[("warning ", "warn"), *_reasoned(item)] for item in payload.get("warnings") or []]
    skipped = payload.get("skipped") or []
    # The same list under each run in which nothing happened would hide what does happen.
    left_out = skipped_lines(skipped, shown=SHOWN_SKIPPED if changes else 0)
    return [done, *warnings[:SHOWN_SKIPPED], *left_out]


def survey_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a dry run: counts by kind, the largest folders, the expected time."""
    kinds = payload.get("kinds") or {}
    by_kind = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items())
    first: Line = [
        (count(payload["files"], "file"), "title"),
        f" · {size(payload.get('bytes', 0))}",
        f" · {by_kind}" if by_kind else "",
    ]
    folders: list[Line] = [
        [f"{item['files']:>9,} files {size(item['bytes']):>9}  ", (item["path"], "place")]
        for item in (payload.get("folders") or [])[:SHOWN_FOLDERS]
    ]
    if folders:
        folders.insert(0, [("Largest folders", "dim")])
    last: Line = [f"Expected time: {seconds(payload.get('expected_s') or 0)}. Nothing was written."]
    return [first, *folders, *skipped_lines(payload.get("skipped") or []), last]


def skipped_lines(
    skipped: list[dict[str, Any]], *, shown: int = SHOWN_SKIPPED, all_by: str = "kb status"
) -> list[Line]:
    """The first skipped files with their reasons, how many more there are, and what lists them all."""
    if not skipped:
        return []
    if not shown:
        return [[(f"{len(skipped):,} left out: {all_by}", "dim")]]
    lines: list[Line] = [[(f"{len(skipped):,} left out:", "dim")]]
    lines += [["  ", *_reasoned(item)] for item in skipped[:shown]]
    if len(skipped) > shown:
        lines.append([(f"  and {len(skipped) - shown:,} more: {all_by}", "dim")])
    return lines


def size(number: int) -> str:
    """`512 B`, `4.0 KB`, `12.3 MB`."""
    value = float(number)
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _reasoned(item: dict[str, Any] | str) -> Line:
    if isinstance(item, str):
        return [item]
    reason = item.get("reason") or item.get("warning") or ""
    return [(str(item.get("path", "")), "place"), ("  " + str(reason), "dim")]
