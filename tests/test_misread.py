"""One double-byte charset read as another: taken back as a page, a line, or a stretch; nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.misread import mend_misread
from index.mojibake import mend_mojibake
from index.offsets import apply
from index.repair import REPAIRS

SIMPLIFIED = "滨河街道办事处全年引进企业十二家，新增就业岗位860个，居民满意度明显提升。"
TRADITIONAL = "濱河街道辦事處全年引進企業十二家，新增就業崗位860個，居民滿意度明顯提升。"
CLEAN = sorted((Path(__file__).parent / "clean").glob("*.txt"))
WAYS = [(TRADITIONAL, "big5", "gb18030"), (SIMPLIFIED, "gb2312", "cp950"), (SIMPLIFIED, "gb2312", "cp949")]


def mended(text: str) -> str:
    return apply(text, mend_misread(text))[0]


@pytest.mark.parametrize(("text", "was", "read_as"), WAYS[:1])
def test_a_page_a_line_and_a_stretch(text: str, was: str, read_as: str) -> None:
    wrong = text.encode(was).decode(read_as)
    assert mended(wrong) == text
    assert mended(f"{text}\n{wrong}\n{text}") == f"{text}\n{text}\n{text}"
    assert mended(text[:10] + wrong[10:25] + text[25:]) == text
    assert mended(f"<p class='a'>Tel: 0755-1234 {wrong[:6]}</p>") == f"<p class='a'>Tel: 0755-1234 {text[:6]}</p>"


@pytest.mark.parametrize(("text", "was", "read_as"), WAYS)
def test_what_the_wrong_charset_has_no_sign_for_is_lost_alone(text: str, was: str, read_as: str) -> None:
    kept = "".join(each for each in text if "\ufffd" not in each.encode(was).decode(read_as, "replace"))
    assert len(kept) > 0.8 * len(text)
    assert mended(kept.encode(was).decode(read_as)) == kept


def test_two_stretches_of_a_line_do_not_overlap() -> None:
    wrong = TRADITIONAL.encode("big5").decode("gb18030")
    for gap in ("，", "。", "全年引進企業十二家，", "ab12"):
        page = f"{wrong[:12]}{gap}{wrong[20:]}\n{gap}{wrong}"
        assert mended(page) == f"{TRADITIONAL[:12]}{gap}{TRADITIONAL[20:]}\n{gap}{TRADITIONAL}"


@pytest.mark.parametrize("way", ["latin-1", "cp1252"])
def test_big5_read_as_latin(way: str) -> None:
    wrong = "".join(bytes((value,)).decode(way, "ignore") or chr(value) for value in TRADITIONAL.encode("big5"))
    assert apply(wrong, mend_mojibake(wrong))[0] == TRADITIONAL


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_the_clean_pages_stay(path: Path) -> None:
    assert mend_misread(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ひらがなとカタカナだけでかかれたぶんしょうです。",
        "손오공은 서유기의 주인공이다.",
        "龘靐齉爩鱻麤龗灪吁龖厵滟爨癵籱饢驫鲡鹂鸾麣纞虋讟",
        "Ελληνικά и русский текст рядом с 中文",
        "ㄅㄆㄇㄈㄉㄊㄋㄌ ─│┌┐└┘├┤ αβγδε",
    ],
)
def test_rare_signs_are_no_damage(text: str) -> None:
    assert mend_misread(text) == []


def test_what_a_page_about_encodings_quotes_stays() -> None:
    wrong = TRADITIONAL.encode("big5").decode("gb18030")[:12]
    page = f"用 GBK 打开 Big5 编码的文件，就会看到“{wrong}”这样的乱码。"
    assert mended(page) == page


def test_repair_asks_it_after_what_was_read_as_latin() -> None:
    assert REPAIRS.index(mend_misread) == REPAIRS.index(mend_mojibake) + 1


def test_a_long_line_takes_linear_time() -> None:
    wrong = TRADITIONAL.encode("big5").decode("gb18030") * 5_000
    assert mended(wrong) == TRADITIONAL * 5_000
