"""A thing that is nearly called like the one asked about is another one."""

from __future__ import annotations

from typing import Any

import pytest

from rag.names import names_another, names_of
from rag.question import take_apart
from rag.reader import CLEAR


class Said:
    """As much of a candidate as is looked at: a sentence, what stands around it, and what the reader says of it."""

    def __init__(self, folded: str, around: str = "", read: float = 0.0) -> None:
        self.folded = folded
        self.read = read
        self.around = around or folded


@pytest.mark.parametrize(
    ("question", "sentence", "around", "is_another"),
    [
        ("解放路店的店长是谁", "解放碑店 | 重庆 | 邓凯", "", True),
        ("莲塘小学的校长是谁", "莲南小学校长陈平出席", "", True),
        ("莲塘小学的校长是谁", "莲南小学校长陈平出席", "莲塘小学与莲南小学结对\n莲南小学校长陈平出席", True),
        ("莲塘小学的校长是谁", "莲塘小学校长陈平出席", "", False),
        ("莲塘小学的校长是谁", "翠竹小学校长陈平出席", "", True),
        ("莲塘小学的校长是谁", "翠竹实验学校校长陈平出席", "", True),
        ("莲塘小学的校长是谁", "翠竹小学与莲塘小学的校长陈平出席", "", False),
        ("莲塘小学与翠竹小学的校长是谁", "翠竹小学校长陈平出席", "", False),
        ("市一医院几点开门", "市第一人民医院八点开门", "", False),
        ("入驻公司有多少家", "引进世邦公司等12家", "", False),
        ("这所小学的校长是谁", "莲南小学校长陈平出席", "", False),
    ],
)
def test_what_is_nearly_called_so(question: str, sentence: str, around: str, is_another: bool) -> None:
    said: Any = Said(sentence, around)
    assert names_another(take_apart(question, lambda text: [text]), said) is is_another


def test_what_the_reader_sees_plainly_is_believed() -> None:
    asked = take_apart("莲塘小学的校长是谁", lambda text: [text])
    plain: Any = Said("翠竹小学校长陈平出席", read=CLEAR)
    assert not names_another(asked, plain)


def test_what_is_a_name() -> None:
    assert names_of("东门小学、这所小学与市第七中学校长") == (("东门", "小学"), ("第七", "中学"))


def test_what_is_said_of_one_part_of_town_is_not_said_of_another() -> None:
    asked = take_apart("松湖片区新增多少地下空间", lambda text: [text])
    other: Any = Said("螺岭片区新增23万平米地下空间", "松湖片区 螺岭片区新增23万平米地下空间")
    both: Any = Said("松湖片区新增3万平米,螺岭片区23万平米")
    assert names_another(asked, other) and not names_another(asked, both)
