"""Why a line is there: the decisions and notes that speak for it, each with the way that led there."""

from kb.decisions.why.explain import Asked, Explained, Explainer
from kb.decisions.why.line import Line, line_at
from kb.decisions.why.near import Near
from kb.decisions.why.reasons import How, Reason

__all__ = ["Asked", "Explained", "Explainer", "How", "Line", "Near", "Reason", "line_at"]
