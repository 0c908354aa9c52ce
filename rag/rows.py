"""Rows of tables: what a header says of a cell, and whether the cell under the right head gives what is asked."""

from __future__ import annotations

import re

from index.fold import fold
from index.keywords import character_pairs
from rag.kinds import kind_share
from rag.question import Asked

_YEAR_HEAD = re.compile(r"[^0-9]{0,6}(?:年|年份|年度)")
_YEAR_CELL = re.compile(r"(?:19|20)[0-9]{2}")
_YEAR_IN_HEAD = re.compile(r"(?:19|20)[0-9]{2}年")


_PERSON_HEAD = re.compile(r"负责|姓名|名字|[人员长]$|经理|主管|教师|医生|律师")


def row_in_words(header: str, row: str) -> str:
    """A table row with what its header says of its cells, so that a bare 2022 under 年份 is a year.

    >>> row_in_words("街道 | 年份", "东门街道 | 2022"), row_in_words("产品 | 2023年销量", "水杯 | 2105")
    ('东门街道 | 2022年', '水杯 | 2023年 2105')
    """
    heads, cells = header.split(" | "), row.split(" | ")
    if not header or len(heads) != len(cells):
        return row
    return " | ".join(_cell_in_words(head, cell) for head, cell in zip(heads, cells, strict=True))


def _cell_in_words(head: str, cell: str) -> str:
    if _YEAR_HEAD.fullmatch(head.strip()) and _YEAR_CELL.fullmatch(cell.strip()):
        return f"{cell}年"
    year = _YEAR_IN_HEAD.search(head)  # 2023年销售额 says of its cells which year they are of
    return f"{year[0]} {cell}" if year else cell


def with_heads(header: str, row: str) -> str:
    """A table row in which every cell follows its head; a row without heads, and a sentence, as they are.

    >>> with_heads("品名 | 单价", "书架 | 1,850"), with_heads("", "书架每个1,850元。")
    ('品名:书架,单价:1,850', '书架每个1,850元。')
    """
    heads, cells = header.split(" | "), row.split(" | ")
    if not header:
        return row
    if len(heads) != len(cells):
        return f"{header} {row}"
    return ",".join(f"{head}:{cell}" for head, cell in zip(heads, cells, strict=True))


def row_share(asked: Asked, header: str, row: str) -> float:
    """Whether a table row gives what is asked: the cell under the head that holds the question's words."""
    heads, cells = fold(header).split(" | "), fold(row).split(" | ")
    if len(heads) != len(cells):
        return kind_share(asked, fold(row))
    if asked.kind == "person":  # who is responsible stands under a head that says so, without a title of their own
        return float(any(_PERSON_HEAD.search(head) and cell.strip() for head, cell in zip(heads, cells, strict=True)))
    pairs = set(character_pairs(asked.sought)) if asked.kind == "fact" else set()
    if pairs and not any(asked.is_said(pair, text) for pair in pairs for text in (*heads, *cells)):
        return 0.0  # a table that has no such column does not answer
    named = [any(term in cell for term in asked.terms) for cell in cells]  # the row is found by it, not asked for it
    shares = [0 if named[at] else sum(term in head for term in asked.terms) for at, head in enumerate(heads)]
    if not any(shares) and asked.kind == "number" and asked.unit:
        shares = [0 if named[at] else int(asked.unit in head) for at, head in enumerate(heads)]
    best = max(range(len(heads)), key=shares.__getitem__)
    if not shares[best]:
        return kind_share(asked, fold(row))
    cell = cells[best].strip()
    return float(bool(cell) and (asked.kind != "number" or any(character.isdigit() for character in cell)))
