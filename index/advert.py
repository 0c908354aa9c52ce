"""Advertising that was put into the sentences of a page, cut out by how badly it fits.

Every clause with a suspect in it (a Latin name grown together with hanzi, the vocabulary of betting,
lending and cure-alls) is read twice: as body throughout, and as body with a stretch that comes from
another language, that of advertising. Both readings are weighed in nats (`index.likelihood` for the
body), so the stretch goes only where the sentence reads better without it and the stretch itself reads
worse as body than as advertising. No list of brands: names are what neither language knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from index.fold import fold
from index.likelihood import START, Likelihood, State
from index.offsets import Edit

KIND = "advert"

# Nats. What the advertising language asks for its parts.
STRONG_WORD = 3.0
WEAK_WORD = 4.5
LATIN_WORD = 3.0  # of the trade: casino, viagra
LATIN_NAME = 6.0
SOUND = 6.0  # a hanzi that transcribes foreign sounds
OTHER = 9.0
IN_THE_BODY_TOO = 3.0  # for each character: advertising speaks Chinese as well
# What the body asks for a Latin word.
LATIN_IN_BODY = 11.0
GROWN_LATIN_IN_BODY = 18.0  # one without a capital that has grown together with hanzi
KNOWN_LATIN = 4.0  # one that stands elsewhere on the page
PRIOR = 16.0  # advertising is rare
SURE = 8.0  # nats beyond the prior: cut; less is marked
KNOWN = 10.0  # the page names the same thing elsewhere
EDGE = 3.0  # advertisements are put before a clause or after it
PARAGRAPH = 5.0  # and before a paragraph most of all
GAP = 4  # characters between the suspects of one advertisement

REACH = 14  # characters that an advertisement may go beyond its suspects, either way
NEVER = 1e9
SETTLE = 5  # characters after which a reading has forgotten the cut before it

SOUNDS = frozenset(
    "阿埃艾爱安奥巴拜班邦贝本比彼宾波伯博布查达戴丹德登迪蒂丁杜多恩尔法菲费芬弗福盖戈格古哈海汉豪赫霍基吉加贾杰金卡凯坎康考科克肯库"
    "拉莱兰朗劳勒雷里利立丽莉林琳卢鲁伦罗洛马玛迈麦曼梅门蒙米密摩莫姆穆纳奈南内尼涅宁纽努诺欧帕潘庞佩皮普齐奇乔切琴热荣茹萨塞桑瑟森"
    "沙尚绍舍圣施史舒斯丝苏索塔泰坦汤特提廷图托瓦万旺威韦维温沃乌西希夏谢辛休雅亚扬耶伊因英尤约泽詹扎珍朱兹佐必赢胜京葡皇冠凤凰永盈鑫宝"
)

_CLAUSE = re.compile(r"[^,.;!?:\n\"<>]+")
_LATIN = re.compile(r"[a-z0-9]*[a-z][a-z0-9]*(?:[.\-][a-z0-9]+)*")
_HANZI = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a clause that reads better as advertising, by `gain` nats beyond the prior."""

    start: int
    end: int
    gain: float


def cut_adverts(text: str) -> list[Edit]:
    """The edits that cut advertising out of `text`; what may be some is marked and kept.

    A mark is an edit whose text equals what stands there, with a confidence below 1.
    """
    folded = fold(text)
    edits: list[Edit] = []
    reader: Likelihood | None = None
    for start, end, suspects in _suspicious(text, folded):
        reader = reader or Likelihood()
        found = _weigh(text, folded, start, end, suspects, reader)
        if found is None or found.gain <= 0:
            continue
        sure = found.gain - KNOWN * _known(folded, found) >= SURE
        edits.append(
            Edit(found.start, found.end, "", KIND)
            if sure
            else Edit(found.start, found.end, text[found.start : found.end], KIND, 0.5)
        )
    return edits


def _suspicious(text: str, folded: str) -> list[tuple[int, int, tuple[int, int]]]:
    """Suspects that stand close together: (start, end) of their clause and of the suspects themselves."""
    groups: list[tuple[int, int, tuple[int, int]]] = []
    for match in _words().suspect.finditer(folded):
        if not _suspect(text, folded, match):
            continue
        if groups and match.start() - groups[-1][2][1] <= GAP and match.start() < groups[-1][1]:
            start, end, (low, _) = groups[-1]
            groups[-1] = (start, max(end, match.end()), (low, match.end()))
            continue
        start = _clause_start(folded, match.start(), groups[-1][2][1] if groups else 0)
        clause = _CLAUSE.match(folded, match.start(), match.end() + CLAUSE_REACH)
        groups.append((start, max(clause.end() if clause else 0, match.end()), match.span()))
    return groups


CLAUSE_REACH = 60
_MARKS = frozenset(',.;!?:\n"<>')


def _clause_start(folded: str, at: int, done: int) -> int:
    """Where the clause begins, no earlier than `done`, the end of the suspects before it."""
    start = at
    while start > done and at - start < CLAUSE_REACH and folded[start - 1] not in _MARKS:
        start -= 1
    return start


def _suspect(text: str, folded: str, match: re.Match[str]) -> bool:
    """Words of the trade are suspects; a Latin word is one where it has grown together with hanzi, uncapitalised."""
    word = match[0]
    if _HANZI.search(word):
        return True
    if word in _words().latin:
        return _trade_in_latin(text, folded, match) or _is_grown(text, match.start(), match.end())
    return _is_grown(text, match.start(), match.end())


def _trade_in_latin(text: str, folded: str, match: re.Match[str]) -> bool:
    """True where another word of the trade stands beside this one, neither capitalised."""
    following = _LATIN.match(folded, match.end() + 1)
    return bool(following and following[0] in _words().latin and not text[match.start()].isupper())


LATIN_GOES_ON = frozenset("_-'’&/\\:.@")


def _is_grown(text: str, start: int, end: int) -> bool:
    """True for bet365 and williamhill amid hanzi without a space; not for iPhone, 5G, O2O, SOP or BOOMCOMIC."""
    word = text[start:end]
    letters = sum(character.isalpha() for character in word)
    if letters < 3 or len(word) < 5 or word != word.lower() or not word.isalnum():
        return False
    if _latin_goes_on(text[end : end + 2]) or _latin_goes_on(text[max(0, start - 2) : start][::-1]):
        return False
    return bool(_HANZI.match(text, end) or (start and _HANZI.match(text, start - 1)))


def _latin_goes_on(neighbours: str) -> bool:
    """Whether the two characters beside a Latin word, the nearer first, belong to more of it."""
    near, far = neighbours[:1], neighbours[1:]
    if near in LATIN_GOES_ON and near:
        return True
    letter = far if near == " " else near
    return letter.isalpha() and not _HANZI.match(letter)


def _weigh(text: str, folded: str, start: int, end: int, suspects: tuple[int, int], reader: Likelihood) -> Found | None:
    """The best stretch around the suspects, by what is gained when it is read as advertising."""
    low, high = max(start, suspects[0] - REACH), min(end, suspects[1] + REACH)
    start, end = max(start, low - SETTLE), min(end, high + SETTLE)
    tokens = _tokens(folded, start, end)
    states, costs = _body(text, folded, tokens, reader, START)
    best: Found | None = None
    firsts = [n for n, (a, _) in enumerate(tokens) if low <= a <= suspects[0]]
    lasts = [n for n, (_, b) in enumerate(tokens) if suspects[1] <= b <= high]
    for first in firsts:
        advert = _advert_costs(text, folded, tokens[first][0], tokens[lasts[-1]][1] if lasts else 0, reader)
        for last in lasts:
            a, b = tokens[first][0], tokens[last][1]
            whole = costs[min(len(tokens), last + 1 + SETTLE)] - costs[first]
            _, after = _body(text, folded, tokens[last + 1 : last + 1 + SETTLE], reader, states[first])
            gain = whole - after[-1] - advert.get(b, NEVER) - PRIOR + _place(folded, a, b)
            if best is None or gain > best.gain:
                best = Found(a, b, gain)
    return best


def _place(folded: str, start: int, end: int) -> float:
    """What the place of a stretch speaks for its being advertising: the edge of a clause, the head of a line."""
    before, after = folded[start - 1 : start] or "\n", folded[end : end + 1] or "\n"
    return EDGE * (before in _MARKS or after in _MARKS) + PARAGRAPH * (before == "\n")


def _known(folded: str, found: Found) -> bool:
    """True where the page speaks of the same thing elsewhere: pairs of hanzi that are no words of the trade."""
    stretch = folded[found.start : found.end]
    copies = folded.count(stretch)
    named = _words().any_trade.sub(" ", stretch)
    pairs = [named[at : at + 2] for at in range(len(named) - 1)]
    pairs = [pair for pair in pairs if _HANZI.match(pair) and _HANZI.match(pair, 1)]
    if not pairs:
        return False
    return sum(folded.count(pair) > copies * stretch.count(pair) for pair in pairs) * 2 > len(pairs)


def _tokens(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    """Single characters, and Latin words whole."""
    tokens = []
    at = start
    while at < end:
        match = _LATIN.match(folded, at, end)
        after = match.end() if match else at + 1
        tokens.append((at, after))
        at = after
    return tokens


def _body(
    text: str, folded: str, tokens: list[tuple[int, int]], reader: Likelihood, state: State
) -> tuple[list[State], list[float]]:
    """Read tokens as body: the state before each token and what all before it cost, with the end's as last."""
    states, costs = [state], [0.0]
    for start, end in tokens:
        if end - start > 1:
            state, cost = START, GROWN_LATIN_IN_BODY if _is_grown(text, start, end) else LATIN_IN_BODY
        else:
            state, gained = reader.step(state, folded[start])
            cost = -gained
        states.append(state)
        costs.append(costs[-1] + cost)
    return states, costs


def _advert_costs(text: str, folded: str, start: int, end: int, reader: Likelihood) -> dict[int, float]:
    """What [start, b) costs in the language of advertising, for each b up to `end` (shortest path over words)."""
    words = _words()
    best = {start: 0.0}
    state = START
    for at in range(start, end):
        state, gained = reader.step(state, folded[at])
        here = best.get(at)
        if here is None:
            continue
        character = folded[at]
        spelled = 2.0 if not character.isalnum() else SOUND if character in SOUNDS else OTHER
        steps = [(at + 1, min(spelled, IN_THE_BODY_TOO - gained))]
        for pattern in (words.trade, words.weak, words.any_latin):
            if match := pattern.match(folded, at, end):
                steps.append((match.end(), _word_cost(text, match)))
        for after, cost in steps:
            best[after] = min(best.get(after, NEVER), here + cost)
    return best


def _word_cost(text: str, match: re.Match[str]) -> float:
    words, word = _words(), match[0]
    if _HANZI.search(word):
        return STRONG_WORD if word in words.strong else WEAK_WORD
    if word in words.latin:
        return LATIN_WORD
    return LATIN_NAME if _is_grown(text, match.start(), match.end()) else LATIN_IN_BODY


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary of `data/advert.tsv`, folded."""

    strong: frozenset[str]
    latin: frozenset[str]
    suspect: re.Pattern[str]
    trade: re.Pattern[str]
    weak: re.Pattern[str]
    any_latin: re.Pattern[str]
    any_trade: re.Pattern[str]


@cache
def _words() -> Words:
    kinds: dict[str, list[str]] = {"strong": [], "ambiguous": [], "name": [], "weak": [], "place": [], "latin": []}
    for line in files("index").joinpath("data/advert.tsv").read_text(encoding="utf-8").splitlines():
        kind, word = line.split("\t")
        kinds[kind].append(fold(word))
    strong, ambiguous, weak = (_either(kinds[kind]) for kind in ("strong", "ambiguous", "weak"))
    any_word = f"(?:{_either(kinds['weak'] + kinds['name'] + kinds['ambiguous'])})"
    return Words(
        frozenset(kinds["strong"]),
        frozenset(kinds["latin"]),
        re.compile(
            f"{strong}|{_either(kinds['name'])}|(?:{ambiguous}){any_word}|{any_word}(?:{ambiguous})|{_LATIN.pattern}"
        ),
        re.compile(f"{strong}|{ambiguous}"),
        re.compile(_either(kinds["weak"] + kinds["name"] + kinds["place"])),
        _LATIN,
        re.compile("|".join((strong, ambiguous, _either(kinds["weak"] + kinds["name"] + kinds["place"])))),
    )


def _either(words: list[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
