"""Which documents belong to a place and which to a year: grouped once for an opened index, then looked up.

A corpus has many documents and few places, few combinations of years: a question compares its scope with those, and
what fits leads to documents and on to their passages, without a look at anything that does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache
from typing import TypeVar

import numpy
from numpy.typing import NDArray

from index.scope import reachable_years
from index.texts import Heading
from index.types import Scope

Numbers = NDArray[numpy.int64]
Years = tuple[
    frozenset[int], frozenset[int]
]  # stated by a document (none: unknown), and within reach of its 去年 or 明年
Key = TypeVar("Key", bound=Hashable)


class Filters:
    """The documents of `headings` by place and by years. Numbers are ascending wherever they are returned."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        self._first = numpy.array([heading.first for heading in headings], numpy.int64)
        self._passages = numpy.array([heading.passages for heading in headings], numpy.int64)
        self._places = _grouped((heading.place, heading.id) for heading in headings)
        self._years = _grouped((_years_of(heading), heading.id) for heading in headings)
        self._stated = _grouped((_stated(heading), heading.id) for heading in headings)

    def of_places(self, fits: Callable[[str], bool]) -> Numbers:
        """The documents that say where they belong, and belong where `fits` is true; asked once a place."""
        return _joined(found for place, found in self._places.items() if place is not None and fits(place))

    @property
    def without_place(self) -> Numbers:
        """The documents that do not say where they belong."""
        return self._places.get(None, numpy.zeros(0, numpy.int64))

    def of_years(self, wanted: frozenset[int]) -> tuple[Numbers, Numbers]:
        """The documents of one of the years `wanted` or of no year, and those that reach one by 去年 or 明年."""
        stated = _joined(found for (own, _), found in self._years.items() if not own or own & wanted)
        reaching = _joined(found for (_, near), found in self._years.items() if near & wanted)
        return stated, reaching

    def of_kind(self, kind: str, fits: Callable[[Scope], bool]) -> Numbers:
        """The documents of a kind of whose own place and years `fits` is true; asked once for all of the same."""
        return _joined(found for (own, scope), found in self._stated.items() if own == kind and fits(scope))

    def passages_of(self, documents: Numbers) -> Numbers:
        """The passages of some documents."""
        sizes = self._passages[documents]
        before = numpy.cumsum(sizes) - sizes
        return numpy.repeat(self._first[documents] - before, sizes) + numpy.arange(int(sizes.sum()))


def _stated(heading: Heading) -> tuple[str | None, Scope]:
    return heading.kind, Scope((heading.place,) if heading.place else (), heading.years)


def _years_of(heading: Heading) -> Years:
    """A report speaks of its year and plans the next one."""
    ahead = {year + 1 for year in heading.years} if heading.kind == "report" else set()
    return frozenset(ahead | set(heading.years)), _reach(heading.years, heading.date)


@cache
def _reach(years: tuple[int, ...], date: str | None) -> frozenset[int]:
    return frozenset(reachable_years(years, date))


def _grouped(pairs: Iterable[tuple[Key, int]]) -> dict[Key, Numbers]:
    groups: dict[Key, list[int]] = {}
    for key, number in pairs:
        groups.setdefault(key, []).append(number)
    return {key: numpy.array(numbers, numpy.int64) for key, numbers in groups.items()}


def _joined(parts: Iterable[Numbers]) -> Numbers:
    return numpy.sort(numpy.concatenate([numpy.zeros(0, numpy.int64), *parts]))
