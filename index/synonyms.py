"""Words that mean the same: what a question says in other words than the page, or in another region's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from index.keywords import character_pairs

TABLE = Path(__file__).with_name("data") / "synonyms.tsv"


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """For every word of the table the words that mean the same, in the order of the table."""
    found: dict[str, tuple[str, ...]] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        words = tuple(line.split("\t")) if line and not line.startswith("#") else ()
        for word in words:
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *(other for other in words if other != word))))
    return found


def alternatives(folded: str) -> dict[str, tuple[str, ...]]:
    """For the terms (character pairs, Latin words) of a folded question the words that would say the same.

    >>> alternatives("去年gdp是多少")["gdp"]
    ('地区生产总值', '国内生产总值', '生产总值')
    """
    found: dict[str, tuple[str, ...]] = {}
    for word, others in _groups().items():
        if word in folded:
            for term in character_pairs(word):
                found[term] = tuple(dict.fromkeys((*found.get(term, ()), *others)))
    return found
