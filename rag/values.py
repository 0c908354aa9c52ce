"""The value that a sentence gives for what is asked: a number with its unit, or a date."""

from __future__ import annotations

import re

from rag.kinds import unit_family
from rag.question import Asked

_DIGITS = r"[0-9][0-9,]{0,30}(?:\.[0-9]{1,30})?"
_HAN = r"[〇零一二两三四五六七八九十百千]{1,8}"
_SCALE = r"[余多]?[万亿千百]{0,2}[余多]?"
_MEASURE = (
    r"平方公里|平方千米|平方米|平米|公顷|公里|千米|厘米|毫米|公斤|千克|吨|元|人次|个月|小时|分钟|百分点|人|名|位|户|家|个|间|栋|座|处|条|"
    r"项|件|宗|起|次|场|天|年|岁|届|级|层|种|类|支|台|辆|部|集|首|篇|份|张|门|所|片|块|套|班|盏|册|幢|棵|株|亩|枚|只|辆|艘|架|笔|批|例|部|米|度|倍|%|站|字|步|组|队"
)
_SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
LARGEST = 1e10  # beyond it digits would be lost
_NUMBER = re.compile(rf"(?:百分之)?(?:{_DIGITS}|{_HAN})\s{{0,4}}{_SCALE}(?:{_MEASURE})?|[0-9.]{{1,30}}%")
_DATE = re.compile(
    r"[0-9]{4}\s*年(?:\s*[0-9]{1,2}\s*月(?:\s*[0-9]{1,2}\s*日)?)?|[0-9]{1,2}\s*月(?:\s*[0-9]{1,2}\s*日)?|[0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2})?"
)


def find_value(asked: Asked, folded: str) -> tuple[int, int] | None:
    """Where in a folded sentence the value stands that answers `asked`; None where there is none.

    Of several the one nearest to the question's words counts.
    """
    spans = [match.span() for match in _values(asked, folded)]
    if not spans:
        return None
    places = [at for term in set(asked.terms) for at in _places(term, folded)]
    if not places:
        return spans[0]
    return min(spans, key=lambda span: -_nearness(span, places, folded))


def normal(value: str) -> str:
    """A value without spaces, separators and 余, 多, in ones: what two values are compared by.

    >>> normal("约1.2万余名"), normal("12,000名")
    ('12000名', '12000名')
    """
    plain = re.sub(r"[\s,余多约]", "", value)
    found = re.match(r"([0-9]+(?:\.[0-9]+)?)([万亿千百]+)", plain)
    if not found:
        return plain
    ones = float(found[1])
    for scale in found[2]:
        ones *= _SCALES[scale]
    return f"{ones:.10g}" + plain[found.end() :] if ones < LARGEST else plain


def unit_of(value: str) -> str:
    """What a value is counted in: 家 of 96家; empty for a bare number."""
    return re.sub(rf"^(?:{_DIGITS}|{_HAN})", "", normal(value))


def _values(asked: Asked, folded: str) -> list[re.Match[str]]:
    if asked.kind == "date":
        return list(_DATE.finditer(folded))
    if asked.kind != "number":
        return []
    found = [match for match in _NUMBER.finditer(folded) if not re.fullmatch(_HAN, match.group())]
    if asked.unit is None:
        return [match for match in found if not match.group().endswith("年")] or found
    family = sorted(unit_family(asked.unit), key=len, reverse=True)
    exact = [match for match in found if match.group().endswith(asked.unit)]
    return exact or [match for match in found if match.group().endswith(tuple(family))]


def _places(term: str, folded: str) -> list[int]:
    places = []
    at = folded.find(term)
    while at >= 0:
        places.append(at + len(term) // 2)
        at = folded.find(term, at + 1)
    return places


def _nearness(span: tuple[int, int], places: list[int], folded: str) -> float:
    """The summed nearness of the question's words to a value; a word of another clause is far away."""
    start, end = span
    nearness = 0.0
    for place in places:
        low, high = (place, start) if place < start else (end, place)
        clauses = sum(folded.count(mark, low, high) for mark in ",;:、")
        nearness += 1 / (3 + max(high - low, 0) + 8 * clauses)
    return nearness
