"""Which characters may have been meant where bytes are gone: the likeliest of those that fit what is left.

A decoder drops pairs that stand for nothing. Where it dropped one between two visible characters, each of two
neighbours lacks a byte; where it dropped two, the character between them has none left.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import TypeVar

from index import gbk
from index.candidates import Alphabet, Candidate
from index.likelihood import UNSEEN_PAIR, Likelihood, State, seen_after
from index.readings import readings

CLOSE = 8.0  # nats behind the likeliest candidate, by neighbouring characters alone
TRIED = 8  # candidates weighed in full, out of those that neighbouring characters make likely
REMEMBERED = 20_000  # lists at most that are kept for all pages; then remembering begins anew
Ranked = tuple[float, int, Candidate]  # nats, a number that settles ties, and the candidate
Couple = tuple[float, list[Candidate]]  # what neighbouring characters and bytes say of them (nats), and the two
_Any = TypeVar("_Any")


class Gaps:
    """The likeliest candidates on one page, remembered by what they depend on."""

    def __init__(self, likelihood: Likelihood, alphabet: Alphabet) -> None:
        self.likelihood = likelihood
        self._alphabet = alphabet
        self._usual = usual(alphabet)
        self._table = gbk.table()
        self._fitting: dict[tuple[str, int], list[Candidate]] = {}
        self._couples: dict[tuple[str, int, int, str], list[Couple]] = {}
        self._behind: dict[tuple[str, int, str], list[Ranked]] = {}

    def likely(self, state: State, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The few candidates that fit best behind the last character; `candidates` have the most common first."""
        last = state.tail[-1:]
        if not isinstance(candidates, tuple):  # tuples are the alphabet's, which never go
            return [one for _, _, one in _nearest([*_fit(last, candidates), *self._here(last, candidates)])]
        key = last, id(candidates)
        found = self._fitting.get(key)
        if found is None:
            ranked = _merged(self._usual.fit(last, candidates), self._here(last, candidates))
            found = self._fitting[key] = [one for _, _, one in _nearest(ranked)]
        return found

    def _here(self, last: str, candidates: Sequence[Candidate]) -> list[Ranked]:
        """What stands behind a character on this page, ranked."""
        here = self.likelihood.here(last)
        if not here:
            return []
        if not isinstance(candidates, tuple):
            return [(here[one.folded] + one.fit, -at, one) for at, one in enumerate(candidates) if one.folded in here]
        ranks = self._usual.ranks(candidates)
        found = sorted([at for folded in here if folded in ranks for at in ranks[folded]])
        return [(here[candidates[at].folded] + candidates[at].fit, -at, candidates[at]) for at in found]

    def across_gap(self, state: State, pending: int, first: int | None, syllable: str = "") -> list[Couple]:
        """The likeliest couples that lost their middle bytes in one dropped pair, best first.

        The first begins with `pending`, the second ends with `first`; None: with any high byte (and is
        read as `syllable`).
        """
        key = state.tail[-1:], pending, first or 0, syllable
        found = self._couples.get(key)
        if found is None:
            firsts = self._alphabet.ending_in_gap(pending)
            found = self._couples[key] = self._couples_across(state, firsts, first, syllable)
        return found

    def behind_slip(self, state: State, first: int) -> list[Couple]:
        """The likeliest couples of which the first byte became `?` and the middle ones were dropped, best first."""
        key = state.tail[-1:], 0, first, ""
        found = self._couples.get(key)
        if found is None:
            firsts = [one for one in self.followers(state.tail[-1:]) if one.trail in self._table.gaps]
            found = self._couples[key] = self._couples_across(state, firsts, first, "")
        return found

    def _couples_across(
        self, state: State, firsts: Sequence[Candidate], first: int | None, syllable: str
    ) -> list[Couple]:
        couples: list[tuple[float, Candidate, Candidate]] = []
        least = -math.inf
        for one in self.likely(state, firsts):
            begun = self.likelihood.pair(state.tail[-1:], one.folded) + one.fit - one.gap
            if begun <= least:  # whatever follows, it is too far behind
                continue
            for score, _, two in self._seconds(one, first, syllable):
                if begun + score <= least:
                    break
                couples.append((begun + score, one, two))
                least = max(least, begun + score - CLOSE)
        return [(score, [one, two]) for score, one, two in _nearest(couples)]

    def _seconds(self, one: Candidate, first: int | None, syllable: str) -> list[Ranked]:
        """The likeliest characters behind `one` and a dropped pair, best first."""
        ranked = self._usual.seconds(one, first, syllable)
        here = self.likelihood.here(one.folded)
        if not here:
            return ranked
        key = one.character, first or 0, syllable
        found = self._behind.get(key)
        if found is None:
            known = (two for folded in here for two in self._alphabet.forms(folded))
            fitting = [two for two in known if _fits(one, two, first, syllable)]
            more = [(here[two.folded] + two.fit - two.end, 0, two) for two in fitting]
            found = self._behind[key] = _merged(ranked, more)[:TRIED] if more else ranked
        return found

    def across_two_gaps(
        self, state: State, firsts: Sequence[Candidate], thirds: Sequence[Candidate]
    ) -> list[list[Candidate]]:
        """The likeliest triples between which two pairs were dropped: the one in the middle has no byte left."""
        found: list[tuple[float, list[Candidate]]] = []
        gaps = self._table.gaps
        for one in self.likely(state, firsts)[: TRIED // 2]:
            begun = self.likelihood.pair(state.tail[-1:], one.folded) + one.fit
            seen = seen_after(one.folded)
            for two in self.followers(one.folded):
                if two.trail in gaps and two.lead in gaps[one.trail]:
                    after = seen_after(two.folded)
                    leads = gaps[two.trail]
                    middle = begun + seen[two.folded]
                    found += [
                        (middle + after[three.folded] + three.fit, [one, two, three])
                        for three in thirds
                        if three.folded in after and three.lead in leads
                    ]
        return [meant for _, meant in heapq.nlargest(TRIED // 2, found, key=itemgetter(0))]

    def followers(self, folded: str) -> list[Candidate]:
        """What is often seen after a folded character."""
        return self._usual.followers(folded)


class Usual:
    """The likeliest candidates of one alphabet anywhere, remembered for all pages."""

    def __init__(self, alphabet: Alphabet) -> None:
        self._alphabet = alphabet
        self._table = gbk.table()
        self._followed: dict[str, list[Candidate]] = {}
        self._fitting: dict[tuple[str, int], list[Ranked]] = {}
        self._behind: dict[tuple[str, int, str], list[Ranked]] = {}
        self._ranks: dict[int, dict[str, list[int]]] = {}

    def ranks(self, candidates: tuple[Candidate, ...]) -> dict[str, list[int]]:
        """Where each folded character stands among the alphabet's `candidates`."""
        found = self._ranks.get(id(candidates))
        if found is None:
            found = self._ranks[id(candidates)] = {}
            for at, one in enumerate(candidates):
                found.setdefault(one.folded, []).append(at)
        return found

    def fit(self, last: str, candidates: tuple[Candidate, ...]) -> list[Ranked]:
        """The few of the alphabet's `candidates` that fit best behind a character, best first."""
        key = last, id(candidates)
        found = self._fitting.get(key)
        if found is None:
            if len(self._fitting) >= REMEMBERED:
                self._fitting.clear()
            found = self._fitting[key] = _nearest(_fit(last, candidates))
        return found

    def seconds(self, one: Candidate, first: int | None, syllable: str) -> list[Ranked]:
        """The likeliest characters behind `one` and a dropped pair, as `Gaps.across_gap` takes them, best first."""
        key = one.character, first or 0, syllable
        found = self._behind.get(key)
        if found is None:
            if len(self._behind) >= REMEMBERED:
                self._behind.clear()
            found = self._behind[key] = self._ranked_seconds(one, first, syllable)
        return found

    def _ranked_seconds(self, one: Candidate, first: int | None, syllable: str) -> list[Ranked]:
        seen = seen_after(one.folded)
        if first is not None:
            fitting = self._alphabet.behind_gap(one.trail, first)
        else:
            among = self._alphabet.read_as(syllable) if syllable else self.followers(one.folded)
            fitting = tuple(two for two in among if _fits(one, two, None, ""))
        ranked = [(seen[two.folded] + two.fit - two.end, 0, two) for two in fitting if two.folded in seen]
        strangers = islice((two for two in fitting if two.folded not in seen), TRIED if syllable else 2)
        ranked += [(two.alone + UNSEEN_PAIR, 0, two) for two in strangers]
        ranked.sort(key=itemgetter(0), reverse=True)
        return ranked[:TRIED]

    def followers(self, folded: str) -> list[Candidate]:
        """What is often seen after a folded character."""
        found = self._followed.get(folded)
        if found is None:
            followers = seen_after(folded)
            best = heapq.nlargest(100, followers, key=lambda second: followers[second])
            found = self._followed[folded] = [one for second in best for one in self._alphabet.forms(second)]
        return found


@cache
def usual(alphabet: Alphabet) -> Usual:
    """What is usual in an alphabet; the same for every page."""
    return Usual(alphabet)


def _fits(one: Candidate, two: Candidate, first: int | None, syllable: str) -> bool:
    """Whether `two` may stand behind `one` and a dropped pair, ends with `first` (None: high) and is read so."""
    if two.lead not in gbk.table().gaps[one.trail]:
        return False
    if first is not None:
        return two.trail == first
    return two.trail > 0x80 and (not syllable or syllable in readings(two.character))


def _fit(last: str, candidates: Sequence[Candidate]) -> list[Ranked]:
    seen = seen_after(last)
    ranked = [(seen[one.folded] + one.fit, -rank, one) for rank, one in enumerate(candidates) if one.folded in seen]
    strangers = (one for one in candidates if one.folded not in seen)
    return ranked + [(one.alone + UNSEEN_PAIR, -99, one) for one in islice(strangers, TRIED // 2)]


def _merged(ranked: list[Ranked], more: list[Ranked]) -> list[Ranked]:
    """Both, best first, each candidate once with its higher figure."""
    if not more:
        return ranked
    best: dict[str, Ranked] = {}
    for one in sorted([*ranked, *more], key=itemgetter(0), reverse=True):
        best.setdefault(one[2].character, one)
    return list(best.values())


def _nearest(ranked: Iterable[tuple[float, _Any, Candidate]]) -> list[tuple[float, _Any, Candidate]]:
    """The best of what is ranked, without what falls too far behind the first."""
    best = sorted(ranked, key=itemgetter(0), reverse=True)[:TRIED]
    return [one for one in best if one[0] > best[0][0] - CLOSE]
