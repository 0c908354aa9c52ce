"""Retrieval over a large corpus looks at what the legs bring in, and finds what looking at everything finds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy
import pytest

from index.store import Index, open_build
from rag import retrieve
from rag.retrieve import FusionWeights, Retriever
from tests.corpora import fake_build, write_pages
from tests.fake_models import FakeCutter, FakeEmbedder

PLACES = ("红星街道", "蓝湾街道", "绿谷街道", "白云街道", "青山街道")
WORKS = ("修缮楼道", "改造菜场", "清运垃圾", "修建步道", "开办夜校", "安装路灯", "疏通河道", "绿化空地")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Four hundred passages, much alike."""
    home = tmp_path_factory.mktemp("retrieve")
    pages = {
        f"{place}{year}{number}.txt": f"{place}{year}年{work}情况\n\n{place}{year}年{work}共{number * 7 + year}处。"
        for place in PLACES
        for year in range(2015, 2025)
        for number, work in enumerate(WORKS)
    }
    fake_build(write_pages(home / "source", pages), home / "index")
    opened = open_build(home / "index")
    yield opened
    opened.close()


def test_what_the_legs_bring_in_ranks_as_everything_does(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    retriever = Retriever(index, FakeEmbedder(), FakeCutter(), FusionWeights())
    allowed = numpy.arange(index.passages) % 3 != 0
    asked = [
        retriever.take_apart(f"{place}{year}年{work}多少处？")
        for place, year, work in zip(PLACES * 4, range(2015, 2025), WORKS * 3, strict=False)
    ]
    assert index.passages >= 400
    for only in (None, allowed):
        monkeypatch.setattr(retrieve, "EXACT", 10**6)
        every = [retriever.retrieve(each, 5, only).hits for each in asked]
        monkeypatch.setattr(retrieve, "EXACT", 0)
        brought = [retriever.retrieve(each, 5, only).hits for each in asked]
        for expected, found in zip(every, brought, strict=True):
            assert [hit.passage.number for hit in found] == [hit.passage.number for hit in expected]
            assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-5)
            assert all(only is None or only[hit.passage.number] for hit in found)


def test_only_what_was_brought_in_is_looked_at(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieve, "EXACT", 0)
    monkeypatch.setattr(retrieve, "CANDIDATES", 7)
    retriever = Retriever(index, FakeEmbedder(), FakeCutter(), FusionWeights())
    asked = retriever.take_apart("绿谷街道2020年安装路灯多少处？")
    looked = retriever._looked_at(asked, retriever.embed(asked)[0], None)
    assert 7 <= len(looked.numbers) <= 21
    assert looked.numbers.tolist() == sorted(set(looked.numbers.tolist()))
