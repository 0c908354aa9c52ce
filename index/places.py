"""Which administrative places a text names, and which place lies within which.

A dictionary (`data/places.tsv`) knows provinces, prefecture-level cities, the districts of the large
cities and some streets; a grammar of forms (X街道, X区, X镇 …) recognises the places that no dictionary
knows; a corpus adds the places that its documents are about (`Gazetteer.with_learnt`).

Precision comes first: a place that is read into a text where none stands turns a good answer into a
refusal. So 社区, 全区, 小区 are words, 罗湖口岸 is a facility, and a short name that is also a word of
the language counts only where its neighbours make it a place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from index.fold import fold
from index.place_names import (
    FORM,
    KINDS,
    is_common,
    is_cut,
    qualifier_of,
    stands_alone,
    start_of_unknown,
)
from index.place_names import bare_name as bare_name
from index.place_names import kind_of as kind_of

# Ranks of the administrative ladder: 1 is the widest. Below a street (社区, 村) a name is the subject
# of a question rather than its scope.
RANKS = {"province": 1, "city": 2, "district": 3, "county": 3, "street": 4, "town": 4, "community": 5, "village": 5}
SCOPE_RANK = 4
LEARNING_HEAD = 20_000  # characters of a page from which the parents of places are learnt


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place that `text[start:end]` names. `bare` is true for a short form (莲塘 for 莲塘街道)."""

    start: int
    end: int
    name: str
    full_name: str
    kind: str
    bare: bool = False


class _Form(NamedTuple):
    """One way to write a place: its full name, and whether its neighbours must vouch for it."""

    full_name: str
    bare: bool
    guarded: bool


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The places that are known: what they are called, what they are, and where they lie."""

    kinds: Mapping[str, str]
    parent_names: Mapping[str, tuple[str, ...]]
    forms: Mapping[str, tuple[_Form, ...]]
    by_head: Mapping[str, tuple[str, ...]]  # first two characters → forms, longest first
    learnt: frozenset[str] = frozenset()

    def with_learnt(self, names: Mapping[str, str | None]) -> Gazetteer:
        """This gazetteer and the places that a corpus is about, each with its parent or None.

        A learnt parent replaces the dictionary's: in a corpus from 嘉兴, 南湖街道 is not in 罗湖区.
        """
        folded = {fold(name): fold(parent) if parent else None for name, parent in names.items()}
        places = [
            (name, kind, parent, bare_name(name))
            for name, parent in folded.items()
            if (kind := kind_of(name)) and RANKS[kind] <= SCOPE_RANK
        ]
        kinds, parents, forms = dict(self.kinds), dict(self.parent_names), dict(self.forms)
        for name, kind, parent, bare in places:
            kinds.setdefault(name, kind)
            if parent:
                parents[name] = (parent,)
            elif name not in parents:
                parents[name] = ()
            forms[name] = (_Form(name, False, False),)
            if len(bare) >= 2 and not is_common(bare):
                others = tuple(form for form in forms.get(bare, ()) if form.full_name != name)
                forms[bare] = (_Form(name, True, False), *others)
        return _gazetteer(kinds, parents, forms, self.learnt | {name for name, *_ in places})

    def find(self, text: str) -> list[PlaceMention]:
        """The places that `text` names, in order, not overlapping. Offsets are into `text`."""
        return self.find_folded(fold(text))

    def find_folded(self, folded: str) -> list[PlaceMention]:
        """As `find`, in a text that is folded already."""
        return _resolved(_with_forms(folded, self._known(folded)), self)

    def canonical(self, name: str) -> str:
        """The full name of a place: 莲塘 → 莲塘街道. A name that is not known stays as it is."""
        name = fold(name)
        found = self.forms.get(name)
        return found[0].full_name if found else name

    def kind(self, name: str) -> str | None:
        """What the place is: province, city, district, county, street, town …; None if unknown."""
        return self.kinds.get(name) or kind_of(name)

    def rank(self, name: str) -> int:
        """1 for a province … 4 for a street or town, 5 below; 9 where the name does not tell."""
        return RANKS.get(self.kind(name) or "", 9)

    def parents(self, name: str) -> tuple[str, ...]:
        """The places around a place, the nearest first; empty where they are unknown or not certain.

        A name qualified by its parent (嘉兴市南湖街道) lies in what it is qualified by.
        """
        around: list[str] = []
        candidates = self._parent_names_of(self.canonical(name))
        while len(candidates) == 1 and candidates[0] not in around:
            around.append(candidates[0])
            candidates = self._parent_names_of(candidates[0])
        return tuple(around)

    def is_within(self, child: str, parent: str) -> bool:
        """Whether `child` is `parent` or lies in it, as far as is known."""
        child, parent = self.canonical(child), self.canonical(parent)
        return child == parent or parent in self.parents(child)

    def may_be_within(self, child: str, parent: str) -> bool:
        """Whether nothing known speaks against `child` lying in `parent`.

        A place whose parents are not known may lie in any place of a wider rank.
        """
        if self.is_within(child, parent):
            return True
        known = self.parents(child)
        if any(self.rank(place) <= self.rank(parent) for place in known):
            return False
        if parent in self._possible_parents(child):
            return True
        return not self.parent_names.get(child) and self.rank(parent) < self.rank(child)

    def _parent_names_of(self, name: str) -> tuple[str, ...]:
        qualifier = qualifier_of(name)
        return self.parent_names.get(name) or ((qualifier,) if qualifier else ())

    def _possible_parents(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self.parent_names.get(name, ()))
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                waiting.extend(self.parent_names.get(place, ()))
        return found

    def _known(self, folded: str) -> list[PlaceMention]:
        """Mentions of known forms, leftmost and longest first."""
        found: list[PlaceMention] = []
        by_head, done = self.by_head, 0
        for at in [at for at in range(len(folded) - 1) if folded[at : at + 2] in by_head]:
            mention = self._known_at(folded, at, by_head[folded[at : at + 2]], done) if at >= done else None
            if mention is not None:
                found.append(mention)
                done = mention.end
        return found

    def _known_at(self, folded: str, at: int, candidates: Sequence[str], done: int) -> PlaceMention | None:
        for written in candidates:
            if not folded.startswith(written, at):
                continue
            end = at + len(written)
            for form in self.forms[written]:
                if not form.bare and is_cut(folded, end, written):
                    continue
                if form.bare and not stands_alone(folded, at, end, form.guarded, done == at and at > 0):
                    continue
                return PlaceMention(
                    at, end, written, form.full_name, self.kinds.get(form.full_name, "street"), form.bare
                )
        return None


def find_places(text: str, gazetteer: Gazetteer | None = None) -> list[PlaceMention]:
    """The administrative places that `text` names, by the dictionary and the grammar of forms.

    >>> [mention.full_name for mention in find_places("比较福田区园岭街道和黄贝街道")]
    ['福田区', '园岭街道', '黄贝街道']
    """
    return (gazetteer or dictionary()).find(text)


@cache
def dictionary() -> Gazetteer:
    """The gazetteer of the dictionary alone, as it is shipped."""
    kinds: dict[str, str] = {}
    parents: dict[str, tuple[str, ...]] = {}
    forms: dict[str, tuple[_Form, ...]] = {}
    for line in files("index").joinpath("data/places.tsv").read_text("utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        name, kind, parent, aliases = line.split("\t")
        kinds.setdefault(name, kind)
        parents[name] = (*parents.get(name, ()), parent) if parent else parents.get(name, ())
        forms[name] = (_Form(name, False, False),)
        for alias in filter(None, aliases.split(";")):
            form = _Form(name, True, alias.startswith("?"))
            written = alias.lstrip("?")
            if form not in forms.get(written, ()):
                forms[written] = (*forms.get(written, ()), form)
    return _gazetteer(kinds, parents, forms, frozenset())


def learn_places(pages: Iterable[tuple[str | None, str]], gazetteer: Gazetteer) -> dict[str, str | None]:
    """What a corpus teaches: the places that its pages are about, each with its parent or None.

    `pages` are (place of the document, its text). The parent is the place that most often stands
    directly before the name (福田区园岭街道), else the dictionary's.
    """
    names: set[str] = set()
    before: dict[str, Counter[str]] = {}
    for place, text in pages:
        if not place:
            continue
        names.add(place)
        mentions = gazetteer.find(text[:LEARNING_HEAD])
        for wide, narrow in zip(mentions, mentions[1:], strict=False):
            if wide.end == narrow.start and RANKS[wide.kind] < RANKS[narrow.kind]:
                before.setdefault(narrow.name, Counter())[wide.full_name] += 1
    learnt: dict[str, str | None] = {}
    for name in sorted(names):
        around = gazetteer.parents(name)
        counts = before.get(name)
        learnt[name] = counts.most_common(1)[0][0] if counts else (around[0] if around else None)
    return learnt


def _gazetteer(
    kinds: dict[str, str],
    parents: dict[str, tuple[str, ...]],
    forms: dict[str, tuple[_Form, ...]],
    learnt: frozenset[str],
) -> Gazetteer:
    by_head: dict[str, list[str]] = {}
    for written in forms:
        by_head.setdefault(written[:2], []).append(written)
    ordered = {head: tuple(sorted(written, key=len, reverse=True)) for head, written in by_head.items()}
    return Gazetteer(kinds, parents, forms, ordered, learnt)


def _with_forms(folded: str, known: list[PlaceMention]) -> list[PlaceMention]:
    """The known mentions and those that only the grammar sees, in order."""
    found: list[PlaceMention] = []
    following = 0
    for suffix in FORM.finditer(folded):
        while following < len(known) and known[following].end <= suffix.start():
            found.append(known[following])
            following += 1
        if following < len(known) and known[following].start < suffix.end():
            continue
        start = start_of_unknown(folded, suffix.start(), suffix.group(), found[-1].end if found else 0)
        if start is not None:
            name = folded[start : suffix.end()]
            found.append(PlaceMention(start, suffix.end(), name, name, KINDS[suffix.group()]))
    return found + known[following:]


def _resolved(mentions: list[PlaceMention], gazetteer: Gazetteer) -> list[PlaceMention]:
    """Qualify a name by the place directly before it where the two do not belong together.

    嘉兴市南湖街道 is not the 南湖街道 of a corpus from 罗湖区.
    """
    resolved: list[PlaceMention] = []
    for mention in mentions:
        wide = resolved[-1] if resolved else None
        if wide is not None and wide.end == mention.start and RANKS[wide.kind] < RANKS[mention.kind]:
            full_name = _within(mention, wide, gazetteer)
            mention = PlaceMention(mention.start, mention.end, mention.name, full_name, mention.kind, mention.bare)
        resolved.append(mention)
    return resolved


def _within(mention: PlaceMention, wide: PlaceMention, gazetteer: Gazetteer) -> str:
    """The full name of `mention` directly behind `wide`: of several places of one name, the one that lies there."""
    for form in gazetteer.forms.get(mention.name, ()):
        if gazetteer.may_be_within(form.full_name, wide.full_name):
            return form.full_name
    if mention.name not in gazetteer.forms:
        return mention.full_name
    return wide.full_name + mention.full_name
