"""What speaks for the page where a stretch of it reads like advertising: then it is kept, and marked.

Pages live on names, labels and contacts (咨询有限公司 联系人:…), and those are made of the very words that
advertising heaps up. A character of the body lost costs more than an advertisement kept.
"""

from __future__ import annotations

import re

from index.suspects import is_grown, sells, trade

_HAN = "\u3400-\u9fff"
_LABEL = re.compile(rf"[{_HAN}]{{0,2}} ?(?:[(][{_HAN}]{{1,4}}[)])?:")  # what a stretch was cut out of: 联系|人:
_BODIES = (
    "公司|集团|中心|事务所|医院|学校|大学|学院|研究[院所]|酒店|宾馆|协会|学会|联盟|联合会|委员会|管理[局处站]|服务[站部点]|合作社"
    "|商行|门店|营业[厅部]|实验室|基金会|出版社|银行|超市|药房|旗舰店|俱乐部"
)
_BODY = re.compile(_BODIES)
_BODY_BEHIND = re.compile(rf"[{_HAN}]{{0,2}}(?:{_BODIES})")
_BODY_BEFORE = re.compile(rf"(?:{_BODIES}) ?$")
_BRANCH = re.compile(r"[a-z0-9]{2,20}·?[(]中国[)]")
LONGEST_BODY = 6  # characters
BESIDE = 60  # characters of the line that are looked at on either side
LEAST_SENTENCE = 8  # hanzi that a line must hold besides a name, for advertising is put into sentences
# What advertising sells, beside a name. The kinds "ambiguous" and "name" of the vocabulary are such words too.
_OFFERS = frozenset("体育 娱乐 游戏 游艺 竞技 网投 模拟器".split())
# Strong words that a page also uses of itself: 登录入口, 请加微信. One of them alone proves nothing.
_SITES = frozenset(
    "登录入口 登陆入口 登录网址 官网入口 官方入口 手机登录 官方app 官网登录 官网首页 平台官网 平台登录 平台注册"
    " 入口登录 网页版登录 手机版登录 手机版下载 网页版入口 app官网 全站下载 综合app 综合官网 中国官网"
    " 中国官方网站".split()
)
_CALLS = frozenset(
    "加微信 加qq 加我微信 私信我 微信转账 货到付款 包邮 免费试玩 免费领取 代开发票 办证 急用钱 诚招代理 上分 口子 一刀"
    " 外挂 减肥药 网贷 代孕 翻墙".split()
)
_HANZI = re.compile(f"[{_HAN}]")
_NAME = re.compile(f"[{_HAN}]{{2}}")

# What speaks about a trade: how a sentence goes on behind its name, and what is said around it.
_GOES_ON = re.compile(
    "[的了是和与或及等为将被把由也都已曾可能应须需不店业者]|余额|利率|额度|市场|行业|企业|机构|活动|行为|广告|信息|产业|用户|问题|公益|管理"
)
# Whoever says one of these in the sentence, or the other ones in the clause, speaks about what is sold.
_CRIME = re.compile(
    "诈骗|反诈|骗|警方|民警提醒|公安机关|捣毁|查处|查获|查封|取缔|缴获|没收|判处|被告|犯罪|嫌疑人|团伙|涉案|涉嫌|赌资|不要信|不要相信"
    "|不信|勿信|禁止|严禁|违法|非法|假冒|走私|谨防|远离|举报|封停|投诉|消委会|证监|沉迷"
)
_HONEST = re.compile("打击|整治|监管|防范|警惕|违规|消费者|危害|曝光|许可|提醒|依法|规定|不得")
_TOPIC = re.compile(  # speaks of one thing that is sold, not of a heap of them
    "余额|利率|公益金|贴息|同比|银行|公积金|财政|额度|医院|门诊|医生|专科|研究|上映|导演|主演|票房"
)
_ABOUT_FRAUD = re.compile("诈骗|反诈|骗局|赌博|赌资|涉赌|涉黄|传销|网络犯罪")
TOPICAL = 5  # words of crime on a page: it is about it
LONGEST_SENTENCE = 300  # characters of one that are looked at on either side
SHORTEST_COPY, LONGEST_COPY = 4, 40  # characters
_END = re.compile(r"[\n。.]")
_MARK = re.compile("[，、；,;:：!?！？]")


def is_of_page(text: str, folded: str, start: int, end: int, intrudes: bool = False) -> bool:
    """Whether a stretch may well be the page's own: a label, somebody's name, or nobody's and nothing sold.

    `intrudes`: the sentence goes on as if the stretch were not there; then a foreign name need not sell anything.

    >>> line = "江苏中衡工程咨询有限公司 联系人:蒋晓燕"
    >>> is_of_page(line, line, 6, 15)
    True
    """
    if _LABEL.match(folded, end):
        return True
    words = trade().word.findall(folded, start, end)
    strong = {word for word in words if word in trade().strong}
    if strong - _SITES - _CALLS or len(strong) > 1 or _is_english(folded, start, end):
        return False
    named = intrudes and (_has_name(text, folded, start, end) or _BRANCH.search(folded, start, end))
    if not named and not _is_sold(text, folded, start, end, words, strong):
        return True
    return _is_of_body(folded, start, end) or _stands_alone(folded, start, end)


def _is_english(folded: str, start: int, end: int) -> bool:
    """Whether a stretch has two Latin words of the trade or more: best online casino bonus."""
    return sum(match[0] in trade().latin for match in trade().any_latin.finditer(folded, start, end)) > 1


def _is_sold(text: str, folded: str, start: int, end: int, words: list[str], strong: set[str]) -> bool:
    """Whether a stretch has a name and what is sold under it, as advertising does."""
    foreign = _has_name(text, folded, start, end)
    named = _NAME.search(trade().word.sub(" ", folded[start:end])) is not None
    offered = any(word in _OFFERS or word in trade().offers for word in words)
    placed = any(word in trade().places for word in words)
    if strong:
        return foreign or offered or (named and len(words) > 1 and not strong.isdisjoint(_SITES))
    return (foreign and (named or offered or placed)) or (named and offered)


def _has_name(text: str, folded: str, start: int, end: int) -> bool:
    """Whether a stretch has a foreign name grown together with hanzi, or one by a word of the trade."""
    latin = (match.span() for match in trade().any_latin.finditer(folded, start, end))
    return any(is_grown(text, *span) or sells(text, folded, *span) for span in latin)


def _is_of_body(folded: str, start: int, end: int) -> bool:
    """Whether a stretch touches the name of a company or an office."""
    if _BODY.search(folded, start, end) or _BODY.match(folded, end):
        return True
    if trade().any_latin.search(folded, start, end):
        return False
    before = folded[max(0, start - LONGEST_BODY) : start]
    return _BODY_BEHIND.match(folded, end) is not None or _BODY_BEFORE.search(before) is not None


def _stands_alone(folded: str, start: int, end: int) -> bool:
    """Whether the line without the stretch holds no sentence: a product, an entry of a list."""
    before = folded[max(0, start - BESIDE) : start].rpartition("\n")[2]
    after = folded[end : end + BESIDE].partition("\n")[0]
    return len(_HANZI.findall(before + after)) < LEAST_SENTENCE


def is_spoken_of(folded: str, start: int, end: int) -> bool:
    """Whether the sentence around a stretch is about what the stretch names: it warns of it, counts or forbids it.

    >>> line = "学校禁止论文代写,查实后取消学位。"
    >>> is_spoken_of(line, 4, 8)
    True
    """
    stretch = folded[start:end]
    if _is_written_twice(stretch):
        return False
    if _GOES_ON.match(folded, end):
        return True
    before = _END.split(folded[max(0, start - LONGEST_SENTENCE) : start])[-1]
    after = _END.split(folded[end : end + LONGEST_SENTENCE], maxsplit=1)[0]
    if _CRIME.search(before) or _CRIME.search(after):
        return True
    clause = _MARK.split(before)[-1]
    is_heap = sum(word in trade().strong for word in trade().word.findall(stretch)) > 1
    return bool(_HONEST.search(clause) or (not is_heap and _TOPIC.search(clause)))


def _is_written_twice(stretch: str) -> bool:
    """Whether a stretch ends by two copies of the same, as no sentence does: 论文代写包过论文代写包过."""
    lengths = range(SHORTEST_COPY, min(len(stretch) // 2, LONGEST_COPY) + 1)
    return any(stretch.endswith(stretch[-2 * length : -length]) for length in lengths)


def is_about_fraud(folded: str) -> bool:
    """Whether a page speaks of fraud or gambling so often that it is about them, and quotes what they promise."""
    return len(_ABOUT_FRAUD.findall(folded)) >= TOPICAL
