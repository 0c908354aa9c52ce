"""What a sentence, or a few words of it, can be the answer to: a number of the unit, a date, a person."""

from __future__ import annotations

import re

from rag.question import Asked

UNIT_FAMILIES = tuple(
    frozenset(family.split())
    for family in (
        "人 名 位 人次 个",
        "家 个 间 所 队",
        "元 万元 亿元 美元 港元 日元 日圆 韩元 欧元 加元 澳元 英镑 卢布 法郎 马克 台币 块 块钱",
        "平方米 平米 平方公里 平方千米 公顷 亩 坪 m2 km2 平方英里 平方英尺",
        "米 公里 千米 厘米 毫米 海里 米高 公尺 公分 光年 英里 英尺 英寸 英吋 里 km cm m",
        "吨 万吨 公斤 千克",
        "栋 座 幢 处",
        "场 次 趟 起 件 宗 期 届 轮 批",
        "项 条 件 处 种 类 款",
        "台 套 部 辆 架",
        "支 队 班",
        "只 头 匹 颗 枚",
        "天 日 小时 分钟 秒 周 个月 年 月 工作日 个工作日",
        "% 百分点 倍 成 分之",
        "度 ℃ °c",
        "分",
        "岁 周岁",
        "户",
    )
)
# What is counted one by one, with a word of its own or with 个.
COUNTED = tuple(
    "项 条 处 件 宗 起 座 栋 幢 场 次 种 类 套 台 支 队 阶段 颗 只 期 代 轮 批 名 位 部 所 层 级 家 间 款 届".split()
)
_BECAUSE = re.compile(r"因|由于|为|原因|以便|从而|导致|致使|影响|目的|旨在|使得|缘于|源于|出于")
_NUMERAL = r"(?:[0-9][0-9.,]{0,30}|[〇零一二两三四五六七八九十百千万亿]{1,12}|半)\s{0,4}[余多]?[万亿千百]?[余多]?"
_MONEY = frozenset("元 块 块钱".split())
_FREE = re.compile(r"免费|不收费|免收|无偿")
_CALLED = re.compile(
    r"(?<![0-9])(?:[0-9]{3,4}-)?[0-9]{6,8}(?![0-9])|(?<![0-9])1[0-9]{10}(?![0-9])|(?:电话|热线|邮编)[^0-9]{0,6}[0-9]{4,8}"
)
_INTENDS = re.compile(r"计划|打算|准备|预计|拟|力争|争取|将|确保|目标")
_ANY_NUMBER = re.compile(
    r"[0-9]|[一二两三四五六七八九十百千万亿](?=[个家名位人项件次户条处种类年月天岁层座栋所台届部本首张支批场倍成万千百亿元米吨分只口辆艘架枚颗间])|百分之|半数|过半|翻番|翻一番|两倍|数[十百千万]"
)
_ANY_DATE = re.compile(
    r"[0-9]{1,4}\s*[年月日号]|[0-9]{4}-[0-9]{1,2}|[一二三四五六七八九十〇零]{1,4}(?:年(?![多来内前后级以之间])|[月日])|世纪|年代|[去今明前]年|[春夏秋冬][季天]|"
    r"时期|年间|当日|期间|[早中晚]期|公元|朝|[0-9]{1,2}[点时:][0-9半钟到至]?|周[一二三四五六日末]|星期|每[天日周月年]|节假?日|"
    r"(?<![0-9])(?:1[0-9]{3}|20[0-9]{2})(?![0-9.]|\s*[余多万亿]?[个家人名位户件宗次元条处米台套])"
)
_WHOLE_DATE = re.compile(r"[年月周]|世纪|年代|[0-9]{4}|朝|公元|时期|星期|节|季|期间|每[天日]|[0-9]:[0-9]")
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹窦章云苏潘葛范彭郎鲁韦马苗凤花方俞任"
    "袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬常于傅皮卞齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄米贝臧戴谈宋庞熊纪舒屈项祝"
    "董梁杜阮蓝闵席季麻贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫裘缪解应宗丁宣邓郁杭洪包左石崔吉"
    "龚程邢裴陆荣翁荀羊惠甄曲家封储靳段富焦巴牧隗谷车侯全班仰秋仲伊宁仇甘厉戎祖武符刘景詹束龙叶司黎薄印白蒲鄂索赖"
    "卓蔺屠蒙池乔翟谭贡姬申冉桂牛边燕尚温庄晏柴瞿阎习艾鱼容古易廖耿匡文寇广欧沃利越师巩聂晁敖冷辛阚简饶曾关相游权"
)
_OFFICE = (
    "书记|主任|局长|区长|市长|省长|县长|镇长|校长|会长|院长|部长|处长|科长|所长|站长|社长|总裁|经理|董事长|主席|"
    "总理|总统|教授|博士|导演|记者|将军|皇帝|国王|先生|女士"
)
_ANY_PERSON = re.compile(
    rf"(?:{_OFFICE}|[由是为叫名])[{_SURNAMES}][㐀-鿿]{{1,2}}"
    rf"|[{_SURNAMES}][㐀-鿿]{{1,2}}(?=说|表示|介绍|称|认为|担任|出任|任|带|负责|等|,|、|\(|:|先生|女士|{_OFFICE})"
    r"|[㐀-鿿]·[㐀-鿿]|[a-z]{2,30} [a-z]{2}|[帝王公侯后妃祖宗](?=[,。的])"
)
_NAME = re.compile(rf"[{_SURNAMES}][㐀-鿿]{{1,3}}|[a-z][a-z .]{{2,60}}")


def has_kind(asked: Asked, folded_sentence: str) -> bool:
    """Whether a sentence holds something of the kind that is asked for: a number of the unit, a date, a person.

    Kinds without a form of their own (fact, place, list …) are always held.
    """
    if asked.kind == "number":
        if asked.unit is None:
            return _ANY_NUMBER.search(folded_sentence) is not None
        if len(asked.unit) > 1 and re.search(re.escape(asked.unit) + r"\s?[0-9]", folded_sentence):
            return True  # 多少学位, 学位4.4万个
        if asked.unit == "号码":
            return _CALLED.search(folded_sentence) is not None
        if asked.unit in _MONEY and _FREE.search(folded_sentence):
            return True  # 多少钱, 免费
        return any(re.search(_NUMERAL + re.escape(unit), folded_sentence) for unit in unit_family(asked.unit))
    if asked.kind == "date":
        return _ANY_DATE.search(folded_sentence) is not None
    if asked.kind == "person":  # whom the question names is not whom it asks for
        return any(found[0] not in asked.folded for found in _ANY_PERSON.finditer(folded_sentence))
    return True


def figures_of(asked: Asked, folded: str) -> list[tuple[int, int]]:
    """Where in a folded text figures of the unit asked for stand, each with its unit; of its family if none has it.

    >>> from rag.question import take_apart
    >>> figures_of(take_apart("引进了多少家企业", lambda text: [text]), "引进企业27家,用地3公顷")
    [(4, 7)]
    """
    if asked.unit is None or asked.unit == "号码":
        return []
    for units in ({asked.unit}, unit_family(asked.unit)):
        written = "|".join(map(re.escape, sorted(units, key=len, reverse=True)))
        if found := [match.span() for match in re.finditer(rf"{_NUMERAL}(?:{written})", folded)]:
            return found
    return []


def kind_share(asked: Asked, folded_sentence: str) -> float:
    """1 where a sentence holds the very unit that is asked for, 0.6 where another of its family, 0 where none.

    A day without its month, or an hour, is worth as little as another unit.
    """
    if not has_kind(asked, folded_sentence):
        return 0.0
    if asked.kind == "date":
        return 1.0 if _WHOLE_DATE.search(folded_sentence) else 0.6
    if asked.kind != "number" or asked.unit is None:
        return 1.0
    if asked.unit == "号码":
        return 1.0
    return 1.0 if re.search(_NUMERAL + re.escape(asked.unit), folded_sentence) else 0.6


def tells(asked: Asked, folded_words: str) -> bool:
    """Whether a few words by themselves can be the number, date or person that is asked for.

    >>> from rag.question import take_apart
    >>> [tells(take_apart("校长是谁", lambda text: [text]), words) for words in ("陈立秋", "建校七十周年")]
    [True, False]
    """
    if asked.kind == "number":
        return has_kind(asked, folded_words) if asked.unit else _ANY_NUMBER.search(folded_words + "个") is not None
    if asked.kind == "date":
        return _ANY_DATE.search(folded_words) is not None
    if asked.kind == "person":
        return _NAME.fullmatch(folded_words) is not None or _ANY_PERSON.search(folded_words) is not None
    return True


def gives_figure(folded_sentence: str) -> bool:
    """Whether a sentence counts or measures something."""
    return _ANY_NUMBER.search(folded_sentence) is not None


def gives_reason(folded_sentence: str) -> bool:
    """Whether a sentence says why."""
    return _BECAUSE.search(folded_sentence) is not None


def is_planned(folded_sentence: str) -> bool:
    """Whether a sentence speaks of what is to be done."""
    return _INTENDS.search(folded_sentence) is not None


def unit_family(unit: str) -> set[str]:
    """The units that answer a question for `unit`: 万元 answers 元, 名 answers 人.

    What is counted one by one is counted with 个 too, and 多少个 is answered by any of these: 多少张床位, 150个床位.
    """
    if unit == "个":
        return {"个", *COUNTED, *(other for units in UNIT_FAMILIES if unit in units for other in units)}
    is_counted = unit in COUNTED or not any(unit in units for units in UNIT_FAMILIES)
    family = {unit, "个"} if is_counted else {unit}
    for units in UNIT_FAMILIES:
        if unit in units:
            family |= units
    return family
