"""DOCX and XLSX: paragraphs, headings, tables and numbers as a reader sees them; archives built to harm refused."""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml

from index import archive, office
from index.errors import SourceError
from index.types import Line

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document: Any, path: Path) -> Path:
    document.save(str(path))
    return path


def report() -> Any:
    document = docx.Document()
    document.add_heading("梧桐街道工作报告", 0)
    document.add_heading("一、总体情况", 1)
    paragraph = document.add_paragraph("全年完成投资")
    paragraph.add_run("12.5亿元").bold = True
    paragraph.add_run().add_break()
    paragraph.add_run("第二行")
    table = document.add_table(3, 3)
    for number, row in enumerate([("社区", "项目", "金额"), ("甲", "公园", "30"), ("", "学校", "50")]):
        for place, text in enumerate(row):
            table.cell(number, place).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    document.add_paragraph("")
    document.add_heading("（一）结尾", 2)
    return document


def test_paragraphs_headings_and_tables_in_order(tmp_path: Path) -> None:
    loaded = office.read_docx(saved(report(), tmp_path / "a.docx"))
    assert list(zip(loaded.reading.text.split("\n"), loaded.lines, strict=True)) == [
        ("梧桐街道工作报告", Line(level=1)),
        ("一、总体情况", Line(level=1)),
        ("全年完成投资12.5亿元", Line()),
        ("第二行", Line()),
        ("社区 | 项目 | 金额", Line()),
        ("甲 | 公园 | 30", Line(header="社区 | 项目 | 金额")),
        ("甲 | 学校 | 50", Line(header="社区 | 项目 | 金额")),
        ("（一）结尾", Line(level=2)),
    ]
    assert loaded.title == "梧桐街道工作报告"
    assert loaded.reading.original == loaded.reading.text
    assert loaded.reading.map.back(3, 9) == (3, 9)


def test_tracked_changes_content_controls_and_outline_levels(tmp_path: Path) -> None:
    document = docx.Document()
    body = document.element.body
    for number, xml in enumerate(
        [
            f"<w:p {W}><w:r><w:t>留下</w:t></w:r><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>加上</w:t></w:r></w:ins></w:p>",
            f"<w:sdt {W}><w:sdtContent><w:p><w:pPr><w:outlineLvl w:val='1'/></w:pPr><w:r><w:t>控件里</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>",
            f"<w:p {W}><w:hyperlink><w:r><w:t>链接</w:t><w:tab/><w:t>文字</w:t></w:r></w:hyperlink></w:p>",
        ]
    ):
        body.insert(number, parse_xml(xml))
    loaded = office.read_docx(saved(document, tmp_path / "a.docx"))
    assert loaded.reading.text.split("\n") == ["留下加上", "控件里", "链接\t文字"]
    assert [line.level for line in loaded.lines] == [0, 2, 0]


def test_an_empty_word_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="文件里没有文字"):
        office.read_docx(saved(docx.Document(), tmp_path / "a.docx"))


def test_sheets_rows_and_values_as_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "投资"
    sheet.append(["2024年投资表"])
    sheet.append(["社区", "金额", "占比", "日期"])
    sheet.append(["甲", 1234567.5, 0.125, datetime.datetime(2024, 5, 1)])
    sheet.append([None, 3, True, "跨\n行"])
    sheet.append([])
    sheet["B3"].number_format, sheet["C3"].number_format = "#,##0.00", "0.0%"
    hidden = book.create_sheet("底稿")
    hidden.append(["不给人看"])
    hidden.sheet_state = "hidden"
    book.create_sheet("空表")
    loaded = office.read_xlsx(saved(book, tmp_path / "a.xlsx"))
    header = "社区 | 金额 | 占比 | 日期"
    assert list(zip(loaded.reading.text.split("\n"), loaded.lines, strict=True)) == [
        ("投资", Line(level=1)),
        ("2024年投资表", Line()),
        (header, Line()),
        ("甲 | 1,234,567.50 | 12.5% | 2024-05-01", Line(header=header)),
        (" | 3 | TRUE | 跨 行", Line(header=header)),
    ]


def test_merged_cells_and_a_cell_far_out(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [("社区", "项目", "金额"), ("甲社区", "公园", 30), (None, "学校", 50), ("乙社区", "道路", 7)]:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B6:D9")
    assert office.read_xlsx(saved(book, tmp_path / "a.xlsx")).reading.text.split("\n") == [
        "社区 | 项目 | 金额",  # Sheet is no name
        "甲社区 | 公园 | 30",
        "甲社区 | 学校 | 50",
        "乙社区 | 道路 | 7",
    ]
    sheet["A300000"] = "远处"
    far = office.read_xlsx(saved(book, tmp_path / "b.xlsx")).reading.text.split("\n")
    assert far[1:] == ["甲社区 | 公园 | 30", " | 学校 | 50", "乙社区 | 道路 | 7", "远处"]


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def test_archives_built_to_harm_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.docx"
    with pytest.raises(SourceError, match="压缩比过高"):
        archive.check(packed(path, {"a.xml": bytes(5 << 20)}))
    with pytest.raises(SourceError, match="2001 个部分"):
        archive.check(packed(path, {f"{n}.xml": b"" for n in range(2_001)}))
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    for hidden in (bomb, bomb.replace(b"<!DOC", b" " * 5000 + b"<!DOC"), bomb.decode().encode("utf-16")):
        with pytest.raises(SourceError, match="实体定义"):
            archive.check(packed(path, {"a.xml": hidden}))
    archive.check(packed(path, {"a.bin": bomb}))
    monkeypatch.setattr(archive, "MAX_EXPANDED", 1000)
    with pytest.raises(SourceError, match="解压后超过"):
        archive.check(packed(path, {"a.xml": bytes(range(250)) * 5}))


def test_a_truncated_or_flipped_archive_is_refused(tmp_path: Path) -> None:
    data = saved(report(), tmp_path / "a.docx").read_bytes()
    path = tmp_path / "b.docx"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match="压缩结构不完整"):
        office.read_docx(path)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        member = file.getinfo("word/document.xml")
    flipped = bytearray(data)
    flipped[member.header_offset + 30 + len(member.filename) + member.compress_size // 2] ^= 0xFF
    path.write_bytes(flipped)
    with pytest.raises(SourceError, match="压缩结构不完整"):
        office.read_docx(path)


def overlapping(kernel: bytes, copies: int) -> bytes:
    """A quoted-overlap bomb (Fifield, WOOT 2019): each file's data begins with the next file's header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(kernel) + packer.flush()
    crc, body, entries = zlib.crc32(kernel), data, []
    size, packed = len(kernel), len(data)
    for number in range(copies):
        name = f"{number:04d}.xml".encode()
        header = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0x21, crc, packed, size, len(name), 0) + name
        body = header + body
        entries.append((name, crc, packed, size, len(body)))
        quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        body = quote + body
        crc, packed, size = zlib.crc32(header + kernel), packed + len(quote) + len(header), size + len(header)
        kernel = header + kernel
    body = body[5:]
    directory = b"".join(
        struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0x21, crc, packed, size, len(name), 0, 0, 0, 0, 0, len(body) - at
        )
        + name
        for name, crc, packed, size, at in entries
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, copies, copies, len(directory), len(body), 0)
    return body + directory + end


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(overlapping(b"a" * 1000, 1))
    archive.check(path)
    path.write_bytes(overlapping(b"a" * 1000, 30))
    with zipfile.ZipFile(path) as file:
        assert len(file.infolist()) == 30
    with pytest.raises(SourceError, match="重叠"):
        office.read_xlsx(path)
