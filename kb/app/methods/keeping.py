"""The index and its sources, its state and its health, models and settings of the machine."""

from collections.abc import Sequence

from kb.app.api import Payload
from kb.app.opened import OpenIndex
from kb.progress import OnProgress, ignore


class Keeping(OpenIndex):
    """What changes the index, and what tells how it is."""

    def index(
        self,
        paths: Sequence[str],
        *,
        full: bool = False,
        dry_run: bool = False,
        text_only: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """Bring the index up to the disk: all sources, or the given folders and files."""
        from kb.app.indexing import bring_up_to_date, survey_paths

        if dry_run:
            return survey_paths(self, list(paths))
        self.shared.release_mirror()
        return bring_up_to_date(self, list(paths), full=full, text_only=text_only, on_progress=on_progress)

    def source_add(self, path: str, name: str = "") -> Payload:
        from kb.app.sources import add_source

        return add_source(self, path, name)

    def source_list(self) -> Payload:
        from kb.app.sources import list_sources

        return list_sources(self)

    def source_remove(self, name: str, *, cwd: str = "") -> Payload:
        from kb.app.sources import remove_source

        return remove_source(self, name, cwd=cwd)

    def status(self) -> Payload:
        from kb.app.state import status

        return status(self)

    def warm(self) -> Payload:
        """Load the model and the vectors now, so that the first question does not wait for them."""
        embedder = self.searcher.embedder()
        if embedder is not None:
            self.searcher.search("warm", limit=1)
        return {"model": embedder.identity if embedder else None}

    def brief(self, *, since: str = "") -> Payload:
        from kb.app.brief import brief

        with self.ledger.database.snapshot():
            return brief(self.ledger, self.settings, since=since)

    def doctor(self, *, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.doctor import doctor

        return doctor(self, on_progress=on_progress)

    def repair(self, *, from_backup: bool = False, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.doctor import repair

        return repair(self, from_backup=from_backup, on_progress=on_progress)

    def night(self, *, on_progress: OnProgress = ignore) -> Payload:
        """The night run in this process, which gives way to all others from now on."""
        from kb.app.night import night_run
        from kb.app.power import lowered_priority

        lowered_priority()
        with self.shared.writing():
            return night_run(lambda job: job(self), on_progress=on_progress)

    def schedule_install(self, *, at: str) -> Payload:
        from kb.app.schedule import install

        return install(self.settings, at=at)

    def schedule_show(self) -> Payload:
        from kb.app.schedule import show

        return show(self.settings)

    def schedule_remove(self) -> Payload:
        from kb.app.schedule import remove

        return remove(self.settings)

    def model_list(self) -> Payload:
        from kb.app.models import model_list

        return model_list(self.settings)

    def model_use(self, name: str, *, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.models import model_use

        return model_use(self, name, on_progress=on_progress)

    def model_download(self, name: str, *, on_progress: OnProgress = ignore) -> Payload:
        from kb.app.models import model_download

        return model_download(self.settings, name, on_progress=on_progress)
