"""Which sentences cannot be the answer, however near they come: a result where a plan is asked for, another unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.scope import looks_ahead
from rag.candidate import Candidate
from rag.kinds import is_planned
from rag.question import Asked

LEAST_COVER = 0.2  # of the question's words in a sentence, or it and the one before, that gives a fact
SURE = 3.0  # deviations above random passages from which a sentence is about what is asked in other words
_BECAUSE = re.compile(r"因|由于|为|原因|以便|从而|导致|致使|影响|目的|旨在|使得|缘于|源于|出于")
_CHARGE = re.compile(r"负责|牵头|承办|主管|分管")
_IN_CHARGE = re.compile(r"由[^,.。;]{2,16}(?:主持|组织|实施)|负责|牵头|承办|主管|分管")
_HALVES = re.compile(r"上半年|下半年|全年|[一二三四]季度|前三季度")


def is_contrary(asked: Asked, folded: str, kind: str | None, heading: Sequence[str] = ()) -> bool:
    """Whether plans are asked for and the sentence reports, or the other way round."""
    if asked.asks_future is None:
        return False
    planned = is_planned(folded) or kind == "plan" or (kind == "report" and looks_ahead(folded, heading))
    return asked.asks_future != planned


def is_of_other_kind(asked: Asked, candidate: Candidate, kind: str | None) -> bool:
    """Whether a sentence of a plan, a report or news cannot be the answer, however near it comes.

    Another part of the year is not the one asked for. A result is no plan and a plan no result; a number of
    another unit answers no 多少, a sentence without a person no 谁, and one without a reason no 为什么, whatever
    the question takes for granted.
    """
    halves = _HALVES.findall(asked.folded)
    spoken = _HALVES.findall(candidate.folded)
    if halves and spoken and not set(halves) & set(spoken):
        return True  # the first half of a year is not the whole
    if kind not in ("plan", "report", "news"):
        return False
    if asked.kind == "outline" and kind == "report" and asked.asks_future:
        return is_contrary(asked, candidate.folded, kind, candidate.passage.heading)
    if asked.kind == "reason":
        return _BECAUSE.search(candidate.folded) is None
    if asked.kind == "person" and _CHARGE.search(asked.folded):
        return _IN_CHARGE.search(candidate.folded) is None
    if asked.kind in ("number", "date", "person") and not _is_about(candidate):
        return True
    if asked.kind == "person":
        return not candidate.is_kind
    if asked.kind != "number":
        return False
    if asked.has_own_unit and not candidate.is_kind:
        return True
    if asked.asks_plan or asked.asks_actual:
        return kind != "news" and is_contrary(asked, candidate.folded, kind, candidate.passage.heading)
    return False


def _is_about(candidate: Candidate) -> bool:
    """Whether a sentence, or it and the one before, shares words with the question or comes near without."""
    return max(candidate.cover, candidate.near) >= LEAST_COVER or candidate.dense >= SURE
