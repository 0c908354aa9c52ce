"""Passages of a scope are looked up; what is found is what comparing every document finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy
import pytest

from index.filters import Filters
from index.keywords import character_pairs
from index.places import dictionary
from index.scope import reachable_years
from index.store import Index, open_build
from index.texts import Heading
from index.types import Scope
from rag.scope import Compatibility, compatible
from rag.within import _RELATIVE, Bounds, spellings
from tests.corpora import fake_build, write_pages

PLACES = ("莲塘街道", "黄贝街道", "东湖街道", "罗湖区", "")
KINDS = ("工作计划", "工作总结", "通知")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Pages of several places and years, some of none; some name another place or another year."""
    home = tmp_path_factory.mktemp("filters")
    pages = {}
    for number, place in enumerate(PLACES):
        for year in (2022, 2023, 2024, 0):
            for kind in KINDS:
                title = f"{place}{f'{year}年' if year else ''}{kind}"
                other = PLACES[(number + 1) % 4] if year == 2023 else "本地"
                before = "去年" if number % 2 else "先后"
                body = f"{before}修缮楼道{number + 3}处。\n\n与{other}合办夜校，比{2021 + number * 5}年多{year % 7}班。"
                pages[f"{number}-{year}-{kind}.txt"] = f"{title}\n\n{body}\n\n文号{number}{year}{kind}。"
    fake_build(write_pages(home / "source", pages), home / "index")
    opened = open_build(home / "index")
    yield opened
    opened.close()


def expected(index: Index, scope: Scope) -> list[int]:
    """The passages that may hold evidence, by looking at every document and every passage."""

    def naming(names: Sequence[str]) -> set[int]:
        held = [[set(index.pairs.rows(term).tolist()) for term in character_pairs(name)] for name in names]
        return set().union(*(set.intersection(*sets) for sets in held))

    owners = index.passage_documents.tolist()
    everywhere = dictionary().with_learnt(index.manifest.places)
    allowed = set(range(index.passages))
    if scope.places:
        named = naming([place.removesuffix("街道").removesuffix("区") for place in scope.places])
        mentioning = {owners[number] for number in named}
        fitting = {
            heading.id
            for heading in index.headings
            if (heading.place is None and heading.id in mentioning)
            or (
                heading.place is not None
                and compatible(Scope(scope.places), Scope((heading.place,)), everywhere)
                in (Compatibility.MATCH, Compatibility.UNKNOWN)
            )
        }
        allowed &= named | {number for number in allowed if owners[number] in fitting}
    if scope.years:
        relative = naming(_RELATIVE)
        own, near = set(), set()
        for heading in index.headings:
            ahead = {year + 1 for year in heading.years} if heading.kind == "report" else set()
            if not heading.years or set(scope.years) & (ahead | set(heading.years)):
                own.add(heading.id)
            if set(scope.years) & set(reachable_years(heading.years, heading.date)):
                near.add(heading.id)
        written = naming(sorted({form for year in scope.years for form in (*spellings(year), str(year))}))
        fits = {n for n in allowed if owners[n] in own or (owners[n] in near and n in relative)}
        allowed &= fits | written
    return sorted(allowed)


@pytest.mark.parametrize(
    "scope",
    [
        Scope(("莲塘街道",)),
        Scope(("黄贝街道", "东湖街道")),
        Scope(("罗湖区",), (2024,)),
        Scope(("莲塘街道",), (2023,)),
        Scope((), (2022,)),
        Scope((), (2021,)),
        Scope((), (2024, 2025)),
        Scope(("南湖街道",), (1999,)),
    ],
    ids=str,
)
def test_what_is_looked_up_is_what_a_comparison_of_everything_finds(index: Index, scope: Scope) -> None:
    allowed = Bounds(index, dictionary().with_learnt(index.manifest.places)).allowed(scope)
    assert allowed is not None
    found = numpy.flatnonzero(allowed).tolist()
    assert found == expected(index, scope)
    assert len(found) < index.passages


def test_no_scope_is_no_filter(index: Index) -> None:
    assert Bounds(index, dictionary()).allowed(Scope()) is None


def heading(number: int, place: str | None, years: tuple[int, ...], kind: str, first: int, passages: int) -> Heading:
    return Heading(number, "s", f"{number}", None, None, place, years, None, kind, "clean", number, (), first, passages)


def test_groups_by_hand() -> None:
    filters = Filters(
        [
            heading(0, "甲街道", (2023,), "report", 0, 2),
            heading(1, None, (), "news", 2, 0),
            heading(2, "乙街道", (2021,), "plan", 2, 3),
            heading(3, "甲街道", (2024,), "plan", 5, 1),
        ]
    )
    asked: list[str] = []

    def is_first(place: str) -> bool:
        asked.append(place)
        return place == "甲街道"

    found = filters.of_places(is_first)
    assert found.tolist() == [0, 3]
    assert sorted(asked) == ["乙街道", "甲街道"]
    assert filters.without_place.tolist() == [1]
    stated, reaching = filters.of_years(frozenset({2024}))
    assert stated.tolist() == [0, 1, 3]
    assert reaching.tolist() == [0, 3]
    assert filters.of_kind("plan", lambda own: 2024 in own.years).tolist() == [3]
    assert filters.of_kind("plan", lambda own: own.places == ("乙街道",)).tolist() == [2]
    assert filters.of_kind("news", lambda own: own == Scope()).tolist() == [1]
    assert filters.passages_of(numpy.array([0, 1, 3])).tolist() == [0, 1, 5]
    assert filters.passages_of(numpy.array([], dtype=numpy.int64)).tolist() == []
