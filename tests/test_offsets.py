"""Maps lead back: whatever edits are stacked, each character leads to what it stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.offsets import Edit, OffsetMap, apply, join
from index.types import Reading


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[Edit]:
    """Sorted, separate edits of a text."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [
        Edit(low, high, draw(st.text("改字x", max_size=3)), "variant")
        for low, high in zip(cuts[::2], cuts[1::2], strict=False)
        if low < high
    ]


@st.composite
def stacked(draw: st.DrawFn) -> Reading:
    """A reading after up to four rounds of edits."""
    reading = Reading.of(draw(st.text("甲乙丙丁戊己庚辛(1)", max_size=40)))
    for _ in range(draw(st.integers(0, 4))):
        reading = reading.edited(draw(edits_of(reading.text)))
    return reading


@given(stacked())
def test_pieces_tile_the_text_and_never_run_backwards(reading: Reading) -> None:
    at, old = 0, 0
    for piece in reading.map.pieces:
        assert piece.start == at and piece.old_start >= old
        assert (
            not piece.copied
            or reading.text[piece.start : piece.end] == reading.original[piece.old_start : piece.old_end]
        )
        at, old = piece.end, piece.old_start
    assert at == len(reading.text)


@given(stacked(), st.data())
def test_a_copied_character_leads_to_itself(reading: Reading, data: st.DataObject) -> None:
    for piece in reading.map.pieces:
        if piece.copied:
            at = data.draw(st.integers(piece.start, piece.end - 1))
            start, end = reading.map.back(at, at + 1)
            assert reading.original[start:end] == reading.text[at]


@given(stacked(), st.data())
def test_a_slice_leads_where_the_whole_led(reading: Reading, data: st.DataObject) -> None:
    if not reading.text:
        return
    start = data.draw(st.integers(0, len(reading.text) - 1))
    end = data.draw(st.integers(start + 1, len(reading.text)))
    part = reading.map.slice(start, end)
    assert part.back(0, end - start) == reading.map.back(start, end)


def test_what_was_removed_inside_belongs_to_the_quote_and_at_the_edge_it_does_not() -> None:
    text, way = apply(
        "(A)政務(wù)公開(kāi)", [Edit(0, 3, "", "advert"), Edit(5, 9, "", "pinyin"), Edit(11, 16, "", "pinyin")]
    )
    assert text == "政務公開"
    assert way.back(0, 4) == (3, 11)
    assert way.back(1, 2) == (4, 5)


def test_joined_texts_lead_to_one_original() -> None:
    whole = "一行\n导航\n二行"
    way = OffsetMap.identity(len(whole))
    text, joined = join([(whole[0:2], way.slice(0, 2)), (whole[6:8], way.slice(6, 8))], "\n")
    assert text == "一行\n二行"
    assert joined.back(0, 2) == (0, 2)
    assert joined.back(3, 5) == (6, 8)
    assert joined.back(0, 5) == (0, 8)


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply("甲乙丙", [Edit(0, 2, "x", "pinyin"), Edit(1, 3, "y", "pinyin")])


def test_a_guess_says_where_in_the_original_it_stands() -> None:
    reading = Reading.of("務(wù)甲?乙").edited([Edit(1, 5, "", "pinyin")]).edited([Edit(2, 3, "福", "sheared", 0.7)])
    assert reading.text == "務甲福乙"
    guess = reading.guesses[0]
    assert (guess.start, guess.end, guess.original, guess.text) == (6, 7, "?", "福")
    assert dict(reading.repairs) == {"pinyin": 1, "sheared": 1}


def test_a_mark_that_changes_nothing_is_no_repair() -> None:
    reading = Reading.of("甲?乙").edited([Edit(1, 2, "?", "sheared", 0.3)])
    assert reading.text == "甲?乙" and reading.repairs == () and len(reading.guesses) == 1
