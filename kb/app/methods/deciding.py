"""What decisions say, what belongs together, and why a line is there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kb.app.api import Payload
from kb.app.opened import OpenIndex
from kb.app.scope import known_source

if TYPE_CHECKING:
    from kb.app.decisions import Decisions


class Deciding(OpenIndex):
    """Over the graph of decisions, notes and code."""

    def decisions_list(self, *, status: str = "", source: str = "") -> Payload:
        return self._decisions(source).listed(status=status, source=source)

    def decisions_show(self, ref: str, *, cwd: str = "", source: str = "") -> Payload:
        return self._decisions(source).show(ref, cwd=cwd, source=source)

    def decisions_links(self, *, relation: str = "", source: str = "") -> Payload:
        return self._decisions(source).links(relation=relation, source=source)

    def decisions_graph(self, *, form: str = "mermaid", source: str = "", everything: bool = False) -> Payload:
        return self._decisions(source).draw(form=form, source=source, everything=everything)

    def decisions_check(self, *, source: str = "") -> Payload:
        return self._decisions(source).check(source=source)

    def why(self, ref: str, *, cwd: str, rev: str = "", git: bool = True) -> Payload:
        """Why a line is there; without `git` at once, out of the index alone."""
        from kb.app.why import why

        return why(self, ref, cwd=cwd, rev=rev, git=git)

    def why_trace(self, trace: str, *, cwd: str, rev: str = "", limit: int = 5) -> Payload:
        """The same for the innermost frames of a stack trace that lie in indexed files."""
        from kb.app.why import why_trace

        return why_trace(self, trace, cwd=cwd, rev=rev, limit=limit)

    # Links

    def related(self, ref: str, *, limit: int = 10, cwd: str = "") -> Payload:
        """What belongs to a file or to the passage at a line of it: declared links first, then what is like it."""
        from kb.app.linking import related

        return related(self, ref, limit=limit, cwd=cwd)

    def link_suggest(
        self, ref: str = "", *, limit: int = 10, source: str = "", relation: str = "", cwd: str = ""
    ) -> Payload:
        """Links that one note, or all decisions, could have and have not."""
        from kb.app.linking import suggest

        known_source(self.ledger, source)
        return suggest(self, ref, limit=limit, source=source, relation=relation, cwd=cwd)

    def link_accept(
        self,
        src: str,
        dst: str,
        *,
        relation: str,
        cwd: str = "",
        write: bool = False,
        seen: Mapping[str, str] | None = None,
    ) -> Payload:
        """The change that makes two notes say how they are related; with `write` it is made, on the disk alone."""
        from kb.app.linking import accept

        return accept(self, src, dst, relation=relation, cwd=cwd, write=write, seen=seen)

    def _decisions(self, source: str = "") -> "Decisions":
        from kb.app.decisions import Decisions

        known_source(self.ledger, source)
        return Decisions(self)
