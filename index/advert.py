"""Advertising that was put into the sentences of a page, cut out by how badly it fits.

Every clause with a suspect in it is read twice: as body throughout, and as body with a stretch that comes
from another language, that of advertising. Both readings are weighed in nats (`index.likelihood` for the
body), so a stretch goes only where the sentence reads better without it and the stretch itself reads better
as advertising. There is no list of brands: names are what neither language knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy

from index.contacts import find_spliced
from index.doubt import is_about_fraud, is_of_page, is_spoken_of
from index.fold import fold
from index.likelihood import WITHOUT_TRIPLES, Likelihood, State
from index.offsets import Edit
from index.pitches import find_pitches
from index.substrings import codes_of, rows_of
from index.suspects import HANZI, MARKS, Suspect, find_suspects, is_grown, latin_goes_on, sells, trade

KIND = "advert"
UNSURE = 0.5  # the confidence of a mark

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
SURE = 3.0  # beyond the prior: cut
CLEARLY = 12.0  # beyond the prior: a name of the page's own would not fit so badly
MARKED = 2.5  # beyond the prior: kept and marked
TOPICAL = 2  # sentences that use the words of the trade as any other: the page is about it
KNOWN = 18.0  # the page names the same thing elsewhere
UNGRAMMATICAL = 6.0  # each word of grammar speaks for the body
HEAP = 3  # so many words of the trade, and no sentence about them
COMMON = 5.0  # nothing but words that plain pages use too
EDGE = 4.0  # advertisements are put before a clause or after it
PARAGRAPH = 5.0  # and before a paragraph most of all
LISTED = 8.0  # but not into a list or between quotation marks
NAMED = 8.0  # so does a Latin name that stands by a word of the trade
DIGIT = 3.0  # a number behind a word of the trade: what it pays, or whom to call
LONGEST_NUMBER = 13  # digits
BEYOND = 9.0  # an advertisement ends with what it offers
ALIEN = 12.0  # the same of hanzi that are never seen side by side: pinnacle平博
SITE = 9.0  # a clause begins with what names a site, and goes on as if it had not
ALIAS = 6.0  # a Latin name with its transcription: williamhill英国威廉希尔
MOST_FOR_PLACE = 2 * EDGE + PARAGRAPH + ALIEN + SITE + NAMED

LEAST_ALIAS, LONGEST_ALIAS = 2, 4  # hanzi beside a Latin name
REACH = 20  # characters that an advertisement may go beyond its suspects, either way
SETTLE = 5  # characters after which a reading has forgotten the cut before it
MOST_SUSPECTS = 4000  # of one page; what has more is spam, and judged elsewhere
REPEATED = 4  # characters that tell a second copy
NEVER = 1e9

_SOUNDS = (
    "阿埃艾爱安奥巴拜班邦贝本比彼宾波伯博布查达戴丹德登迪蒂丁杜多恩尔法菲费芬弗福盖戈格古哈海汉豪赫霍基吉加贾杰金卡凯坎康考科克肯库"
    "拉莱兰朗劳勒雷里利立丽莉林琳卢鲁伦罗洛马玛迈麦曼梅门蒙米密摩莫姆穆纳奈南内尼涅宁纽努诺欧帕潘庞佩皮普齐奇乔切琴热荣茹萨塞桑瑟森"
    "沙尚绍舍圣施史舒斯丝苏索塔泰坦汤特提廷图托瓦万旺威韦维温文沃乌西希夏谢辛休雅亚扬耶伊因英尤约泽詹扎珍朱兹佐廉必赢胜京葡皇冠凤凰永盈鑫宝"
)
SOUNDS = frozenset(_SOUNDS)
_ALIAS = re.compile(rf"[a-z][a-z0-9]{{2,20}}[\u3400-\u9fff]{{0,3}}[{_SOUNDS}]{{3}}")

_BESIDE_LATIN = re.compile(r"(?P<latin>[a-z][a-z0-9]{2,20})(?P<hanzi>[\u3400-\u9fff]{2,12})")
_SITE = re.compile(r"官网|官方网|官方版|官方下载|登[录陆]|入口|注册|网页版|手机版|app|下载|全站|网址|[(]中国[)]")
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
_EDGES = MARKS - {'"'}
_VERBS = (
    "组织|公布|提供|利用|通过|用户|宣布|上线|成为|开展|推动|建设|实现|进行|联合|打击|举办|参加|使用|采用|发布|推出|表示|介绍|显示"
    "|作为|位于|成立|举行|召开|启动|迎来|开放|负责|管理|消息|创始|提醒|要求|认为|获得|拥有|直播|报道|称"
)
_GRAMMAR = re.compile(f"[的了是在和与或及等后为将被把以由其这那并而也都就从对向于之请该您我他她它已曾不可能]|{_VERBS}")
_PREDICATE = re.compile(f"[的了是在和与或及等后为将被把由也都已曾可能应须需]|{_VERBS}")
# What a body does to what it names: 打掉赌博平台3个.
_DONE_TO = re.compile(
    "打掉|捣毁|端掉|查处|查封|取缔|关停|开设|搭建|经营|运营|参与|涉嫌|从事|沉迷|登录|访问|加入|名为|叫做|所谓"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch that reads better as advertising, by `gain` nats beyond the prior."""

    start: int
    end: int
    gain: float


def cut_adverts(text: str) -> list[Edit]:
    """The edits that cut advertising out of `text`; what may be some is marked and kept.

    A mark is an edit whose text equals what stands there, with a confidence below 1.
    """
    folded = fold(text)
    spliced = [
        Edit(start, end, "" if sure else text[start:end], KIND, 1.0 if sure else UNSURE)
        for start, end, sure in (*find_spliced(text, folded), *find_pitches(folded))
    ]
    return _joined(spliced, _judged(text, folded)) if spliced else _judged(text, folded)


def _joined(spliced: list[Edit], judged: list[Edit]) -> list[Edit]:
    """Both kinds of cuts, one where they overlap or touch; marks that touch a cut go with it or give way."""
    joined: list[Edit] = []
    for edit in sorted([*spliced, *judged], key=lambda edit: (edit.start, edit.end)):
        last = joined[-1] if joined else None
        if last is None or edit.start > last.end or (edit.start == last.end and (edit.text or last.text)):
            joined.append(edit)
        elif not edit.text and last.text:
            joined[-1] = edit
        elif not edit.text:
            joined[-1] = Edit(last.start, max(last.end, edit.end), "", KIND)
    return joined


def _judged(text: str, folded: str) -> list[Edit]:
    """The cuts and marks around suspects, each weighed as body and as advertising."""
    weighed = _weighed(text, folded)
    plain = sum(found.gain < MARKED and _has_strong(folded, found) for found in weighed)
    topical = plain >= TOPICAL and plain * 2 >= len(weighed)
    quotes = is_about_fraud(folded)
    pairs = _counted(folded, [found for found in weighed if found.gain >= MARKED])
    copies = Counter(folded[found.start : found.end] for found in weighed)
    edits: list[Edit] = []
    for found in weighed:
        if found.gain < MARKED or (edits and found.start < edits[-1].end):
            continue
        stretch = folded[found.start : found.end]
        known = topical or _known(pairs, stretch, copies[stretch]) or _is_subject(folded, stretch)
        sure = found.gain >= _threshold(text, folded, found) + KNOWN * known
        sure = sure and not is_of_page(text, folded, found.start, found.end, intrudes=_intrudes(folded, found))
        if sure and not trade().word.sub("", stretch):  # nothing but words of the trade
            sure = not is_spoken_of(folded, found.start, found.end)
        sure = sure and not (quotes and not trade().any_latin.search(stretch))
        if not sure and _is_plain(text, folded, found):
            continue
        end = _second_copy(folded, found) if sure else found.end
        kept = "" if sure else text[found.start : end]
        edits.append(Edit(found.start, end, kept, KIND, 1.0 if sure else UNSURE))
    return edits


def _weighed(text: str, folded: str) -> list[Found]:
    """The best stretch around each suspect, in order, not overlapping."""
    weighed: list[Found] = []
    scale: _Scale | None = None
    done = 0
    for suspect in islice(_suspects(text, folded), MOST_SUSPECTS):
        if suspect.low < done:
            continue
        scale = scale or _Scale(text, folded)
        found = scale.weigh(suspect, done)
        if found is not None:
            weighed.append(found)
            done = found.end if found.gain >= MARKED else suspect.high
    return weighed


def _suspects(text: str, folded: str) -> Iterator[Suspect]:
    """As `find_suspects`, which looks closely and takes its time, asked only of sentences that might hold one."""
    done = 0
    ends = {"\n": -1, "。": -1}  # the next of each: looked for again only when it is passed, a line may be all there is
    for place in _places(folded):
        if place < done:
            continue
        for mark, end in ends.items():
            if end < place:
                found_at = text.find(mark, place)
                ends[mark] = found_at if found_at >= 0 else len(text)
        start = max(text.rfind("\n", done, place), text.rfind("。", done, place), done - 1) + 1
        done = min(*ends.values(), len(text) - 1) + 1
        for found in find_suspects(text[start:done], folded[start:done]):
            yield Suspect(found.start + start, found.end + start, found.low + start, found.high + start)


def _places(folded: str) -> Iterator[int]:
    """Where a Latin word begins, or words of the trade do that no plain page would have; in order."""
    codes = codes_of(folded)
    letters = numpy.flatnonzero((codes >= ord("a")) & (codes <= ord("z")))
    words = trade()
    places = [
        match.start()
        for match in words.word.finditer(folded)
        if match[0] not in words.places and words.suspect.match(folded, match.start())
    ]
    ends = numpy.flatnonzero(numpy.diff(letters, prepend=-2) > 1)  # the first of each row of letters
    yield from numpy.sort(numpy.concatenate((letters[ends], numpy.array(places, dtype=numpy.int64)))).tolist()


class _Scale:
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
        gain = EDGE * ((before in _EDGES) + (after in _EDGES)) + PARAGRAPH * (before == "\n")
        gain += ALIAS * bool(_ALIAS.search(self._folded, start, end)) if not self._is_alien_alias(start, end) else ALIEN
        if (before == "\n" or before in _EDGES) and _SITE.search(self._folded, start, end):
            gain += SITE * _goes_on(self._folded, end)
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


def _goes_on(folded: str, end: int) -> bool:
    """Whether a clause begins behind a site as if it had not been named."""
    if not (HANZI.match(folded, end) or _DATE.match(folded, end)):
        return False
    return not (_SITE_DOES.match(folded, end) or _PREDICATE.match(folded, end))


def _intrudes(folded: str, found: Found) -> bool:
    """Whether a clause begins with what names a site, and goes on as if it had not, so clearly that none is meant."""
    begins = (folded[found.start - 1 : found.start] or "\n") in _EDGES
    site = _SITE.search(folded, found.start, found.end) is not None
    return begins and site and found.gain > CLEARLY and _goes_on(folded, found.end)


def _has_strong(folded: str, found: Found) -> bool:
    return not trade().strong.isdisjoint(trade().word.findall(folded, found.start, found.end))


def _is_plain(text: str, folded: str, found: Found) -> bool:
    """True where the stretch is made of words that plain pages use too."""
    return not (_has_strong(folded, found) or _names(text, folded, found))


def _threshold(text: str, folded: str, found: Found) -> float:
    """The gain from which a stretch is cut on a page that does not name the same thing elsewhere."""
    stretch = folded[found.start : found.end]
    words = trade().word.findall(stretch)
    grammar = len(_GRAMMAR.findall(trade().word.sub(" ", stretch)))
    subject = bool(_PREDICATE.match(folded, found.end))  # what follows lacks its subject without the stretch
    plain = _is_plain(text, folded, found)
    heap = len(words) >= HEAP and not subject
    done_to = bool(_DONE_TO.search(folded[max(0, found.start - 2) : found.start + 1]))
    return SURE + UNGRAMMATICAL * (grammar + subject + done_to) + COMMON * (plain and not heap)


def _second_copy(folded: str, found: Found) -> int:
    """The end of the stretch, or of its second copy where it was put there twice."""
    stretch = folded[found.start : found.end]
    length = stretch.find(stretch[:REPEATED], 1)
    length = len(stretch) if length < 0 else length
    once = stretch[:length]
    return max(found.end, found.start + 2 * length) if folded.startswith(once, found.start + length) else found.end


def _names(text: str, folded: str, found: Found) -> bool:
    """True where the stretch has a Latin word of the trade, or a grown one with more than itself."""
    for match in trade().any_latin.finditer(folded, found.start, found.end):
        if match[0] in trade().latin or sells(text, folded, *match.span()):
            return True
        if match[0] != folded[found.start : found.end] and is_grown(text, *match.span()):
            return True
    return False


def _word_cost(word: str, body: float) -> float:
    """A word of the trade as advertising, given what it costs as body."""
    if word in trade().strong:
        return max(STRONG_WORD, body - STRONG_GAIN)
    return max(WEAK_WORD, body - WEAK_GAIN)


def _is_subject(folded: str, stretch: str) -> bool:
    """True where the page says of the Latin name in a stretch what it is or does: oppo发布了新机."""
    for match in trade().any_latin.finditer(stretch):
        at = folded.find(match[0]) if match[0] not in trade().latin else -1
        while at >= 0:
            if _PREDICATE.match(folded, at + len(match[0])):
                return True
            at = folded.find(match[0], at + 1)
    return False


def _counted(folded: str, weighed: list[Found]) -> Counter[str]:
    """How often each pair of neighbours in the stretches stands on the whole page."""
    stretches = [folded[found.start : found.end] for found in weighed]
    pairs = sorted({stretch[at : at + 2] for stretch in stretches for at in range(len(stretch) - 1)})
    if not pairs:
        return Counter()
    codes = codes_of(folded).astype(numpy.uint64)
    wanted = numpy.array([ord(pair[0]) << 32 | ord(pair[1]) for pair in pairs], dtype=numpy.uint64)
    rows, known = rows_of(codes[:-1] << numpy.uint64(32) | codes[1:], wanted)
    counts = numpy.bincount(rows[known], minlength=len(pairs))
    return Counter(dict(zip(pairs, counts.tolist(), strict=True)))


def _known(pairs: Counter[str], stretch: str, copies: int) -> bool:
    """True where the page speaks of the same thing elsewhere: pairs of hanzi that are no words of the trade."""
    named = trade().word.sub(" ", stretch)
    own = [named[at : at + 2] for at in range(len(named) - 1)]
    own = [pair for pair in own if HANZI.match(pair) and HANZI.match(pair, 1)]
    if not own:
        return False
    return sum(pairs[pair] > copies * stretch.count(pair) for pair in own) * 2 > len(own)
