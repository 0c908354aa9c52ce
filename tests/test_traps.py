"""The questions without an answer that the reader's second lesson is made of."""

from __future__ import annotations

import re

from eval.reader.examples import Example
from eval.reader.traps import ELSEWHERE, traps

SCHOOLS = ["翠山第一小学", "云岭高级中学", "海棠实验学校", "松涛古籍书院", "望江平民学堂"]
EXAMPLES = [
    Example(
        "set",
        1,
        f"{name}在{1950 + number}年招收了多少名学生",
        [[f"{name}位于河边。", f"{1950 + number}年,{name}招收了{300 + number}名学生。"], ["公园里种植了樱花。"]],
        0,
        [1],
        f"{300 + number}名",
    )
    for number, name in enumerate(SCHOOLS)
]


def test_a_trap_keeps_its_passages_and_has_no_answer() -> None:
    made = traps(EXAMPLES, 1.0, seed=5)
    assert len(made) == len(EXAMPLES)
    for trap in made:
        assert (trap.gold, trap.right, trap.span) == (None, [], None)
        assert trap.passages in [example.passages for example in EXAMPLES]


def test_what_a_trap_asks_stands_in_none_of_its_passages() -> None:
    elsewhere = [name for names in ELSEWHERE.values() for name in names.split()]
    kinds = set()
    for seed in range(30):
        for trap in traps(EXAMPLES, 1.0, seed):
            text = "".join(map("".join, trap.passages))
            subject = next(name for name in SCHOOLS if name in text)
            if subject not in trap.question:
                kinds.add("subject")
                assert any(name in trap.question for name in SCHOOLS)
            elif year := re.search(r"\d{4}", trap.question):
                kinds.add("year")
                assert year[0] not in text
            else:
                kinds.add("attribute")
                assert any(name in trap.question and name not in text for name in elsewhere)
    assert kinds == {"subject", "year", "attribute"}


def test_traps_are_the_seeds_own_and_as_many_as_asked() -> None:
    assert traps(EXAMPLES, 1.0, 7) == traps(EXAMPLES, 1.0, 7)
    assert traps(EXAMPLES, 1.0, 7) != traps(EXAMPLES, 1.0, 8)
    assert len(traps(EXAMPLES, 0.4, 7)) == 2
    assert traps(EXAMPLES, 0.0, 7) == []


def test_an_example_without_an_answer_makes_no_trap() -> None:
    silent = Example("set", 1, "公园里种了什么", [["公园里种植了樱花。"]], None, [], None)
    assert traps([silent], 1.0, 7) == []
