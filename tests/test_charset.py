"""Decoding: every charset of the contract, on short and long text, declared rightly, wrongly or not at all."""

import random

import pytest

from index.charset import Decoded, decode
from index.errors import SourceError

SIMPLIFIED = "莲塘街道2023年工作总结：引进企业12家，新增就业岗位860个。\n第二行写的是明年的计划，请居民监督。"
TRADITIONAL = "蓮塘街道辦事處2023年工作總結，引進企業12家。\n第二行寫的是明年的計劃，請居民監督。"
TITLES = ("罗湖区政府工作报告", "东门街道", "关于印发实施方案的通知", "公园", "联通", "全")


@pytest.mark.parametrize(
    ("text", "codec", "expected"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "gb2312", "gb18030"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "cp950", "big5"),
        (TRADITIONAL, "big5hkscs", "big5"),
        (TRADITIONAL, "gbk", "gb18030"),
        ("Où est l’élève ? Déjà à la plage, près du café.", "cp1252", "cp1252"),
        ("Größe über alles, schöne Grüße aus München", "cp1252", "cp1252"),
        ("plain ASCII, nothing else\r\n", "ascii", "utf-8"),
        ("", "utf-8", "utf-8"),
    ],
)
@pytest.mark.parametrize("declared", [None, "gb2312", "utf-8", "big5", "iso-8859-1", "nonsense"])
def test_every_charset_whatever_is_declared(text: str, codec: str, expected: str, declared: str | None) -> None:
    decoded = decode(text.encode(codec), declared)
    assert (decoded.text, decoded.encoding) == (text, expected)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_titles_of_a_few_characters(title: str, codec: str) -> None:
    assert decode(title.encode(codec)).text == title


@pytest.mark.parametrize(("mark", "codec"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_a_byte_order_mark_is_believed_and_removed(mark: bytes, codec: str) -> None:
    decoded = decode(mark + "甲\r\n".encode(codec))
    assert (decoded.text, decoded.encoding) == ("甲\r\n", codec)


def test_what_only_microsoft_or_only_hong_kong_has_in_big5() -> None:
    assert (
        decode("價格～100元‧全年，請向本處查詢有關詳情".encode("cp950")).text
        == "價格～100元‧全年，請向本處查詢有關詳情"
    )
    assert decode("香港嘅啲嘢，市民可以嚟呢度睇".encode("big5hkscs")).text == "香港嘅啲嘢，市民可以嚟呢度睇"


def test_kana_in_big5_whichever_table_wrote_it() -> None:
    text = "茶の道，日本料理店位於臺北市中山區"
    for codec in ("cp950", "big5hkscs"):
        assert decode(text.encode(codec)).text == text


@pytest.mark.parametrize(("main", "other"), [("utf-8", "gb18030"), ("gb18030", "utf-8"), ("big5", "utf-8")])
def test_two_charsets_line_by_line(main: str, other: str) -> None:
    lines = TRADITIONAL.split("\n") * 3
    raw = [line.encode(other if number == 3 else main) for number, line in enumerate(lines)]
    decoded = decode(b"\n".join(raw))
    assert (decoded.text, decoded.encoding) == ("\n".join(lines), "mixed")


def test_two_charsets_in_one_line() -> None:
    start, middle, end = "本页由两部分拼成：前半是一种编码，", "中间这一段是另一种编码写的，", "后半又回到前一种编码。"
    raw = start.encode("gb18030") + middle.encode("utf-8") + end.encode("gb18030")
    decoded = decode(raw + b"\n" + SIMPLIFIED.encode("gb18030"))
    assert (decoded.text, decoded.encoding) == (start + middle + end + "\n" + SIMPLIFIED, "mixed")


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_an_undecodable_byte_is_one_replacement_mark(codec: str) -> None:
    raw = SIMPLIFIED[:9].encode(codec) + b"\xff" + SIMPLIFIED[9:].encode(codec)
    decoded = decode(raw)
    assert (decoded.text, decoded.encoding) == (SIMPLIFIED[:9] + "\ufffd" + SIMPLIFIED[9:], codec)


def test_a_character_cut_short_is_one_mark_a_byte() -> None:
    assert decode("甲乙丙丁".encode() + b"\xe4\xb8" + "戊己".encode()).text == "甲乙丙丁\ufffd\ufffd戊己"


def test_random_bytes_are_refused() -> None:
    noise = random.Random(1)
    for size in (200, 1000, 20_000):
        with pytest.raises(SourceError, match="[文字编码]"):
            decode(noise.randbytes(size))


def test_line_ends_stay() -> None:
    assert decode("一\r\n二\r三\u0085四\n".encode()).text == "一\r\n二\r三\u0085四\n"


def test_a_megabyte_on_one_line() -> None:
    text = SIMPLIFIED.replace("\n", "") * 20_000
    assert decode(text.encode("gb18030")).text == text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "서울특별시는 대한민국의 수도이자 최대 도시이다. 한강을 끼고 있으며 인구는 약 950만 명이다.\n",
        "これはにほんごのぶんしょうです。ひらがなとカタカナだけでかかれています。\n",
    ],
)
def test_korean_and_kana_in_utf16_without_a_mark(codec: str, text: str) -> None:
    assert decode(text.encode(codec)) == Decoded(text, codec)
