"""The world written down: reports, plans, bulletins, news, notes, and a few reposts of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from eval.templates.world import YEARS, Attribute, Event, Fact, Profile, Unit, World, blocks, goldens, lines

SECTIONS = ("经济发展", "城区建设", "市容环境", "民生保障", "平安建设")
NUMERALS = "一二三四五六七八九十"
REPOSTED = ("half 青禾街道 2023", "half 沙田街道 2023")
DRAFTED = ("report 柳桥街道 2022", "report 茶山镇 2023")
LEADS = (
    "{year}年，{unit}围着群众的需要转，重点抓了下面几件事。",
    "过去的{year}年，{unit}日子紧、任务重，各项工作仍按期交了账。",
    "{unit}党工委书记{secretary}代表班子向居民代表报告{year}年的工作。",
)


@dataclass(frozen=True, slots=True)
class Page:
    """One file to write. `key` says what it is (report 柳桥街道 2023); `near` is the key of the page it repeats."""

    key: str
    text: str
    near: str | None = None


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A sentence that stands in one page only, its answer, and two questions that share no words with it."""

    page: str
    sentence: str
    answer: str
    questions: tuple[str, ...]


def stated(attribute: Attribute, value: str) -> str:
    """The plainest way to state a fact: 引进企业47家."""
    return f"{attribute.verb}{attribute.object}{value}{attribute.measure}"


def read_topic_lines() -> list[TopicLine]:
    """The lines of topics.txt, each with the key of its page."""
    found = []
    for number, (_, body) in enumerate(blocks("topics.txt")):
        for line in body:
            sentence, answer, *questions = line.split("|")
            found.append(TopicLine(f"news {number}", sentence, answer, tuple(questions)))
    return found


def write_pages(world: World, seed: int) -> list[Page]:
    """All pages of the world, in a fixed order."""
    random = Random(seed + 1)
    pages = [_report(world, random, unit, year) for unit in world.units for year in YEARS]
    pages += [_plan(world, random, unit) for unit in world.units]
    pages += _news(world, random)
    pages += _half_years(world)
    pages += _districts(world)
    pages += _bulletins(world)
    pages += [_profile(world, profile) for profile in world.profiles]
    return pages + _repeated({page.key: page for page in pages})


def _report(world: World, random: Random, unit: Unit, year: int) -> Page:
    key = f"report {unit.name} {year}"
    facts = [fact for fact in world.facts if fact.page == key]
    body = [random.choice(LEADS).format(year=year, unit=unit.name, secretary=unit.secretary)]
    number = 0
    for section in SECTIONS:
        inside = [
            fact for fact in facts if fact.kind == "actual" and world.attributes[fact.attribute].section == section
        ]
        if inside:
            body += [f"{NUMERALS[number]}、{section}", _section_text(world, random, section, inside)]
            number += 1
    event = next(each for each in world.events if (each.unit, each.year) == (unit.name, year))
    body += [f"{NUMERALS[number]}、办事与不足", _event_text(event)]
    goals = [fact for fact in facts if fact.kind == "goal"]
    if goals:
        body += [f"{NUMERALS[number + 1]}、目标与措施"]
        body += [f"（{NUMERALS[at]}）{_goal_text(world, fact)}" for at, fact in enumerate(goals)]
    return Page(key, "\n".join(_head(random, unit, year) + body) + "\n")


def _is_counted_in(world: World, fact: Fact, section: str) -> bool:
    return fact.kind == "actual" and world.attributes[fact.attribute].section == section


def _head(random: Random, unit: Unit, year: int) -> list[str]:
    """The lines above the body. One report in four has none: its first sentence says the year."""
    style = random.randrange(4)
    title = f"{unit.name}{year}年工作总结"
    if style == 0:
        return []
    if style == 1:
        return [f"首页 > 信息公开 > {unit.name} > 工作总结", title, f"发布日期：{year + 1}-01-{random.randint(10, 28)}"]
    if style == 2:
        return [title, f"（{year}年12月{random.randint(20, 30)}日）"]
    return [title, ""]


def _section_text(world: World, random: Random, section: str, facts: list[Fact]) -> str:
    sentences = [world.attributes[fact.attribute].sentences[fact.sentence].format(n=fact.value) for fact in facts]
    fillers = [line.split("|")[1] for line in lines("filler.txt") if line.startswith(section)]
    sentences.insert(random.randint(0, len(sentences)), random.choice(fillers))
    return "".join(sentences)


def _event_text(event: Event) -> str:
    return (
        f"便民服务大厅于{event.month}月{event.day}日搬到{event.community}，窗口由五个增加到九个。"
        f"年初安排的{event.project}没有按期完工，主要是因为{event.cause}。"
    )


def _goal_text(world: World, fact: Fact) -> str:
    return world.attributes[fact.attribute].goal.format(n=fact.value)


def _plan(world: World, random: Random, unit: Unit) -> Page:
    year, sections = world.plans[unit.name]
    key = f"plan {unit.name} {year}"
    body = [f"{unit.name}{year}年工作计划", f"{year}年1月{random.randint(8, 30)}日印发"]
    body += [f"{year}年，{unit.name}的工作由党工委书记{unit.secretary}总负责，分项安排如下。", "一、主要目标"]
    goals = [fact for fact in world.facts if fact.page == key]
    body.append("".join(_goal_text(world, fact) for fact in goals))
    for number, (topic, measures) in enumerate(sections.items(), start=1):
        body.append(f"{NUMERALS[number]}、{world.topics[topic].heading}")
        body += [f"（{NUMERALS[at]}）{each.sentence}" for at, each in enumerate(measures)]
    return Page(key, "\n".join(body) + "\n")


def _news(world: World, random: Random) -> list[Page]:
    pages = []
    for number, ((unit, date, style, title, *_), body) in enumerate(blocks("topics.txt")):
        paragraphs = [line.split("|")[0] for line in body]
        head, tail = _dressing(style, unit, date, title, random)
        pages.append(Page(f"news {number}", "\n".join(head + paragraphs + tail) + "\n"))
    return pages


def _dressing(style: str, unit: str, date: str, title: str, random: Random) -> tuple[list[str], list[str]]:
    """What stands around the body of a page of news: a paper's, a WeChat account's, a note's, or nothing."""
    reporter = random.choice(("何以宁", "白小帆", "温如玉", "葛天", "苏晴川"))
    if style == "paper":
        head = ["江州日报 > 要闻 > 社区", title, f"本报记者 {reporter}", f"{date} 08:{random.randint(10, 59)}", ""]
        return [*head, f"本报讯　记者近日走访{unit}，看到不少新变化。"], [
            f"（责任编辑：{reporter}）", "未经许可不得转载", "相关新闻", "江州明日有阵雨", "返回首页",
        ]  # fmt: skip
    if style == "wechat":
        head = ["查看原文", f"{unit}｜{title}", "", f"{date}　{unit}发布", "", "▽▽▽", ""]
        return head, ["", "图文：小编阿宁", "往期精彩回顾", "1、这条小巷你来过吗？", "来都来了，点个赞再走~"]
    if style == "note":
        return [f"{unit}：{title}", ""], []
    return [title, ""], []


def _half_years(world: World) -> list[Page]:
    methods = [line.split("|") for line in lines("methods.txt")]
    keys = list(dict.fromkeys(fact.page for fact in world.facts if fact.kind in ("half", "last")))
    pages = []
    for number, key in enumerate(keys):
        _, unit, year = key.split()
        title, _, how = methods[number % len(methods)]
        body = [title, f"江州日报 {year}-08-{10 + number}", ""]
        for fact in [each for each in world.facts if each.page == key]:
            start = "今年以来，" if fact.kind == "half" else "去年，"
            body.append(f"{start}{unit}{stated(world.attributes[fact.attribute], fact.value)}，这是记者昨天了解到的。")
        body.append(goldens(how)[0].format(place=unit))
        pages.append(Page(key, "\n".join(body) + "\n"))
    return pages


def _districts(world: World) -> list[Page]:
    pages = []
    for key in dict.fromkeys(fact.page for fact in world.facts if fact.kind == "child"):
        district = key.split()[1]
        children = [fact for fact in world.facts if fact.page == key]
        named = "；".join(f"{fact.unit}{stated(world.attributes[fact.attribute], fact.value)}" for fact in children)
        body = [
            f"{district}2023年民生实事完成情况",
            "2024-01-09",
            f"{district}年初承诺的十二件实事全部兑现，代表们逐件打分。",
            f"完成较好的例子有：{named}。",
            f"区长在会上说，{district}的实事由居民点题、部门答题，做得不好要重做。",
        ]
        pages.append(Page(key, "\n".join(body) + "\n"))
    return pages


def _bulletins(world: World) -> list[Page]:
    pages: list[Page] = []
    for key in dict.fromkeys(fact.rival_page for fact in world.facts if fact.rival_page):
        _, district, year = key.split()
        body = [f"{district}通报{year}年街道工作数据", f"来源：{district}统计站　{int(year) + 1}-03-{10 + len(pages)}"]
        body.append(f"经过复核，{district}各街镇{year}年的部分数据公布如下，与此前口径不一致的以复核为准。")
        for fact in [each for each in world.facts if each.rival_page == key]:
            body.append(f"{year}年{fact.unit}{stated(world.attributes[fact.attribute], fact.rival or '')}。")
        pages.append(Page(key, "\n".join(body) + "\n"))
    return pages


def _profile(world: World, profile: Profile) -> Page:
    """A page without any date."""
    unit = world.unit(profile.unit)
    form = "镇政府" if unit.name.endswith("镇") else "街道办"
    text = (
        f"{unit.name}概况\n{unit.name}属江州市{unit.district}，面积{profile.area}平方公里，"
        f"常住人口{profile.people}万人。\n辖区有{'、'.join(unit.communities)}等。{form}在{profile.address}办公。\n"
    )
    return Page(f"profile {unit.name}", text)


def _repeated(pages: dict[str, Page]) -> list[Page]:
    """Two reposts with another head, and two drafts that differ in their last line."""
    copies = []
    for key in REPOSTED:
        body = pages[key].text.split("\n")[2:]
        copies.append(Page(f"repost {key}", "江州都市网转载\n来源：江州日报\n" + "\n".join(body), key))
    for key in DRAFTED:
        copies.append(Page(f"draft {key}", f"（征求意见稿）\n{pages[key].text}请于五日内反馈意见。\n", key))
    return copies
