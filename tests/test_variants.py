"""Lookalikes are read as the characters they stand for; a page about them is left alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.offsets import Edit, apply
from index.variants import unify


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [
        ("⺠生项目", "民生项目"),
        ("社区⺠生", "社区民生"),
        ("⾼质量发展", "高质量发展"),
        ("推动⾼⽔平开放", "推动高水平开放"),
        ("快樂的人", "快樂的人"),
        ("⻓者服务", "长者服务"),
    ],
)
def test_a_lookalike_amid_hanzi_is_the_ordinary_character(damaged: str, whole: str) -> None:
    assert apply(damaged, unify(damaged))[0] == whole


def test_the_edit_names_its_kind_and_place() -> None:
    assert unify("大安全⺠生") == [Edit(3, 4, "民", "variant")]


@pytest.mark.parametrize(
    "text",
    [
        "部首⺠在康熙字典中没有，⽔部有四百字。",
        "⼀ ⼆ ⼈",
        "A⺠B",
        "偏旁⻌与⺮",
        "爲、為、为三字，軟體與软件，Ａ与A",
        "塚﨑﨓人",  # unified ideographs that only live in the block of compatibility forms
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert unify(text) == []


def test_the_public_paragraphs_stay() -> None:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS does not name the folder of the question sets")
    for name in ("cmrc2018_dev.json", "drcd_dev.json"):
        articles = json.loads((Path(folder) / name).read_text(encoding="utf-8"))["data"]
        for article in articles:
            for paragraph in article["paragraphs"]:
                assert unify(paragraph["context"]) == []
