"""Names of the things asked about: a school, a shop, a crossing is not another one because it is nearly called so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.candidate import Candidate
from rag.question import Asked
from rag.reader import CLEAR

_KINDS = """
    店 片区 小学 中学 高中 幼儿园 学校 大学 学院 医院 公司 集团 大厦 大楼 小区 花园 公园 广场 博物馆 图书馆 文化馆
    体育馆
    美术馆 档案馆 车站 大桥 大道 口岸 酒店 银行 超市 商场 工业园 产业园 科技园 水库 机场 码头
""".split()
_NAME = re.compile(rf"([\u4e00-\u9fff]{{2}})({'|'.join(sorted(_KINDS, key=len, reverse=True))})(?![长员铺面里内区])")
_GENERAL = frozenset(
    "是首开叫哪些什么指的该本这那各全每某此其一二三两几多所家座个新老大小在和与及对为由从到去进有无市区县镇街省国乡村公私外"
)
_NUMERALS = "〇一二三四五六七八九十"
_ORDINAL = re.compile(r"第([0-9]+|[一二三四五六七八九十百]+)(.)")
_SCHOOLS = frozenset("小学 中学 高中 学校 幼儿园".split())
_SINGLE = _SCHOOLS | frozenset(
    "医院 公园 小区 博物馆 图书馆 体育馆 水库 口岸 车站".split()
)  # each known by its own name
_PARTS = frozenset({"片区"})
WITHIN = 8  # characters before 小学 in which the characters of its name may stand apart: 市一|医院 is 市第一人民医院


def names_of(folded: str) -> tuple[tuple[str, str], ...]:
    """What a folded text calls things: the two characters before the kind of thing, and that.

    >>> names_of("解放路店的店长与翠竹小学,这所小学")
    (('放路', '店'), ('翠竹', '小学'))
    """
    return tuple((found[1], found[2]) for found in _NAME.finditer(folded) if not _GENERAL & set(found[1]))


def names_another(asked: Asked, candidate: Candidate) -> bool:
    """Whether a sentence names a thing nearly called like the one asked about, which nothing around it names.

    What is said of one 片区 is not said of another, wherever that is named; nor, where the reader does not see the
    answer plainly, what is said of one school of another.
    """
    own = names_of(candidate.folded)
    if candidate.read < CLEAR and _is_of_another(names_of(asked.folded), own):
        return True
    if any(
        kind in _PARTS and kind in {other for _, other in own} and name not in candidate.folded
        for name, kind in names_of(asked.folded)
    ):
        return True
    return any(
        any(other == kind and _is_near(called, name) for called, other in own)
        and not _stands_in(name, kind, candidate.around)
        for name, kind in names_of(asked.folded)
    )


def _is_of_another(asked: Sequence[tuple[str, str]], own: Sequence[tuple[str, str]]) -> bool:
    """Whether what a sentence names is of the kind of the one thing asked about, and another.

    >>> _is_of_another(names_of("鹭江小学的校长是谁"), names_of("沙屿实验学校开学,校长为宋砚秋"))
    True
    >>> _is_of_another(names_of("鹭江小学的校长是谁"), names_of("沙屿实验学校与鹭江小学同日开学"))
    False
    """
    if len(asked) != 1 or asked[0][1] not in _SINGLE:
        return False
    name, kind = asked[0]
    others = [called for called, other in own if _class_of(other) == _class_of(kind)]
    return bool(others) and name not in others


def _class_of(kind: str) -> str:
    """The kind, and 学校 for every kind of school."""
    return "学校" if kind in _SCHOOLS else kind


def _is_near(one: str, other: str) -> bool:
    """Whether just one of two characters is the same: 莲南 and 莲塘."""
    return sum(a == b for a, b in zip(one, other, strict=True)) == 1


def _stands_in(name: str, kind: str, text: str) -> bool:
    """Whether a text has the name, or one that its characters come from."""
    first, second = map(re.escape, name)
    return (
        re.search(f"{first}[\u4e00-\u9fff]{{0,{WITHIN}}}{second}[\u4e00-\u9fff]{{0,{WITHIN}}}{kind}", text) is not None
    )


def forms_of(name: str) -> tuple[str, ...]:
    """The ways to write a name with a number: in figures, in hanzi, and 首 for 第一.

    >>> forms_of("第8次"), forms_of("第一批"), forms_of("6号线")
    (('第8次', '第八次'), ('第一批', '第1批', '首批'), ('6号线',))
    """
    found = _ORDINAL.fullmatch(name)
    if not found:
        return (name,)
    number, kind = found.groups()
    if number.isdigit():
        other = _NUMERALS[int(number)] if int(number) <= 10 else number
    else:
        other = str(_NUMERALS.index(number)) if len(number) == 1 else number
    first = (f"首{kind}",) if {number, other} & {"一", "1"} else ()
    return tuple(dict.fromkeys((name, f"第{other}{kind}", *first)))
