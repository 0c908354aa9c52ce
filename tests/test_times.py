"""Times: years, ranges, relative words, plans, anniversaries and full dates."""

from __future__ import annotations

import time
from datetime import date

import pytest

from index.times import anniversary_year, count_of, find_dates, find_times, named_years, spellings

TODAY = date(2024, 8, 25)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2024年的计划", (2024,)),
        ("２０２４年", (2024,)),
        ("二〇二四年", (2024,)),
        ("二零零九年", (2009,)),
        ("一九九八年", (1998,)),
        ("2024年度总结", (2024,)),
        ("24年上半年", (2024,)),
        ("莲塘街道24年的计划", (2024,)),
        ("那23年呢", (2023,)),
        ("去年", (2023,)),
        ("今年以来", (2024,)),
        ("前年", (2022,)),
        ("明年", (2025,)),
        ("本年度", (2024,)),
        ("上半年", (2024,)),
        ("2023年上半年", (2023,)),
        ("今年第三季度", (2024,)),
        ("近三年", (2022, 2023, 2024)),
        ("2015年-2020年", (2015, 2016, 2017, 2018, 2019, 2020)),
        ("2019—2020年", (2019, 2020)),
        ("2004年6月至2006年", (2004, 2005, 2006)),
        ("“十四五”期间", (2021, 2022, 2023, 2024, 2025)),
        ("第十四个五年规划", (2021, 2022, 2023, 2024, 2025)),
        ("十三五规划", (2016, 2017, 2018, 2019, 2020)),
        ("20世纪80年代", tuple(range(1980, 1990))),
        ("1980年代", tuple(range(1980, 1990))),
        ("民国三十八年", (1949,)),
        ("公元642年", (642,)),
        ("公元前221年", (-221,)),
        ("2024-08-25 14:45", (2024,)),
        ("2022年和2023年", (2022, 2023)),
    ],
)
def test_years_are_read(text: str, years: tuple[int, ...]) -> None:
    assert named_years(text, TODAY) == years


@pytest.mark.parametrize(
    "text",
    [
        "50年的历史",
        "24年的历史",
        "近24年",
        "3年内",
        "十五人",
        "十五日",
        "三年级",
        "400-123-4567",
        "03-14地块",
        "本世纪",
        "5000年文明",
        "当总理前8年",
        "近50年内",
        "没有时间的句子",
    ],
)
def test_what_only_looks_like_a_year_is_none(text: str) -> None:
    assert named_years(text, TODAY) == ()


def test_relative_words_name_nothing_without_a_day() -> None:
    assert named_years("去年和上半年") == ()


def test_kinds_and_reckoned_years_are_marked() -> None:
    plain, relative, half = find_times("2022年，去年；下半年", TODAY)
    assert (plain.kind, plain.derived) == ("year", False)
    assert (relative.kind, relative.derived) == ("relative", True)
    assert (half.kind, half.years) == ("half", (2024,))


def test_offsets_are_into_the_text_as_given() -> None:
    mention = find_times("於２０２４年計劃", TODAY)[0]
    assert (mention.start, mention.end) == (1, 6)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-08-25 14:45", ["2024-08-25"]),
        ("2024/6/28", ["2024-06-28"]),
        ("2024.6.28", ["2024-06-28"]),
        ("2024年8月25日", ["2024-08-25"]),
        ("8月25日", ["2024-08-25"]),
        ("2024年13月40日", []),
        ("2023年2月29日", []),
        ("400-123-4567", []),
    ],
)
def test_dates_are_read(text: str, iso: list[str]) -> None:
    assert [day.iso for day in find_dates(text, TODAY)] == iso


def test_a_date_without_a_year_is_not_full() -> None:
    assert [(day.iso, day.full) for day in find_dates("8月25日", TODAY)] == [("2024-08-25", False)]
    assert find_dates("8月25日") == []


def test_anniversaries_give_the_year() -> None:
    assert anniversary_year("街道喜迎新中国成立75周年。") == 2024
    assert anniversary_year("试点城区三周年回顾\n2018年5月1日，关于支持试点城区建设的文件发布。") == 2021
    assert anniversary_year("公司成立十周年。2001年1月1日，天气晴。") is None
    assert anniversary_year("没有纪念日") is None


def test_spellings_of_a_year() -> None:
    assert spellings(1985) == ("1985", "一九八五", "80年代", "八十年代")
    assert spellings(2023) == ("2023", "二〇二三", "二零二三", "十四五")
    assert spellings(2008) == ("2008", "二〇〇八", "二零零八", "十一五")
    assert all(named_years(f"{spelling}年")[:1] for spelling in spellings(2023)[:3])


def test_small_numbers() -> None:
    assert [count_of(word) for word in ("两", "十", "十五", "七十五", "75", "百")] == [2, 10, 15, 75, 75, None]


@pytest.mark.parametrize("text", ["1" * 300_000, "一" * 300_000, "2019-" * 60_000, "年" * 300_000, "十" * 300_000])
def test_hostile_input_takes_linear_time(text: str) -> None:
    started = time.process_time()
    find_times(text, TODAY)
    find_dates(text, TODAY)
    anniversary_year(text)
    assert time.process_time() - started < 5
