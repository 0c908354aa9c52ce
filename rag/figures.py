"""The numbers of a text, compared by value: 1,920万 is 1920万, 二〇二四年 is 2024年, 百分之五 is 5%."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_HAN = "".join(_DIGITS)
_FIGURE = re.compile(
    rf"(?P<part>百分之|千分之)?(?:(?P<arabic>\d{{1,3}}(?:,\d{{3}}){{1,5}}(?!\d)(?:\.\d{{1,9}})?|\d{{1,30}}(?:\.\d{{1,9}})?)|(?P<han>[{_HAN}十百千]{{1,12}}(?(part)(?:点[{_HAN}]{{1,4}})?)))"
    r"\s?(?P<scale>[余多]?(?:万亿|亿|万|千(?![克米瓦伏])|百)?)(?P<sign>[%‰]?)"
)
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
# What is counted must agree where both sides name one of these; the first character decides.
_UNITS = (
    "人名位",
    "元",
    "美",
    "港",
    "欧",
    "平㎡",
    "公",
    "亩",
    "吨",
    "年",
    "月",
    "日号",
    "天",
    "小",
    "分",
    "倍",
    "岁",
    "次",
    "场",
    "度",
)
_ANY_MEASURE = "个"  # 家, 个, 项 and the like change with the wording
_MEASURES = "家个项条人次场所座处名位户栋间件宗年月日天倍成期批类种支台辆份张门层"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number: its value, its kind ("%", "‰" or ""), and what it counts (a family of units or "").

    `is_certain` is false for a lone hanzi such as 一, which is a number in 一家 and none in 一些.
    """

    value: Decimal
    kind: str
    unit: str
    is_certain: bool = True

    def agrees(self, other: Figure) -> bool:
        """Whether both say the same number, and do not count different things."""
        return (
            self.value == other.value
            and self.kind == other.kind
            and (not self.unit or not other.unit or self.unit == other.unit)
        )


def figures(folded: str) -> list[Figure]:
    """The numbers of a folded text, in order. Time is linear.

    >>> [str(figure.value) for figure in figures("投资1,920万元,同比增长百分之五,二〇二四年")]
    ['19200000', '5', '2024']
    """
    text = _ISO_DATE.sub(r"\1年\2月\3日", folded)
    found = []
    for match in _FIGURE.finditer(text):
        value = _value(match)
        if value is None:
            continue
        following = text[match.end() : match.end() + 2].lstrip("余多 ")[:1]
        kind = match["sign"] or {"百分之": "%", "千分之": "‰"}.get(match["part"] or "", "")
        unit = next((family[0] for family in _UNITS if following and following in family), "")
        if not unit and following and following in _MEASURES:
            unit = _ANY_MEASURE
        found.append(Figure(value, kind, unit, _is_certain(match, following)))
    return found


def _value(match: re.Match[str]) -> Decimal | None:
    scale = Decimal(1)
    for character in match["scale"].strip("余多"):
        scale *= _SCALES[character]
    if match["arabic"]:
        return Decimal(match["arabic"].replace(",", "")) * scale
    whole, _, fraction = match["han"].partition("点")
    number = _of_hanzi(whole)
    if number is None:
        return None
    digits = "".join(str(_DIGITS[character]) for character in fraction)
    return (number + Decimal(f"0.{digits or 0}")) * scale


def _of_hanzi(han: str) -> Decimal | None:
    """三百五十 is 350 and 二〇二四 is 2024; None for what is neither."""
    if all(character in _DIGITS for character in han):
        return Decimal("".join(str(_DIGITS[character]) for character in han))
    total, digit = 0, None
    last_scale = 10**4
    for character in han:
        if character in _DIGITS:
            digit = _DIGITS[character] if digit is None or digit == 0 else None
            if digit is None:
                return None
            continue
        scale = _SCALES[character]
        if scale >= last_scale:
            return None
        total += (1 if digit is None else digit) * scale
        digit, last_scale = None, scale
    return Decimal(total + (digit or 0))


def _is_certain(match: re.Match[str], following: str) -> bool:
    """Whether this is surely a number: digits, or hanzi with a scale, a share, a year or a measure behind them."""
    if match["arabic"] or match["part"] or match["scale"].strip("余多"):
        return True
    han = match["han"]
    if len(han) == 1:
        return following != "" and following in ("月日号" if han in "一零〇十百千" else _MEASURES)
    if len(han) == 4 and all(character in _DIGITS for character in han):
        return following == "年"
    return any(character in "十百千" for character in han[1:]) or (following != "" and following in _MEASURES)
