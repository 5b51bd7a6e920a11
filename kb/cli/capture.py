"""From a title to a searchable note: the template, the editor, the index; for every `kb new`."""

import os
from typing import TYPE_CHECKING

from kb.cli import editor
from kb.cli.arguments import as_shown
from kb.cli.run import Run
from kb.cli.views.page import Line, Page, Payload, shown_path
from kb.draft.file import create, settle
from kb.draft.proposal import Proposal, propose
from kb.errors import ExitCode, KbError, NoIndexError, UsageError

if TYPE_CHECKING:
    from kb.app.api import Api


def capture(
    run: Run, path: str, text: str, *, title: str, edit: bool, home: str, drafted: Payload | None = None
) -> ExitCode:
    """Write the note at `path`, let the user edit it, index it; `home` is its collection's folder.

    `drafted` is the draft that the text comes from: it links what is related, and stays where it is left as it is.
    """
    command = editor.command_of(run.settings) if edit else []
    with run.open_app() as app:
        proposal = related(app, title) if drafted is None else Proposal()
        if edit:
            template = text + proposal.comment()
            create(path, template)
            _edit(command, path, template, proposal, keeps=drafted is not None)
        else:
            create(path, text)
        report = index(app, run, path, home)
        place = located(app, run, path)
    reason = left_out(report, place["path"])
    return run.show(
        {
            **place,
            "searchable": not reason,
            "tags": list(proposal.tags),
            "related": [note.path for note in proposal.near] + _cited(drafted),
            "verify": drafted["verify"] if drafted else [],
            "notices": [
                *(drafted["notices"] if drafted else []),
                *([f"written, but left out: {reason}"] if reason else []),
            ],
        },
        _written,
    )


def cleaned_title(words: tuple[str, ...]) -> str:
    """The words as one line; UsageError when there are none."""
    title = as_shown(" ".join(" ".join(words).split()))
    if not title:
        raise UsageError("a title is missing", 'kb new til "what I learned"')
    return title


def related(app: "Api", title: str) -> Proposal:
    """What lies near, or nothing: a note can be written before there is an index or a model."""
    try:
        return propose(app.related_notes(title, limit=10)["hits"])
    except KbError:
        # Whatever keeps the search from working must not keep the user from writing.
        return Proposal()


def index(app: "Api", run: Run, path: str, home: str) -> Payload:
    """Make the note searchable, or its whole collection where no source holds it yet; returns the index's report."""
    target = path if any(_holds(root, path) for root in roots(app)) else home
    try:
        with run.progress() as progress:
            return app.index([target], on_progress=progress)
    except KbError as error:
        # The note is the user's and stays; only its being searchable has to wait.
        told = type(error)(f"{path} is written, but not searchable yet: {error.message}", error.hint or "kb index")
        raise told from error


def left_out(report: Payload, path: str) -> str:
    """Why a note, or a folder above it, was not read; empty when it is searchable."""
    for item in report["skipped"]:
        if path == item["path"] or path.startswith(item["path"].rstrip("/") + "/"):
            return str(item["reason"])
    return ""


def roots(app: "Api") -> list[str]:
    """The folders of all sources, none before there is an index."""
    try:
        return [source["root"] for source in app.source_list()["sources"]]
    except NoIndexError:
        return []


def located(app: "Api", run: Run, path: str) -> Payload:
    place = app.locate(path, cwd=run.cwd)
    return {key: as_shown(place[key]) for key in ("path", "source", "abspath")}


def _edit(command: list[str], path: str, template: str, proposal: Proposal, *, keeps: bool) -> None:
    failed: KbError | None = None
    try:
        editor.edit(command, path)
    except KbError as error:
        failed = error
    # Also after an editor that failed: what was written into the note is never thrown away.
    # A draft was asked for: it is kept as it came, unless its writer took it away.
    kept = os.path.exists(path) if keeps else settle(path, template, proposal)
    if failed is not None:
        raise type(failed)(
            f"{failed.message}; {'the note stays at ' + path if kept else 'no note was made'}", failed.hint
        )
    if not kept:
        raise KbError("nothing was written, so no note was made", "--no-edit keeps the bare template")


def _cited(drafted: Payload | None) -> list[str]:
    """The notes that a draft cites, each once."""
    sources = drafted["sources"] if drafted else []
    return list(dict.fromkeys(source["path"] for source in sources if source["kind"] != "code"))


def _holds(root: str, path: str) -> bool:
    return os.path.realpath(path).startswith(root.rstrip(os.sep) + os.sep)


def _written(payload: Payload, page: Page) -> list[Line]:
    told: Line = [("  is searchable", "dim")] if payload["searchable"] else []
    return [[(shown_path(payload, page), "place"), *told]]
