"""Hopeless pages are told from short, odd or unlovely ones."""

from pathlib import Path
from random import Random

import pytest

from eval.damage import hopeless
from index.charset import decode
from index.verdict import judge

BODY = "街道办事处召开年度工作会议，总结成绩，部署任务。\n会议要求各社区抓好安全生产，办好民生实事，提升服务水平。"
CLEAN = sorted((Path(__file__).parent / "clean").glob("*.txt"))


@pytest.mark.parametrize("way", hopeless.WAYS)
def test_hopeless_pages_are_named_so(way: str) -> None:
    random = Random(way)
    pages = [hopeless.WAYS[way](BODY, random).data for _ in range(40)]
    reasons = [judge(decode(page).text) for page in pages]
    assert sum(reason is not None for reason in reasons) >= 38
    assert all(reason.startswith(("整页乱码", "整页广告")) for reason in reasons if reason)


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_decent_pages_pass(path: Path) -> None:
    assert judge(path.read_text("utf-8")) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("锟斤拷锟斤拷 2023锟斤拷锟斤拷锟斤拷", "整页乱码：原文的字节已丢失（锟斤拷），无法恢复"),
        ("\ufffd\ufffd年\ufffd\ufffd\ufffd月", "整页乱码：替换符多于正文，无法恢复"),
        ("????2023????????12??", "整页乱码：汉字都变成了问号，无法恢复"),
        ("年度报告共有三处\ufffd损坏，其余可读。", None),
        ("", None),
        ("\n \n", None),
    ],
)
def test_reasons(text: str, reason: str | None) -> None:
    assert judge(text) == reason


def test_one_advertisement_does_not_condemn_a_page() -> None:
    assert judge(BODY * 3 + "\n新用户注册送88元彩金，百家乐真人荷官在线发牌，备用网址长期有效。\n" + BODY) is None
