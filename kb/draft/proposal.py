"""What a template proposes at its end: related notes and tags, in a comment that goes when it is left as it was."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Near:
    """A note that lies near to the one being written."""

    title: str
    path: str
    abspath: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Nothing of it is written into the note unless the user moves it out of the comment."""

    tags: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()

    def comment(self) -> str:
        """The comment with its leading blank line, empty when there is nothing to propose."""
        if not self.tags and not self.near:
            return ""
        lines = ["", "<!-- kb proposes (this comment goes away if you leave it):"]
        if self.tags:
            lines.append(f"tags: {', '.join(map(_harmless, self.tags))}")
        lines += ["related:"] * bool(self.near)
        lines += [f"- [{_harmless(note.title)}]({_harmless(note.path)})" for note in self.near]
        return "\n".join([*lines, "-->", ""])


def propose(hits: Sequence[dict[str, object]], *, limit: int = 5) -> Proposal:
    """A proposal out of related hits: each file once, its folder as a tag."""
    near: dict[str, Near] = {}
    tags: dict[str, None] = {}
    for hit in hits:
        path = str(hit["path"])
        if path not in near and len(near) < limit:
            near[path] = Near(str(hit["title"] or path), path, str(hit["abspath"]))
            if hit["kind"] == "til" and "/" in path:
                tags[path.split("/")[-2].lower()] = None
    return Proposal(tuple(tags), tuple(near.values()))


def without_comment(text: str, proposal: Proposal) -> str:
    """`text` without the comment, where that stands untouched; a changed one is the user's."""
    comment = proposal.comment()
    if not comment or comment.strip() not in text:
        return text
    before, _, after = text.rpartition(comment.strip())
    return before.rstrip("\n") + "\n" + after.lstrip("\n")


def _harmless(text: str) -> str:
    """A title may hold what would end the comment or the line."""
    return " ".join(text.split()).replace("-->", "→").replace("--", "-")
