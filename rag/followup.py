"""A question that leans on the questions before it, rewritten so that it stands alone: by rule, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from index.fold import fold
from index.places import SCOPE_RANK, Gazetteer, PlaceMention, dictionary
from index.times import TimeMention, find_times
from rag.types import Turn

REMEMBERED = 64  # exchanges that are looked back upon
SHORT = 18  # characters; a longer question without a name of its own says enough by itself

_POLITE = re.compile(r"^(?:请问|我想问|我想知道|麻烦问一下|你好)[,、\s]*")
_CUE = re.compile(
    r"^(?:那么|那(?![个些位家里边座条名])|然后|还有(?!哪|什么|多)|另外|此外|再问|顺便问一下|对了)[,、\s]*"
)
_TAIL = re.compile(r"(?:又|则|也)?(?:呢|吗|吧|嘛|怎么样|怎样|如何|情况如何|的情况|是什么样的?)?[?.。!\s]*$")
_FILLER = re.compile(
    r"^(?:换成|换作|换为|如果是|要是|假如是|改成|改为|至于|对于|关于|同样|也|又|是|在|和|与|跟|同|比|相比|的|、|,|呢|吗|情况|一样|方面|之前|说|看|"
    r"到|了|看看|再|我|问|年|期间|时|以来|街道办|办事处|[是有]?多少|是几|如何|怎样|怎么样)*$"
)
_SAME_YEAR = re.compile(r"^(?:那么?)?在?(?:同一年|同年|当年|那一年|那年|该年|这一年)(?:里|间|度)?[,\s]*")
_COMPARES = re.compile(r"^(?:那么?)?(?:和|与|跟|同|比|较).{0,24}(?:相比|比起来|比较|对比|比呢|比)")
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
    r"[哪有]?些|还有|另外|[,\s])*"
)
_FRAME = re.compile("计划|措施|目标|情况|工作|任务|成效|安排|打算|规划|方案|问题|数量|面积|金额")
_RELATIVE_YEAR = re.compile(r"(?P<before>前一年|上一年|头一年)|(?P<after>后一年|次年|下一年|第二年|翌年)")
# Where what is asked begins; before it stands what it is asked of.
_PREDICATE = re.compile(
    r"(?:分别|各|一共|总共|共|都|主要|具体|目前|现在|将|要|会)?(?:是什么|是多少|是谁|是哪|是怎|是如何|是否|是不是|指的?是|有哪|有什么|有何|有多|有几|有没有|有怎|"
    r"包括|包含|怎么|怎样|如何|为什么|为何|什么|何时|多少|多大|多长|多高|几|哪|谁|在哪|位于|属于|吗|能否|可以)"
)
_VERBS = (
    "引进|招引|引入|新增|完成|建成|建设|打造|推进|开展|举办|获得|获评|成立|创办|出生|毕业|去世|逝世|建立|发生|发行|上映|出版|加入|担任|投入|投资|"
    "服务|解决|安排|实现|释放|发布|开放|启动|涉及|组织|推动|采取|提出|从事|供奉着|分布|栖息|主打|应用|做|搞|叫|于|为|因为?|被|由|将|要|会|把|从|比"
)
_ACTION = re.compile(rf"了|过|(?:{_VERBS})$")
_TRAILING_ACTION = re.compile(rf"(?:{_VERBS})+(?:了|过)?$")
_END_OF_NAME = re.compile(r"[,.。?是在于的有由被将从对与和]|" + _PREDICATE.pattern)
# Openings without a subject, each with the length (characters) up to which a question has none.
_OPENINGS = (
    (
        re.compile(
            r"其中|具体|主要|分别|一共|总共|共|还有|还|都|又|也|后来|最后|最终|结果|为此|有(?:哪|什么|何|多少|几|没有)|什么时候|何时|怎么|怎样|如何|"
            r"多少|多大|多长|在哪|预计|计划(?!经济)|打算|准备|采取|引进|招引|引入|新增|完成|建成|打造|推进|开展|举办|获得|获评|成立|投入|用了|花了|"
            r"解决|实现|释放|涉及|推动|提出|做了|由谁|原因|目的|目标|措施|效果|成效|负责|总投资|投资|金额|规模|面积|人口|重点|任务|困难|同比|占比|"
            r"取得|达到|覆盖|惠及|培育|安置|盘活|落户|走访|办理|处理|查处|整治|发放|增长|下降|排名|排第|纳税|纳统|去化"
        ),
        18,
    ),
    (re.compile(r"谁|哪|为什么|为何|什么(?!是)|几|是谁|是哪|是什么|会|能"), 6),
)
# Fields of work that every place has: a question about one of them leans on the place before it.
_FIELD = re.compile(
    r"招商|引资|产业|经济|民生|党建|口岸|城管|市容|环境|安全|教育|医疗|养老|交通|企业|消费|旅游|财政|就业|住房|基层|治理|服务|营商|整治|人口|"
    r"城市更新|文化|体育|卫生|社会保障|救助|信访|消防|防汛|垃圾|绿化|项目|社区|商圈|楼宇|GDP|地区生产总值|生产总值"
)
_NAMED = re.compile(
    r"《[^》]+》|“[^”]+”|[A-Za-z]{2,}|\d{2,}(?!年|月|日|家|个)|[\u4e00-\u9fff]·[\u4e00-\u9fff]|"
    r"[\u4e00-\u9fff]{2,}(?:学校|学院|大学|中学|小学|医院|公司|集团|工程|片区|社区|口岸|公园|大厦|广场|花园|小区|村|书院|步行街|指挥部|协会|产业园|"
    r"工业区|车站|项目|银行|大道|机场)"
)


@dataclass(frozen=True, slots=True)
class _Parts:
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
        return _listed([mention.full_name for mention in _narrowest(self.places)])

    def time(self) -> str:
        """Its times as they stand."""
        return _listed([self.text[mention.start : mention.end] for mention in self.times])


def standalone(
    question: str,
    history: Sequence[Turn],
    gazetteer: Gazetteer | None = None,
    today: date | None = None,
) -> str:
    """`question` so that it stands alone, with what it takes over from `history` (oldest first).

    那2023年呢？ replaces the year, 南湖呢？ the place; 它 and 该街道 become what they stand for; a question
    without a subject takes the last one. A question that says enough stays exactly as it is.

    >>> standalone("那2023年呢？", [Turn("莲塘街道2024年的口岸计划是什么？", "")])
    '莲塘街道2023年的口岸计划是什么？'
    """
    gazetteer = gazetteer or dictionary()
    today = today or date.today()
    whole, answer = "", ""
    for turn in history[-REMEMBERED:]:
        whole, answer = _joined(turn.question, whole, answer, gazetteer, today), turn.answer
    return _joined(question, whole, answer, gazetteer, today)


def _joined(question: str, before: str, answer: str, gazetteer: Gazetteer, today: date) -> str:
    """One question after another: what the second takes over from the first."""
    if not before.strip() or not question.strip():
        return question
    same_year = _SAME_YEAR.match(fold(question))
    if same_year and find_times(before, today):
        rest = question[same_year.end() :]
        joined = _joined(rest, before, answer, gazetteer, today)
        return (
            joined if joined != rest else _completed(_parts(rest, gazetteer, today), _parts(before, gazetteer, today))
        )
    asked, earlier = _parts(question, gazetteer, today), _parts(before, gazetteer, today)
    core, cued = _core(asked)
    shifted = _shifted_year(core, earlier)
    if shifted:
        return _asking(_with_time(earlier, shifted))
    scoped = bool(asked.places or asked.times)
    if scoped and _COMPARES.match(asked.folded) and not _NAMED.search(core):
        return _asking(_beside(asked, earlier))
    if scoped and _FILLER.match(core):
        return _asking(_replaced(asked, earlier))
    resolved = _with_referents(asked, earlier, answer)
    if resolved != question:
        return _asking(_in_time_of(resolved, asked, earlier))
    if not core:
        return before
    if _is_aspect(asked, core):
        return _asking(_of_aspect(core, earlier))
    if _is_of_field(asked, core, earlier):
        time = "" if asked.times else earlier.time()
        return _asking(f"{earlier.place()}{time}{'' if asked.times else '的' if time else ''}{question}")
    if _leans(asked, core, cued):
        return _asking(_with_measure(_completed(asked, earlier), earlier))
    return question


def _parts(question: str, gazetteer: Gazetteer, today: date) -> _Parts:
    found = gazetteer.find(question)
    places = tuple(mention for mention in found if gazetteer.rank(mention.full_name) <= SCOPE_RANK)
    community = next((mention.full_name for mention in found if mention not in places), "")
    return _Parts(question, fold(question), places, tuple(find_times(question, today)), community)


def _core(asked: _Parts) -> tuple[str, bool]:
    """What a question says beside its scope and its particles, and whether it opens like an afterthought."""
    rest = _POLITE.sub("", fold(asked.without_scope()))
    cue = _CUE.match(_POLITE.sub("", asked.folded))
    rest = _CUE.sub("", rest)
    if _is_bare_particle(asked.folded):
        rest = _TAIL.sub("", rest)
    return rest.strip(" ?.。!,"), cue is not None


def _is_bare_particle(folded: str) -> bool:
    """Whether a question ends in 呢 or 怎么样 and asks nothing else: 那2023年呢？"""
    return re.search(r"(?:呢|怎么样|怎样|如何|情况|吧)[?.。!\s]*$", folded) is not None


def _shifted_year(core: str, earlier: _Parts) -> str:
    """前一年 counted from the year that was asked before: the new time, or nothing."""
    found = _RELATIVE_YEAR.match(core)
    single = [mention.years[0] for mention in earlier.times if len(mention.years) == 1]
    if not found or not single or not _FILLER.match(core[found.end() :]):
        return ""
    return f"{single[-1] - 1 if found['before'] else single[-1] + 1}年"


def _replaced(asked: _Parts, earlier: _Parts) -> str:
    """The earlier question with the place, the time or both of the later one."""
    text = earlier.text
    if asked.times:
        half = all(mention.kind == "half" for mention in asked.times)
        time = (earlier.time() if half and earlier.times else "") + _time_text(asked)
        text = _with_time(earlier, time)
    if asked.places:
        spans = [(m.start, m.end) for m in earlier.places]
        if asked.times:  # the text has changed: count again by searching for the places
            spans = _found_again(text, earlier)
        text = _put(text, spans, asked.place(), 0)
    return text


def _time_text(asked: _Parts) -> str:
    """The times of a question, 去年 as a year."""
    named = [
        f"{m.years[0]}年"
        if m.kind == "relative" and len(m.years) == 1 and m.end - m.start <= 3
        else asked.text[m.start : m.end]
        for m in asked.times
    ]
    return _listed(named)


def _with_time(earlier: _Parts, time: str) -> str:
    after_place = max((mention.end for mention in earlier.places), default=0)
    return _put(earlier.text, [(m.start, m.end) for m in earlier.times], time, after_place)


def _put(text: str, spans: Sequence[tuple[int, int]], new: str, otherwise: int) -> str:
    """`text` with `new` for everything from the first to the last span, or at `otherwise` where there is none."""
    if not spans:
        return text[:otherwise] + new + text[otherwise:]
    start, end = spans[0]
    for low, high in spans[1:]:
        if high - end > 24 or not _FILLER.match(fold(text[end:low])):
            break
        end = high
    return text[:start] + new + text[end:]


def _found_again(text: str, earlier: _Parts) -> list[tuple[int, int]]:
    spans, at = [], 0
    for mention in earlier.places:
        written = earlier.text[mention.start : mention.end]
        found = text.find(written, at)
        if found >= 0:
            spans.append((found, found + len(written)))
            at = found + len(written)
    return spans


def _beside(asked: _Parts, earlier: _Parts) -> str:
    """The earlier question with the later one's place or time beside its own: 和2023年相比呢？"""
    if asked.times and not asked.places:
        own = earlier.time()
        return _with_time(earlier, _listed([own, _time_text(asked)] if own else [_time_text(asked)]))
    own = earlier.place()
    spans = [(mention.start, mention.end) for mention in earlier.places]
    return _put(earlier.text, spans, _listed([own, asked.place()] if own else [asked.place()]), 0)


def _with_referents(asked: _Parts, earlier: _Parts, answer: str) -> str:
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


def _thing(pronoun: re.Match[str], earlier: _Parts, answer: str) -> str:
    """该项目: the name that ends so, else the topic, else the noun in the earlier place and time."""
    noun = pronoun["noun"]
    named = _ending_in(noun, earlier)
    if named or _subject(earlier):
        return named or _topic(earlier)
    return f"{_limits(earlier)}的{noun}" if _limits(earlier) else _entity(earlier, answer)


def _place_or_entity(pronoun: re.Match[str], earlier: _Parts, answer: str) -> str:
    if not earlier.place() and earlier.community:
        return earlier.community
    return earlier.place() or _entity(earlier, answer if pronoun.group().startswith("它") else "")


def _person(pronoun: re.Match[str], earlier: _Parts, answer: str) -> str:
    return _entity(earlier, answer) or earlier.place()


def _ending_in(noun: str, earlier: _Parts) -> str:
    """The name in the earlier question that ends in `noun`: 该项目 → 八卦岭产业园城市更新项目."""
    found = re.search(rf"[^,。?、;:\s]{{1,30}}?{noun}", earlier.folded)
    if not found or _PREDICATE.search(found.group()):
        return ""
    return earlier.text[found.start() : found.end()].removeprefix("请问")


def _in_time_of(resolved: str, asked: _Parts, earlier: _Parts) -> str:
    """A resolved question keeps the time of the one before where it names none of its own."""
    if asked.times or not earlier.times or earlier.time() in resolved:
        return resolved
    place = earlier.place()
    at = resolved.find(place) if place else -1
    if at < 0:
        return resolved
    return resolved[: at + len(place)] + earlier.time() + resolved[at + len(place) :]


def _is_aspect(asked: _Parts, core: str) -> bool:
    """Whether a question only names another thing to say the same of: 那招商呢？"""
    return (
        re.search(r"呢[?.。!\s]*$", asked.folded) is not None
        and len(core) <= 12
        and _PREDICATE.search(core) is None
        and not _FILLER.match(core)
    )


def _of_aspect(core: str, earlier: _Parts) -> str:
    """The earlier question asked of another thing: 口岸计划是什么, 招商 → 招商计划是什么."""
    core = re.sub(r"(?:方面|的情况|情况|的)$", "", core)
    rest = earlier.without_scope().lstrip("的,，、 ")
    folded = fold(rest)
    predicate = _PREDICATE.search(folded)
    frame = _FRAME.search(folded)
    start = _limits(earlier) + ("的" if _limits(earlier) else "") + core
    if frame and predicate and frame.start() < predicate.start():
        return start + (rest[predicate.start() :] if core.endswith(frame.group()) else rest[frame.start() :])
    if predicate and predicate.start() and not _ACTION.search(folded[: predicate.start()]):
        return start + rest[predicate.start() :]
    return start + "情况如何"


def _leans(asked: _Parts, core: str, cued: bool) -> bool:
    """Whether a question cannot be understood without the one before it."""
    if asked.places:
        return cued and not asked.times
    if cued:
        return True
    if _NAMED.search(core):
        return False
    return any(opening.match(core) and len(core) <= longest for opening, longest in _OPENINGS)


def _is_of_field(asked: _Parts, core: str, earlier: _Parts) -> bool:
    """Whether a question names a field of work and no place, after one that named a place."""
    known = bool(earlier.places) and not asked.places and _FIELD.match(core) is not None
    return known and len(core) <= SHORT and not _NAMED.search(core)


def _completed(asked: _Parts, earlier: _Parts) -> str:
    """The question behind the subject of the earlier one, in its place and time."""
    rest = asked.text
    for opening in (_POLITE, _CUE):
        found = opening.match(fold(rest))
        rest = rest[found.end() :] if found else rest
    if asked.places:
        after = max(m.end for m in asked.places) - (len(asked.text) - len(rest))
        return rest[:after] + earlier.time() + rest[after:] if earlier.times else rest
    if asked.times:
        return earlier.place() + rest if earlier.places else _subject(earlier) + rest
    return _topic(earlier) + rest


def _with_measure(question: str, earlier: _Parts) -> str:
    """多少 with what was counted before, where the same is done again: 实际引进了多少 → 多少家企业."""
    ends = re.search(r"(?P<done>[\u4e00-\u9fff]{2})了?多少\??$", fold(question))
    counted = re.search(r"(?P<done>[\u4e00-\u9fff]{2})了?多少(?P<what>[^?,.]{1,12})\??$", earlier.folded)
    if not ends or not counted or ends["done"] != counted["done"]:
        return question
    return question.rstrip("?？") + earlier.text[counted.start("what") : counted.end("what")]


def _limits(earlier: _Parts) -> str:
    return earlier.place() + earlier.time()


def _topic(earlier: _Parts) -> str:
    """What the earlier question asks something of, with its place and time: 莲塘街道2024年的口岸计划."""
    subject = _subject(earlier)
    limits = _limits(earlier)
    if not subject or not limits:
        return subject or limits
    joint = "" if earlier.text.startswith(limits + subject) else "的"
    return limits + joint + subject


def _subject(earlier: _Parts) -> str:
    """The noun that the earlier question is about, without its scope; nothing where that is an action."""
    rest = earlier.without_scope()
    for opening in (_POLITE, _CUE):
        found = opening.match(fold(rest))
        rest = rest[found.end() :] if found else rest
    rest = rest.lstrip("的,，、在 ")
    predicate = _PREDICATE.search(fold(rest))
    subject = rest[: predicate.start()] if predicate else rest.rstrip("?？。!！ ")
    subject = re.split(r"[,，。；;:：]", subject)[-1]
    subject = re.sub(r"(?:的|是|有|在)+$", "", subject)
    if len(subject) < 2 or _ACTION.search(fold(subject)) or len(subject) > 30:
        return ""
    return subject


def _entity(earlier: _Parts, answer: str) -> str:
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
    name = re.sub(r"\d{2,4}年.*$", "", name)
    name = name[: len(fold(name)) - len(found.group())] if (found := _TRAILING_ACTION.search(fold(name))) else name
    return name if 2 <= len(name) <= 20 else ""


def _narrowest(places: Sequence[PlaceMention]) -> list[PlaceMention]:
    """Places without those that only say where the next one lies."""
    ends = {mention.start for mention in places}
    return [mention for mention in places if mention.end not in ends] if len(places) > 1 else list(places)


def _listed(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(filter(None, names)))
    return "、".join(names[:-1]) + ("和" if len(names) > 1 else "") + (names[-1] if names else "")


def _asking(question: str) -> str:
    """With a question mark at its end."""
    return question.rstrip(" ?？。!！") + "？"
