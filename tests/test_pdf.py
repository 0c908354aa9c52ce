"""PDF: broken lines joined, finished paragraphs kept apart, furniture and tables known by where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import pdf
from index.errors import SourceError
from tests.test_load import assert_copied, quotes

Placed = tuple[float, float, float, str]  # x, y, size, text


def pdf_bytes(pages: list[list[Placed]], font: str = "STSong-Light", trailer: str = "") -> bytes:
    """A PDF whose text stands exactly where it is told to. Every reader knows the font: none is inside."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{font} /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{font} /DW 1000 /W [1 95 500] /FontDescriptor 5 0 R "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        f"<< /Type /FontDescriptor /FontName /{font} /Flags 4 /FontBBox [0 -120 1000 880] /Ascent 880 /Descent -120 "
        "/ItalicAngle 0 /CapHeight 880 /StemV 80 >>",
    ]
    kids = []
    for page in pages:
        content = "".join(
            f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm <{text.encode('utf-16-be').hex()}> Tj ET\n"
            for x, y, size, text in page
        )
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {len(objects) + 2} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}endstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = "%PDF-1.5\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer}>>\nstartxref\n{start}\n%%EOF\n"
    return out.encode("latin-1")


def column(paragraphs: list[str], top: float, x: float = 90, width: int = 30, size: float = 14) -> list[Placed]:
    """Paragraphs set in lines as wide as `width` Chinese characters, the first of each indented by two."""
    placed: list[Placed] = []
    for paragraph in paragraphs:
        start, line = x + 2 * size, ""
        for character in paragraph:
            if start - x + size * sum(1 if c > "\u2e7f" else 0.5 for c in line + character) > width * size:
                placed.append((start, top, size, line))
                start, line, top = x, "", top - 1.5 * size
            line += character
        placed.append((start, top, size, line))
        top -= 1.5 * size
    return placed


LONG = (
    "为推动口岸经济带建设，街道今年安排重点项目二十三个，计划完成固定资产投资12.5亿元，新增学位一千二百个，"
    "改造老旧小区八个，建设社区公园三处，并在年底之前完成全部验收工作。"
)
SHORT = "各社区要在六月底前报送进展。"


def save(folder: Path, pages: list[list[Placed]]) -> Path:
    path = folder / "a.pdf"
    path.write_bytes(pdf_bytes(pages))
    return path


def test_lines_of_one_paragraph_are_joined_and_lead_back(tmp_path: Path) -> None:
    page = [(150.0, 750.0, 22.0, "梧桐街道工作计划"), *column([LONG, SHORT, LONG[::-1]], 700)]
    loaded = pdf.read(save(tmp_path, [page]))
    assert loaded.reading.text.split("\n") == ["梧桐街道工作计划", LONG, SHORT, LONG[::-1]]
    assert [(line.level, line.page, line.furniture) for line in loaded.lines] == [(1, 1, False)] + [(0, 1, False)] * 3
    assert loaded.title == "梧桐街道工作计划"
    assert quotes(loaded)[1][1].replace("\n", "") == LONG
    assert quotes(loaded)[1][1].count("\n") == 2
    assert_copied(loaded)


def test_a_paragraph_runs_on_across_pages_past_head_and_foot(tmp_path: Path) -> None:
    def framed(number: int, lines: list[Placed]) -> list[Placed]:
        return [(230.0, 800.0, 9.0, "梧桐街道办事处文件"), *lines, (290.0, 40.0, 9.0, f"— {number} —")]

    lines = column([LONG], 130)
    below = [(x, y + 620, size, text) for x, y, size, text in lines[2:]]
    third = column([SHORT], 750)
    loaded = pdf.read(save(tmp_path, [framed(1, lines[:2]), framed(2, below), framed(3, third)]))
    body = [line for (line, _), hint in zip(quotes(loaded), loaded.lines, strict=True) if not hint.furniture]
    assert body == [LONG, SHORT]
    assert loaded.reading.original.count("\f") == 2
    furniture = [line for (line, _), hint in zip(quotes(loaded), loaded.lines, strict=True) if hint.furniture]
    assert furniture == ["梧桐街道办事处文件", "— 2 —", "梧桐街道办事处文件", "— 3 —"]
    assert [hint.page for hint in loaded.lines if not hint.furniture] == [1, 3]
    quote = dict(quotes(loaded))[LONG]
    assert quote.count("\f") == 1 and "— 1 —" in quote


def test_a_title_of_two_centred_lines_is_one(tmp_path: Path) -> None:
    title = [(132.5, 760.0, 22.0, "梧桐街道办事处关于印发二〇二四"), (198.5, 726.0, 22.0, "年度工作计划的通知")]
    loaded = pdf.read(save(tmp_path, [[*title, *column([LONG], 680)]]))
    assert loaded.reading.text.split("\n") == ["梧桐街道办事处关于印发二〇二四年度工作计划的通知", LONG]
    assert loaded.title == "梧桐街道办事处关于印发二〇二四年度工作计划的通知"


def test_two_columns_and_a_list(tmp_path: Path) -> None:
    left, right = column([LONG], 700, 50, 16, 12), column([LONG[::-1]], 700, 320, 16, 12)
    items = [(90.0, 400.0 - 18 * i, 12.0, f"{i + 1}、第{i + 1}项工作") for i in range(3)]
    loaded = pdf.read(save(tmp_path, [[*left, *right, *items]]))
    assert loaded.reading.text.split("\n") == [LONG, LONG[::-1], "1、第1项工作", "2、第2项工作", "3、第3项工作"]


def test_table_rows_have_cells_and_a_header(tmp_path: Path) -> None:
    rows = [("社区", "项目", "金额"), ("甲社区", "公园", "30"), ("乙社区", "学校", "50")]
    cells = [(90 + 150 * c, 600 - 20.0 * r, 12.0, text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    loaded = pdf.read(save(tmp_path, [[*column([LONG], 700), *cells]]))
    assert loaded.reading.text.split("\n")[1:] == ["社区 | 项目 | 金额", "甲社区 | 公园 | 30", "乙社区 | 学校 | 50"]
    assert [line.header for line in loaded.lines] == ["", "", "社区 | 项目 | 金额", "社区 | 项目 | 金额"]


def test_latin_words_keep_their_space_where_lines_are_joined(tmp_path: Path) -> None:
    lines = ["The district plans to invest more in the", "ports and in schools during the year and", "says so."]
    page = [(90.0, 700 - 20.0 * i, 14.0, line) for i, line in enumerate(lines)]
    assert pdf.read(save(tmp_path, [page])).reading.text == " ".join(lines)


def test_a_scan_says_that_it_needs_recognition(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="需要文字识别（OCR）"):
        pdf.read(save(tmp_path, [[], []]))


def test_damaged_encrypted_and_endless_files(tmp_path: Path) -> None:
    path = tmp_path / "b.pdf"
    path.write_bytes(b"%PDF-1.4\nnothing")
    with pytest.raises(SourceError, match="PDF 文件已损坏"):
        pdf.read(path)
    locked = (
        "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (" + "o" * 32 + ") /U (" + "u" * 32 + ") >> /ID [(a) (a)] "
    )
    path.write_bytes(pdf_bytes([column([SHORT], 700)], trailer=locked))
    with pytest.raises(SourceError, match="PDF 加了密码：请去掉密码后另存"):
        pdf.read(path)
    path.write_bytes(pdf_bytes([[]]).replace(b"/Kids [6 0 R] /Count 1", b"/Kids [2 0 R] /Count 1"))
    with pytest.raises(SourceError, match="第 1 页已损坏"):
        pdf.read(path)
    path.write_bytes(pdf_bytes([[]] * 3_001))
    with pytest.raises(SourceError, match="3001 页，超过上限 3000 页"):
        pdf.read(path)
