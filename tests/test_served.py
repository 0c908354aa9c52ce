"""Answers over a build that a vector server holds too: from the server, without it, and again with it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from index import milvus
from index.store import open_build
from index.types import Cutter, Embedder
from rag.assemble import assistant_over, build_index
from rag.settings import MilvusSettings, Settings
from tests.servers import Server, lite_server

__all__ = ["lite_server"]  # a fixture

DEMO = Path(__file__).parent.parent / "demo"
QUESTIONS = ("莲塘街道2024年的口岸计划是什么", "修缮楼道多少处？", "哪些街道开办了夜校？")


@pytest.mark.slow
def test_answers_are_the_same_with_the_server_without_it_and_again_with_it(
    lite_server: Server, settings: Settings, embedder: Embedder, cutter: Cutter, tmp_path: Path
) -> None:
    own = replace(settings, index=tmp_path, store="milvus", milvus=MilvusSettings(lite_server.uri, timeout_seconds=1.5))
    report = build_index([DEMO], own)
    assert report.manifest.engine == "milvus"
    local = assistant_over(open_build(tmp_path), embedder, cutter, own)
    local.index.server = None
    served = assistant_over(open_build(tmp_path), embedder, cutter, own)
    assert served.index.server is not None
    expected = [local.answer(question).passages[:3] for question in QUESTIONS]

    def answered() -> list[str | None]:
        answers = [served.answer(question) for question in QUESTIONS]
        found = [[passage.text for passage in answer.passages[:3]] for answer in answers]
        assert found == [[passage.text for passage in passages] for passages in expected]
        return [answer.degraded for answer in answers]

    until = time.monotonic() + 60
    while answered() != [None] * len(QUESTIONS):
        assert time.monotonic() < until
        time.sleep(1)
    lite_server.kill()
    away = answered()
    assert away[0] is None  # within its place and year so few passages are left that no server is asked
    assert all(reason is not None and "向量库没有应答" in reason for reason in away[1:])
    assert served.notice == away[-1]
    lite_server.start()
    until = time.monotonic() + milvus.RETRY_AFTER + 60
    while answered() != [None] * len(QUESTIONS):
        assert time.monotonic() < until
        time.sleep(1)
