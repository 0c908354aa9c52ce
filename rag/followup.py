"""A question that leans on the questions before it, rewritten so that it stands alone: by rule, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from index.fold import fold
from index.places import Gazetteer, dictionary
from index.times import find_times
from rag.referents import (
    ACTION,
    CUE,
    POLITE,
    PREDICATE,
    Parts,
    limits_of,
    listed,
    parts_of,
    subject_of,
    topic_of,
    with_referents,
)
from rag.types import Turn

REMEMBERED = 64  # exchanges that are looked back upon
SHORT = 18  # characters; a longer question without a name of its own says enough by itself

_TAIL = re.compile(r"(?:又|则|也)?(?:呢|吗|吧|嘛|怎么样|怎样|如何|情况如何|的情况|是什么样的?)?[?.。!\s]{0,8}$")
_FILLER = re.compile(
    r"^(?:换成|换作|换为|如果是|要是|假如是|改成|改为|至于|对于|关于|同样|也|又|是|在|和|与|跟|同|比|相比|的|、|,|呢|吗|情况|一样|方面|之前|说|看|"
    r"到|了|再|我|问|年|期间|时|以来|街道办|办事处|[是有]?多少|是几|如何|怎样|怎么样)*+$"
)
_SAME_YEAR = re.compile(r"^(?:那么?)?在?(?:同一年|同年|当年|那一年|那年|该年|这一年)(?:里|间|度)?[,\s]*")
_COMPARES = re.compile(r"^(?:那么?)?(?:和|与|跟|同|比|较).{0,24}(?:相比|比起来|比较|对比|比呢|比)")
_FRAME = re.compile("计划|措施|目标|情况|工作|任务|成效|安排|打算|规划|方案|问题|数量|面积|金额")
_RELATIVE_YEAR = re.compile(r"(?P<before>前一年|上一年|头一年)|(?P<after>后一年|次年|下一年|第二年|翌年)")
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
    r"《[^》]{1,60}》|“[^”]{1,60}”|[A-Za-z]{2,60}|\d{2,40}(?!年|月|日|家|个)|[\u4e00-\u9fff]·[\u4e00-\u9fff]|"
    r"[\u4e00-\u9fff]{2}(?:学校|学院|大学|中学|小学|医院|公司|集团|工程|片区|社区|口岸|公园|大厦|广场|花园|小区|村|书院|步行街|指挥部|协会|产业园|"
    r"工业区|车站|项目|银行|大道|机场)"
)


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
        if joined != rest:
            return joined
        return _completed(parts_of(rest, gazetteer, today), parts_of(before, gazetteer, today))
    asked, earlier = parts_of(question, gazetteer, today), parts_of(before, gazetteer, today)
    core, cued = _core(asked)
    shifted = _shifted_year(core, earlier)
    if shifted:
        return _asking(_with_time(earlier, shifted))
    scoped = bool(asked.places or asked.times)
    if scoped and _COMPARES.match(asked.folded) and not _NAMED.search(core):
        return _asking(_beside(asked, earlier))
    if scoped and _FILLER.match(core):
        return _asking(_replaced(asked, earlier))
    resolved = with_referents(asked, earlier, answer)
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


def _core(asked: Parts) -> tuple[str, bool]:
    """What a question says beside its scope and its particles, and whether it opens like an afterthought."""
    rest = POLITE.sub("", fold(asked.without_scope()))
    cue = CUE.match(POLITE.sub("", asked.folded))
    rest = CUE.sub("", rest)
    if _is_bare_particle(asked.folded):
        rest = _TAIL.sub("", rest)
    return rest.strip(" ?.。!,"), cue is not None


def _is_bare_particle(folded: str) -> bool:
    """Whether a question ends in 呢 or 怎么样 and asks nothing else: 那2023年呢？"""
    return re.search(r"(?:呢|怎么样|怎样|如何|情况|吧)[?.。!\s]{0,8}$", folded) is not None


def _shifted_year(core: str, earlier: Parts) -> str:
    """前一年 counted from the year that was asked before: the new time, or nothing."""
    found = _RELATIVE_YEAR.match(core)
    single = [mention.years[0] for mention in earlier.times if len(mention.years) == 1]
    if not found or not single or not _FILLER.match(core[found.end() :]):
        return ""
    return f"{single[-1] - 1 if found['before'] else single[-1] + 1}年"


def _replaced(asked: Parts, earlier: Parts) -> str:
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


def _time_text(asked: Parts) -> str:
    """The times of a question, 去年 as a year."""
    named = [
        f"{m.years[0]}年"
        if m.kind == "relative" and len(m.years) == 1 and m.end - m.start <= 3
        else asked.text[m.start : m.end]
        for m in asked.times
    ]
    return listed(named)


def _with_time(earlier: Parts, time: str) -> str:
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


def _found_again(text: str, earlier: Parts) -> list[tuple[int, int]]:
    spans, at = [], 0
    for mention in earlier.places:
        written = earlier.text[mention.start : mention.end]
        found = text.find(written, at)
        if found >= 0:
            spans.append((found, found + len(written)))
            at = found + len(written)
    return spans


def _beside(asked: Parts, earlier: Parts) -> str:
    """The earlier question with the later one's place or time beside its own: 和2023年相比呢？"""
    if asked.times and not asked.places:
        own = earlier.time()
        return _with_time(earlier, listed([own, _time_text(asked)] if own else [_time_text(asked)]))
    own = earlier.place()
    spans = [(mention.start, mention.end) for mention in earlier.places]
    return _put(earlier.text, spans, listed([own, asked.place()] if own else [asked.place()]), 0)


def _in_time_of(resolved: str, asked: Parts, earlier: Parts) -> str:
    """A resolved question keeps the time of the one before where it names none of its own."""
    if asked.times or not earlier.times or earlier.time() in resolved:
        return resolved
    place = earlier.place()
    at = resolved.find(place) if place else -1
    if at < 0:
        return resolved
    return resolved[: at + len(place)] + earlier.time() + resolved[at + len(place) :]


def _is_aspect(asked: Parts, core: str) -> bool:
    """Whether a question only names another thing to say the same of: 那招商呢？"""
    return (
        re.search(r"呢[?.。!\s]{0,8}$", asked.folded) is not None
        and len(core) <= 12
        and PREDICATE.search(core) is None
        and not _FILLER.match(core)
    )


def _of_aspect(core: str, earlier: Parts) -> str:
    """The earlier question asked of another thing: 口岸计划是什么, 招商 → 招商计划是什么."""
    core = re.sub(r"(?:方面|的情况|情况|的)$", "", core)
    rest = earlier.without_scope().lstrip("的,，、 ")
    folded = fold(rest)
    predicate = PREDICATE.search(folded)
    frame = _FRAME.search(folded)
    start = limits_of(earlier) + ("的" if limits_of(earlier) else "") + core
    if frame and predicate and frame.start() < predicate.start():
        return start + (rest[predicate.start() :] if core.endswith(frame.group()) else rest[frame.start() :])
    if predicate and predicate.start() and not ACTION.search(folded[: predicate.start()]):
        return start + rest[predicate.start() :]
    return start + "情况如何"


def _leans(asked: Parts, core: str, cued: bool) -> bool:
    """Whether a question cannot be understood without the one before it."""
    if asked.places:
        return cued and not asked.times
    if cued:
        return True
    if _NAMED.search(core):
        return False
    return any(opening.match(core) and len(core) <= longest for opening, longest in _OPENINGS)


def _is_of_field(asked: Parts, core: str, earlier: Parts) -> bool:
    """Whether a question names a field of work and no place, after one that named a place."""
    known = bool(earlier.places) and not asked.places and _FIELD.match(core) is not None
    return known and len(core) <= SHORT and not _NAMED.search(core)


def _completed(asked: Parts, earlier: Parts) -> str:
    """The question behind the subject of the earlier one, in its place and time."""
    rest = asked.text
    for opening in (POLITE, CUE):
        found = opening.match(fold(rest))
        rest = rest[found.end() :] if found else rest
    if asked.places:
        after = max(m.end for m in asked.places) - (len(asked.text) - len(rest))
        return rest[:after] + earlier.time() + rest[after:] if earlier.times else rest
    if asked.times:
        return earlier.place() + rest if earlier.places else subject_of(earlier) + rest
    return topic_of(earlier) + rest


def _with_measure(question: str, earlier: Parts) -> str:
    """多少 with what was counted before, where the same is done again: 实际引进了多少 → 多少家企业."""
    ends = re.search(r"(?P<done>[\u4e00-\u9fff]{2})了?多少\??$", fold(question))
    counted = re.search(r"(?P<done>[\u4e00-\u9fff]{2})了?多少(?P<what>[^?,.]{1,12})\??$", earlier.folded)
    if not ends or not counted or ends["done"] != counted["done"]:
        return question
    return question.rstrip("?？") + earlier.text[counted.start("what") : counted.end("what")]


def _asking(question: str) -> str:
    """With a question mark at its end."""
    return question.rstrip(" ?？。!！") + "？"
