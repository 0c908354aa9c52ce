"""The figures that judge an answer: pure functions, each beside its formula.

Texts are compared folded (simplified, half-width, variants unified) and without white space. A
metric that does not apply to a case gives None and counts nowhere; an average is over the rest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from index.fold import fold
from rag.types import Answer, Citation

FACT_SENTENCES = 2
LIST_SENTENCES = 12
LIST_CHARACTERS = 600

_SPACE = re.compile(r"\s+")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)年")
_STREET = re.compile(r"[\u4e00-\u9fff]{2,3}(?=街道)")
_DISTRICT = re.compile(r"[\u4e00-\u9fff]{2}(?<![街片社小辖园城地景校郊厂灾特山])(?=区(?!域|块|位))")
_NUMBER = re.compile(r"(\d[\d,.]{0,30})([万亿]?[\u4e00-\u9fff%])")


def folded(text: str) -> str:
    """`text` as it is compared: folded, without white space.

    >>> folded("蓮塘　街道２０２４年")
    '莲塘街道2024年'
    """
    return _SPACE.sub("", fold(text))


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of the values that apply; None where none does."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def distinct(documents: Iterable[str]) -> list[str]:
    """The documents of a ranking of passages, each at its first place."""
    return list(dict.fromkeys(documents))


def recall_at(ranking: Sequence[str], gold: Sequence[str], k: int, needed: int | None = None) -> float | None:
    """recall@k = min(|gold ∩ first k of the ranking|, needed) / needed, by document.

    `needed` is how many of the gold documents an answer needs: all of them where it is not given.
    """
    needed = len(set(gold)) if needed is None else needed
    if not gold or not needed:
        return None
    return min(len(set(gold) & set(ranking[:k])), needed) / needed


def reciprocal_rank(ranking: Sequence[str], gold: Sequence[str], k: int = 10) -> float | None:
    """RR@k = 1 / rank of the first right document among the first k, 0 where none is; its mean is MRR@k."""
    if not gold:
        return None
    wanted = set(gold)
    for rank, document in enumerate(ranking[:k], start=1):
        if document in wanted:
            return 1.0 / rank
    return 0.0


def holds(text: str, answers: Sequence[str], all_of: Sequence[str]) -> bool:
    """True where any of `answers` (if there are any) and all of `all_of` stand in `text`, folded."""
    plain = folded(text)
    return (not answers or any(folded(each) in plain for each in answers)) and all(
        folded(each) in plain for each in all_of
    )


def is_short_enough(sentences: Sequence[str], wants_list: bool) -> bool:
    """A fact takes at most 2 sentences; a list at most 12 sentences or 600 characters."""
    if not wants_list:
        return len(sentences) <= FACT_SENTENCES
    return len(sentences) <= LIST_SENTENCES or sum(map(len, sentences)) <= LIST_CHARACTERS


def quote_precision(citations: Sequence[Citation], answers: Sequence[str], all_of: Sequence[str]) -> float | None:
    """Citations that hold an answer, or one item of the list / citations. None where nothing is cited.

    The quote may be damaged where its repaired reading is not: either may hold it.
    """
    wanted = [folded(each) for each in (*answers, *all_of)]
    if not citations or not wanted:
        return None
    right = 0
    for citation in citations:
        texts = (folded(citation.quote), folded(citation.text))
        right += any(each in text for each in wanted for text in texts)
    return right / len(citations)


def document_precision(citations: Sequence[Citation], gold: Sequence[str]) -> float | None:
    """Citations from a right document / citations. None where nothing is cited or no document is gold."""
    if not citations or not gold:
        return None
    return sum(citation.document in gold for citation in citations) / len(citations)


def coverage(answer: Answer) -> float | None:
    """Sentences that carry the mark of an existing citation / sentences. None on a refusal."""
    if answer.refused or not answer.sentences:
        return None
    known = {citation.n for citation in answer.citations}
    return sum(bool(known & set(sentence.marks)) for sentence in answer.sentences) / len(answer.sentences)


def refusal_precision(pairs: Iterable[tuple[bool, bool]]) -> float | None:
    """Of (answerable, refused): refused and unanswerable / refused. None where nothing was refused."""
    return mean(float(not answerable) for answerable, refused in pairs if refused)


def refusal_recall(pairs: Iterable[tuple[bool, bool]]) -> float | None:
    """Of (answerable, refused): refused and unanswerable / unanswerable."""
    return mean(float(refused) for answerable, refused in pairs if not answerable)


def false_refusals(pairs: Iterable[tuple[bool, bool]]) -> float | None:
    """Of (answerable, refused): refused and answerable / answerable."""
    return mean(float(refused) for answerable, refused in pairs if answerable)


def years_in(text: str) -> frozenset[int]:
    """The years that stand in a text with four digits and 年.

    >>> sorted(years_in("2023年和２０２４年"))
    [2023, 2024]
    """
    return frozenset(int(year) for year in _YEAR.findall(fold(text)))


def is_wrong_year(citation: Citation, years: Iterable[int]) -> bool:
    """True where the citation is known to speak of other years than the ones asked for.

    Its years are those of its text, else of its headings, else of its title, else the year of its
    date; one that names none is not known to be wrong.
    """
    wanted = set(years)
    named = years_in(citation.text) or years_in(" ".join(citation.heading)) or years_in(citation.title or "")
    if not named and citation.date:
        named = frozenset({int(citation.date[:4])})
    return bool(wanted and named and not wanted & named)


def places_in(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The streets and the districts that a text names, without 街道 and 区; two characters tell them apart.

    >>> [sorted(names) for names in places_in("福田区园岭街道")]
    [['园岭'], ['福田']]
    """
    plain = folded(text)
    streets = frozenset(name[-2:] for name in _STREET.findall(plain))
    return streets, frozenset(_DISTRICT.findall(plain))


def is_wrong_place(citation: Citation, place_text: str) -> bool:
    """True where the citation's place is known and is another one, of the same kind, than those asked for.

    A street is never wrong for a question about its district alone.
    """
    streets, districts = places_in(place_text)
    own_streets, own_districts = places_in(citation.place or "")
    if streets and own_streets:
        return not streets & own_streets
    return bool(districts and own_districts and not districts & own_districts)


def wrong_number_first(text: str, answers: Sequence[str]) -> bool | None:
    """True where another number of the same unit stands before the right one in `text`.

    None where no gold answer is a number with a unit, or `text` does not hold it.

    >>> wrong_number_first("引进24家，其中19家在上半年", ["19家"])
    True
    """
    plain = folded(text)
    for answer in map(folded, answers):
        gold = _NUMBER.match(answer)
        at = plain.find(answer)
        if gold is None or at < 0:
            continue
        unit = gold.group(2)
        return any(match.group(2) == unit for match in _NUMBER.finditer(plain, 0, at))
    return None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
