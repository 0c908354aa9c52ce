"""Words that mean the same: the table, and what a question gains by it."""

from __future__ import annotations

from index.fold import fold
from index.synonyms import TABLE, alternatives
from rag.question import take_apart


def test_the_table_is_folded_and_every_group_has_two_words_or_more() -> None:
    groups = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert len(groups) > 150
    assert [words for words in groups if len(words) < 2 or len(set(words)) < len(words)] == []
    assert [word for words in groups for word in words if fold(word) != word] == []


def test_a_region_says_it_in_other_words() -> None:
    assert "软件" in alternatives("这套软体多少钱")["软体"]
    assert "地区生产总值" in alternatives("去年的gdp")["gdp"]
    assert alternatives("樱花什么时候开") == {"时候": ("时间", "日期")}


def test_a_question_knows_what_would_say_the_same() -> None:
    asked = take_apart("房租一个月多少钱", lambda text: [text])
    assert "租金" in asked.same["房租"]


def test_how_one_speaks_is_how_one_writes() -> None:
    kinds = {
        text: take_apart(text, lambda part: [part]).kind for text in ("为啥停工", "几点关门", "咋报名", "有啥打算")
    }
    assert kinds == {"为啥停工": "reason", "几点关门": "date", "咋报名": "manner", "有啥打算": "outline"}
