"""Write those files of the demo corpus that no text editor writes: a PDF, a DOCX, and a page with bracketed readings.

    python -m eval.templates.make_demo_files demo --font NotoSansCJK-Regular.ttc

The texts stand in `eval/templates/demo_sources/`. The PDF carries only the glyphs it uses.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

SOURCES = Path(__file__).with_name("demo_sources")

# A converter of old pages put the reading after the characters it had no simplified form of at hand.
READINGS = {
    "務": "wù", "規": "guī", "劃": "huà", "計": "jì", "開": "kāi", "園": "yuán", "業": "yè", "經": "jīng",
    "濟": "jì", "產": "chǎn", "區": "qū", "樓": "lóu", "實": "shí", "設": "shè", "學": "xué", "習": "xí",
    "總": "zǒng", "書": "shū", "記": "jì", "導": "dǎo", "進": "jìn", "運": "yùn", "營": "yíng", "關": "guān",
    "檢": "jiǎn", "點": "diǎn", "時": "shí", "間": "jiān", "長": "zhǎng", "養": "yǎng", "護": "hù", "醫": "yī",
    "項": "xiàng", "確": "què", "責": "zé", "員": "yuán", "辦": "bàn", "處": "chù", "訊": "xùn",
}  # fmt: skip


def with_readings(text: str) -> str:
    """`text` with a bracketed reading after every character of `READINGS`."""
    return "".join(f"{letter}({READINGS[letter]})" if letter in READINGS else letter for letter in text)


def write_pdf(text: str, target: Path, font: Path) -> None:
    """One block a line; a line that starts with `# ` is a heading, U+000C starts a page."""
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_creation_date(datetime(2024, 1, 1, tzinfo=UTC))
    pdf.add_font("cjk", fname=str(font), collection_font_number=2)
    for page in text.split("\f"):
        pdf.add_page()
        for line in page.strip().split("\n"):
            pdf.set_font("cjk", size=15 if line.startswith("# ") else 11)
            pdf.multi_cell(0, 8, line.removeprefix("# "), new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(target))


def write_docx(text: str, target: Path) -> None:
    """`# ` and `## ` are headings, a line with `|` is a table row, all else is a paragraph."""
    from docx import Document

    document = Document()
    rows: list[list[str]] = []
    for line in [*text.strip().split("\n"), ""]:
        if "|" in line:
            rows.append(line.split("|"))
            continue
        if rows:
            _add_table(document, rows)
            rows = []
        if line.startswith("#"):
            marks, title = line.split(" ", 1)
            document.add_heading(title, level=len(marks))
        elif line:
            document.add_paragraph(line)
    document.save(str(target))


def _add_table(document, rows: list[list[str]]) -> None:  # type: ignore[no-untyped-def]  # python-docx has no types
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            table.cell(number, column).text = cell


def main() -> None:
    """The command of the docstring above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("--font", type=Path, required=True)
    chosen = parser.parse_args()
    read = {path.stem: path.read_text("utf-8") for path in SOURCES.glob("*.txt")}
    write_pdf(read["guiyuan-2023-report"], chosen.demo / "guiyuan-2023-report.pdf", chosen.font)
    write_docx(read["nanhu-2024-plan"], chosen.demo / "nanhu-2024-plan.docx")
    (chosen.demo / "guiyuan-2024-plan.txt").write_text(with_readings(read["guiyuan-2024-plan"]), "utf-8")


if __name__ == "__main__":
    main()
