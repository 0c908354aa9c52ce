"""The place and year that a question names, taken out of it or exchanged: what the chips of the page ask again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from index.places import Gazetteer
from index.times import find_times
from index.types import Scope

OFFERED = 8  # other places or years offered in exchange


@dataclass(frozen=True, slots=True)
class Chip:
    """One limit of a question: its value, the question without it, and with another in its place."""

    value: str
    without: str
    instead: tuple[tuple[str, str], ...]


def chips(
    question: str,
    scope: Scope,
    places: Sequence[str],
    years: Sequence[int],
    gazetteer: Gazetteer,
    today: date | None = None,
) -> list[dict[str, object]]:
    """The chips of a question that stands alone; `places` and `years` are what the documents speak of."""
    found = []
    for place in scope.places:
        spans = [(m.start, m.end) for m in gazetteer.find(question) if m.full_name == place]
        others = [other for other in places if other not in scope.places]
        if spans:
            found.append(_chip(question, place, spans, others))
    for year in scope.years:
        times = [time for time in find_times(question, today or date.today()) if year in time.years]
        spans = [(time.start, _after_year(question, time.end)) for time in times]
        if spans:
            found.append(_chip(question, f"{year}年", spans, [f"{other}年" for other in years if other != year]))
    return [asdict(chip) for chip in found]


def _chip(question: str, value: str, spans: Sequence[tuple[int, int]], others: Sequence[str]) -> Chip:
    instead = tuple((other, _put(question, spans, other)) for other in others[:OFFERED])
    return Chip(value, _put(question, spans, "").lstrip("的，、 ") or question, instead)


def _after_year(question: str, end: int) -> int:
    return end + 1 if question[end : end + 1] in ("年", "度") else end


def _put(question: str, spans: Sequence[tuple[int, int]], other: str) -> str:
    """`question` with `other` in the first of `spans` and nothing in the rest."""
    parts, done = [], 0
    for number, (start, end) in enumerate(sorted(spans)):
        parts += [question[done:start], "" if number else other]
        done = max(done, end)
    return "".join([*parts, question[done:]]).strip()
