"""BM25 by hand: values, not shapes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import keywords, postings
from index.disk import Disk
from index.keywords import K1, B, Keywords, character_pairs, open_keywords
from index.postings import build_keywords, write_keywords

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
    held = Keywords(build_keywords(CORPUS), len(CORPUS))
    assert held.scores(query) == pytest.approx([by_hand(document, query) for document in CORPUS], abs=1e-6)


def test_rows_and_idf() -> None:
    held = Keywords(build_keywords(CORPUS), len(CORPUS))
    assert held.rows("安全").tolist() == [1, 2]
    assert held.rows("没有").tolist() == []
    assert held.idf("引进") > held.idf("企业")
    assert held.idf("没有") > held.idf("引进")


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


def zipfs(passages: int, vocabulary: int, seed: int = 0) -> list[list[str]]:
    """Passages of 20 to 120 terms that are as unevenly common as those of a language."""
    source = numpy.random.default_rng(seed)
    odds = 1 / numpy.arange(1, vocabulary + 1)
    drawn = source.choice(vocabulary, size=(passages, 120), p=odds / odds.sum())
    return [[f"t{term}" for term in row[: source.integers(20, 121)]] for row in drawn]


@pytest.fixture(scope="module")
def large() -> Keywords:
    """Postings of 6,000 passages."""
    return Keywords(build_keywords(zipfs(6_000, 5_000)), 6_000)


def best(scores: numpy.ndarray[tuple[int], numpy.dtype[numpy.float32]], k: int) -> list[int]:
    """The k best rows that have any score, the lower row on a tie."""
    order = numpy.lexsort((numpy.arange(len(scores)), -scores))[:k]
    return [int(row) for row in order if scores[row] > 0]


def test_the_pruned_top_is_the_exhaustive_one_for_a_thousand_questions(large: Keywords) -> None:
    source = numpy.random.default_rng(7)
    asked = zipfs(1000, 5_000, seed=8)
    for number, terms in enumerate(asked):
        question = [*terms[: source.integers(1, 15)], "t_nowhere"]
        scores = large.scores(question)
        rows, found = large.top(question, 10)
        assert rows.tolist() == best(scores, 10), number
        assert found.tolist() == scores[rows].tolist()


def test_the_pruned_top_among_some_passages(large: Keywords) -> None:
    source = numpy.random.default_rng(9)
    for terms in zipfs(100, 5_000, seed=10):
        allowed = source.random(6_000) < source.choice([0.001, 0.1, 0.9])
        scores = numpy.where(allowed, large.scores(terms[:8]), 0).astype(numpy.float32)
        assert large.top(terms[:8], 10, allowed)[0].tolist() == best(scores, 10)


def test_scores_of_some_passages_are_those_of_all(large: Keywords) -> None:
    rows = numpy.array([5_999, 0, 77, 4_321])
    terms = ["t0", "t3", "t700", "t_nowhere"]
    assert large.scores_at(terms, rows).tolist() == large.scores(terms)[rows].tolist()
    assert large.top([], 5)[0].tolist() == large.top(["t_nowhere"], 5)[0].tolist() == []


def test_long_lists_are_looked_up_and_not_read(large: Keywords, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    added = keywords._added

    def counted(*parts: numpy.ndarray[tuple[int], numpy.dtype[numpy.float32]]) -> object:
        read.append(len(parts[2]))
        return added(*parts)

    monkeypatch.setattr(keywords, "_added", counted)
    question = ["t3000", "t2500", "t2000", "t0", "t1"]
    assert large.top(question, 10)[0].tolist() == best(large.scores(question), 10)
    assert sum(read) < sum(len(large.rows(term)) for term in question) / 10


def test_spilling_often_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    documents = zipfs(300, 200)
    whole = build_keywords(documents)
    monkeypatch.setattr(postings, "_HELD", 3_000)
    parts = build_keywords(documents)
    write_keywords(documents, tmp_path, "words", Disk())
    for part, array in whole.items():
        assert parts[part].dtype == array.dtype
        assert parts[part].tolist() == array.tolist()
        assert numpy.load(tmp_path / f"words.{part}.npy").tolist() == array.tolist()
    assert sorted(path.name for path in tmp_path.parent.iterdir() if "words-" in path.name) == []
