"""Folding: what is unified, what stays, and that offsets are free."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from pathlib import Path

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.make_fold import TABLE, make
from index.fold import fold

ALL = "".join(map(chr, range(sys.maxunicode + 1)))

# One traditional character, several simplified ones: OpenCC decides by the word, a table cannot.
CONTEXT = set("乾著后畫藉覆瞭哩甦餘髮鍾徵夥")


def test_every_character_folds_to_one_character_and_folding_twice_is_folding_once() -> None:
    folded = fold(ALL)
    assert len(folded) == len(ALL)
    assert fold(folded) == folded


@given(st.text())
def test_a_text_folds_character_by_character(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))


@pytest.mark.parametrize(
    ("forms", "folded"),
    [
        (("爲什麼", "為什麼", "为什么"), "为什么"),
        (("政務公開", "政务公开"), "政务公开"),
        (("⺠生", "民生", "⺠⽣"), "民生"),
        (("４－２", "4—2", "4–2", "4-2", "4−2", "4‐2"), "4-2"),
        (("“湾区”", "「灣區」", "„湾区‟", '"湾区"'), '"湾区"'),
        (("（Ａ），：；！？", "(a),:;!?"), "(a),:;!?"),
        (("二○二四年", "二〇二四年"), "二〇二四年"),
        (("100m²", "100M2"), "100m2"),
        (("裏面", "裡面", "里面"), "里面"),
        (("深圳\u3000罗湖", "深圳\xa0罗湖", "深圳 罗湖"), "深圳 罗湖"),
    ],
)
def test_forms_of_one_thing_fold_alike(forms: tuple[str, ...], folded: str) -> None:
    assert {fold(form) for form in forms} == {folded}


@pytest.mark.parametrize("text", ["①招商", "㈠", "第Ⅱ期\n\r\t".replace("Ⅱ", "ⅱ"), "①②③", "㎡", "…", "软件"])
def test_marks_units_and_line_ends_stay(text: str) -> None:
    assert fold(text) == text


def test_the_table_is_what_its_command_makes() -> None:
    assert TABLE.read_text(encoding="utf-8") == make()


def test_agrees_with_opencc_on_the_characters() -> None:
    converter = opencc.OpenCC("t2s")
    hanzi = [c for c in ALL if unicodedata.name(c, "").startswith("CJK UNIFIED")]
    changed = [(c, converter.convert(c)) for c in hanzi]
    traditional = [(c, simple) for c, simple in changed if simple != c]
    agreeing = sum(fold(c) == simple for c, simple in traditional)
    assert len(traditional) > 4000
    assert agreeing / len(traditional) >= 0.99


def test_agrees_with_opencc_on_traditional_paragraphs() -> None:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS does not name the folder of the question sets")
    articles = json.loads((Path(folder) / "drcd_dev.json").read_text(encoding="utf-8"))["data"]
    text = "\n".join(paragraph["context"] for article in articles for paragraph in article["paragraphs"])
    simple = fold(opencc.OpenCC("t2s").convert(text))
    assert len(simple) == len(text)
    compared = [
        (ours, theirs)
        for before, ours, theirs in zip(text, fold(text), simple, strict=True)
        if before not in CONTEXT and "一" <= before <= "鿿"
    ]
    assert sum(ours == theirs for ours, theirs in compared) / len(compared) >= 0.999
