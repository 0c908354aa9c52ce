"""Questions that no page answers, though a near page seems to: another year, another place, another kind.

Each is asked only where the world proves the gap: a wrong-year question has its subject in another year of the same
unit and nowhere in its own.
"""

from __future__ import annotations

from collections.abc import Callable

from eval.templates.asker import ACTUAL, DIGITS, GOAL, PLAN, Asker, scope_of
from eval.templates.world import YEARS, blocks, lines

REACHED = ("{place}{year}年实际{verb}了多少{measure}{object}？", "到{year}年底，{place}实际{verb}{object}多少{measure}")
FALSE = (
    "为什么裁撤了便民服务大厅",
    "消防演练出事故赔了多少钱",
    "为什么砍掉了全部路灯",
    "和邻区合并后由谁当书记",
)
# What a goal of the same plan would say about a topic: where it says that, the topic is not absent.
RELATED = {
    "invest": {"firms", "tax"},
    "traffic": {"parking", "charging"},
    "elder": {"canteen", "lifts"},
    "street": {"toilets", "trees", "river", "lights"},
    "safety": {"hazards", "drills", "charging"},
    "youth": {"nursery", "books"},
}


def _wrong_years(asker: Asker) -> None:
    for number, (unit, year, key) in enumerate(asker.gaps()[12:80]):
        question = asker.worded(ACTUAL[number % len(ACTUAL)], unit, year, key)
        asker.add("year", question, [], trap="year", **scope_of(unit, year))
    for number, fact in enumerate(asker.facts("actual")[:20]):
        year = (2018, 2019, 2020, 2021, 2026)[number % 5]
        question = asker.worded(ACTUAL[number % len(ACTUAL)], fact.unit, year, fact.attribute)
        asker.add("year", question, [], trap="year", **scope_of(fact.unit, year))


def _wrong_places(asker: Asker) -> None:
    places = {cells[0]: body for cells, body in blocks("outside.txt")}["places"]
    for number, fact in enumerate(asker.facts("actual")[:34]):
        which, place = asker.world.attributes[fact.attribute], places[number % len(places)]
        pattern = (ACTUAL + which.questions)[number % 8].replace("{short}", "{place}")
        question = pattern.format(
            place=place, year=fact.year, verb=which.verb, object=which.object, measure=which.measure,
            chinese="".join(DIGITS[int(digit)] for digit in str(fact.year)),
        )  # fmt: skip
        asker.add("place", question, [], trap="place", places=[place], years=[fact.year])
    for number, unit in enumerate(asker.world.units):
        year, sections = asker.world.plans[unit.name]
        topic = asker.world.topics[next(iter(sections))]
        question = PLAN[number % len(PLAN)].format(place=places[number], year=year, topic=topic.names[0])
        asker.add("place", question, [], trap="place", places=[places[number]], years=[year])


def _absent(asker: Asker) -> None:
    patterns = lines("absent.txt")
    for number, pattern in enumerate(patterns + patterns[:15]):
        unit, year = asker.world.units[number % len(asker.world.units)].name, YEARS[number % 3]
        asker.add("absent", pattern.format(place=unit, year=year), [], trap="absent", **scope_of(unit, year))


def _absent_plans(asker: Asker) -> None:
    """A topic that the plan of the unit has no section for."""
    for number, unit in enumerate(asker.world.units):
        year, sections = asker.world.plans[unit.name]
        wanted = {fact.attribute for fact in asker.world.facts if (fact.unit, fact.year) == (unit.name, year)}
        free = [key for key in asker.world.topics if key not in sections and not wanted & RELATED[key]]
        if free:
            name = asker.world.topics[free[0]].names[0]
            question = PLAN[number % len(PLAN)].format(place=unit.name, year=year, topic=name)
            asker.add("absent", question, [], trap="absent", **scope_of(unit.name, year))


def _wrong_kinds(asker: Asker) -> None:
    """A goal where a result is asked for and the other way round; a figure where a person or a day is asked for."""
    for number, fact in enumerate(asker.facts("goal")[20:40]):
        question = asker.worded(REACHED[number % 2], fact.unit, fact.year, fact.attribute)
        asker.add("kind", question, [], trap="kind", **scope_of(fact.unit, fact.year))
    for number, fact in enumerate(asker.facts("actual")[-14:]):
        question = asker.worded(GOAL[number % len(GOAL)], fact.unit, fact.year, fact.attribute)
        asker.add("kind", question, [], trap="kind", **scope_of(fact.unit, fact.year))
    for number, fact in enumerate(asker.facts("actual")[:24]):
        if asker.world.plans[fact.unit][0] == fact.year:
            continue
        patterns = ("{place}{year}年{verb}{object}的工作由谁负责？", "{place}{year}年{verb}{object}是从哪一天开始的")
        question = asker.worded(patterns[number % 2], fact.unit, fact.year, fact.attribute)
        asker.add("kind", question, [], trap="kind", **scope_of(fact.unit, fact.year))


def _off_topic(asker: Asker) -> None:
    for question in {cells[0]: body for cells, body in blocks("outside.txt")}["questions"]:
        asker.add("offtopic", question, [], trap="offtopic")


def _false_premises(asker: Asker) -> None:
    for number, unit in enumerate(asker.world.units[:10]):
        year = YEARS[number % 3]
        asker.add("premise", f"{unit.name}{year}年{FALSE[number % len(FALSE)]}？", [], trap="premise")


REFUSED: tuple[Callable[[Asker], None], ...] = (
    _wrong_years, _wrong_places, _absent, _absent_plans, _wrong_kinds, _false_premises, _off_topic
)  # fmt: skip
