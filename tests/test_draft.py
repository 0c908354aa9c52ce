"""A stream of words becomes plain sentences with their marks, however it is cut."""

from __future__ import annotations

import random

import pytest

from rag.draft import Claim, Draft


def drafted(*pieces: str) -> list[Claim]:
    """All sentences of a stream."""
    draft = Draft()
    return [claim for piece in pieces for claim in draft.feed(piece)] + draft.close()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("招来企业27家。[1]腾出楼面。[2]", [("招来企业27家。", (1,)), ("腾出楼面。", (2,))]),
        ("招来企业27家[1]，腾出楼面[3][2]。", [("招来企业27家，腾出楼面。", (1, 3, 2))]),
        ("招来企业27家。【1】［2］[资料3][^4]", [("招来企业27家。", (1, 2, 3, 4))]),
        ("招来企业27家。[1, 3][5-7][1]", [("招来企业27家。", (1, 3, 5, 6, 7))]),
        ("招来企业27家（来源：[1]）。", [("招来企业27家。", (1,))]),
        ("[2] 招来企业27家。\n[1] 腾出楼面。", [("招来企业27家。", (2,)), ("腾出楼面。", (1,))]),
        ("1. 招来企业。[1]\n2、腾出楼面。[2]", [("招来企业。", (1,)), ("腾出楼面。", (2,))]),
        ("- **招商**：招来企业。[1]\n* 腾出`楼面`。[2]", [("招商：招来企业。", (1,)), ("腾出楼面。", (2,))]),
        ("## 成绩\n> 招来企业。[1]", [("成绩", ()), ("招来企业。", (1,))]),
        ("| 企业 | 27家 | [1] |\n|---|---|", [("企业 27家", (1,)), ("--- ---", ())]),
        ("招来<b>企业</b>27家<br>。[1]", [("招来企业27家。", (1,))]),
        ("<think>第1句[1]。\n想想</think>招来企业。[1]", [("招来企业。", (1,))]),
        ("先想一想。</think>招来企业。[1]", [("招来企业。", (1,))]),
        ("<THINKING>a</thinking>招来企业。[1]<think>没完没了。", [("招来企业。", (1,))]),
        ("依据深府〔2024〕5号文件。[1]", [("依据深府〔2024〕5号文件。", (1,))]),
        ("2.5亿元投资到位。[1]", [("2.5亿元投资到位。", (1,))]),
        ("招来\u202e企业\x1b[31m27家\u200b。[1]\x00", [("招来企业〔31m27家。", (1,))]),
        ("招来企业\ud800\U000f0001。[1]", [("招来企业。", (1,))]),
    ],
)
def test_marks_and_markdown(text: str, sentences: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(claim.text, claim.marks) for claim in drafted(text)] == sentences
    assert all(claim.is_plain for claim in drafted(text))


@pytest.mark.parametrize(
    "text",
    [
        "详见[这里](http://a.example/x)。[1]",
        "![图](https://a.example/?q=key)招来企业。[1]",
        "详见 https://a.example。[1]",
        "详见ａ．ｅｘａｍｐｌｅ。[1]",
        "详见 www.a.example。[1]",
        "<img src=x onerror=alert(1)>招来企业。[1]",
        "<script>alert(1)</script>招来企业。[1]",
        "javascript:alert(1)。[1]",
        "招来企业&#60;b&#62;。[1]",
        "[x]: //a.example\n",
    ],
)
def test_links_and_html_are_told(text: str) -> None:
    claims = drafted(text)
    assert claims and not any(claim.is_plain for claim in claims if claim.marks or ":" in claim.text)
    assert not any(character in claim.text for claim in claims for character in "<>[]`*")


def test_a_title_with_latin_letters_is_plain() -> None:
    assert [claim.is_plain for claim in drafted("街道印发《AI服务指南》。[1]")] == [True]


def test_a_stream_is_cut_alike_wherever_its_pieces_end() -> None:
    text = (
        "<think>嗯</think>上半年招来新企业27家。[1][2]腾出楼面8600平方米；带动31家企业升规纳统[3]。\n"
        "- 居民说：“楼下就能量血压，真方便。”[4]\n口岸过关4.8万人次。【5】\n"
        "一是修路五公里；\n二是架桥两座。[6]\n三是植树；"
    )
    whole = drafted(text)
    assert [claim.marks for claim in whole] == [(1, 2), (3,), (4,), (5,), (6,), ()]
    shuffled = random.Random(7)
    for _ in range(300):
        cuts = sorted(shuffled.sample(range(len(text)), 6))
        assert drafted(*[text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]) == whole
    assert drafted(*text) == whole


def test_a_sentence_is_given_as_soon_as_its_end_is_certain() -> None:
    draft = Draft()
    assert draft.feed("上半年招来新企业27家。[1]") == []  # another mark may follow
    assert draft.feed("\n") == [Claim("上半年招来新企业27家。", (1,))]
    assert draft.feed("腾出楼面8600平方米。[2]" + "接着是一句很长很长的话" * 3) == [Claim("腾出楼面8600平方米。", (2,))]


@pytest.mark.parametrize("unit", ["[", "<", "[1", "</think>", "<think", "1. ", "*", "（", "“", "[1,", "\n", "a.", "&#"])
def test_hostile_streams_are_read_in_linear_time(unit: str) -> None:
    draft = Draft()
    for _ in range(40):
        draft.feed(unit * (1000 // len(unit)))
    draft.close()
