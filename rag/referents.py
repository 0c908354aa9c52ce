"""What a question speaks of, and what 它, 该项目 or 那里 in the next one stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from index.fold import fold
from index.places import SCOPE_RANK, Gazetteer, PlaceMention
from index.times import TimeMention, find_times

POLITE = re.compile(r"^(?:请问|我想问|我想知道|麻烦问一下|你好)[,、\s]*")
CUE = re.compile(r"^(?:那么|那(?![个些位家里边座条名])|然后|还有(?!哪|什么|多)|另外|此外|再问|顺便问一下|对了)[,、\s]*")
# Where what is asked begins; before it stands what it is asked of.
PREDICATE = re.compile(
    r"(?:分别|各|一共|总共|共|都|主要|具体|目前|现在|将|要|会)?(?:是什么|是多少|是谁|是哪|是怎|是如何|是否|是不是|指的?是|有哪|有什么|有何|有多|有几|有没有|有怎|"
    r"包括|包含|怎么|怎样|如何|为什么|为何|什么|何时|多少|多大|多长|多高|几|哪|谁|在哪|位于|属于|吗|能否|可以)"
)
_VERBS = (
    "引进|招引|引入|新增|完成|建成|建设|打造|推进|开展|举办|获得|获评|成立|创办|出生|毕业|去世|逝世|建立|发生|发行|上映|出版|加入|担任|投入|投资|"
    "服务|解决|安排|实现|释放|发布|开放|启动|涉及|组织|推动|采取|提出|从事|供奉着|分布|栖息|主打|应用|做|搞|叫|于|为|因为?|被|由|将|要|会|把|从|比"
)
ACTION = re.compile(rf"了|过|(?:{_VERBS})$")
_TRAILING_ACTION = re.compile(rf"(?:{_VERBS}){{1,6}}+(?:了|过)?$")
_END_OF_NAME = re.compile(r"[,.。?是在于的有由被将从对与和]|" + PREDICATE.pattern)
LONGEST_NAME = 40  # characters
_PLACE_PRONOUN = re.compile(
    r"(?<!其)它们?(?!人)|该(?:街道办?|区|市|镇|县|地区?|地方|单位)|(?:这|那)(?:个|座)?(?:街道办?|地方|城市|区(?!别)|镇|县(?!令))|这里|那里|那儿|这儿|当地|本街道"
)
_PRONOUN = re.compile(r"他们?(?!人)|她们?|其(?!中|他|它|实|次|余)")
_NOUN_PRONOUN = re.compile(
    r"(?:该|这一?个?|那一?个?|此|上述|这项|那项|这家|那家|这座|那座|这份|那份|这部|那部|这位|那位|这所|那所|这条|那条|这些|那些)"
    r"(?P<noun>项目|工程|计划|方案|公司|企业|学校|医院|机构|组织|活动|平台|系统|中心|小区|社区|片区|园区|模式|机制|措施|政策|规划|意见|文件|"
    r"报告|协会|球队|球员|比赛|电影|小说|书|歌曲|专辑|节目|人|作家|演员|歌手|女演员|大学|建筑|车站|线路|河流|岛|物种|动物|植物|产品|理论|事件|战役|会议)(?!文)"
)
# What may stand before a pronoun: behind a subject of its own a pronoun looks back to that.
_BEFORE_PRONOUN = re.compile(
    r"(?:请问|那么?|在|对于?|关于|为什么|为何|什么时候|何时|谁|多少人?|有多少|参与|参加|根据|按照|除了|从|由|被|把|给|与|和|跟|同|比|到|以|"
    r"[哪有]?些|还有|另外|[,\s])*+"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """A question and what limits it."""

    text: str
    folded: str
    places: tuple[PlaceMention, ...]
    times: tuple[TimeMention, ...]
    community: str  # a 社区 or 村, too small to limit a question but somewhere that 那里 can mean

    def without_scope(self) -> str:
        """The question without its places and times."""
        spans = sorted([(m.start, m.end) for m in self.places] + [(m.start, m.end) for m in self.times])
        kept, done = [], 0
        for start, end in spans:
            kept.append(self.text[done : max(start, done)])
            done = max(done, end)
        return "".join([*kept, self.text[done:]])

    def place(self) -> str:
        """Its places in full, joined as a list: 东门街道和南湖街道."""
        return listed([mention.full_name for mention in _narrowest(self.places)])

    def time(self) -> str:
        """Its times as they stand."""
        return listed([self.text[mention.start : mention.end] for mention in self.times])


def parts_of(question: str, gazetteer: Gazetteer, today: date) -> Parts:
    found = gazetteer.find(question)
    places = tuple(mention for mention in found if gazetteer.rank(mention.full_name) <= SCOPE_RANK)
    community = next((m.full_name for m in found if gazetteer.rank(m.full_name) > SCOPE_RANK), "")
    return Parts(question, fold(question), places, tuple(find_times(question, today)), community)


def with_referents(asked: Parts, earlier: Parts, answer: str) -> str:
    """The question with what its pronouns stand for."""
    for form, refer in ((_NOUN_PRONOUN, _thing), (_PLACE_PRONOUN, _place_or_entity), (_PRONOUN, _person)):
        found = form.search(asked.folded)
        if found is None or not _BEFORE_PRONOUN.fullmatch(asked.folded[: found.start()]):
            continue
        named = refer(found, earlier, answer)
        if not named:
            return asked.text
        owned = found.group() == "其" and not asked.folded.startswith("的", found.end())
        return asked.text[: found.start()] + named + ("的" if owned else "") + asked.text[found.end() :]
    return asked.text


def _thing(pronoun: re.Match[str], earlier: Parts, answer: str) -> str:
    """该项目: the name that ends so, else the topic, else the noun in the earlier place and time."""
    noun = pronoun["noun"]
    named = _ending_in(noun, earlier)
    if named or subject_of(earlier):
        return named or topic_of(earlier)
    return f"{limits_of(earlier)}的{noun}" if limits_of(earlier) else _entity(earlier, answer)


def _place_or_entity(pronoun: re.Match[str], earlier: Parts, answer: str) -> str:
    if not earlier.place() and earlier.community:
        return earlier.community
    return earlier.place() or _entity(earlier, answer if pronoun.group().startswith("它") else "")


def _person(pronoun: re.Match[str], earlier: Parts, answer: str) -> str:
    return _entity(earlier, answer) or earlier.place()


def _ending_in(noun: str, earlier: Parts) -> str:
    """The name in the earlier question that ends in `noun`: 该项目 → 八卦岭产业园城市更新项目."""
    found = re.search(rf"[^,。?、;:\s]{{1,30}}?{noun}", earlier.folded)
    if not found or PREDICATE.search(found.group()):
        return ""
    return earlier.text[found.start() : found.end()].removeprefix("请问")


def limits_of(earlier: Parts) -> str:
    return earlier.place() + earlier.time()


def topic_of(earlier: Parts) -> str:
    """What the earlier question asks something of, with its place and time: 莲塘街道2024年的口岸计划."""
    subject = subject_of(earlier)
    limits = limits_of(earlier)
    if not subject or not limits:
        return subject or limits
    joint = "" if earlier.text.startswith(limits + subject) else "的"
    return limits + joint + subject


def subject_of(earlier: Parts) -> str:
    """The noun that the earlier question is about, without its scope; nothing where that is an action."""
    rest = earlier.without_scope()
    for opening in (POLITE, CUE):
        found = opening.match(fold(rest))
        rest = rest[found.end() :] if found else rest
    rest = rest.lstrip("的,，、在 ")
    predicate = PREDICATE.search(fold(rest))
    subject = rest[: predicate.start()] if predicate else rest.rstrip("?？。!！ ")
    subject = re.split(r"[,，。；;:：]", subject)[-1]
    subject = re.sub(r"(?:的|是|有|在){1,4}$", "", subject)
    if len(subject) < 2 or ACTION.search(fold(subject)) or len(subject) > 30:
        return ""
    return subject


def _entity(earlier: Parts, answer: str) -> str:
    """Whom or what a pronoun stands for: the short answer to 谁, else what the earlier question begins with."""
    short = answer.strip("。 ").removeprefix("是")
    if re.search(r"谁|哪位|哪个人|哪一位|哪家|哪个", earlier.folded) and 2 <= len(short) <= 15:
        return short
    who = re.match(r"(?:请问)?是?谁(?P<did>[^?,.。]{2,30})\??$", earlier.folded)
    if who:
        return earlier.text[who.start("did") : who.end("did")] + "的人"
    rest = earlier.text
    if earlier.times and earlier.times[0].start == 0:
        rest = rest[earlier.times[0].end :].lstrip(",，的 ")
    rest = rest.removeprefix("请问").lstrip(" ,，")
    title = re.match(r"《[^》]+》|“[^”]+”|「[^」]+」", rest)
    if title:
        return title.group()
    end = _END_OF_NAME.search(fold(rest[1:]))
    name = rest[: end.start() + 1] if end else rest
    name = re.sub(r"\d{2,4}年.*$", "", name[:LONGEST_NAME])
    name = name[: len(fold(name)) - len(found.group())] if (found := _TRAILING_ACTION.search(fold(name))) else name
    return name if 2 <= len(name) <= 20 else ""


def _narrowest(places: Sequence[PlaceMention]) -> list[PlaceMention]:
    """Places without those that only say where the next one lies."""
    ends = {mention.start for mention in places}
    return [mention for mention in places if mention.end not in ends] if len(places) > 1 else list(places)


def listed(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(filter(None, names)))
    return "、".join(names[:-1]) + ("和" if len(names) > 1 else "") + (names[-1] if names else "")
