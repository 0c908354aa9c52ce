"""Text, Markdown, tables and the refusals: what is read, where it stands, and why a file is not read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import markdown, table
from index.errors import SourceError
from index.load import find_sources, leads_out, load
from index.types import Line, Loaded


def quotes(loaded: Loaded) -> list[tuple[str, str]]:
    """(line, the slice of the original that it stands for) of every line."""
    found, at = [], 0
    for line in loaded.reading.text.split("\n"):
        start, end = loaded.reading.map.back(at, at + len(line))
        found.append((line, loaded.reading.original[start:end]))
        at += len(line) + 1
    return found


def write(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_text_keeps_line_ends_and_loses_the_byte_order_mark(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, "a.txt", b"\xef\xbb\xbf" + "口岸计划\r\n第二行\n".encode()))
    assert loaded.reading.original == "口岸计划\r\n第二行\n"
    assert loaded.reading.text == loaded.reading.original
    assert (loaded.encoding, loaded.lines) == ("utf-8", ())


def test_text_in_gb18030_and_under_an_unknown_name(tmp_path: Path) -> None:
    text = "今年街道的工作重点是口岸经济，全年安排项目二十个。"
    loaded = load(write(tmp_path, "计划", text.encode("gb18030")))
    assert (loaded.reading.text, loaded.encoding) == (text, "gb18030")


def test_markdown_markup_goes_and_every_line_leads_back() -> None:
    source = "# 一、**总体** 要求 #\r\n> 引用 [链接](http://x) 和 `代码`\n- 项目 ![图](a.png)\n\\*星\\*\n__重__点"
    loaded = markdown.read(source, "utf-8")
    assert quotes(loaded) == [
        ("一、总体 要求\r", "一、**总体** 要求 #\r"),
        ("引用 链接 和 代码", "引用 [链接](http://x) 和 `代码"),
        ("项目 图", "项目 ![图"),
        ("*星*", "*星\\*"),
        ("__重__点", "__重__点"),
    ]
    assert [line.level for line in loaded.lines] == [1, 0, 0, 0, 0]
    assert loaded.reading.repairs == ()


def test_markdown_table_rows_carry_their_header() -> None:
    loaded = markdown.read("前文\n\n| 社区 | 金额 |\n|---|:-:|\n| 甲 |  3 |\n| | 5 |\n\n后文", "utf-8")
    assert loaded.reading.text.split("\n") == ["前文", "", "社区 | 金额", "", "甲 | 3", " | 5", "", "后文"]
    assert [line.header for line in loaded.lines] == ["", "", "", "", "社区 | 金额", "社区 | 金额", "", ""]


def test_markdown_front_matter_and_fences() -> None:
    source = "---\ntitle: 年度计划\ndate: 2024-05-01\n---\n# 标题\n```\n# 不是标题\n```\n"
    loaded = markdown.read(source, "utf-8")
    assert (loaded.title, loaded.date) == ("年度计划", "2024-05-01")
    assert [line.furniture for line in loaded.lines] == [True] * 4 + [False] * 5
    assert [line.level for line in loaded.lines] == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert loaded.reading.text.split("\n")[6] == "# 不是标题"


@given(st.text(alphabet="# *_`[]()|-\\\n\r甲乙a1>!~", max_size=80))
def test_any_markdown_has_a_hint_a_line_and_an_ordered_map(source: str) -> None:
    loaded = markdown.read(source, "utf-8")
    assert loaded.reading.text.count("\n") == source.count("\n")
    assert len(loaded.lines) == source.count("\n") + 1
    assert_copied(loaded)


def assert_copied(loaded: Loaded) -> None:
    """Copied pieces equal their stretch of the original, pieces tile the text, and old stretches never run back."""
    done = old = 0
    for piece in loaded.reading.map.pieces:
        assert piece.start == done and piece.old_start >= old
        if piece.copied:
            new = loaded.reading.text[piece.start : piece.end]
            assert new == loaded.reading.original[piece.old_start : piece.old_end]
        done, old = piece.end, piece.old_end
    assert done == len(loaded.reading.text)


def test_csv_rows_quotes_and_inner_newlines() -> None:
    loaded = table.read('街道,金额,"说明"\r\n莲塘,30,"含""备用"", 共计\n两行"\r\n\r\n,,\r\n东湖,5,无\r\n', "utf-8")
    assert quotes(loaded) == [
        ("街道 | 金额 | 说明", '街道,金额,"说明'),
        ('莲塘 | 30 | 含"备用", 共计 两行', '莲塘,30,"含""备用"", 共计\n两行'),
        ("东湖 | 5 | 无", "东湖,5,无"),
    ]
    assert loaded.lines == (Line(), Line(header="街道 | 金额 | 说明"), Line(header="街道 | 金额 | 说明"))


@pytest.mark.parametrize(("sample", "delimiter"), [("甲;乙\n1;2", ";"), ("甲\t乙,丙\n1\t2", "\t"), ("一列\n二", ",")])
def test_the_delimiter_is_the_steady_one(sample: str, delimiter: str) -> None:
    assert table.sniff(sample) == delimiter


@given(st.text(alphabet='甲乙1,;"\n\r\t ', max_size=60))
def test_any_csv_has_a_hint_a_line(source: str) -> None:
    loaded = table.read(source, "utf-8")
    assert len(loaded.lines) == loaded.reading.text.count("\n") + 1
    assert_copied(loaded)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.doc", b"x", "这种文档格式读不了：请另存为 docx"),
        ("a.WPS", b"x", "这种文档格式读不了：请另存为 docx"),
        ("a.ofd", b"PK", "OFD 版式文件读不了：请另存为 docx 或 pdf"),
        ("a.png", b"\x89PNG", "这是图片：需要文字识别（OCR），识别后存为 txt"),
        ("a.txt", b"", "文件是空的：请检查来源"),
        ("a.txt", b" \r\n", "文件是空的：请检查来源"),
        ("a.bin", bytes(range(256)) * 9, "文件类型不明，不是文字：请另存为 txt、docx 或 pdf"),
        ("a.pdf", b"not a pdf", "不是 PDF 文件，或文件已损坏：请重新下载或另存"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..", "这是旧版办公文档（doc、xls 或 wps）：请另存为 docx 或 xlsx"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "文件加了密码：请去掉密码后另存",
        ),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        load(write(tmp_path, name, data))
    assert str(caught.value) == reason


def test_a_missing_file_and_a_file_too_big(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="打不开文件（FileNotFoundError）"):
        load(tmp_path / "none.txt")
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate((100 << 20) + 1)
    with pytest.raises(SourceError, match="文件太大"):
        load(big)


def test_sources_are_sorted_and_stay_inside_the_folder(tmp_path: Path) -> None:
    outside = write(tmp_path, "外面.txt", "甲")
    root = tmp_path / "root"
    for name in ("b.txt", "子/a.xyz", ".hidden", ".git/x.txt", "node_modules/y.txt", "old/CURRENT", "old/texts.db"):
        write(root, name, "甲")
    (root / "link.txt").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    (root / "inside.txt").symlink_to(root / "b.txt")
    os.mkfifo(root / "pipe.txt")
    found = find_sources(root)
    assert [name for _, name in found] == ["b.txt", "folder", "inside.txt", "link.txt", "pipe.txt", "子/a.xyz"]
    assert [name for path, name in found if leads_out(path, root)] == ["folder", "link.txt"]
    assert find_sources(root / "link.txt") == [(outside, "link.txt")]
    assert find_sources(root / "b.txt") == [(root / "b.txt", "b.txt")]
    with pytest.raises(SourceError, match="找不到"):
        find_sources(tmp_path / "nowhere")


@pytest.mark.parametrize(("name", "row", "line"), [("a.csv", "甲,乙\n", "甲 | 乙"), ("a.md", "- **甲**\n", "甲")])
def test_a_large_table_or_markdown_file_is_read_within_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, row: str, line: str
) -> None:
    path = write(tmp_path, name, row * 300)
    here = load(path)
    monkeypatch.setattr("index.load._LARGE_TEXT", 1000)
    monkeypatch.setattr("index.load.parse", None)  # reading it in this process would fail
    assert load(path) == here
    assert here.reading.text.split("\n")[299] == line


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "今天下午两点开会，地点在街道办二楼。",
        "一、总则\n（一）为了规范停车，制定本办法。\n二、附则",
        "Сегодня открылась библиотека.",
    ],
)
def test_utf_16_without_a_mark_is_text(tmp_path: Path, text: str, codec: str) -> None:
    loaded = load(write(tmp_path, "a.txt", text.encode(codec)))
    assert (loaded.reading.text, loaded.encoding) == (text, codec)


def test_a_folder_that_may_not_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "open/a.txt", "甲")
    write(tmp_path, "shut/b.txt", "乙")
    scan = os.scandir

    def scandir(path: str) -> object:  # whoever runs the tests may be allowed everything
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_sources(tmp_path)
    assert [name for _, name in found] == ["open/a.txt", "shut"]
    with pytest.raises(SourceError, match="打不开文件"):
        load(found[1][0])
