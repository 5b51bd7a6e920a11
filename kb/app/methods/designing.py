"""What stands before a design, and first drafts."""

from kb.app.api import Payload
from kb.app.opened import OpenIndex
from kb.progress import OnProgress, ignore


class Designing(OpenIndex):
    """Nothing of it is written to the disk."""

    def context(
        self,
        task: str,
        *,
        cwd: str = "",
        diagram: bool = False,
        prompt: bool = False,
        ask_why: bool = False,
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """What is known about a task before it is designed: places, patterns, decisions, tests, trouble, placements."""
        from kb.app.context import context

        return context(self, task, cwd=cwd, diagram=diagram, prompt=prompt, ask_why=ask_why, on_progress=on_progress)

    def draft(
        self,
        kind: str,
        text: str,
        *,
        name: str = "",
        at: str = "",
        facts: str = "",
        since: str = "",
        audience: str = "",
        template: str = "",
        ask_why: bool = False,
        cwd: str = "",
        on_progress: OnProgress = ignore,
    ) -> Payload:
        """A draft of a kind, with its sources and what its writer has to verify; nothing is written to the disk."""
        from kb.app.drafting import draft

        return draft(
            self, kind, text, name=name, at=at, facts=facts, since=since, audience=audience, template=template,
            ask_why=ask_why, cwd=cwd, on_progress=on_progress,
        )  # fmt: skip
