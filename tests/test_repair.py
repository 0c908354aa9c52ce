"""The composition of the repairs: what one leaves to the next, and what a page of special kinds comes to."""

from __future__ import annotations

from pathlib import Path

from index.load import load
from index.repair import repair
from index.types import Document, Loaded, Reading

BODY = (
    "今年以来，街道党工委组织开展夜校课程三十二期，参加的居民达到一千四百人次，"
    "开设书法、摄影、声乐和手机应用等课程，一座难求。"
)


def read(text: str) -> Document:
    return repair(Loaded(Reading.of(text), "utf-8"), "page.txt", "source")


def test_a_page_of_nothing_but_furniture_is_empty() -> None:
    document = read("首页\n")
    assert (document.text, document.paragraphs, document.verdict) == ("", (), "clean")


def test_words_of_advertising_in_furniture_are_furniture() -> None:
    document = read(f"官网首页 | 客户端下载 | 登录 | 注册 | 在线客服\n{BODY}\n手机版 下载app 在线咨询 关于我们")
    assert (document.text, document.repairs, document.verdict) == (BODY, (), "clean")


def test_advertising_between_furniture_and_body_is_cut_from_the_body_alone() -> None:
    document = read(f"首页 > 新闻\n澳门新葡京官网{BODY}\n责任编辑：赵小兰")
    assert (document.text, document.repairs, document.verdict) == (BODY, (("advert", 1),), "repaired")
    assert [document.original[start:end] for start, end in document.furniture] == ["首页 > 新闻", "责任编辑：赵小兰"]


def test_what_advertising_leaves_of_a_page_of_spam_is_no_body() -> None:
    spam = "澳门新葡京官网注册送彩金88元\n真人百家乐在线投注平台\n手机版下载登录入口官网\n"
    document = read(f"滨河区政府\n{spam * 8}")
    assert (document.verdict, document.reason) == ("quarantined", "整页广告：通篇是推广内容，没有可用的正文")
    assert read(f"{BODY}{spam}").verdict == "repaired"


def test_what_advertising_leaves_is_counted_without_what_is_doubted_and_furniture() -> None:
    lines = ["万利棋牌官方入口", "正在跳转，请稍候，如果没有自动跳转请点击进入", "最新网址：www.23938.com"]
    lines += ["请收藏本站，永久网址不迷路", *["万利官网登录"] * 3, "万利最新网址", "万利注册入口", "万利最新网址"]
    assert read("\n".join([*lines, "万利app下载", "万利注册入口"])).verdict == "quarantined"


def test_a_title_that_the_format_names_is_mended_as_its_page_is(tmp_path: Path) -> None:
    title, body = "莲塘街道2023年老旧小区改造工作总结", "2023年，莲塘街道完成老旧小区改造12个，惠及居民3200户。"
    for wrong in (f"bet365体育在线{title}", title.encode("gbk").decode("latin-1")):
        path = tmp_path / "page.html"
        path.write_text(f"<html><head><title>{wrong}</title></head><body><p>{body}</p></body></html>", "utf-8")
        assert repair(load(path), path.name, str(tmp_path)).title == title
