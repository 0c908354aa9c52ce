"""Files of which a part is UTF-16: both parts are read; zeros and marks in a text are no reason to refuse it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from index.charset import decode
from index.controls import drop_controls
from index.load import load
from index.repair import repair
from index.wide import wide_part

FIRST = "莲塘街道2023年工作总结：引进企业12家，新增就业岗位860个。\n第二行写的是明年的计划，请居民监督。\n"
SECOND = "东湖街道2024年计划：建成社区食堂3家，改造旧房12栋。\n第四行是服务电话 0755-1234，请转告。\n"
WIDE, NARROW = ("utf-16-le", "utf-16-be"), ("utf-8", "gb18030")
PAIRS = list(product(WIDE, NARROW))


def read(tmp_path: Path, data: bytes) -> tuple[str, str]:
    path = tmp_path / "page.txt"
    path.write_bytes(data)
    loaded = load(path)
    return loaded.reading.text, loaded.encoding


@pytest.mark.parametrize(("wide", "narrow"), PAIRS)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_both_parts_are_read(tmp_path: Path, wide: str, narrow: str, mark: str) -> None:
    assert read(tmp_path, FIRST.encode(narrow) + (mark + SECOND).encode(wide)) == (FIRST + SECOND, "mixed")
    assert read(tmp_path, (mark + FIRST).encode(wide) + SECOND.encode(narrow)) == (FIRST + SECOND, "mixed")


@pytest.mark.parametrize(("wide", "narrow"), PAIRS)
def test_a_part_in_the_middle(tmp_path: Path, wide: str, narrow: str) -> None:
    data = FIRST.encode(narrow) + SECOND.encode(wide) + FIRST.encode(narrow)
    assert read(tmp_path, data) == (FIRST + SECOND + FIRST, "mixed")


@pytest.mark.parametrize("codec", WIDE)
def test_a_file_of_one_piece_is_none_of_it(codec: str) -> None:
    for text in (
        FIRST + SECOND,
        "서울특별시는 대한민국의 수도이자 최대 도시이다. 인구는 950만 명이다.\n",
        "plain ASCII, 12\n" * 9,
    ):
        decoded = decode(text.encode(codec))
        assert (decoded.text, decoded.encoding) == (text, codec)
    assert wide_part((FIRST + SECOND).encode()) is None


def test_zeros_in_a_text_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes((FIRST.replace("，", "，\0") + SECOND).encode() + b"\0" * 600)
    document = repair(load(path), path.name, str(tmp_path))
    assert document.text == (FIRST + SECOND).strip()
    assert document.original.count("\0") == 601 + 1
    assert dict(document.repairs)["charset"] == 3


def test_marks_in_a_line_go_and_line_ends_stay() -> None:
    assert [(edit.start, edit.end) for edit in drop_controls("一\ufeff二\r\n三\t四\x00\x00")] == [(1, 2), (8, 10)]
