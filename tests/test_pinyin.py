"""Readings in brackets: a converter's go, a person's stay."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import pytest

from eval.damage.pinyin import annotate, damage, word_list
from index.offsets import Edit, apply
from index.pinyin import strip_pinyin


def stripped(text: str) -> str:
    return apply(text, strip_pinyin(text))[0]


def test_the_readings_of_a_converter_go() -> None:
    page = "政務(wù)公開 > 規(guī)劃計(jì)劃 > 計(jì)劃總結(jié)\n實(shí)驗室(204)與服務(wù)中心(NP137)"
    assert stripped(page) == "政務公開 > 規劃計劃 > 計劃總結\n實驗室(204)與服務中心(NP137)"


def test_an_edit_is_the_bracket_and_certain() -> None:
    page = "政務(wù)公開,規(guī)劃,計(jì)劃,年度總結(jié)"
    assert strip_pinyin(page)[0] == Edit(2, 6, "", "pinyin", 1.0)
    assert len(strip_pinyin(page)) == 4


@pytest.mark.parametrize(
    ("page", "whole"),
    [
        ("街道审(shěn)计工作报告\n全年完成项目12个。", "街道审计工作报告\n全年完成项目12个。"),
        ("羅湖區審(shěn)計(jì)局工作總結", "羅湖區審計局工作總結"),
        ("政務(wù)公開\n全年辦理事項三千件。", "政務公開\n全年辦理事項三千件。"),
        ("街道办事处加强服(fú)务。", "街道办事处加强服务。"),
    ],
)
def test_one_needless_reading_on_a_short_page_goes(page: str, whole: str) -> None:
    assert stripped(page) == whole


@pytest.mark.parametrize(
    "page",
    [
        "他姓仇(qiú)，不姓仇恨的仇。",
        "单(shàn)县位于山东省，朝(cháo)阳区位于北京。",
        "计(jì)：核算。也指主意。",
        "患了龋(qǔ)齿(chǐ)要及时治疗。",
        "她叫王喆(zhé)，住在亳(bó)州。",
        "学(xué)而(ér)时(shí)习(xí)之(zhī)，不(bù)亦(yì)说(yuè)乎(hū)？",
        "编号(NP137)的材料，用(wifi)连接，单价(yuan)待定。",
        "他患了龋(qǔ)齿，又患了痤(cuó)疮，住在郫(pí)县。",  # three glosses of rare characters
        "行(xíng)：走。行(háng)：一排。行(héng)：道行。行(xìng)：品行。行(háng)列。",  # a dictionary entry
        "你(nǐ)好(hǎo)吗(ma)？我(wǒ)很(hěn)好(hǎo)。谢(xiè)谢(xiè)你(nǐ)。",  # a lesson
        "汉语拼音的四声：妈(mā)，麻(má)，马(mǎ)，骂(mà)。巴(bā)，拔(bá)，把(bǎ)，爸(bà)。",
        "岧(tiáo)峣(yáo)太华俯咸京，天外三峰削不成。鹳(guàn)雀楼，汴(biàn)水流，泗(sì)水流。",
        "",
        "(wù)",
    ],
)
def test_the_readings_of_a_person_stay(page: str) -> None:
    assert strip_pinyin(page) == []


def paragraphs() -> list[str]:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS 未设置：指向公开问题集所在的文件夹")
    found = []
    for name in ("cmrc2018_dev.json", "drcd_dev.json"):
        data = json.loads((Path(folder) / name).read_text(encoding="utf-8"))["data"]
        found += [p["context"] for entry in data for p in entry["paragraphs"]]
    return found


def test_clean_paragraphs_stay_as_they_are() -> None:
    changed = [text for text in paragraphs() if strip_pinyin(text)]
    assert changed == []


def test_annotated_pages_read_as_before() -> None:
    chance = random.Random(5)
    texts = paragraphs()
    for _ in range(20):
        body = "\n".join(chance.sample(texts, 4))
        damaged = damage(body, chance).data.decode("utf-8")
        assert damaged != body
        assert stripped(damaged) == body


def test_the_damager_annotates_every_place_of_a_listed_character() -> None:
    assert annotate("政務公開,服務", frozenset("務")) == "政務(wù)公開,服務(wù)"
    assert word_list("abc", random.Random(1)) == frozenset()


def test_the_real_page_loses_its_readings() -> None:
    folder = os.environ.get("WENJU_PAGES")
    if not folder:
        pytest.skip("WENJU_PAGES 未设置：指向真实网页所在的文件夹")
    page = next(Path(folder).glob("004_*.txt")).read_text(encoding="utf-8")
    edits = strip_pinyin(page)
    assert len(edits) == 292
    assert "(四)" in stripped(page)


def test_a_million_open_brackets_take_linear_time() -> None:
    started = time.process_time()
    assert strip_pinyin("務(" * 500_000) == []
    assert time.process_time() - started < 5


def test_one_word_about_writing_makes_no_lesson_of_a_long_page() -> None:
    line = "街道办(bàn)事处加强服(fú)务，全年走访企业两千多次，居民的生活越来越好，夜校办(bàn)得很早。"
    page = "\n".join([line] * 12 + ["检字法按部首排列。"])
    assert "(" not in stripped(page)
    assert stripped("\n".join([line] * 2 + ["检字法按部首排列。"])).count("(") == 6


def test_full_width_brackets_and_spaces_inside_are_a_converters_too() -> None:
    page = "政務（wù）公開，規（guī）劃計（jì）劃，計( jì )劃總結(jié)，服務（wù）企業(yè)"
    edits = strip_pinyin(page)
    text = page
    for edit in reversed(edits):
        text = text[: edit.start] + text[edit.end :]
    assert text == "政務公開，規劃計劃，計劃總結，服務企業"
    assert strip_pinyin("耄（mào）耋（dié）老人") == []


@pytest.mark.parametrize(
    "page",
    [
        "政务(wu)公开，规(gui)划计(ji)划，年度总结(jie)，服务(wu)企业。",
        "政务(Wu)公开，规(Gui)划计(Ji)划，年度总结(Jie)，服务(Wu)企业。",
        "政务(wu4)公开，规(gui1)划计(ji4)划，年度总结(jie2)，服务(wu4)企业。",
        "政务(wù)公开，规(Gui)划计(ji4)划，年度总结(jie)，服务(wu)企业。",
        "政務（wu）公開，綠（lv）化計（ji）劃，年度總結（jie）報告，服務（wu）企業。",
    ],
)
def test_readings_without_tone_marks_capitalised_or_numbered_go(page: str) -> None:
    whole = stripped(page)
    assert "(" not in whole and "（" not in whole
    assert whole == "".join(each for each in page if each not in "()（）" and not each.isascii() and each not in "ùì")


@pytest.mark.parametrize(
    "page",
    [
        "政务(wu)公开。",  # a single one may be anything
        "会议由吴(Wu)教授主持，何(He)教授作报告。",
        "锂(Li)、钠(Na)、镥(Lu)和钋(Po)，氦(He)、氖(Ne)、钙(Ca)、铍(Be)都在表中。",
        "你(ni)好(hao)吗(ma)？我(wo)很(hen)好(hao)。谢(xie)谢(xie)你(ni)。",
        "计(ji)：核算。划(hua)：分开。结(jie)：打扣。务(wu)：事情。",
        "拼音练习：办(ban)公室，服(fu)务台，计(ji)划书，总结(jie)会。",
        "姓氏：王(Wang)、李(Li)、张(Zhang)、刘(Liu)、陈(Chen)、杨(Yang)。",
        "他(he)她(she)它(it)，我(me)和你(you)，编号(NP137)，网络(wifi)，单价(yuan)待定。",
        "女(nv1)声(sheng5)部(bu9)",
        "附图(a)、图(b)，坐标(x)和(y)，时间(t)。",
    ],
)
def test_latin_letters_that_are_no_converters_readings_stay(page: str) -> None:
    assert strip_pinyin(page) == []


def test_annotated_pages_without_tone_marks_read_as_before() -> None:
    from index.readings import toneless

    chance = random.Random(6)
    texts = paragraphs()
    for number in range(20):
        body = "\n".join(chance.sample(texts, 4))
        damaged = damage(body, chance).data.decode("utf-8")
        plain = "".join(toneless(each) if "\x80" < each < "\u0300" else each for each in damaged)
        assert stripped(plain) == body, number
