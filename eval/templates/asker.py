"""Builds cases: the phrasings of a question, the facts that may be asked for, and the gaps between them."""

from __future__ import annotations

from random import Random
from typing import Any

from eval.templates.pages import DRAFTED, REPOSTED
from eval.templates.world import YEARS, Fact, World, blocks

Case = dict[str, Any]

ACTUAL = (
    "{place}{year}年{verb}了多少{measure}{object}？",
    "{year}年{place}{verb}{object}多少{measure}",
    "请问{place}在{year}年一共{verb}了多少{measure}{object}？",
    "{short}{year}年{verb}了多少{measure}{object}",
    "我想查{year}年{place}{verb}{object}的数目",
    "{place}在{chinese}年{verb}{object}多少{measure}？",
    "{verb}{object}这件事，{place}{year}年做了多少{measure}",
)
GOAL = (
    "{place}{year}年计划{verb}多少{measure}{object}？",
    "{place}{year}年的目标是{verb}{object}多少{measure}",
    "按计划，{year}年{place}要{verb}多少{measure}{object}？",
    "{short}{year}年打算{verb}{object}多少{measure}",
    "{year}年{place}准备{verb}多少{measure}{object}",
)
PLAN = (
    "{place}{year}年的{topic}计划是什么",
    "{place}{year}年在{topic}方面有哪些措施？",
    "{year}年{place}打算怎么抓{topic}？",
    "{place}{year}年{topic}工作有哪些安排",
    "请列出{place}{year}年{topic}的具体措施",
)
DIGITS = "〇一二三四五六七八九"


class Asker:
    """Builds cases, numbers them, and remembers which facts were asked for."""

    def __init__(self, world: World, files: dict[str, str], random: Random) -> None:
        self.world, self.random, self.cases = world, random, list[Case]()
        self._files = files
        self._count: dict[str, int] = {}
        self._touched = _touched()
        self._copied = {*REPOSTED, *DRAFTED}

    def add(self, group: str, question: str, pages: list[str], **fields: Any) -> None:
        """One more case of `group`; `pages` are the keys of the pages that answer it, none where nothing does."""
        self._count[group] = self._count.get(group, 0) + 1
        case: Case = {
            "id": f"scope-{group}-{self._count[group]:03}", "question": question, "answers": [], "all_of": [],
            "documents": [self._files[page] for page in pages], "answerable": bool(pages), "trap": None,
            "history": [], "today": None, "conflict": False, "tags": [group],
        }  # fmt: skip
        self.cases.append(case | fields)

    def facts(self, *kinds: str, rival: bool = False) -> list[Fact]:
        """Facts of these kinds in random order, without those that copied or topical pages make unclear."""
        found = [
            fact
            for fact in self.world.facts
            if fact.kind in kinds
            and bool(fact.rival) == rival
            and fact.page not in self._copied
            and (fact.unit, fact.year, fact.attribute) not in self._touched
            and len(self.world.known(fact.unit, fact.year, fact.attribute)) == 1
        ]
        self.random.shuffle(found)
        return found

    def gaps(self) -> list[tuple[str, int, str]]:
        """Unit, year and attribute of which no page says anything, though one does for another year of the unit."""
        found = [
            (unit.name, year, key)
            for unit in self.world.units
            for year in YEARS
            for key in sorted(self.world.attributes)
            if not self.world.known(unit.name, year, key)
            and any(self.world.known(unit.name, other, key, "actual") for other in YEARS)
            and (unit.name, year, key) not in self._touched
        ]
        self.random.shuffle(found)
        return found

    def worded(self, pattern: str, unit: str, year: int, attribute: str) -> str:
        """`pattern` for that unit, year and attribute."""
        which = self.world.attributes[attribute]
        return pattern.format(
            place=unit, short=self.world.unit(unit).short, year=year, verb=which.verb, object=which.object,
            measure=which.measure, chinese="".join(DIGITS[int(digit)] for digit in str(year)),
        )  # fmt: skip

    def asked(self, fact: Fact, number: int) -> str:
        """The question for a reached fact in one of its phrasings."""
        patterns = ACTUAL + self.world.attributes[fact.attribute].questions
        return self.worded(patterns[number % len(patterns)], fact.unit, fact.year, fact.attribute)

    def value(self, fact: Fact) -> str:
        """The value with its measure word, as the page has it."""
        return fact.value + self.world.attributes[fact.attribute].measure


def _touched() -> set[tuple[str, int, str]]:
    """What topical news speaks of beside the reports: unit, year, attribute."""
    found = set()
    for cells, _ in blocks("topics.txt"):
        for key in cells[4].split(",") if len(cells) > 4 else []:
            found.add((cells[0], int(cells[1][:4]), key))
    return found


def scope_of(unit: str, year: int) -> dict[str, Any]:
    return {"places": [unit], "years": [year]}
