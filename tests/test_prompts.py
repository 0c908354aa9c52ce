"""Prompts say which placeholders they have, and are filled with exactly those."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import PromptError
from rag.prompts import parse_prompt, read_prompt

NAMES = sorted(path.stem for path in (Path(__file__).parent.parent / "prompts").glob("*.md"))


def test_the_prompts_are_those_that_are_used() -> None:
    assert NAMES == ["answer", "answer_rules", "rewrite"]


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_can_be_filled_and_shows_each_value(name: str) -> None:
    prompt = read_prompt(name)
    filled = prompt.fill(**{placeholder: f"值-{placeholder}-" for placeholder in prompt.placeholders})
    for placeholder in prompt.placeholders:
        assert f"值-{placeholder}-" in filled
    assert "占位符" not in filled and "$" not in filled


def test_a_value_is_never_filled_itself() -> None:
    prompt = parse_prompt("one", "<!-- 占位符：question、evidence -->\n$evidence\n$question")
    assert prompt.fill(question="${evidence}$nonce $$", evidence="{question}") == "{question}\n${evidence}$nonce $$"


def test_a_missing_or_unknown_placeholder_is_named() -> None:
    prompt = parse_prompt("one", "<!-- 占位符：question -->\n$question")
    with pytest.raises(PromptError, match="缺少 question，多出 answer"):
        prompt.fill(answer="x")


@pytest.mark.parametrize(
    ("whole", "message"),
    [
        ("问题：$question", "第一行"),
        ("<!-- 占位符：question -->\n$question $evidence", "多出 evidence"),
        ("<!-- 占位符：question、evidence -->\n$question", "缺少 evidence"),
        ("<!-- 占位符：question -->\n$question 5$ 一份", "单独的"),
        ("", "第一行"),
    ],
)
def test_a_prompt_that_contradicts_its_first_line_is_refused(whole: str, message: str) -> None:
    with pytest.raises(PromptError, match=message):
        parse_prompt("one", whole)


def test_a_prompt_that_is_missing_is_one_line() -> None:
    with pytest.raises(PromptError, match="prompts/nothing.md") as caught:
        read_prompt("nothing")
    assert "\n" not in str(caught.value)
