"""How well damaged pages are read: a table, kind by kind, on text that no repair was written on.

    python -m eval damage [--pages N] [--seed S] [--write]

Pages are put together from the paragraphs of the public sets (WENJU_SETS). Each kind of damage is drawn twice: with
a fixed seed, for tuning, and with seed S, for judging. `--write` puts the table into `docs/damage.md`.
"""

from __future__ import annotations

import argparse
import importlib
import random as randomness
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from eval.damage import Damaged, sheared_trials
from eval.sets import NAMES, read_set, sets_folder
from index.errors import SourceError
from index.fold import fold
from index.load import load
from index.repair import repair
from index.sheared import mend_sheared
from index.types import Document

KINDS = {
    "charset": "编码",
    "mojibake": "二次解码",
    "pinyin": "括号拼音",
    "sheared": "错位 GBK",
    "advert": "正文里的广告",
    "furniture": "网页杂项",
    "hopeless": "无可救药",
}
_ROOT = Path(__file__).resolve().parents[2]
_TUNING_SEED = 0
_PARAGRAPHS = (3, 7)  # of a page

Damager = Callable[[str, randomness.Random], Damaged]


@dataclass(slots=True)
class Row:
    """The figures of one way of damaging, over its pages of one half. Counts are characters of folded text."""

    kind: str
    way: str
    pages: int = 0
    length: int = 0
    before: float = 0.0
    after: float = 0.0
    kept: int = 0
    furniture: int = 0
    removed: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    def cells(self) -> list[str]:
        """The row of the table."""
        hopeless = self.kind == KINDS["hopeless"]
        verdicts = "、".join(f"{_VERDICTS[name]} {count}" for name, count in self.verdicts.most_common())
        return [
            self.kind,
            self.way,
            str(self.pages),
            "" if hopeless else f"{max(0.0, self.before / self.length):.4f}",
            "" if hopeless else f"{self.after / self.length:.4f}",
            f"{self.removed / self.furniture:.3f}" if self.furniture else "",
            "" if hopeless else f"{self.kept / self.length:.4f}",
            verdicts,
        ]


_VERDICTS = {"clean": "完好", "repaired": "已修复", "quarantined": "隔离", "failed": "读不了"}
_HEADER = ["损坏", "方式", "页数", "修复前", "修复后", "杂项清除", "正文保留", "判定"]


def main(arguments: list[str]) -> int:
    """Run every damager over the public paragraphs and print the table; 0, or 1 where a clean page was changed."""
    parser = argparse.ArgumentParser(prog="python -m eval damage", description="各种损坏的修复成绩")
    parser.add_argument("--pages", type=int, default=100, metavar="N", help="每种方式的页数（每一半）")
    parser.add_argument("--seed", type=int, default=2026, metavar="S", help="评判一半的随机种子")
    parser.add_argument("--write", action="store_true", help="写入 docs/damage.md")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS), metavar="KIND")
    options = parser.parse_args(arguments)
    paragraphs = [page for name in NAMES for page in read_set(sets_folder() / f"{name}.json")[0].values()]
    parts = []
    hopeless: Counter[str] = Counter()
    for title, seed in (("调试一半", _TUNING_SEED), ("评判一半", options.seed)):
        rows = [
            row
            for kind in options.kinds
            for row in _kind_rows(kind, _pages(paragraphs, options.pages, f"{kind}{seed}"), seed)
        ]
        parts.append(f"## {title}（种子 {seed}）\n\n{_markdown([row.cells() for row in rows])}")
        for row in rows:
            name = "bad" if row.kind == KINDS["hopeless"] else "good"
            hopeless[f"{name} caught"] += row.verdicts["quarantined"]
            hopeless[name] += row.pages
    changed, clean = _clean(paragraphs)
    hopeless["good"] += clean
    sheared = _sheared_summary(options.pages, options.seed) if "sheared" in options.kinds else ""
    report = _report(parts, hopeless, changed, clean, sheared)
    print(report)
    if options.write:
        (_ROOT / "docs" / "damage.md").write_text(report + "\n", encoding="utf-8")
    return 1 if changed else 0


def accuracy(truth: str, reading: str) -> float:
    """1 − edit distance / length of the truth, both folded; below 0 where the reading is far longer."""
    from rapidfuzz.distance import Levenshtein

    return 1.0 - Levenshtein.distance(truth, reading) / max(1, len(truth))


def lines_of(text: str) -> str:
    """Folded text without empty lines and without white space at the ends of lines: what is compared."""
    lines = (line.strip() for line in fold(text.replace("\r\n", "\n")).split("\n"))
    return "\n".join(line for line in lines if line)


def _kind_rows(kind: str, bodies: list[str], seed: int) -> list[Row]:
    module = importlib.import_module(f"eval.damage.{kind}")
    rows = []
    for way, damager in _ways(module).items():
        random = randomness.Random(f"{kind}{way}{seed}")
        row = Row(KINDS[kind], way)
        for body in bodies:
            _count(row, damager(body, random))
        rows.append(row)
    return rows


def _ways(module: ModuleType) -> dict[str, Damager]:
    """The ways of damaging that a module names, or its one way."""
    ways: dict[str, Damager] = getattr(module, "WAYS", None) or {"": module.damage}
    return ways


def _sheared_summary(pages: int, seed: int) -> str:
    """What stands inside the sheared runs, counted character by character."""
    figures = sheared_trials.figures(mend_sheared, sets_folder(), pages, seed)
    whole = figures["whole right"] / max(1, figures["whole"])
    right = figures["right"] / max(1, figures["characters"])
    guesses = figures["guesses right"] / max(1, figures["guesses"])
    return (
        f"- 错位 GBK，只算损坏处（{figures['runs']} 处 {figures['characters']} 字）：两字节俱在的字 {whole:.3f}，"
        f"全部字 {right:.3f}，猜测 {guesses:.3f}（{figures['guesses']} 个），未标记的错字 {figures['unmarked wrong']}，"
        f"损坏处之外被改动 {figures['outside']}"
    )


def _pages(paragraphs: list[str], pages: int, seed: str) -> list[str]:
    """Bodies of a few paragraphs of one script each, a paragraph a line."""
    random = randomness.Random(seed)
    half = [paragraphs[:848], paragraphs[848:]]
    return [
        "\n".join(" ".join(each.split()) for each in random.sample(random.choice(half), random.randint(*_PARAGRAPHS)))
        for _ in range(pages)
    ]


def _count(row: Row, damaged: Damaged) -> None:
    document = _read(damaged.data)
    row.pages += 1
    row.verdicts[document.verdict if document else "failed"] += 1
    truth = lines_of(damaged.body)
    reading = lines_of(document.text) if document else ""
    plain = damaged.data.decode("utf-8", "replace").lstrip("\ufeff")
    row.length += len(truth)
    row.before += accuracy(truth, lines_of(plain)) * len(truth)
    row.after += accuracy(truth, reading) * len(truth)
    row.kept += _kept(truth, reading)
    extra = [*damaged.furniture, *_advertisements(row, damaged, plain)]
    row.furniture += len(extra)
    row.removed += sum(lines_of(each) not in reading for each in extra)


def _advertisements(row: Row, damaged: Damaged, plain: str) -> list[str]:
    return [plain[start:end] for start, end in damaged.runs] if row.kind == KINDS["advert"] else []


def _kept(truth: str, reading: str) -> int:
    """How many characters of the body are still there, in order."""
    from rapidfuzz.distance import LCSseq

    return int(LCSseq.similarity(truth, reading))


def _read(data: bytes) -> Document | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.txt"
        path.write_bytes(data)
        try:
            return repair(load(path), path.name, folder)
        except SourceError:
            return None


def _clean(paragraphs: list[str]) -> tuple[list[str], int]:
    """Clean pages that a repair changed, and how many there are."""
    special = sorted((_ROOT / "tests" / "clean").glob("*.txt"))
    texts = [*paragraphs, *(path.read_text("utf-8") for path in special)]
    return [text for text in texts if not _unchanged(text)], len(texts)


def _unchanged(text: str) -> bool:
    document = _read(text.encode("utf-8"))
    return document is not None and document.verdict == "clean" and _outer(document.text) == _outer(text)


def _outer(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _markdown(rows: Iterable[list[str]]) -> str:
    lines = [_HEADER, ["---"] * len(_HEADER), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _report(parts: list[str], counts: Counter[str], changed: list[str], clean: int, sheared: str) -> str:
    caught = counts["bad caught"]
    wrong = counts["good caught"]
    precision = f"{caught / (caught + wrong):.3f}" if caught + wrong else "无"
    recall = f"{caught / counts['bad']:.3f}" if counts["bad"] else "无"
    summary = [
        f"- 完好的页：{clean} 页，被改动 {len(changed)} 页",
        f"- 隔离：精确率 {precision}，召回率 {recall}（无可救药的页 {counts['bad']}，其余 {counts['good']}）",
        *([sheared] if sheared else []),
    ]
    return "\n\n".join(["# 损坏与修复", _INTRODUCTION, "\n".join(summary), *parts])


_INTRODUCTION = """由 `python -m eval damage --write` 生成，不要手改。

正文取自公开题集的段落，几段成一页；损坏由 `eval/damage/` 里的脚本制造，修复不认识它们。
字符准确率 = 1 − 编辑距离 / 正文长度，在折叠后的文本上计算；“修复前”把文件当作 UTF-8 直接读。
“正文保留”是正文里按原顺序仍在的字符所占的比例。
"""
