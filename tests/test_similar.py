"""Near-duplicates: found by their texts, told apart by place and year."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from index.similar import THRESHOLD, NearDuplicates, _shingles, similarity

LETTERS = "".join(chr(0x4E00 + number) for number in range(400))


def families(texts: list[str], keys: list[object] | None = None) -> list[int]:
    """The family of each text, given one after another."""
    near = NearDuplicates(lambda number: texts[number])
    return [near.add(text, (keys or [None] * len(texts))[number]) for number, text in enumerate(texts)]


def page(seed: int, length: int = 600) -> str:
    """A text that no other seed gives."""
    return "".join(random.Random(seed).choices(LETTERS, k=length))


def test_a_repost_with_a_note_is_of_the_family_of_the_first() -> None:
    first = page(1)
    assert families([page(2), first, page(3), "转载：" + first, first + "（完）", first[:300] + page(4)]) == [
        *(0, 1, 2, 1, 1, 5),
    ]


def test_white_space_makes_no_difference() -> None:
    first = page(1)
    assert families([first, "\n".join(first)]) == [0, 0]


def test_another_place_or_year_is_another_family() -> None:
    texts = [page(1)] * 4
    keys: list[object] = [("甲街道", (2023,)), ("乙街道", (2023,)), ("甲街道", (2024,)), ("甲街道", (2023,))]
    assert families(texts, keys) == [0, 1, 2, 0]


def test_texts_too_short_to_compare_stand_alone() -> None:
    assert families(["", "", "短文", "短文"]) == [0, 1, 2, 3]


def test_every_pair_at_the_threshold_is_found() -> None:
    """200 pairs whose similarity lies just above 0.9, and 200 just below: all told apart."""
    found = missed = 0
    for seed in range(200):
        first = page(seed)
        for changes in (4, 12):
            second = list(first)
            for at in random.Random(seed).sample(range(10, 590, 20), changes):
                second[at] = "〇"
            text = "".join(second)
            alike = similarity(_shingles(first), _shingles(text)) >= THRESHOLD
            assert alike == (changes == 4)
            is_found = families([first, text]) == [0, 0]
            found += alike and is_found
            missed += alike != is_found
    assert (found, missed) == (200, 0)


@settings(deadline=None)
@given(st.lists(st.text("甲乙丙丁", max_size=40), max_size=8))
def test_a_family_is_named_after_its_earliest_member(texts: list[str]) -> None:
    result = families(texts)
    for number, family in enumerate(result):
        assert family <= number
        assert result[family] == family
