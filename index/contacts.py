"""Contacts spliced into a sentence: 办证联系QQ12345678詹姆士生於…, 更多资源请访问http://… and another clause goes on.

A page's own contacts end with a mark, a space or the line, or the sentence says what they are for (…网查询). One that
runs straight into another clause, behind words that sell or call, was put there. There is no list of addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.suspects import HANZI, MARKS, trade

MOST_WORDS = 8  # of a lead
LONGEST_NAME = 4  # characters between the beginning of a clause and the first word of a lead
LEAST_CLAUSE = 2  # hanzi that go on behind it
LEAST_SENTENCE = 12  # hanzi that the line holds besides
BESIDE = 80  # characters of the line that are looked at on either side

_HAN = "\u3400-\u9fff"
_TOP = "com|cn|net|cc|vip|top|xyz|info|club|app|me|tv|co|pro|shop|live|bet|win|fun|site|online|icu|la|io|link|one"
_WORD = r"(?:(?!\d{4}年|\d{1,2}[月世])[a-z0-9_-])"  # digits of a date are the next clause's
_CONTACT = re.compile(
    rf"(?<![a-z0-9_.@/-])(?:(?P<address>(?:https?:[/]{{2}})?(?:[a-z0-9-]{{1,40}}\.){{1,3}}(?:{_TOP})(?![a-z.])"
    rf"(?:/(?:{_WORD}|[.%?=&#]){{0,60}}){{0,4}})"
    rf"|[a-z0-9_.-]{{2,40}}@[a-z0-9-]{{1,40}}(?:\.[a-z]{{2,6}}){{1,3}}"
    rf"|(?:微信号?|v信|威信|薇信?|vx|wx|qq号?|qq群|q群|扣扣|电报|飞机|tg|telegram)[: ]?{_WORD}{{5,20}}"
    rf"|(?:电话|手机号?|热线)[: ]?1[3-9]\d{{9}}(?!\d))"
)
_PUBLIC = re.compile(r"\.(?:gov|edu|org|ac|mil)\b")
# What calls the reader, and what only leads on to the contact.
_CALLS = (
    "更多资源|资源|精彩|想看|想要|全集|全本|免费领取|领取|领资料|尽在|加我|加薇|添加|私聊|最新|永久|备用|防丢|防失联|收藏|发布页"
    "|在线观看|本站|域名|办理|代办|代做|代写|代考|代理|高价|低价|专业|正规|接单|出售|收购|私家侦探|侦探|股票|配资|荐股|外围|包夜"
    "|开锁|迷药|黑客|查询开房"
)
_LEADS_ON = (
    "更多|免费|资料|地址|下载|咨询|联系|客服|详情|详询|了解|访问|登录|登陆|点击|进入|搜索|复制|打开|认准|各类|本人|老师|电话|电话号"
    "|请|的|加|到|看|在|搜|找|进|群|上"
)
_CALL = re.compile(_CALLS)
_LEAD_WORD = re.compile(f"{_CALLS}|{_LEADS_ON}")
LONGEST_WORD = 6
SHORT_LEAD = 8
_SOLD = re.compile("体育|娱乐|游戏|棋牌|彩票|电竞")
_SITE = re.compile("网|登[录陆]|入口|官方")
_CLAUSE = re.compile(rf"(?:\d{{4}}年|\d{{1,2}}月|[《「\"<(])?[{_HAN}0-9·]{{{LEAST_CLAUSE}}}")
_LABEL = re.compile(rf"[{_HAN}]{{1,4}}:")
# How a sentence goes on that the contact is a part of, and the labels that stand behind one in a list.
_CONTINUES = re.compile(
    "[的是为查咨报获预登或和及与等上里内进即可并后参看找领转提投填索申发注订阅浏点扫加由均办直号群吧哦啦了有也还将使让给]"
    "|中(?![国华])|在线|在此|在这|在[0-9]|联系|了解|下载|网|页|邮|免费|客服|购买|官方|支付|电话|传真|地址|手机|微信|热线|欢迎|如|不|进行|完成|扣|主页|首页|作为|关注"
)


def find_spliced(text: str, folded: str) -> Iterator[tuple[int, int, bool]]:
    """The stretches, in order, that were put into sentences for the sake of a contact, and whether that is sure.

    >>> line = "办证联系qq12345678全年共走访企业两千多次,服务居民三万人。"
    >>> list(find_spliced(line, line))
    [(0, 14, True)]
    """
    done = 0
    contacts = list(_CONTACT.finditer(folded))
    own = {contact[0] for contact in contacts if not _runs_on(folded, contact.end())}
    for contact in contacts:
        if contact[0] in own or (contact["address"] and _PUBLIC.search(contact[0])):
            continue
        start, words = _lead(folded, contact.start(), done)
        if words or (start == contact.start() and _begins_clause(folded, start) and _is_whole(contact)):
            sure = any(_CALL.search(word) or _is_of_trade(word) for word in words)
            if _stands_in_text(text, start, contact):
                yield start, contact.end(), sure or (bool(words) and not contact["address"])
                done = contact.end()


def _lead(folded: str, at: int, done: int) -> tuple[int, list[str]]:
    """Where the words begin that lead on to a contact at `at`, without a gap, and which; a name before them too."""
    words: list[str] = []
    start = at
    while len(words) < MOST_WORDS and (word := _word_before(folded, start, done)):
        words.append(word)
        start -= len(word)
    if not any(_CALL.search(word) or _is_of_trade(word) or len(word) > 1 for word in words):
        return _begun(folded, at, done)
    name = start
    while name > done and start - name <= LONGEST_NAME and folded[name - 1] not in MARKS:
        name -= 1
    return (name if start - name <= LONGEST_NAME else start), words


def _begun(folded: str, at: int, done: int) -> tuple[int, list[str]]:
    """The same of a lead whose last words are unknown, where its clause is short and begins with what is sold."""
    start = at
    while start > done and at - start <= SHORT_LEAD and folded[start - 1] not in MARKS:
        start -= 1
    words = [folded[start:end] for end in range(start + 2, min(start + LONGEST_WORD, at) + 1)]
    words = [word for word in words if _is_of_trade(word) or _CALL.fullmatch(word)]
    return (start, words) if words and at - start <= SHORT_LEAD else (at, [])


def _word_before(folded: str, at: int, done: int) -> str:
    """The longest word of the trade, or of a lead, that ends at a place; empty where none does."""
    for start in range(max(done, at - LONGEST_WORD), at):
        word = folded[start:at]
        if _LEAD_WORD.fullmatch(word) or (trade().word.fullmatch(word) and word not in trade().places):
            return word
    return ""


def _is_of_trade(word: str) -> bool:
    """Whether a word names what advertising sells; names of sites are any page's."""
    return bool(_SOLD.search(word)) or ((word in trade().strong or word in trade().offers) and not _SITE.search(word))


def _begins_clause(folded: str, at: int) -> bool:
    return at == 0 or folded[at - 1] in MARKS


def _is_whole(contact: re.Match[str]) -> bool:
    """Whether a contact without a lead is an address as one types it."""
    return bool(contact["address"]) and contact[0].startswith(("http", "www.", "m."))


def _runs_on(folded: str, end: int) -> bool:
    """Whether another clause begins right behind a contact."""
    return not (_CONTINUES.match(folded, end) or _LABEL.match(folded, end)) and _CLAUSE.match(folded, end) is not None


def _stands_in_text(text: str, start: int, contact: re.Match[str]) -> bool:
    """Whether the line is a text without the stretch, and no list of contacts."""
    before = text[max(0, start - BESIDE) : start].rpartition("\n")[2]
    after = text[contact.end() : contact.end() + BESIDE].partition("\n")[0]
    return len(HANZI.findall(before + after)) >= LEAST_SENTENCE
