"""Double decoding is undone, exactly and character by character; correct text is never touched."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from index.mojibake import CERTAIN, mend_mojibake
from index.offsets import apply
from index.types import Reading

TEXT = (
    "罗湖区2023年工作总结（摘要）\n全年引进企业12家，新增就业岗位860个；“百千万工程”加力提速。\n"
    "學習貫徹會議精神，推動經濟發展。"
)
CLEAN = sorted((Path(__file__).parent / "clean").glob("*.txt"))
UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)


def latin(data: bytes) -> str:
    return data.decode("latin-1")


def windows(data: bytes) -> str:
    return "".join(chr(byte) if byte in UNDEFINED else bytes((byte,)).decode("cp1252") for byte in data)


def mended(text: str) -> str:
    edits = mend_mojibake(text)
    assert all(edit.kind == "mojibake" for edit in edits)
    return apply(text, edits)[0]


WAYS: dict[str, Callable[[str], str]] = {
    "gbk as latin": lambda text: latin(text.encode("gbk")),
    "gbk as windows": lambda text: windows(text.encode("gbk")),
    "utf-8 as latin": lambda text: latin(text.encode()),
    "utf-8 as windows": lambda text: windows(text.encode()),
    "utf-8 as latin twice": lambda text: latin(latin(text.encode()).encode()),
    "utf-8 as windows twice": lambda text: windows(windows(text.encode()).encode()),
    "gbk as latin, then utf-8 as windows": lambda text: windows(latin(text.encode("gbk")).encode()),
}


@pytest.mark.parametrize("way", WAYS)
def test_whole_pages(way: str) -> None:
    damaged = "\n".join(WAYS[way](line) for line in TEXT.split("\n"))
    assert damaged != TEXT
    assert mended(damaged) == TEXT


@pytest.mark.parametrize("way", WAYS)
def test_a_part_of_a_line(way: str) -> None:
    assert mended("会议指出，" + WAYS[way]("要坚持稳中求进") + "工作总基调。") == "会议指出，要坚持稳中求进工作总基调。"


@pytest.mark.parametrize("way", ["gbk as latin", "utf-8 as windows", "utf-8 as latin twice"])
def test_each_character_leads_back_to_its_own_damage(way: str) -> None:
    damaged = "前文" + WAYS[way]("国家统计局")
    reading = Reading.of(damaged).edited(mend_mojibake(damaged))
    assert reading.text == "前文国家统计局"
    start, end = reading.map.back(3, 5)
    assert damaged[start:end] == WAYS[way]("家统")


def test_utf8_read_as_gbk_keeps_what_is_certain() -> None:
    truth = "国家统计局发布数据"
    text = mended(truth.encode().decode("gbk", "replace"))
    wrong = [each for each, true in zip(text, truth, strict=True) if each != true]
    assert set(wrong) <= {"\ufffd"}
    assert len(wrong) <= 2


def test_a_lost_byte_is_a_guess_or_a_mark() -> None:
    truth = "新时代的中国经济发展"
    damaged = truth.encode().decode("cp1252", "replace")
    edits = mend_mojibake(damaged)
    wrong = [each for each, true in zip(apply(damaged, edits)[0], truth, strict=True) if each != true]
    assert set(wrong) <= {"\ufffd"}
    assert all(edit.confidence == 1.0 for edit in edits if "\ufffd" not in damaged[edit.start : edit.end])


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_clean_text_is_left_alone(path: Path) -> None:
    assert mend_mojibake(path.read_text("utf-8")) == []


def test_there_are_sixty_clean_texts() -> None:
    assert len(CLEAN) >= 60


def test_the_public_paragraphs_are_left_alone() -> None:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS names no folder of public sets")
    from eval.sets import NAMES, read_set

    for name in NAMES:
        for page in read_set(Path(folder) / f"{name}.json")[0].values():
            assert mend_mojibake(page) == []


@pytest.mark.parametrize("way", WAYS)
def test_no_newline_comes_or_goes(way: str) -> None:
    damaged = WAYS[way](TEXT)
    assert mended(damaged).count("\n") == damaged.count("\n")


def test_a_long_line_is_read_in_windows_without_a_seam() -> None:
    line = TEXT.replace("\n", "") * 300
    assert mended("é " + latin(line.encode("gbk"))) == "é " + line
    assert mended(windows(line.encode())) == line


def test_french_beside_damage_stays() -> None:
    damaged = "L’été à la plage, général Élodie. " + latin("国家统计局公布".encode("gbk"))
    assert mended(damaged) == "L’été à la plage, général Élodie. 国家统计局公布"


@pytest.mark.parametrize("tail", ["\x80\x80\x80", "\x80\x80", "\xff\xff", "9\x80", "\x80\x00", "\xfe9"])
def test_what_only_begins_like_four_bytes_of_gb18030_is_none_of_it(tail: str) -> None:
    for text in (f"\x810{tail}", f"甲\x810{tail}乙", f"\xfe3{tail}" * 3):
        assert mended(text) == text


def test_a_page_about_encodings_that_was_damaged_itself_is_mended() -> None:
    title, body = "乱码是怎么来的？", "网页的编码声明写错了，浏览器用别的字符集解码，就会出现乱码。"
    assert mended(title + "\n" + windows(body.encode())) == title + "\n" + body
    assert mended(latin((title + body).encode("gbk"))) == title + body


def test_a_lost_byte_is_told_by_its_neighbours() -> None:
    truth = "街道办事处全年引进企业十二家，新增就业岗位八百六十个，居民满意度明显提升。"
    damaged = truth.encode().decode("cp1252", "replace")
    edits = mend_mojibake(damaged)
    assert damaged.count("\ufffd") == 11
    assert apply(damaged, edits)[0] == truth
    lost = [edit for edit in edits if "\ufffd" in damaged[edit.start : edit.end]]
    assert len(lost) == 8
    assert all(CERTAIN <= edit.confidence < 1.0 for edit in lost)


def test_a_clean_line_of_ten_megabytes_is_left_alone() -> None:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS names no folder of public sets")
    from eval.sets import NAMES, read_set

    pages = [page for name in NAMES for page in read_set(Path(folder) / f"{name}.json")[0].values()]
    line = "".join(pages).replace("\n", "")
    line *= 10_000_000 // len(line.encode()) + 1
    assert len(line.encode()) >= 10_000_000
    assert mend_mojibake(line) == []
