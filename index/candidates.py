"""The characters that may have been meant where one or both bytes are gone, by script, by byte, by likelihood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from index import gbk
from index.fold import fold
from index.gbk import pair_of
from index.likelihood import single
from index.readings import hanzi_read, is_reading, is_usual_reading

FOREIGN = 6.0  # nats: a simplified form on a traditional page, or the other way round
ODD_FORM = 8.0  # full-width letters, digits and signs that have a common twin
RAREST = -13.0  # log probability of characters that are considered
RARE_GAP = 2.0  # pairs outside the rows that decoders are known to drop
SENTENCE_END = 3.0  # neighbours alone see no harm in ending a sentence anywhere

ENDS = frozenset(".!?")
_SIGNS = "，。、；：？！（）《》〈〉“”‘’【】—…·％"  # what Chinese pages write besides hanzi


@dataclass(frozen=True, slots=True)
class Candidate:
    """A character that may have been meant: its folded form, its two bytes, how well it fits the page's script
    (`fit`, nats, 0 or below) and how likely it is anywhere, fit included (`alone`, log probability). `end` is what
    is held against a sign that ends a sentence, `gap` how odd it is that its last byte was dropped with the next one's
    first (nats, 0 or above)."""

    character: str
    folded: str
    lead: int
    trail: int
    fit: float
    alone: float
    end: float
    gap: float

    @property
    def is_hanzi(self) -> bool:
        """Whether this is a hanzi and not a sign."""
        return "\u4e00" <= self.character <= "\u9fff"


class Alphabet:
    """The candidates of one script: `charset` is big5, gb2312 or gbk (both). Lists have the most common first."""

    def __init__(self, charset: str) -> None:
        self._charset = charset
        self._table = gbk.table()
        self._of_pair: dict[int, Candidate] = {}
        self._leads: dict[int, tuple[Candidate, ...]] = {}
        self._trails: dict[int, tuple[Candidate, ...]] = {}
        self._gapped: dict[int, tuple[Candidate, ...]] = {}
        self._high: dict[int, tuple[Candidate, ...]] = {}
        self._behind: dict[tuple[int, int], tuple[Candidate, ...]] = {}
        self._forms: dict[str, list[Candidate]] = {}
        self._read: dict[str, list[Candidate]] = {}
        self._read_after: dict[tuple[int, str], tuple[list[Candidate], list[Candidate]]] = {}

    def of_pair(self, pair: int) -> Candidate:
        """The candidate of a pair of bytes that the code table has."""
        found = self._of_pair.get(pair)
        if found is None:
            character = self._table.character[pair]
            folded = fold(character)
            fit = self._fit(character)
            lead, trail = divmod(pair, 0x100)
            end = SENTENCE_END if folded in ENDS else 0.0
            gap = end + (RARE_GAP if 0xA1 <= trail <= 0xA9 else 0.0)
            found = Candidate(character, folded, lead, trail, fit, single(folded) + fit, end, gap)
            self._of_pair[pair] = found
        return found

    def by_lead(self, byte: int) -> tuple[Candidate, ...]:
        """The candidates that begin with a byte."""
        if byte not in self._leads:
            self._leads[byte] = self._ranked(self._table.by_lead.get(byte, ()))
        return self._leads[byte]

    def by_trail(self, byte: int) -> tuple[Candidate, ...]:
        """The candidates that end with a byte."""
        if byte not in self._trails:
            self._trails[byte] = self._ranked(self._table.by_trail.get(byte, ()))
        return self._trails[byte]

    def ending_in_gap(self, lead: int) -> tuple[Candidate, ...]:
        """Those that begin with `lead` and end with a byte that a dropped pair may have begun with."""
        if lead not in self._gapped:
            self._gapped[lead] = tuple(one for one in self.by_lead(lead) if one.trail in self._table.gaps)
        return self._gapped[lead]

    def ending_high(self, lead: int) -> tuple[Candidate, ...]:
        """Those that begin with `lead` and end with a byte that cannot stand alone."""
        if lead not in self._high:
            self._high[lead] = tuple(one for one in self.by_lead(lead) if one.trail > 0x80)
        return self._high[lead]

    def behind_gap(self, before: int, trail: int) -> tuple[Candidate, ...]:
        """Those that end with `trail` and begin with a byte that makes no character behind `before`."""
        key = before, trail
        if key not in self._behind:
            leads = self._table.gaps[before]
            self._behind[key] = tuple(one for one in self.by_trail(trail) if one.lead in leads)
        return self._behind[key]

    def read_after(self, lead: int, syllable: str) -> tuple[list[Candidate], list[Candidate]]:
        """Those that begin with `lead`, end with a high byte and are read so: usually, and in some other way."""
        key = lead, syllable
        if key not in self._read_after:
            pairs = (pair for pair in self._table.by_lead.get(lead, ()) if pair & 0xFF > 0x80)
            known = [one for pair in pairs if is_reading(syllable, (one := self.of_pair(pair)).character)]
            exact = [one for one in known if is_usual_reading(syllable, one.character)]
            self._read_after[key] = exact, [one for one in known if one not in exact]
        return self._read_after[key]

    def forms(self, folded: str) -> list[Candidate]:
        """The characters of this script that fold to `folded`."""
        found = self._forms.get(folded)
        if found is None:
            every = [self.of_pair(pair) for pair in _pairs_by_folded().get(folded, ())]
            found = self._forms[folded] = [one for one in every if one.fit == 0.0]
        return found

    def read_as(self, syllable: str) -> list[Candidate]:
        """The characters of this script with exactly this reading, the most common first."""
        found = self._read.get(syllable)
        if found is None:
            pairs = ((character, pair_of(character)) for character in hanzi_read(syllable))
            known = [self.of_pair(pair) for character, pair in pairs if pair and self._fit(character) == 0.0]
            found = self._read[syllable] = sorted(known, key=lambda one: -one.alone)
        return found

    def _ranked(self, pairs: Iterable[int]) -> tuple[Candidate, ...]:
        candidates = (self.of_pair(pair) for pair in pairs)
        return tuple(sorted((one for one in candidates if one.alone > RAREST), key=lambda one: -one.alone))

    def _fit(self, character: str) -> float:
        if "\u4e00" <= character <= "\u9fff":
            return 0.0 if character.encode(self._charset, "ignore") else -FOREIGN
        return 0.0 if character in _SIGNS else -ODD_FORM


@cache
def alphabet(charset: str) -> Alphabet:
    """The alphabet of a charset; built as it is asked, and the same for every page."""
    return Alphabet(charset)


@cache
def _pairs_by_folded() -> dict[str, list[int]]:
    """The GBK pairs of every folded character."""
    found: dict[str, list[int]] = {}
    characters = gbk.table().character
    for pair, folded in zip(characters, fold("".join(characters.values())), strict=True):
        found.setdefault(folded, []).append(pair)
    return found
