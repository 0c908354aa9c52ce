"""BM25 by hand: values, not shapes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.keywords import K1, B, Keywords, build_keywords, character_pairs, open_keywords

CORPUS = [["企业", "引进", "企业"], ["安全", "检查"], ["企业", "安全", "安全", "安全"]]


def by_hand(document: list[str], query: list[str]) -> float:
    """BM25 as the paper writes it."""
    average = sum(map(len, CORPUS)) / len(CORPUS)
    score = 0.0
    for term in set(query):
        holders = sum(term in other for other in CORPUS)
        if not holders:
            continue
        idf = math.log(1 + (len(CORPUS) - holders + 0.5) / (holders + 0.5))
        count = document.count(term)
        score += idf * count * (K1 + 1) / (count + K1 * (1 - B + B * len(document) / average))
    return score


@pytest.mark.parametrize("query", [["企业"], ["安全", "引进"], ["没有"], [], ["企业", "企业"]])
def test_scores_are_those_of_the_formula(query: list[str]) -> None:
    keywords = Keywords(build_keywords(CORPUS), len(CORPUS))
    assert keywords.scores(query) == pytest.approx([by_hand(document, query) for document in CORPUS], abs=1e-6)


def test_rows_and_idf() -> None:
    keywords = Keywords(build_keywords(CORPUS), len(CORPUS))
    assert keywords.rows("安全").tolist() == [1, 2]
    assert keywords.rows("没有").tolist() == []
    assert keywords.idf("引进") > keywords.idf("企业")
    assert keywords.idf("没有") > keywords.idf("引进")


def test_an_empty_corpus_answers_nothing() -> None:
    assert Keywords(build_keywords([]), 0).scores(["企业"]).tolist() == []


def test_postings_come_back_from_disk(tmp_path: Path) -> None:
    for part, array in build_keywords(CORPUS).items():
        numpy.save(tmp_path / f"words.{part}.npy", array, allow_pickle=False)
    opened = open_keywords(tmp_path, "words", len(CORPUS))
    assert opened.scores(["企业"]) == pytest.approx([by_hand(document, ["企业"]) for document in CORPUS], abs=1e-6)


@given(st.text("甲乙丙1a2. ，", max_size=30))
def test_pairs_never_cross_a_sign(text: str) -> None:
    assert all(pair in text for pair in character_pairs(text))


def test_pairs_of_a_mixed_text() -> None:
    assert character_pairs("莲塘2024年，wifi覆盖3.5万人") == [
        "莲塘",
        "2024",
        "年",
        "wifi",
        "覆盖",
        "3.5",
        "万人",
    ]
