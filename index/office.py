"""Office files: DOCX by python-docx, XLSX by openpyxl, after a look at the archive that they both are.

The extracted text is the original: paragraphs and table rows in document order, one a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from index import archive
from index.errors import SourceError
from index.types import Line, Loaded, Reading

MAX_CELLS = 2_000_000
_MODERATE_BYTES = 2 << 20  # beyond it, or beyond as many cells, a workbook is read as a stream
_MODERATE_CELLS = 200_000
SEPARATOR = " | "
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = {f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", f"{_W}instrText", f"{_W}pPr", f"{_W}rPr"}
_FALLBACK = "}Fallback"  # the same drawing again, for old readers
_NUMBER = re.compile(r"[-+]?[\d.,]+[%％]?")
_UNNAMED = re.compile(r"(?:sheet|工作表|表)\s?\d{0,3}", re.IGNORECASE)  # what the program calls a sheet itself


def read_docx(path: Path) -> Loaded:
    """A Word file as read: headings by style, table rows with their header cells, the table of contents as furniture.

    Raises SourceError: damaged, hostile, without text.
    """
    archive.check(path)
    import docx

    document = docx.Document(str(path))
    levels = _style_levels(document)
    lines: list[tuple[str, Line]] = []
    title: str | None = None
    for element in _blocks(document.element.body):
        if element.tag == f"{_W}tbl":
            lines.extend(_table_lines(element))
            continue
        level, is_title, furniture = levels.get(_style_of(element), (0, False, False))
        level = _outline_level(element) or level
        text = _paragraph_text(element)
        if is_title and title is None:
            title = text.strip() or None
        lines.extend((part, Line(level=level, furniture=furniture)) for part in text.split("\n"))
    return _loaded(lines, title)


def _loaded(lines: list[tuple[str, Line]], title: str | None) -> Loaded:
    kept = [(text, line) for text, line in lines if text.strip()]
    if not kept:
        raise SourceError("文件里没有文字：如果内容是图片，需要文字识别（OCR）")
    return Loaded(Reading.of("\n".join(text for text, _ in kept)), "utf-8", tuple(line for _, line in kept), title)


def _blocks(body: Any) -> Iterator[Any]:
    """Paragraphs and tables in document order, those inside content controls and tracked insertions too."""
    waiting = [iter(body)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif element.tag in (f"{_W}p", f"{_W}tbl"):
            yield element
        elif element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            waiting.append(iter(element))


def _paragraph_text(paragraph: Any) -> str:
    """What is written in a paragraph: tracked deletions, field codes and text boxes left out."""
    parts: list[str] = []
    waiting = [iter(paragraph)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
            continue
        tag = element.tag
        if tag == f"{_W}t":
            parts.append((element.text or "").replace("\n", " ").replace("\f", " "))
        elif tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
        elif tag == f"{_W}tab":
            parts.append("\t")
        elif tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif tag not in _SKIPPED and not str(tag).endswith(_FALLBACK):
            waiting.append(iter(element))
    return "".join(parts)


def _table_lines(table: Any) -> Iterator[tuple[str, Line]]:
    """One line a row; a cell that spans rows stands in each of them, inner tables become cell text."""
    rows: list[list[str]] = []
    above: list[str] = []
    for row in table.iter(f"{_W}tr"):
        if _ancestor(row, "tbl") is not table:
            continue
        cells: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            if _ancestor(cell, "tr") is not row:
                continue
            goes_on = _goes_on(cell) and len(cells) < len(above)
            cells.append(above[len(cells)] if goes_on else _cell_text(cell))
            cells.extend([""] * (_columns(cell) - 1))
        rows.append(cells)
        above = list(cells)
    return _with_headers(rows)


def _ancestor(element: Any, name: str) -> Any:
    """The innermost element of that name around `element`."""
    parent = element.getparent()
    while parent is not None and parent.tag != _W + name:
        parent = parent.getparent()
    return parent


def _cell_property(cell: Any, name: str) -> Any:
    properties = cell.find(f"{_W}tcPr")
    return properties.find(_W + name) if properties is not None else None


def _goes_on(cell: Any) -> bool:
    """True for a cell that belongs to the one above it."""
    merge = _cell_property(cell, "vMerge")
    return merge is not None and merge.get(f"{_W}val") != "restart"


def _columns(cell: Any) -> int:
    span = _cell_property(cell, "gridSpan")
    value = span.get(f"{_W}val") if span is not None else None
    return min(int(value), 64) if value and value.isdigit() else 1


def _cell_text(cell: Any) -> str:
    return " ".join(" ".join(_paragraph_text(paragraph) for paragraph in cell.iter(f"{_W}p")).split())


def _with_headers(rows: list[list[str]]) -> Iterator[tuple[str, Line]]:
    """Rows as lines, those below the first row that names columns with its cells as header."""
    header = ""
    for cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        text = SEPARATOR.join(cells)
        if not text:
            continue
        yield text, Line(header=header)
        filled = [cell for cell in cells if cell]
        if not header and len(filled) >= 2 and not any(_NUMBER.fullmatch(cell) for cell in filled):
            header = text


def _style_of(paragraph: Any) -> str:
    properties = paragraph.find(f"{_W}pPr")
    style = properties.find(f"{_W}pStyle") if properties is not None else None
    return str(style.get(f"{_W}val")) if style is not None else ""


def _outline_level(paragraph: Any) -> int:
    """The level that the paragraph itself declares, 1 to 9; 0 for none."""
    properties = paragraph.find(f"{_W}pPr")
    outline = properties.find(f"{_W}outlineLvl") if properties is not None else None
    value = outline.get(f"{_W}val") if outline is not None else None
    return int(value) + 1 if value and value.isdigit() and int(value) < 9 else 0


def _style_levels(document: Any) -> dict[str, tuple[int, bool, bool]]:
    """Style id → (heading level, is the title, is furniture), by built-in names in English and Chinese."""
    levels: dict[str, tuple[int, bool, bool]] = {}
    for style in document.styles.element.iter(f"{_W}style"):
        named = style.find(f"{_W}name")
        name = (named.get(f"{_W}val") or "").lower() if named is not None else ""
        heading = re.fullmatch(r"(?:heading|标题|標題) ?([1-9])", name)
        is_title = name in ("title", "标题", "標題")
        level = int(heading[1]) if heading else int(is_title) or _outline_level(style)
        furniture = re.fullmatch(r"(?:toc|目录|目錄) ?(?:\d|heading|标题)", name) is not None
        levels[str(style.get(f"{_W}styleId"))] = (0 if furniture else level, is_title, furniture)
    return levels


def read_xlsx(path: Path) -> Loaded:
    """A workbook as read: each sheet's name as a heading, each row a line "cell | cell", values as shown.

    A cell that spans rows stands in each of them, in workbooks of moderate size. Raises SourceError: damaged,
    hostile, empty, more than 2,000,000 cells.
    """
    archive.check(path)
    book = _workbook(path)
    lines: list[tuple[str, Line]] = []
    room = MAX_CELLS
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            rows = _sheet_rows(sheet, room)
            room -= sum(len(row) for row in rows)
            found = list(_with_headers(rows))
            name = " ".join(sheet.title.split())
            named = found and name and not _UNNAMED.fullmatch(name)
            lines.extend([(name, Line(level=1)), *found] if named else found)
    finally:
        book.close()
    return _loaded(lines, None)


def _workbook(path: Path) -> Any:
    """The workbook; one that is large, or has a cell far out, as a stream, which knows nothing of merged cells."""
    import openpyxl

    if path.stat().st_size < _MODERATE_BYTES:
        book = openpyxl.load_workbook(path, data_only=True)
        if all(sheet.max_row * sheet.max_column < _MODERATE_CELLS for sheet in book.worksheets):
            return book
        book.close()
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
    return book


def _sheet_rows(sheet: Any, room: int) -> list[list[str]]:
    """The filled rows of a sheet, at most `room` cells. Raises SourceError beyond."""
    spanned = _spanned(sheet)
    rows: list[list[str]] = []
    for number, row in enumerate(sheet.iter_rows(), 1):
        shown = [_shown(cell.value, str(cell.number_format)) if cell.value is not None else "" for cell in row]
        if not any(shown):
            continue
        for column, text in spanned.get(number, ()):
            shown[column] = shown[column] or text
        rows.append(shown)
        room -= len(shown)
        if room < 0:
            raise SourceError(f"表格超过 {MAX_CELLS} 个单元格：请拆成几个文件")
    return rows


def _spanned(sheet: Any) -> dict[int, list[tuple[int, str]]]:
    """Row number → (column, text) of the cells above that span it."""
    spanned: dict[int, list[tuple[int, str]]] = {}
    for area in getattr(getattr(sheet, "merged_cells", None), "ranges", ()):
        first = sheet.cell(area.min_row, area.min_col)
        text = _shown(first.value, str(first.number_format)) if first.value is not None else ""
        for row in range(area.min_row + 1, min(area.max_row, sheet.max_row) + 1):
            spanned.setdefault(row, []).append((area.min_col - 1, text))
    return spanned


def _shown(value: object, form: str) -> str:
    """A cell's value as its number format shows it: percentages, thousands, decimals, dates."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if not isinstance(value, (int, float)):
        return " ".join(str(value).split())
    positive = form.split(";")[0]
    places = re.search(r"\.(0+)", positive)
    decimals = len(places[1]) if places else 0
    comma = "," if "#,#" in positive else ""
    if "%" in positive:
        return f"{value * 100:{comma}.{decimals}f}%"
    if "0" in positive:
        return f"{value:{comma}.{decimals}f}"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.12g}"
