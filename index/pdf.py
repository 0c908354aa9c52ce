"""PDF: the extracted text is the original; the reading joins the lines that the layout broke inside a sentence.

Where a line ends and where the next begins on the sheet tells a broken paragraph from a finished one: a line that
stops before the column's right edge, though the next word would have fitted, was the last of its paragraph.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from index.errors import SourceError
from index.offsets import Edit, apply
from index.types import Line, Loaded, Reading

MAX_PAGES = 3_000
MAX_CHARACTERS = 20_000_000
PAGE_BREAK = "\f"
SEPARATOR = " | "
_PAGE_NUMBER = re.compile(r"[-—–－\s第]{0,6}\d{1,4}[\s页/共頁\d—–－-]{0,12}|[ivxIVX]{1,6}")
_ENDING = tuple("。！？；：!?;:…”』」")
_MARKER = re.compile(
    r"[(（]?[一二三四五六七八九十百\d]{1,3}[)）、.．]|第[一二三四五六七八九十百\d]{1,4}[章节条篇]|[①-⑳●■◆•]"
)
_LATIN = re.compile(r"[0-9A-Za-z]")


@dataclass(frozen=True, slots=True)
class _Placed:
    """One line on its page: text, offset into the original, and where it stands (points, y upwards).

    `gaps` are offsets into the text of the spaces that stand between two columns of a table.
    """

    page: int
    text: str
    start: int
    left: float
    right: float
    bottom: float
    top: float
    gaps: tuple[int, ...] = ()

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def letter(self) -> float:
        """Width of a Chinese character of this line, as the line's height has it."""
        wide = sum(2 if character > "\u2e7f" else 1 for character in self.text)
        return 2 * (self.right - self.left) / max(wide, 1)


def read(path: Path) -> Loaded:
    """The PDF as read. Raises SourceError: encrypted, damaged, too many pages, a scan without text."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise SourceError("PDF 加了密码：请去掉密码后另存") from error
        raise SourceError("PDF 文件已损坏：请重新下载或另存") from error
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise SourceError(f"PDF 有 {count} 页，超过上限 {MAX_PAGES} 页：请拆成几个文件")
        original, lines, heights = _extracted(document)
    finally:
        document.close()
    if sum(not character.isspace() for character in original) < max(10, 2 * count):
        raise SourceError("PDF 里没有文字，可能是扫描件：需要文字识别（OCR），识别后存为 txt 或 docx")
    return _laid_out(original, lines, heights)


def _extracted(document: Any) -> tuple[str, list[_Placed], list[float]]:
    """The original, its lines with their places, and the height of each page."""
    parts: list[str] = []
    lines: list[_Placed] = []
    heights: list[float] = []
    length = 0
    for number in range(len(document)):
        page = _page(document, number)
        heights.append(page.get_height())
        textpage = page.get_textpage()
        found = list(_page_lines(textpage, number + 1, length))
        textpage.close()
        page.close()
        lines.extend(found)
        parts.append("\n".join(line.text for line in found))
        length += len(parts[-1]) + 1
        if length > MAX_CHARACTERS:
            raise SourceError("PDF 里的文字太多：请拆成几个文件")
    return PAGE_BREAK.join(parts), lines, heights


def _page(document: Any, number: int) -> Any:
    import pypdfium2

    try:
        return document[number]
    except pypdfium2.PdfiumError as error:
        raise SourceError(f"PDF 第 {number + 1} 页已损坏：请重新下载或另存") from error


def _page_lines(textpage: Any, page: int, start: int) -> Iterator[_Placed]:
    """The lines of one page as pdfium orders them, blank ones left out; the first stands at `start`."""
    import pypdfium2.raw as pdfium

    codes = [pdfium.FPDFText_GetUnicode(textpage.raw, i) for i in range(textpage.count_chars())]
    held: list[int] = []
    for index, code in enumerate([*codes, 10]):
        if code not in (10, 13):
            if code not in (0, 2, 0xFFFE, 0xFFFF):  # hyphens that the layout made
                held.append(index)
            continue
        inked = [i for i in held if not chr(codes[i]).isspace()]
        if inked:
            held = held[held.index(inked[0]) : held.index(inked[-1]) + 1]
            line = _placed(textpage, page, start, held, codes)
            yield line
            start += len(line.text) + 1
        held = []


def _placed(textpage: Any, page: int, start: int, held: Sequence[int], codes: Sequence[int]) -> _Placed:
    text = "".join(chr(codes[i]) if not 0xD800 <= codes[i] < 0xE000 else "\ufffd" for i in held)
    text = text.replace(PAGE_BREAK, " ")
    boxes = [textpage.get_charbox(i, loose=True) for i in (held[0], held[len(held) // 2], held[-1])]
    left, right = boxes[0][0], boxes[-1][2]
    bottom, top = min(box[1] for box in boxes), max(box[3] for box in boxes)
    gaps = []
    for at in range(1, len(held) - 1):
        if text[at] == " " and text[at - 1] != " " and text[at + 1] != " ":
            before, after = textpage.get_charbox(held[at - 1]), textpage.get_charbox(held[at + 1])
            if after[0] - before[2] > 1.2 * (top - bottom):
                gaps.append(at)
    return _Placed(page, text, start, left, right, bottom, top, tuple(gaps))


def _laid_out(original: str, lines: Sequence[_Placed], heights: Sequence[float]) -> Loaded:
    """Join, mark and map: what the lines' places say."""
    furniture = _furniture(lines, heights)
    body = [line for line in lines if line.start not in furniture]
    size = median(line.height for line in body) if body else 1.0
    rights = _right_edges(body)
    pitch = _pitch(body)
    edits: list[Edit] = []
    hints: list[Line] = []
    levels = _levels(body, size)
    headers = _headers(body)
    last: _Placed | None = None  # the body line before
    pending: list[_Placed] = []  # furniture since then
    for line in lines:
        if line.start in furniture:
            pending.append(line)
            continue
        if last is not None and (_continues(last, line, rights, pitch) or _is_one_title(last, line, levels)):
            glue = " " if _LATIN.match(last.text[-1]) and _LATIN.match(line.text[0]) else ""
            edits.append(Edit(last.start + len(last.text), line.start, glue, ""))
        else:
            edits.extend(_parted(last, [*pending, line]))
            hints.extend(Line(page=other.page, furniture=True) for other in pending)
            hints.append(Line(levels.get(line.start, 0), headers.get(line.start, ""), line.page))
        edits.extend(Edit(line.start + gap, line.start + gap + 1, SEPARATOR, "") for gap in line.gaps)
        last, pending = line, []
    edits.extend(_parted(last, pending))
    hints.extend(Line(page=other.page, furniture=True) for other in pending)
    end = lines[-1].start + len(lines[-1].text) if lines else 0
    if end < len(original):
        edits.append(Edit(end, len(original), "", ""))
    text, way = apply(original, edits)
    rows = text.split("\n")
    title = next((row for row, hint in zip(rows, hints, strict=True) if hint.level == 1), None)
    return Loaded(Reading(original, text, way), "utf-8", tuple(hints), title)


def _parted(last: _Placed | None, following: Sequence[_Placed]) -> Iterator[Edit]:
    """One newline between two lines, whatever page breaks lie between them; nothing before the first."""
    for line in following:
        end = last.start + len(last.text) if last else 0
        if end < line.start:
            yield Edit(end, line.start, "\n" if last else "", "")
        last = line


def _continues(line: _Placed, following: _Placed, rights: dict[tuple[int, int], float], pitch: float) -> bool:
    """True where `following` goes on with the paragraph of `line`."""
    letter = line.letter
    if line.gaps or following.gaps or abs(line.height - following.height) > 0.2 * line.height:
        return False
    if following.left > line.left + 0.7 * letter:  # indented: a new paragraph
        return False
    same_column = following.page == line.page and following.bottom < line.bottom
    if same_column and line.bottom - following.bottom > 1.5 * max(pitch, line.height):
        return False
    if line.text.endswith(_ENDING) and _MARKER.match(following.text):
        return False
    room = rights[_column(line)] - line.right
    return room < _first_word(following.text) * letter + 0.5 * letter


def _is_one_title(line: _Placed, following: _Placed, levels: dict[int, int]) -> bool:
    """True for two centred lines of one heading, as titles of official papers are set."""
    if line.start not in levels or levels[line.start] != levels.get(following.start) or line.page != following.page:
        return False
    near = 0 < line.bottom - following.bottom < 2 * line.height
    off_centre = abs(line.left + line.right - following.left - following.right) / 2
    return near and off_centre < line.letter / 2 and not _MARKER.match(following.text)


def _first_word(text: str) -> float:
    """Width, in Chinese characters, of what must stay together at the start of a text."""
    latin = re.match(r"[!-~]{1,40}", text)
    if latin:
        return len(latin[0]) / 2
    closing = re.match(r".[，。、；：？！）》”’]{0,2}", text)
    return float(len(closing[0])) if closing else 1.0


def _column(line: _Placed) -> tuple[int, int]:
    """Lines that begin at about the same place, in about the same size, stand in one column."""
    return round(line.left / (4 * max(line.height, 1.0))), round(line.height / 2)


def _right_edges(lines: Sequence[_Placed]) -> dict[tuple[int, int], float]:
    """The right edge of each column: the furthest that two lines reach, its neighbours in place and size included."""
    ends: dict[tuple[int, int], list[float]] = defaultdict(list)
    for line in lines:
        ends[_column(line)].append(line.right)
    edges: dict[tuple[int, int], float] = {}
    for column, size in ends:
        near = [ends.get((column + x, size + y), []) for x in (-1, 0, 1) for y in (-1, 0, 1)]
        reached = sorted((right for group in near for right in group), reverse=True)
        edges[column, size] = reached[min(1, len(reached) - 1)] if len(reached) < 50 else reached[len(reached) // 50]
    return edges


def _pitch(lines: Sequence[_Placed]) -> float:
    """The usual distance between two lines of one page."""
    steps = [
        a.bottom - b.bottom for a, b in zip(lines, lines[1:], strict=False) if a.page == b.page and a.bottom > b.bottom
    ]
    return median(steps) if steps else 0.0


def _furniture(lines: Sequence[_Placed], heights: Sequence[float]) -> set[int]:
    """Starts of lines that are running heads, running feet or page numbers."""
    edges: list[_Placed] = []
    for line in lines:
        height = heights[line.page - 1]
        at_edge = line.bottom > 0.88 * height or line.top < 0.1 * height
        if at_edge and len(line.text) <= 60 and not line.text.endswith(_ENDING):
            edges.append(line)
    pages = Counter(shape for shape, _ in {(_shape(line), line.page) for line in edges})
    often = max(2, min(len(heights) // 3, 5))
    return {
        line.start
        for line in edges
        if _PAGE_NUMBER.fullmatch(line.text) or (len(heights) > 1 and pages[_shape(line)] >= often)
    }


def _shape(line: _Placed) -> str:
    return re.sub(r"\d+", "0", line.text.replace(" ", ""))


def _levels(lines: Sequence[_Placed], usual: float) -> dict[int, int]:
    """Heading levels by size: clearly larger than the body, largest first, at most three."""
    large = [line for line in lines if line.height > 1.15 * usual and len(line.text) <= 60]
    sizes: list[float] = []
    for height in sorted((line.height for line in large), reverse=True):
        if not sizes or height < 0.93 * sizes[-1]:
            sizes.append(height)
    return {line.start: 1 + min(2, sum(line.height < 0.93 * size for size in sizes)) for line in large}


def _headers(lines: Sequence[_Placed]) -> dict[int, str]:
    """Starts of table rows with the cells of the first row above them that has as many columns."""
    headers: dict[int, str] = {}
    header = ""
    columns = 0
    for line in lines:
        if not line.gaps:
            header, columns = "", 0
        elif len(line.gaps) != columns:
            columns, cells, at = len(line.gaps), [], 0
            for gap in (*line.gaps, len(line.text)):
                cells.append(line.text[at:gap].strip())
                at = gap
            header = "" if any(re.fullmatch(r"[\d.,%％]+", cell) for cell in cells) else SEPARATOR.join(cells)
        else:
            headers[line.start] = header
    return headers
