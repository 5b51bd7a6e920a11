"""What the graph of decisions has for the morning: links that new decisions could have, and code that fell behind."""

from kb.app.api import Payload
from kb.app.brief.changes import net_changes
from kb.app.brief.section import MOST_ITEMS, Morning, Section
from kb.decisions.edges import Decision, Edge

MOST_LOOKED_AT = 10
"""Of so many changed decisions, the newest, links are suggested: each is compared with all notes, and read."""
MOST_SUGGESTED = 5


def suggestions(morning: Morning) -> Section | None:
    """Pairs that name each other nowhere and should perhaps, of the decisions that are new or were changed."""
    changed = [
        morning.decisions[change.source, change.path]
        for change in net_changes(morning, ("adr",))
        if (change.source, change.path) in morning.decisions
    ]
    if not changed:
        return None
    # Deferred: it brings numpy along and reads all notes, on most mornings for nothing.
    from kb.decisions.relate import Relations

    relations = Relations.read(morning.ledger)
    found = {
        frozenset((pair.src, pair.dst)): pair
        for decision in changed[:MOST_LOOKED_AT]
        for pair in relations.suggested(decision.file_id, limit=1)
    }
    best = sorted(found.values(), key=lambda pair: -pair.score)[:MOST_SUGGESTED]
    items: list[Payload] = []
    for pair in best:
        src, dst = (morning.ledger.passages.file(end) for end in (pair.src, pair.dst))
        span = next((span for span in pair.evidence if span.file_id == pair.src), None)
        if src is None or dst is None or span is None:
            continue
        items.append({
            "text": f"{src.title or src.path}: {pair.relation}? {dst.title or dst.path}",
            "relation": pair.relation,
            "score": round(pair.score, 4),
            "title": src.title,
            "dst": dst.path,
            "dst_source": dst.source,
            "dst_abspath": morning.place(dst.source, dst.path)["abspath"],
            "dst_title": dst.title,
            "evidence": span.quote,
            **morning.place(src.source, src.path, start=span.start, end=span.end),
        })  # fmt: skip
    return Section("suggestions", "Links to suggest", tuple(items), len(items)) if items else None


def follows(morning: Morning) -> Section | None:
    """Code that names a decision which holds no longer, and none of those that took its place."""
    found = [
        (edge, decision)
        for edge in morning.graph.edges
        if (decision := morning.graph.decision(edge.dst))
        and morning.graph.nodes[edge.src].kind == "code"
        and morning.succession.is_gone(decision)
        and not _knows_better(morning, edge)
    ]
    items = tuple(_followed(morning, edge, decision) for edge, decision in found[:MOST_ITEMS])
    return Section("follows", "Code that follows a decision no longer in force", items, len(found)) if items else None


def _knows_better(morning: Morning, edge: Edge) -> bool:
    later = {decision.file_id for decision in morning.succession.after(edge.dst)}
    return any(other.dst in later for other in morning.graph.edges_of(edge.src))


def _followed(morning: Morning, edge: Edge, decision: Decision) -> Payload:
    code = morning.graph.nodes[edge.src]
    return {
        "text": f"{decision.title or decision.path}",
        "decision": decision.path,
        "evidence": edge.evidence,
        **morning.standing(decision),
        **morning.place(code.source, code.path, start=edge.line, end=edge.line),
    }
