"""What kind of answer a question wants, and in which unit: told by the words that ask."""

from __future__ import annotations

import re

_PLANS = "计划 规划 打算 安排 措施 举措 做法 思路 任务 部署 要点".split()
_UNITS = """
    平方公里 平方千米 平方米 平米 公顷 公里 千米 厘米 毫米 海里 千克 公斤 万吨 吨 亿元 万元 美元 港元 元
    块钱 块 人次 人 名 位 户 家 个 间 栋 座 处 条 项 件 宗 起 次 趟 场 天 小时 分钟 秒 周 个月 年 岁 届 级
    层 种 类 支 台 辆 艘 架 枚 颗 本 部 集 首 篇 份 张 门 所 片 块 套 张床位 床位 学位 班 米 米高 分 度
    倍 % 百分点 票 站 号 页 字 只 头 匹 棵 株 亩 步 代 组 队 盏 册 幢 对 章 节 卷 例 笔 批 国
""".split()

# 多少家, 几个: the measure word belongs to the question, not to what is asked about.
_ANY_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
COUNTED = re.compile(rf"(?:有|为|是|达|共)?(?:多少|几)[余多]?[万亿千百十]?(?:{_ANY_UNIT})?")


# 六个方面, 十件实事: so many that their list can be asked for.
TALLIED = "(?:[两二三四五六七八九十]|(?<![0-9.])[2-9])(?:个|大|项|件|条|点|类|种|步|方面)"
TALLY = re.compile(
    "(?<![第一二三四五六七八九十百千万两0-9.])([两二三四五六七八九十2-9])(?:个(?![月多])|大|项|件|条(?!线)|点(?![0-9多钟半])|类|种|步|方面)"
)
_NUMBER = re.compile(
    r"多少|数目|数量|总数|(?:[人户次家]数|面积|金额|总额|价格|[增涨]幅|增速|里程|长度|高度|投资|造价|预算|产值|营收|客流量?)[?？]?$|(?<![这那哪前近后十数好])几(?=[个家名位人项件次户条处种类年月天日岁层座栋所台届部本首张支批场万千百十起宗只把例套辆份门间分米元块倍小组笔])|多大面积|面积多大|有多大(?!关系|影响|作用|意义|区别|变化|把握)|多高|多长|多重|多远|多久|占比|比例|百分之几|几成"
)
_HOW_MANY = re.compile(r"多少|几")
_WHICH = re.compile(r"哪一?[个种些位项家]")  # 哪一种米的比例最多 asks for no number
_DATE = re.compile(r"什么时候|何时|哪一?年|哪一?天|哪个?月|几月|几号|哪一?日|什么时间|多会儿|几几年|时间是")
_PERSON = re.compile(
    r"谁|哪位|哪一位|何人|哪个人|(?:人|员|长|经理|主任|书记|先生|女士|老师|医生|儿子|女儿|父亲|母亲|丈夫|妻子|作者)(?:的名字)?(?:叫|是)什么(?:名字)?[?？。]?$"
)
_PLACE = re.compile(
    r"哪里|哪儿|何处|何地|什么地方|哪个(?:城市|国家|省|市|区|县|镇|地区|地方|街道|社区|村)|位于哪|(?<!存)在哪(?![些几个一])|哪座城市|地址"
)
_YES_NO = re.compile(r"吗[?？]?$|是否|是不是|有没有|能不能|会不会|可不可以")
_REASON = re.compile(r"为什么|为何|原因|缘故|何以|怎么会")
_REASONS = re.compile(
    rf"哪(?:些|几|{TALLIED})[\u4e00-\u9fff]{{0,3}}(?:原因|理由)|(?:原因|理由)(?:主要)?(?:有|是|包括)哪(?:些|几)"
)
_MANNER = re.compile(r"怎么(?!样)|怎样|如何")
_MANY = re.compile(
    rf"^(?!.*(?:多少|几|谁|什么|怎)).*{TALLIED}[\u4e00-\u9fff]{{2,6}}[?？]?$|哪{TALLIED}|{TALLIED}[^,。]{{0,12}}?(?:都|分别|具体|各)?(?:是|有|包括|指)(?:什么|哪|啥)|"
    r"哪些|哪几|分别|列出|列举|有什么|都有|[做干]了(?:些)?什么|介绍|概括|总结一下|归纳"
    r"|什么(?:样的)?(?:材料|手续|证件|资料|条件|要求|好处|优惠|东西)"
    r"|(?:取得|获得|达到|收到)了?(?:什么|怎样的?)(?:样的)?(?:成效|成果|成绩|效果|进展)"
    r"|(?:步骤|流程|程序|手续|材料|决议|议题|注意事项|事项|要求|条件|规定|特点|亮点|优势|内容)(?:主要|具体|都|分别)?(?:是|有|包括)什么"
)
_OUTLINE = re.compile(
    rf"(?:{'|'.join(_PLANS)})(?:主要|具体|都|分别)?(?:是|有|包括)?(?:什么|哪些|哪几|怎样|如何|啥)"
    rf"|(?:什么|哪些|哪几[项个条]|怎么|如何|怎样)(?:样的|的)?(?:具体|主要|重点|新)?(?:{'|'.join(_PLANS)})"
    rf"|^(?!.*(?:哪|什么|怎|谁|多少)).*(?:{'|'.join(_PLANS)})[?？。]?$"
)


def kind_of(folded: str) -> str:
    """number, person, date, place, yes_no, outline, list, reason, manner or fact."""
    if _REASON.search(folded):
        return "list" if _REASONS.search(folded) else "reason"
    if _NUMBER.search(folded) and (_HOW_MANY.search(folded) or not _WHICH.search(folded)):
        return "number"
    if _DATE.search(folded):
        return "date"
    if _PERSON.search(folded):
        return "person"
    if _PLACE.search(folded):
        return "place"
    if _is_outline(folded):
        return "outline"
    if _MANY.search(folded):
        return "list"
    if _MANNER.search(folded):
        return "manner"
    if _YES_NO.search(folded):
        return "yes_no"
    return "fact"


def _is_outline(folded: str) -> bool:
    """Whether a whole plan or its measures are asked for: …计划是什么, 有哪些措施, 怎么安排."""
    return _OUTLINE.search(folded) is not None


# What is counted says the unit where the question does not.
_IMPLIED = (
    (re.compile(r"电话|手机|热线|传真|邮编|邮政编码"), "号码"),
    (re.compile(r"占比|比例|百分之几|几成|增长多少|增速|提高到多少|[满意达率]率"), "%"),
    (
        re.compile(
            r"月租|房租|押金|投资|金额|经费|资金|钱|税|营收|收入|产值|总值|租金|价格|收费|费用|花费|零售总额|补贴|造价|预算"
        ),
        "元",
    ),
    (re.compile(r"面积|多大"), "平方米"),
    (re.compile(r"分数线?|得分|评分"), "分"),
    (re.compile(r"年龄|岁数|年纪"), "岁"),
    (re.compile(r"人口|人数|居民|志愿者"), "人"),
    (re.compile(r"多久|多长时间|工期|任期"), "天"),
    (re.compile(r"多高|多远|全长|高度|长度|距离"), "米"),
)


_SOME = re.compile(r"[这那]几[\u4e00-\u9fff]?")  # 那几个小区 asks for no number


def unit_of(folded: str) -> str | None:
    """The unit that a number is wanted in, said or implied (月租: 元); None where neither."""
    if re.search(r"百分(?:之|比)?(?:多少|几|比)|多少(?:个)?百分", folded):
        return "%"
    folded = _SOME.sub("", folded)
    asks = re.search(r"多少|几|多[大高长远久]|占比|比例", folded)
    about = folded[max(0, asks.start() - 8) : asks.end() + 4] if asks else folded
    implied = next((unit for words, unit in _IMPLIED if words.search(about)), None)
    found = re.search(r"(?:多少|几)(?:余|多)?(万|亿|千|百|十)?", folded)
    if not found:
        return implied
    rest = folded[found.end() :]
    return next((unit for unit in sorted(_UNITS, key=len, reverse=True) if rest.startswith(unit)), implied)
