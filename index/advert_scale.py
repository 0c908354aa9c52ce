"""Stretches of a page weighed as body and as advertising: two languages, and what speaks for either in the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from index.likelihood import WITHOUT_TRIPLES, Likelihood, State
from index.suspects import HANZI, MARKS, Suspect, is_grown, latin_goes_on, sells, trade

# What the language of advertising asks for its parts, in nats.
STRONG_WORD = 2.0
WEAK_WORD = 4.0
STRONG_GAIN = 20.0  # at most, below what the body asks for the same word
WEAK_GAIN = 7.0
LATIN_WORD = 3.0  # of the trade, or going on in a phrase of it
LATIN_NAME = 6.0
SOUND = 4.5  # a hanzi that transcribes foreign sounds, beside another one
SPACE = 1.5
JOINT = 2.0  # a sign that joins a name to what it sells: ·官方网站
IN_THE_BODY_TOO = 4.0  # beyond what the body asks: advertising speaks Chinese as well
UNCOMMON = 1.0  # the same where the body asks much: names are from nowhere
NAME = 10.0  # what is much
# What the body asks for a Latin word.
LATIN_IN_BODY = 11.0
GROWN_LATIN_IN_BODY = 18.0  # one without a capital that has grown together with hanzi
PRIOR = 15.3  # advertising is rare
EDGE = 4.0  # advertisements are put before a clause or after it
PARAGRAPH = 5.0  # and before a paragraph most of all
LISTED = 8.0  # but not into a list or between quotation marks
NAMED = 8.0  # so does a Latin name that stands by a word of the trade
DIGIT = 3.0  # a number behind a word of the trade: what it pays, or whom to call
LONGEST_NUMBER = 13  # digits
BEYOND = 9.0  # an advertisement ends with what it offers
ALIEN = 12.0  # the same of hanzi that are never seen side by side: pinnacle平博
NAMES_SITE = 9.0  # a clause begins with what names a site, and goes on as if it had not
ALIAS = 6.0  # a Latin name with its transcription: williamhill英国威廉希尔
MOST_FOR_PLACE = 2 * EDGE + PARAGRAPH + ALIEN + NAMES_SITE + NAMED
LEAST_ALIAS, LONGEST_ALIAS = 2, 4  # hanzi beside a Latin name
REACH = 20  # characters that an advertisement may go beyond its suspects, either way
SETTLE = 5  # characters after which a reading has forgotten the cut before it
NEVER = 1e9

_SOUNDS = (
    "阿埃艾爱安奥巴拜班邦贝本比彼宾波伯博布查达戴丹德登迪蒂丁杜多恩尔法菲费芬弗福盖戈格古哈海汉豪赫霍基吉加贾杰金卡凯坎康考科克肯库"
    "拉莱兰朗劳勒雷里利立丽莉林琳卢鲁伦罗洛马玛迈麦曼梅门蒙米密摩莫姆穆纳奈南内尼涅宁纽努诺欧帕潘庞佩皮普齐奇乔切琴热荣茹萨塞桑瑟森"
    "沙尚绍舍圣施史舒斯丝苏索塔泰坦汤特提廷图托瓦万旺威韦维温文沃乌西希夏谢辛休雅亚扬耶伊因英尤约泽詹扎珍朱兹佐廉必赢胜京葡皇冠凤凰永盈鑫宝"
)
SOUNDS = frozenset(_SOUNDS)
_ALIAS = re.compile(rf"[a-z][a-z0-9]{{2,20}}[\u3400-\u9fff]{{0,3}}[{_SOUNDS}]{{3}}")
_BESIDE_LATIN = re.compile(r"(?P<latin>[a-z][a-z0-9]{2,20})(?P<hanzi>[\u3400-\u9fff]{2,12})")

SITE = re.compile(r"官网|官方网|官方版|官方下载|登[录陆]|入口|注册|网页版|手机版|app|下载|全站|网址|[(]中国[)]")

# What is said of a site, and of no advertisement.
_SITE_DOES = re.compile(
    r"量|次数|率|端|售|购|显|预|查|支持|提|还|可|上|里|内|中|下载|登|注|链接|地址|首|页|已|正|目前|日前|近日|今|昨|用|数|资|信|公|发|人"
)
# What a sentence begins with, behind an advertisement: 2023年, 12847宗.
_UNITS = "年月日世时点分秒个家人宗名万亿千百余多%项次条户套位间座栋篇份场期届级岁倍米公里平吨斤呎后"
_DATE = re.compile(r"(?:19|20)\d\d年|(?:1[0-2]|[1-9])月")
_AMOUNT = re.compile(rf"\d{{1,9}}(?:[.,]\d{{1,9}})? ?[{_UNITS}]")
# Grammar: advertisements are heaps of names and nouns, without the little words and the verbs of a sentence.
_JOINTS = frozenset("·-_|(")
EDGES = MARKS - {'"'}
VERBS = (
    "组织|公布|提供|利用|通过|用户|宣布|上线|成为|开展|推动|建设|实现|进行|联合|打击|举办|参加|使用|采用|发布|推出|表示|介绍|显示"
    "|作为|位于|成立|举行|召开|启动|迎来|开放|负责|管理|消息|创始|提醒|要求|认为|获得|拥有|直播|报道|称"
)
PREDICATE = re.compile(f"[的了是在和与或及等后为将被把由也都已曾可能应须需]|{VERBS}")


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch that reads better as advertising, by `gain` nats beyond the prior."""

    start: int
    end: int
    gain: float


class Scale:
    """Weighs stretches of one page as body and as advertising."""

    def __init__(self, text: str, folded: str) -> None:
        self._text = text
        self._folded = folded
        self._reader = Likelihood(shares=WITHOUT_TRIPLES)

    def weigh(self, suspect: Suspect, done: int) -> Found | None:
        """The best stretch around a suspect, none of it before `done`."""
        low, high = max(suspect.start, suspect.low - REACH, done), min(suspect.end, suspect.high + REACH)
        tokens = self._tokens(max(suspect.start, low - SETTLE), min(suspect.end, high + SETTLE))
        states, costs = self._body(tokens, self._before(tokens[0][0]))
        lasts = [number for number, (_, end) in enumerate(tokens) if suspect.high <= end <= high]
        hopes: list[tuple[float, int, int]] = []  # (gain at best, first token, last token)
        for first, (start, _) in enumerate(tokens):
            if not (low <= start <= suspect.low and lasts):
                continue
            advert = self._advert(start, tokens[lasts[-1]][1], suspect)
            for last in lasts:
                settled = costs[min(last + 1 + SETTLE, len(tokens))] - costs[first] - PRIOR
                hopes.append((settled - advert.get(tokens[last][1], NEVER), first, last))
        best: Found | None = None
        for hope, first, last in sorted(hopes, key=lambda each: -each[0]):
            if best is not None and hope + MOST_FOR_PLACE <= best.gain:
                break
            start, end = tokens[first][0], tokens[last][1]
            gain = hope + self._place(start, end)
            if best is not None and gain <= best.gain:
                continue
            gain -= self._body(tokens[last + 1 : last + 1 + SETTLE], states[first])[1][-1]
            gain -= BEYOND * self._goes_beyond(start, end)
            if best is None or gain > best.gain:
                best = Found(start, end, gain)
        return best and self._trimmed(best)

    def _trimmed(self, found: Found) -> Found:
        """Without the white space at its ends, which is the body's."""
        stretch = self._text[found.start : found.end]
        before = len(stretch) - len(stretch.lstrip())
        return Found(found.start + before, found.start + len(stretch.rstrip()), found.gain)

    def _before(self, at: int) -> State:
        """The state in which a reading comes to `at`; a line begins as a sentence does, after a full stop."""
        before = self._folded[at - 1] if at else "\n"
        return self._reader.step(self._reader.start, "." if before == "\n" else before)[0]

    def _place(self, start: int, end: int) -> float:
        """What speaks for advertising in where and how a stretch stands."""
        before, after = self._folded[start - 1 : start] or "\n", self._folded[end : end + 1] or "\n"
        if "、" in self._text[max(0, start - 1) : start] + self._text[end : end + 1] or (before == after == '"'):
            return -LISTED
        gain = EDGE * ((before in EDGES) + (after in EDGES)) + PARAGRAPH * (before == "\n")
        gain += ALIAS * bool(_ALIAS.search(self._folded, start, end)) if not self._is_alien_alias(start, end) else ALIEN
        if (before == "\n" or before in EDGES) and SITE.search(self._folded, start, end):
            gain += NAMES_SITE * goes_on(self._folded, end)
        return gain + NAMED * (gain > 0 and self._sells(start, end)) - LISTED * (after in ":(")

    def _is_alien_alias(self, start: int, end: int) -> bool:
        """Whether a grown Latin name stands by two to four hanzi that are never seen side by side: pinnacle平博."""
        for found in _BESIDE_LATIN.finditer(self._folded, start, end):
            first, last = found.span("hanzi")
            sold = next((at for at in range(first, last) if trade().word.match(self._folded, at, end)), last)
            hanzi = self._folded[first:sold]
            grown = is_grown(self._text, *found.span("latin")) or sold < last
            if not (grown and LEAST_ALIAS <= len(hanzi) <= LONGEST_ALIAS):
                continue
            if not any(self._reader.follows(one, two) for one, two in pairwise(hanzi)):
                return True
        return False

    def _sells(self, start: int, end: int) -> bool:
        """Whether a stretch has a Latin name and, in hanzi, what it sells."""
        latin = trade().any_latin.finditer(self._folded, start, end)
        return any(sells(self._text, self._folded, *match.span()) for match in latin)

    def _goes_beyond(self, start: int, end: int) -> bool:
        """True where hanzi stand behind the last word of the trade, or behind a name given in both scripts already."""
        last = start
        for match in trade().any_latin.finditer(self._folded, start, end):
            if any(HANZI.match(self._folded, at) for at in range(start, match.start())):
                last = match.end()
        for match in trade().word.finditer(self._folded, start, end):
            if match[0] not in trade().places:
                last = max(last, match.end())
        return last > start and any(HANZI.match(self._folded, at) for at in range(last, end))

    def _tokens(self, start: int, end: int) -> list[tuple[int, int]]:
        """Single characters, and Latin words whole."""
        tokens = []
        at = start
        while at < end:
            match = trade().any_latin.match(self._folded, at, end)
            after = match.end() if match else at + 1
            tokens.append((at, after))
            at = after
        return tokens

    def _body(self, tokens: list[tuple[int, int]], state: State) -> tuple[list[State], list[float]]:
        """Read tokens as body: the state before each and what all before it cost; the end's stand last."""
        states, costs = [state], [0.0]
        for start, end in tokens:
            if end - start > 1:
                state, cost = self._reader.start, self._latin_in_body(start, end)
            else:
                state, gained = self._reader.step(state, self._folded[start])
                cost = -gained
            states.append(state)
            costs.append(costs[-1] + cost)
        return states, costs

    def _latin_in_body(self, start: int, end: int) -> float:
        return GROWN_LATIN_IN_BODY if is_grown(self._text, start, end) else LATIN_IN_BODY

    def _advert(self, start: int, end: int, suspect: Suspect) -> dict[int, float]:
        """What [start, b) costs as advertising, for each b up to `end`: the shortest path over words."""
        read = {start: 0.0}  # what the body asks for [start, b)
        state = self._reader.start
        for at in range(start, end):
            state, gained = self._reader.step(state, self._folded[at])
            read[at + 1] = read[at] - gained
        best = {start: 0.0}
        for at in range(start, end):
            if at not in best:
                continue
            steps = [(at + 1, self._spelled(at, read[at + 1] - read[at]))]
            if match := trade().word.match(self._folded, at, end):
                steps.append((match.end(), _word_cost(match[0], read[match.end()] - read[at])))
            if match := trade().any_latin.match(self._folded, at, end):
                steps = [(match.end(), self._latin_in_advert(match, suspect))]
            for after, cost in steps:
                best[after] = min(best.get(after, NEVER), best[at] + cost)
        return best

    def _spelled(self, at: int, body: float) -> float:
        """A single character as advertising, given what it costs as body."""
        folded = self._folded
        if folded[at] == " ":
            return SPACE
        if folded[at].isdigit() and not _AMOUNT.match(folded, at) and self._is_behind_trade(at):
            return DIGIT
        if folded[at] in _JOINTS and trade().word.match(folded, at + 1):
            return min(JOINT, body)
        if not folded[at].isalnum():
            return body + NAME
        if folded[at] in SOUNDS and (folded[at + 1 : at + 2] in SOUNDS or folded[at - 1] in SOUNDS):
            return min(SOUND, body + UNCOMMON)
        return max(body + UNCOMMON, min(body + IN_THE_BODY_TOO, NAME))

    def _is_behind_trade(self, at: int) -> bool:
        """Whether a number that `at` is in stands behind a word of the trade: 注册送18."""
        start = at
        while start and at - start < LONGEST_NUMBER and self._folded[start - 1].isdigit():
            start -= 1
        return any(trade().word.fullmatch(self._folded, max(0, start - n), start) for n in (1, 2, 3, 4))

    def _latin_in_advert(self, match: re.Match[str], suspect: Suspect) -> float:
        """Words of the trade and what goes on with them are cheap, the suspect's own name too, others are not."""
        start, end = match.span()
        if match[0] in trade().latin:
            return LATIN_WORD
        if self._text[start:end].islower() and latin_goes_on(self._text[max(0, start - 2) : start][::-1]):
            return LATIN_WORD
        own = suspect.low <= start < suspect.high or match[0] in self._folded[suspect.low : suspect.high]
        own = own or sells(self._text, self._folded, start, end)
        return LATIN_NAME if own else self._latin_in_body(start, end)


def goes_on(folded: str, end: int) -> bool:
    """Whether a clause begins behind a site as if it had not been named."""
    if not (HANZI.match(folded, end) or _DATE.match(folded, end)):
        return False
    return not (_SITE_DOES.match(folded, end) or PREDICATE.match(folded, end))


def _word_cost(word: str, body: float) -> float:
    """A word of the trade as advertising, given what it costs as body."""
    if word in trade().strong:
        return max(STRONG_WORD, body - STRONG_GAIN)
    return max(WEAK_WORD, body - WEAK_GAIN)
