"""Good passages that give different values for the same thing."""

from __future__ import annotations

from collections.abc import Sequence

from rag.cite import Citer
from rag.question import Asked
from rag.read import Candidate
from rag.types import Citation, Conflict


def find_conflicts(
    asked: Asked, candidates: Sequence[Candidate], citations: Sequence[Citation], citer: Citer
) -> list[Conflict]:
    """Different values for what a question asks, newer first. To come with issue's point on succession."""
    return []
