"""What is indexed, under which model, and which settings hold."""

from typing import Any

from kb.cli.views.indexing import skipped_lines
from kb.cli.views.page import Line, Page, Part, Payload, clip, count

SHOWN_SKIPPED = 20


def status_lines(payload: Payload, page: Page) -> list[Line]:
    """The lines of a `status` payload."""
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in (payload.get("kinds") or {}).items())
    total = f"{count(payload['files'], 'file')} · {count(payload['chunks'], 'chunk')}"
    lines: list[Line] = [[(total, "title"), *([f" · {kinds}"] if kinds else [])]]
    lines += source_lines(payload, page)
    if pending := payload.get("pending"):
        lines.append([(f"{count(pending, 'chunk')} wait for their vectors: kb index", "warn")])
    if stale := payload.get("stale"):
        lines.append([(f"{count(len(stale), 'file')} could not be read again; the old version is served:", "warn")])
        lines += skipped_lines(stale)[1:]
    for gone in payload.get("gone") or []:
        told = f"{gone['name']} is {gone['why']} now, what was read is kept: "
        lines.append([(told, "warn"), (gone["root"], "place")])
    if warnings := payload.get("warnings"):
        lines.append([(f"{count(len(warnings), 'warning')} about how files were read:", "warn")])
        lines += [[f"  {item['path']}: ", (str(item["warning"]), "dim")] for item in warnings[:SHOWN_SKIPPED]]
    lines += _index_lines(payload.get("index") or {}, payload.get("daemon") or {}, payload.get("night") or {})
    return [*lines, *skipped_lines(payload.get("skipped") or [], shown=SHOWN_SKIPPED, all_by="kb status --json")]


def source_lines(payload: Payload, page: Page) -> list[Line]:
    """One line a source: name, files, folder."""
    sources = payload.get("sources") or []
    if not sources:
        return [["No source yet: kb index PATH"]]
    widest = max(len(source["name"]) for source in sources)
    return [
        [
            f"  {source['name']:<{widest}}  ",
            (f"{count(source.get('files', 0), 'file'):>13}  ", "dim"),
            (source["root"], "place"),
        ]
        for source in sources
    ]


def model_lines(payload: Payload, page: Page) -> list[Line]:
    """One line a model: a star at the one in use, whether it is on this machine, what it is."""
    models = payload.get("models") or []
    widest = max((len(model["name"]) for model in models), default=0)
    lines = [_model_line(model, widest, page) for model in models] or [["No model is known"]]
    return [*lines, [""], *writer_lines(payload["writers"])] if "writers" in payload else lines


def writer_lines(writers: list[dict[str, Any]]) -> list[Line]:
    """The language models that could write: where each is, and what is in its way."""
    if not writers:
        return [[("No language model writes, and none is needed: ", "dim"), "kb config set writer.model NAME"]]
    widest = max(len(writer["name"]) for writer in writers)
    lines: list[Line] = [["Models that write"]]
    for writer in writers:
        where = "on this machine" if writer["local"] else "elsewhere: sees redacted text of the sources you name"
        told = ", ".join(filter(None, [writer["kind"], writer["url"], where]))
        mark = "* " if writer["current"] else "  "
        lines.append([(mark, "good"), f"{writer['name']:<{widest}}  ", (told, "dim")])
        if writer["problem"]:
            lines.append([("  " + writer["problem"], "warn")])
    if not any(writer["current"] for writer in writers):
        lines.append([("Take one: ", "dim"), f"kb config set writer.model {writers[0]['name']}"])
    return lines


def settings_lines(payload: Payload, page: Page) -> list[Line]:
    """`key = value` with where each comes from."""
    rows = payload["settings"]
    widest = max(len(key) for key in rows)
    return [
        [f"{key:<{widest}}  ", "-" if row["value"] is None else str(row["value"]), ("  " + row["from"], "dim")]
        for key, row in rows.items()
    ]


def _index_lines(index: dict[str, Any], daemon: dict[str, Any], night: dict[str, Any]) -> list[Line]:
    rows: list[tuple[str, Part]] = [
        ("model", str(index.get("embedder") or "none yet")),
        ("as of", str(index.get("as_of") or "never")),
        ("home", (str(index.get("home") or ""), "place")),
        ("daemon", _daemon(daemon)),
    ]
    if night:
        rows.append(("night", (f"{night['at']}: {night['summary']}", "good" if night["ok"] else "bad")))
    lines: list[Line] = [[(f"{name:<8}", "dim"), value] for name, value in rows]
    unwatched = [source for source in daemon.get("sources") or [] if source["mode"] != "watched"]
    return lines + [[(f"{source['source']} is {source['mode']}: {source['detail']}", "warn")] for source in unwatched]


def _daemon(daemon: dict[str, Any]) -> Part:
    if not daemon.get("running"):
        return "does not run"
    if daemon.get("problem"):
        return (f"process {daemon['pid']}; its last work failed: {daemon['problem']}", "bad")
    return f"process {daemon['pid']}, {daemon['rss_mb'] or 0:.0f} MB"


def _model_line(model: dict[str, Any], widest: int, page: Page) -> Line:
    mark = "* " if model.get("current") else "  "
    told = [
        f"{model['dim']} dimensions" if model.get("dim") else "",
        "" if model.get("exported") else "is prepared at its first use",
        "the default" if model.get("default") else "",
    ]
    return [(mark, "good"), f"{model['name']:<{widest}}  ", (clip(", ".join(filter(None, told)), 100), "dim")]
