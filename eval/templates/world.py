"""What is true in the invented city: who counted what, in which year, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent
YEARS = (2022, 2023, 2024)
COUNTED = 11  # of the attributes of facts.txt, how many a yearly report mentions


@dataclass(frozen=True, slots=True)
class Unit:
    """A street or town: `name` in full (柳桥街道), `short` without its form (柳桥)."""

    district: str
    name: str
    secretary: str
    communities: tuple[str, ...]

    @property
    def short(self) -> str:
        """The name without 街道 or 镇."""
        return self.name.removesuffix("街道").removesuffix("镇")


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that a yearly report counts, with the sentences that state it and the questions that ask for it."""

    key: str
    section: str
    verb: str
    measure: str
    object: str
    low: float
    high: float
    step: float
    sentences: tuple[str, ...]
    goal: str
    questions: tuple[str, ...]
    paraphrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """`attribute` of `unit` in `year` is `value`: reached ("actual", "half" for its first half) or wanted ("goal").

    `rival` is another value that a second page gives for the same thing; `page`, `rival_page` are keys of pages.
    `sentence` is the number of the attribute's sentence that states it.
    """

    unit: str
    year: int
    attribute: str
    value: str
    kind: str
    page: str
    sentence: int = 0
    rival: str | None = None
    rival_page: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of a plan: its sentence, and the stretch of it that must stand in an answer."""

    sentence: str
    gold: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A section of a plan: its heading, its names in questions, its measures."""

    key: str
    heading: str
    names: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What a report tells beside its figures: a hall that moved, a project that was late."""

    unit: str
    year: int
    month: int
    day: int
    community: str
    project: str
    cause: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a page without a date says of a unit: square kilometres, tens of thousands of people, an address."""

    unit: str
    area: str
    people: str
    address: str


@dataclass(slots=True)
class World:
    """Everything that is true, drawn from one seed."""

    units: list[Unit]
    attributes: dict[str, Attribute]
    topics: dict[str, Topic]
    facts: list[Fact] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    plans: dict[str, tuple[int, dict[str, tuple[Measure, ...]]]] = field(default_factory=dict)

    _known: dict[tuple[str, int, str], list[Fact]] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        """Make `fact` true."""
        self.facts.append(fact)
        self._known.setdefault((fact.unit, fact.year, fact.attribute), []).append(fact)

    def replace(self, at: int, fact: Fact) -> None:
        """Put `fact` in the place of fact number `at`, which is of the same unit, year and attribute."""
        known = self._known[fact.unit, fact.year, fact.attribute]
        known[known.index(self.facts[at])] = fact
        self.facts[at] = fact

    def known(self, unit: str, year: int, attribute: str, *kinds: str) -> list[Fact]:
        """The facts of that unit, year and attribute; of any kind where none is named."""
        found = self._known.get((unit, year, attribute), [])
        return [fact for fact in found if not kinds or fact.kind in kinds]

    def unit(self, name: str) -> Unit:
        """The unit of that full name."""
        return next(unit for unit in self.units if unit.name == name)


def lines(name: str) -> list[str]:
    """The lines of a template file, without comments and blank lines."""
    text = (FOLDER / name).read_text("utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def blocks(name: str) -> list[tuple[list[str], list[str]]]:
    """The blocks of a template file: the cells of the line that begins with `=`, and the lines under it."""
    found: list[tuple[list[str], list[str]]] = []
    for line in lines(name):
        if line.startswith("= "):
            found.append((line[2:].split("|"), []))
        else:
            found[-1][1].append(line)
    return found


def read_units() -> list[Unit]:
    """The units of units.txt, in order."""
    cells = [line.split("|") for line in lines("units.txt")]
    return [Unit(district, name, who, tuple(where.split("、"))) for district, name, who, where in cells]


def read_attributes() -> dict[str, Attribute]:
    """The attributes of facts.txt by key."""
    found = {}
    for (key, section, verb, measure, thing, low, high, step), body in blocks("facts.txt"):
        by_mark = {mark: tuple(line[2:] for line in body if line[0] == mark) for mark in "sgqp"}
        found[key] = Attribute(
            key, section, verb, measure, thing, float(low), float(high), float(step),
            by_mark["s"], by_mark["g"][0], by_mark["q"], by_mark["p"],
        )  # fmt: skip
    return found


def read_topics() -> dict[str, Topic]:
    """The topics of measures.txt by key."""
    return {
        key: Topic(key, heading, (first, second), tuple(measure(line) for line in body))
        for (key, heading, first, second), body in blocks("measures.txt")
    }


def measure(line: str) -> Measure:
    """A measure from its line.

    >>> measure("沿街空调外机【统一加罩】。")
    Measure(sentence='沿街空调外机统一加罩。', gold='统一加罩')
    """
    gold = line[line.index("【") + 1 : line.index("】")]
    return Measure(line.replace("【", "").replace("】", ""), gold)


def goldens(line: str) -> tuple[str, tuple[str, ...]]:
    """A sentence with several 【】: the plain sentence, and what must stand in an answer."""
    parts = line.split("【")
    gold = tuple(part.split("】")[0] for part in parts[1:])
    return line.replace("【", "").replace("】", ""), gold


class Drawer:
    """Draws values that no other year of the unit has, and no other unit where the range is wide enough."""

    def __init__(self, random: Random, attributes: dict[str, Attribute]) -> None:
        self._random = random
        self._attributes = attributes
        self._taken: set[tuple[str, str]] = set()

    def value(self, attribute: str, unit: str) -> str:
        """A value as it is written: 47, or 3.6 where the step is less than one."""
        which = self._attributes[attribute]
        steps = int(round((which.high - which.low) / which.step))
        for _ in range(200):
            number = which.low + which.step * self._random.randint(0, steps)
            text = f"{number:.1f}" if which.step < 1 else str(int(number))
            scope = "" if steps > 100 else unit
            if (attribute, scope + text) not in self._taken:
                self._taken.add((attribute, scope + text))
                return text
        raise ValueError(f"no value left for {attribute} of {unit}")


def draw(seed: int) -> World:
    """The world of that seed. The same seed always gives the same world."""
    random = Random(seed)
    world = World(read_units(), read_attributes(), read_topics())
    drawer = Drawer(random, world.attributes)
    causes = [line.split("|") for line in lines("causes.txt")]
    for number, unit in enumerate(world.units):
        plan_year = 2023 + number % 3
        _draw_plan(world, random, drawer, unit, plan_year)
        for year in YEARS:
            _draw_report(world, random, drawer, unit, year, plan_year)
            project, cause = causes[(number + year) % len(causes)]
            community = unit.communities[year % len(unit.communities)]
            month, day = random.randint(2, 11), random.randint(2, 28)
            world.events.append(Event(unit.name, year, month, day, community, project, cause))
    _draw_half_years(world, random, drawer)
    _draw_rivals(world, random, drawer)
    world.profiles = [_profile(random, unit) for unit in world.units[::2]]
    return world


def _profile(random: Random, unit: Unit) -> Profile:
    area, people = random.randint(20, 190) / 10, random.randint(25, 140) / 10
    return Profile(unit.name, f"{area:.1f}", f"{people:.1f}", f"{unit.communities[0]}长安路{random.randint(10, 300)}号")


def _draw_report(world: World, random: Random, drawer: Drawer, unit: Unit, year: int, plan_year: int) -> None:
    page = f"report {unit.name} {year}"
    for key in random.sample(sorted(world.attributes), COUNTED):
        sentence = random.randrange(len(world.attributes[key].sentences))
        world.add(Fact(unit.name, year, key, drawer.value(key, unit.name), "actual", page, sentence))
    if year + 1 != plan_year and random.random() < 0.55:
        for key in random.sample(sorted(world.attributes), 4):
            world.add(Fact(unit.name, year + 1, key, drawer.value(key, unit.name), "goal", page))


def _draw_plan(world: World, random: Random, drawer: Drawer, unit: Unit, year: int) -> None:
    page = f"plan {unit.name} {year}"
    for key in random.sample(sorted(world.attributes), 5):
        world.add(Fact(unit.name, year, key, drawer.value(key, unit.name), "goal", page))
    chosen = sorted(random.sample(sorted(world.topics), 4))
    sections = {key: tuple(random.sample(world.topics[key].measures, random.randint(3, 4))) for key in chosen}
    world.plans[unit.name] = (year, sections)


def _draw_half_years(world: World, random: Random, drawer: Drawer) -> None:
    """Facts that stand in news only: of a year's first half, of "last year", of a child named by its district."""
    for number, unit in enumerate(world.units[:10]):
        year = YEARS[1 + number % 2]
        free = [key for key in sorted(world.attributes) if not world.known(unit.name, year, key)]
        page = f"half {unit.name} {year}"
        for key in random.sample(free, 2):
            world.add(Fact(unit.name, year, key, drawer.value(key, unit.name), "half", page))
        free = [key for key in sorted(world.attributes) if not world.known(unit.name, year - 1, key)]
        key = random.choice(free)
        sentence = random.randrange(len(world.attributes[key].sentences))
        world.add(Fact(unit.name, year - 1, key, drawer.value(key, unit.name), "last", page, sentence))
    for district in sorted({unit.district for unit in world.units}):
        for unit in [each for each in world.units if each.district == district][-2:]:
            free = [key for key in sorted(world.attributes) if not world.known(unit.name, 2023, key)]
            key = random.choice(free)
            page = f"district {district}"
            world.add(Fact(unit.name, 2023, key, drawer.value(key, unit.name), "child", page))


def _draw_rivals(world: World, random: Random, drawer: Drawer) -> None:
    """Bulletins of the districts: three units whose figure is another one, and one whose figure is the same."""
    for district in sorted({unit.district for unit in world.units}):
        names = [unit.name for unit in world.units if unit.district == district]
        for year in YEARS:
            page = f"bulletin {district} {year}"
            for number, name in enumerate(random.sample(names, 4)):
                choices = [
                    at
                    for at, fact in enumerate(world.facts)
                    if (fact.unit, fact.year, fact.kind) == (name, year, "actual")
                    and len(world.known(name, year, fact.attribute)) == 1
                ]
                at = random.choice(choices)
                fact = world.facts[at]
                rival = fact.value if number == 3 else drawer.value(fact.attribute, name)
                world.replace(at, replace(fact, rival=rival, rival_page=page))
