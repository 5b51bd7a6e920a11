"""The state of the index as the status screen tells it: one subject a row, each with its lines. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.entries import Standing, one_line
from tui.sheets import Line, Sheet

MAX_ITEMS = 2_000
"""Of files that were left out; more than that nobody reads, and `kb status --json` has them all."""

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """A row of the list: what it is, in a few words how it is, and the sheet that tells it all."""

    title: str
    summary: str
    standing: Standing
    sheet: Sheet


def subjects(status: Payload, checks: Sequence[Payload] | None = None) -> list[Subject]:
    """All subjects, out of the payloads of `status` and (None where it was not run) of `doctor`."""
    return [_index(status), _sources(status), _left_out(status), _daemon(status), _night(status), _doctor(checks)]


def _index(status: Payload) -> Subject:
    index, pending = status["index"], status["pending"]
    waiting = pending + index["pending_changes"]
    rows = [
        ("files", f"{status['files']:,}"),
        *((kind, f"{number:,}") for kind, number in status["kinds"].items()),
        ("passages", f"{status['chunks']:,}"),
        ("no vector yet", f"{pending:,}" if pending else ""),
        ("not read yet", f"{index['pending_changes']:,}" if index["pending_changes"] else ""),
        ("as of", (index["as_of"] or "never").replace("T", " ").replace("+00:00", " UTC")),
        ("model", index["embedder"] or "none yet"),
        ("home", index["home"]),
    ]
    lines = list(_table(rows))
    lines += [Line(f"{old['path']} could not be read again: {old['reason']}", "warn") for old in status["stale"]]
    lines += [Line(f"{item['path']}: {item['warning']}", "warn") for item in status["warnings"][:MAX_ITEMS]]
    told = f"{status['files']:,} files, {status['chunks']:,} passages"
    worried = bool(waiting or status["stale"])
    return _subject("Index", f"{told}, {waiting:,} to come" if waiting else told, "warn" if worried else "good", lines)


def _sources(status: Payload) -> Subject:
    modes = {source["source"]: source for source in status["daemon"]["sources"]}
    commits = {source["name"]: source for source in status["index"]["sources"]}
    gone = {source["name"]: source["why"] for source in status["gone"]}
    lines = []
    for source in status["sources"]:
        name = source["name"]
        lines += [Line(name, "title"), Line(source["root"], "place"), Line(f"{source['files']:,} files", "dim")]
        if commit := commits.get(name):
            lines.append(Line(f"{commit['branch'] or 'no branch'} at {(commit['commit'] or 'no commit')[:12]}", "dim"))
        if name in gone:
            lines.append(Line(f"{gone[name]} now; what was read is kept", "warn"))
        elif (mode := modes.get(name)) and mode["mode"] != "watched":
            lines.append(Line(" ".join((mode["mode"], mode["detail"])), "warn"))
        lines.append(Line(""))
    if not lines:
        lines = [Line("No folder is indexed yet: kb index PATH")]
    count = len(status["sources"])
    summary = f"{count} watched" if modes else f"{count} known"
    return _subject("Sources", f"{summary}, {len(gone)} gone" if gone else summary, "warn" if gone else "good", lines)


def _left_out(status: Payload) -> Subject:
    skipped = status["skipped"]
    reasons: dict[str, list[Payload]] = {}
    for item in skipped:
        reasons.setdefault(item["reason"], []).append(item)
    lines = []
    for reason, items in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
        lines.append(Line(f"{reason} ({len(items):,})", "title"))
        lines += [Line(f"{item['source']}:{item['path']}", "place", gutter="  ") for item in items[:MAX_ITEMS]]
        if (more := len(items) - MAX_ITEMS) > 0:
            lines.append(Line(f"and {more:,} more: kb status --json", "dim", gutter="  "))
        lines.append(Line(""))
    lines = lines or [Line("Nothing was left out.", "good")]
    return _subject("Left out", f"{len(skipped):,} files and folders" if skipped else "nothing", "", lines)


def _daemon(status: Payload) -> Subject:
    daemon = status["daemon"]
    if not daemon["running"]:
        lines = [Line("No daemon runs: this screen reads the index itself."), Line("kb daemon start", "place")]
        return _subject("Daemon", "does not run", "", lines)
    rows = [
        ("process", str(daemon["pid"])),
        ("memory", f"{daemon['rss_mb'] or 0:.0f} MB"),
        ("up", _duration(daemon["uptime_s"])),
        ("waiting", f"{daemon['pending_changes']:,} changes"),
    ]
    lines = list(_table(rows))
    if problem := daemon["problem"]:
        lines.append(Line(f"its last work failed: {problem}", "warn"))
    return _subject("Daemon", daemon["problem"] or f"up {_duration(daemon['uptime_s'])}", _well(not problem), lines)


def _night(status: Payload) -> Subject:
    night = status["night"]
    if not night:
        lines = [
            Line("It re-reads, re-embeds, checks and backs up while you sleep."),
            Line("kb schedule install", "place"),
        ]
        return _subject("Night run", "has not run yet", "", lines)
    lines = [Line(night["at"], "dim"), Line(night["summary"], "text" if night["ok"] else "warn")]
    return _subject("Night run", night["summary"], _well(night["ok"]), lines)


def _doctor(checks: Sequence[Payload] | None) -> Subject:
    if checks is None:
        lines = [Line("d looks whether everything is as it should be."), Line("kb doctor", "place")]
        return _subject("Doctor", "not asked yet: d", "", lines)
    bad = [check for check in checks if not check["ok"]]
    lines = []
    for check in sorted(checks, key=lambda check: bool(check["ok"])):
        lines.append(Line(f"{check['name']}: {check['detail']}", "text" if check["ok"] else "warn", gutter="· "))
        if check["remedy"]:
            lines.append(Line(check["remedy"], "place", gutter="  "))
    return _subject("Doctor", f"{len(bad)} of {len(checks)} wrong" if bad else "all is well", _well(not bad), lines)


def _subject(title: str, summary: str, standing: Standing, lines: Iterable[Line]) -> Subject:
    shown = tuple(Line(one_line(line.text), line.style, line.gutter) for line in lines)
    return Subject(title, one_line(summary), standing, Sheet(title, shown))


def _table(rows: Iterable[tuple[str, str]]) -> Iterable[Line]:
    return (Line(value, gutter=f"{name:<14}") for name, value in rows if value)


def _well(well: bool) -> Standing:
    return "good" if well else "warn"


def _duration(seconds: float | None) -> str:
    minutes = int(seconds or 0) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
