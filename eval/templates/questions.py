"""Questions that the pages answer: figures, goals, plans, reasons, conflicts, comparisons, follow-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eval.templates.asker import ACTUAL, GOAL, PLAN, Asker, Case, scope_of
from eval.templates.pages import DRAFTED, REPOSTED
from eval.templates.world import YEARS, Event, Fact, goldens, lines

COMPARED = (
    "比较{0}和{1}{2}年{3}{4}的数量",
    "{2}年{0}和{1}分别{3}了多少{5}{4}？",
    "{0}和{1}相比，{2}年{3}{4}各有多少{5}",
)


def _facts(asker: Asker) -> None:
    for number, fact in enumerate(asker.facts("actual")[:40]):
        asker.add(
            "fact",
            asker.asked(fact, number),
            [fact.page],
            answers=[asker.value(fact)],
            **scope_of(fact.unit, fact.year),
        )
    for number, fact in enumerate(asker.facts("child", "last")[:14]):
        asker.add(
            "named",
            asker.asked(fact, number),
            [fact.page],
            answers=[asker.value(fact)],
            **scope_of(fact.unit, fact.year),
        )


def _relative(asker: Asker) -> None:
    patterns = (("{place}去年{verb}了多少{measure}{object}？", 1), ("前年{place}{verb}了多少{measure}{object}", 2))
    for number, fact in enumerate(asker.facts("actual")[:14]):
        pattern, ago = patterns[number % 2]
        question = asker.worded(pattern, fact.unit, fact.year, fact.attribute)
        today = f"{fact.year + ago}-{1 + number % 12:02}-15"
        scope = scope_of(fact.unit, fact.year)
        asker.add("relative", question, [fact.page], answers=[asker.value(fact)], today=today, **scope)


def _halves(asker: Asker) -> None:
    patterns = ("{place}{year}年上半年{verb}了多少{measure}{object}？", "{place}今年以来{verb}{object}多少{measure}")
    for number, fact in enumerate(asker.facts("half")[:12]):
        question = asker.worded(patterns[number % 2], fact.unit, fact.year, fact.attribute)
        today = f"{fact.year}-10-08" if number % 2 else None
        asker.add(
            "half", question, [fact.page], answers=[asker.value(fact)], today=today, **scope_of(fact.unit, fact.year)
        )


def _goals(asker: Asker) -> None:
    for number, fact in enumerate(asker.facts("goal")[:18]):
        question = asker.worded(GOAL[number % len(GOAL)], fact.unit, fact.year, fact.attribute)
        asker.add("goal", question, [fact.page], answers=[asker.value(fact)], **scope_of(fact.unit, fact.year))
    for fact in asker.facts("goal")[-6:]:
        question = asker.worded("{place}明年打算{verb}多少{measure}{object}？", fact.unit, fact.year, fact.attribute)
        today = f"{fact.year - 1}-12-20"
        scope = scope_of(fact.unit, fact.year)
        asker.add("goal", question, [fact.page], answers=[asker.value(fact)], today=today, **scope)


def _events(asker: Asker) -> None:
    """When, where, why and who."""
    events = [event for event in asker.world.events if f"report {event.unit} {event.year}" not in DRAFTED]
    asker.random.shuffle(events)
    for number, event in enumerate(events[:24]):
        question, answer = _event_question(event, number)
        page = f"report {event.unit} {event.year}"
        asker.add("event", question, [page], answers=[answer], **scope_of(event.unit, event.year))
    for number, unit in enumerate(asker.world.units[:8]):
        year = asker.world.plans[unit.name][0]
        pattern = ("{0}{1}年的工作由谁总负责？", "{1}年{0}工作计划的总负责人是谁")[number % 2]
        question = pattern.format(unit.name, year)
        asker.add("who", question, [f"plan {unit.name} {year}"], answers=[unit.secretary], **scope_of(unit.name, year))


def _event_question(event: Event, number: int) -> tuple[str, str]:
    day = f"{event.month}月{event.day}日"
    asked = (
        (f"{event.unit}{event.year}年便民服务大厅是什么时候搬的？", day),
        (f"{event.unit}{event.year}年的{event.project}为什么没有按期完工？", event.cause),
        (f"{event.year}年{event.unit}的便民服务大厅搬到了哪里", event.community),
        (f"{event.year}年{event.unit}{event.project}没有完工是什么原因", event.cause),
        (f"{event.unit}便民服务大厅{event.year}年哪天搬家", day),
    )
    return asked[number % len(asked)]


def _profiles(asker: Asker) -> None:
    """Pages without a date answer a question that names no year, and one that does, as nothing contradicts them."""
    patterns = ("{0}的面积是多少平方公里？", "{0}有多少常住人口", "{0}在哪里办公？", "{0}2023年面积是多少平方公里")
    for number, profile in enumerate(asker.world.profiles * 2):
        at = (number + 2 * (number // len(asker.world.profiles))) % len(patterns)
        answer = (profile.area, profile.people + "万", profile.address, profile.area)[at]
        question, page = patterns[at].format(profile.unit), f"profile {profile.unit}"
        asker.add("profile", question, [page], answers=[answer], places=[profile.unit], years=[2023] if at == 3 else [])


def _plans(asker: Asker) -> None:
    number = 0
    for unit in asker.world.units:
        year, sections = asker.world.plans[unit.name]
        for topic, measures in list(sections.items())[: 3 if number % 2 else 2]:
            names = asker.world.topics[topic].names
            pattern = PLAN[number % len(PLAN)]
            question = pattern.format(place=unit.name, year=year, topic=names[number % 2])
            gold = [each.gold for each in measures]
            page = f"plan {unit.name} {year}"
            asker.add("plan", question, [page], all_of=gold, tags=["plan", "list"], **scope_of(unit.name, year))
            number += 1


def _goal_lists(asker: Asker) -> None:
    pages = list(dict.fromkeys(fact.page for fact in asker.world.facts if fact.kind == "goal"))
    reports = [page for page in pages if page.startswith("report") and page not in DRAFTED]
    for number, page in enumerate(reports[:8]):
        _, unit, year = page.split()
        goals = [fact for fact in asker.world.facts if fact.page == page and fact.kind == "goal"]
        pattern = ("{0}{1}年有哪些目标与措施？", "{0}{1}年的工作目标是什么")[number % 2]
        question = pattern.format(unit, int(year) + 1)
        gold = [asker.value(fact) for fact in goals]
        asker.add("goals", question, [page], all_of=gold, tags=["goals", "list"], **scope_of(unit, int(year) + 1))


def _methods(asker: Asker) -> None:
    methods = [line.split("|") for line in lines("methods.txt")]
    keys = list(dict.fromkeys(fact.page for fact in asker.world.facts if fact.kind in ("half", "last")))
    for number, key in enumerate(keys):
        _, unit, year = key.split()
        _, asked, how = methods[number % len(methods)]
        if key not in REPOSTED:
            gold = list(goldens(how)[1])
            asker.add(
                "how", f"{unit}是{asked}的？", [key], all_of=gold, tags=["how", "list"], **scope_of(unit, int(year))
            )


def _corrections(asker: Asker) -> None:
    """A wrong figure in the question: the right one is the answer."""
    for number, fact in enumerate(asker.facts("actual")[60:68]):
        which = asker.world.attributes[fact.attribute]
        wrong = str(int(float(fact.value)) * 2 + 7) + which.measure
        pattern = ("{0}{1}年{2}了{3}{4}，对吗？", "听说{0}{1}年{2}{4}{3}，是不是真的")[number % 2]
        question = pattern.format(fact.unit, fact.year, which.verb, wrong, which.object)
        asker.add("premise", question, [fact.page], answers=[asker.value(fact)], **scope_of(fact.unit, fact.year))


def _conflicts(asker: Asker) -> None:
    rivals = [fact for fact in asker.facts("actual", rival=True) if fact.rival != fact.value]
    for number, fact in enumerate(rivals):
        gold = [asker.value(fact), (fact.rival or "") + asker.world.attributes[fact.attribute].measure]
        pages = [fact.page, fact.rival_page or ""]
        question = asker.asked(fact, number)
        asker.add("conflict", question, pages, all_of=gold, conflict=True, **scope_of(fact.unit, fact.year))


def _agreements(asker: Asker) -> None:
    """Two pages that say the same: no conflict."""
    for number, fact in enumerate(fact for fact in asker.facts("actual", rival=True) if fact.rival == fact.value):
        pages = [fact.page, fact.rival_page or ""]
        gold = [asker.value(fact)]
        asker.add("agree", asker.asked(fact, number), pages, answers=gold, **scope_of(fact.unit, fact.year))


def _comparisons(asker: Asker) -> None:
    made = 0
    for fact, other in _pairs(asker):
        which = asker.world.attributes[fact.attribute]
        question = COMPARED[made % 3].format(fact.unit, other.unit, fact.year, which.verb, which.object, which.measure)
        gold = [asker.value(fact), asker.value(other)]
        scope = {"places": [fact.unit, other.unit], "years": [fact.year]}
        asker.add("compare", question, [fact.page, other.page], all_of=gold, tags=["compare", "list"], **scope)
        made += 1
        if made == 16:
            break
    gaps = asker.gaps()
    for number, fact in enumerate(asker.facts("actual")):
        missing = next((gap for gap in gaps if gap[1:] == (fact.year, fact.attribute) and gap[0] != fact.unit), None)
        if missing and made < 24:
            which = asker.world.attributes[fact.attribute]
            names = [fact.unit, missing[0]][:: -1 if number % 2 else 1]
            question = COMPARED[number % 3].format(*names, fact.year, which.verb, which.object, which.measure)
            fields = {"places": names, "years": [fact.year], "missing": [missing[0]], "tags": ["compare", "list"]}
            asker.add("compare", question, [fact.page], all_of=[asker.value(fact)], **fields)
            made += 1


def _pairs(asker: Asker) -> Iterator[tuple[Fact, Fact]]:
    """Facts of two units for the same attribute and year, each unit pair once."""
    seen: dict[tuple[int, str], Fact] = {}
    for fact in asker.facts("actual"):
        key = (fact.year, fact.attribute)
        if key in seen and seen[key].unit != fact.unit:
            yield seen.pop(key), fact
        else:
            seen[key] = fact


def _followups(asker: Asker) -> None:
    """Another year, another place, or another subject of the same place and year."""
    facts = asker.facts("actual")
    made = 0
    for number, fact in enumerate(facts):
        turn, question, found = _next_turn(asker, fact, facts, number % 3)
        if found is None or made == 36:
            continue
        standalone = asker.worded(ACTUAL[0], found.unit, found.year, found.attribute)
        fields = {"answers": [asker.value(found)], "history": [turn], "standalone": standalone}
        asker.add("followup", question, [found.page], **fields, **scope_of(found.unit, found.year))
        made += 1
    for number, (unit, year, key) in enumerate(asker.gaps()[:12]):
        known = next(fact for other in YEARS for fact in asker.world.known(unit, other, key, "actual"))
        standalone = asker.worded(ACTUAL[0], unit, year, key)
        question = (f"那{year}年呢？", f"{year}年的情况呢")[number % 2]
        fields = {"trap": "year", "history": [_turn(asker, known)], "standalone": standalone}
        asker.add("followup", question, [], **fields, **scope_of(unit, year))


def _next_turn(asker: Asker, fact: Fact, facts: list[Fact], change: int) -> tuple[Case, str, Fact | None]:
    """A first turn about `fact`, a follow-up question, and the fact that answers the follow-up."""
    wanted: Callable[[Fact], bool] = (
        lambda other: (other.unit, other.attribute) == (fact.unit, fact.attribute),
        lambda other: (other.year, other.attribute) == (fact.year, fact.attribute),
        lambda other: (other.unit, other.year) == (fact.unit, fact.year),
    )[change]
    found = next((other for other in facts if other != fact and wanted(other)), None)
    if found is None:
        return _turn(asker, fact), "", None
    which = asker.world.attributes[found.attribute]
    questions = (
        (f"那{found.year}年呢？", f"{found.year}年又是多少？"),
        (f"{asker.world.unit(found.unit).short}呢？", f"那{found.unit}呢"),
        (
            f"它{which.verb}了多少{which.measure}{which.object}？",
            f"同一年那里{which.verb}{which.object}多少{which.measure}",
        ),
    )[change]
    return _turn(asker, fact), questions[len(fact.value) % 2], found


def _turn(asker: Asker, fact: Fact) -> Case:
    which = asker.world.attributes[fact.attribute]
    answer = f"{fact.unit}{fact.year}年{which.verb}{which.object}{asker.value(fact)}。"
    return {"question": asker.worded(ACTUAL[0], fact.unit, fact.year, fact.attribute), "answer": answer}


ANSWERED: tuple[Callable[[Asker], None], ...] = (
    _facts, _relative, _halves, _goals, _events, _profiles, _plans, _goal_lists, _methods, _corrections,
    _conflicts, _agreements, _comparisons, _followups,
)  # fmt: skip
