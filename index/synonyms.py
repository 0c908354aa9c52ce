"""Words that mean the same: what a question says in other words than the page, or in another region's."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from index.keywords import character_pairs

_ASKS = frozenset("什怎哪谁几多")  # a word with one of these asks, and stays as it is
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


def in_words_of(folded: str, text: str) -> str:
    """A folded question in the words of a folded text: what the text does not say and has a synonym for, by that.

    >>> in_words_of("写字楼有几栋", "共有14栋商务楼宇")
    '商务楼宇有几栋'
    """
    known = (word for word in _groups() if word in folded and not _ASKS & set(word))
    # What follows 几 or a figure is a measure word: 几起火灾 holds no 起火.
    for word in sorted(known, key=len, reverse=True):
        if word in folded and word not in text:
            said = next((other for other in _groups()[word] if len(other) > 1 and other in text), None)
            folded = re.sub(rf"(?<![几少0-9]){re.escape(word)}", said, folded) if said else folded
    return folded
