"""Passages: they tile what was kept, lead exactly back, fit the model, and carry their headings beside their text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunk import CONTEXT_LIMIT, LARGEST, chunk, context
from index.load import load
from index.repair import repair
from index.types import Document, Embedder, Line, Loaded, Passage, Reading

ROOT = Path(__file__).parent.parent


def read(text: str, lines: tuple[Line, ...] = ()) -> Document:
    """A page of text as read."""
    return repair(Loaded(Reading.of(text), "utf-8", lines), "page.txt", "/资料")


def assert_tiles(document: Document, passages: list[Passage]) -> None:
    """The passages hold all of the text, in order and apart; every one leads exactly back to the original."""
    at = 0
    for number, passage in enumerate(passages):
        assert passage.number == number
        assert document.text[at : passage.text_start].strip() == ""
        assert document.text[passage.text_start : passage.text_end] == passage.text != ""
        assert document.quote(passage.text_start, passage.text_end)[:2] == (passage.start, passage.end)
        inside = 0
        for low, high in passage.sentences:
            assert passage.text[inside:low].strip() == "" and low < high
            inside = high
        assert passage.text[inside:].strip() == ""
        at = passage.text_end
    assert document.text[at:].strip() == ""


def assert_nothing_lost(document: Document, passages: list[Passage]) -> None:
    """With the furniture, paragraphs tile the original and passages cover it, but for white space.

    Holds where no repair took anything out.
    """
    ends = [(passage.start, passage.end) for passage in passages]
    assert all(end <= start for (_, end), (start, _) in zip(ends, ends[1:], strict=False))
    paragraphs = [(paragraph.start, paragraph.end) for paragraph in document.paragraphs]
    at = 0
    for start, end in sorted([*paragraphs, *document.furniture]):
        assert document.original[at:start].strip("\ufeff").strip() == ""
        assert start >= at
        at = end
    assert document.original[at:].strip("\ufeff").strip() == ""
    assert all(any(low <= start and end <= high for low, high in ends) for start, end in whole(document, ends))


def whole(document: Document, ends: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The paragraphs that no passage cuts in two: a long one lies in several, each a part of it."""
    cuts = {start for start, _ in ends}
    spans = [(paragraph.start, paragraph.end) for paragraph in document.paragraphs]
    return [(start, end) for start, end in spans if not any(start < cut < end for cut in cuts)]


words = st.text("甲乙丙年月二三万路区社工作。；！？，、（）“”\n 12", max_size=400)


@settings(deadline=None)
@given(words)
def test_passages_tile_the_text_of_any_page(text: str) -> None:
    document = read(text)
    passages = chunk(document)
    assert_tiles(document, passages)
    if not document.repairs:
        assert_nothing_lost(document, passages)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_passages_tile_whatever_characters_there_are(text: str) -> None:
    document = read(text)
    assert_tiles(document, chunk(document))


@pytest.mark.parametrize("path", sorted((ROOT / "demo").glob("*.txt")), ids=lambda path: path.name)
def test_the_demo_pages_are_tiled(path: Path) -> None:
    document = repair(load(path), path.name, "demo")
    passages = chunk(document)
    assert_tiles(document, passages)
    if not document.repairs:
        assert_nothing_lost(document, passages)


def test_numbers_go_on_from_the_document_before() -> None:
    document = read("第一段话。" * 100)
    passages = chunk(document, number=7, first=30)
    assert [passage.number for passage in passages] == list(range(30, 30 + len(passages)))
    assert {passage.document for passage in passages} == {7}


def test_a_long_paragraph_is_cut_between_sentences_into_like_parts() -> None:
    sentence = "本年度共完成若干项重点任务并通过验收。"
    passages = chunk(read(sentence * 50))
    lengths = [len(passage.text) for passage in passages]
    assert max(lengths) <= LARGEST
    assert max(lengths) - min(lengths) <= 2 * len(sentence)
    assert all(passage.text.startswith("本年度") and passage.text.endswith("。") for passage in passages)


def test_short_paragraphs_under_one_heading_stay_together() -> None:
    (passage,) = chunk(read("一、工作安排\n\n修路两条。\n\n建桥一座。\n\n植树百棵。"))
    assert passage.text.split("\n") == ["一、工作安排", "修路两条。", "建桥一座。", "植树百棵。"]


def test_a_heading_opens_a_passage_and_stands_above_its_followers() -> None:
    body = "这里写着这一节里的一句话，句子不长也不短。" * 20
    passages = chunk(read(f"一、民生\n\n{body}\n\n（一）学位\n\n{body}\n\n二、治安\n\n{body}"))
    openings = {passage.text.split("\n")[0]: passage.heading for passage in passages if passage.text[0] in "一二（"}
    assert set(openings) == {"一、民生", "（一）学位", "二、治安"}
    assert {passage.heading[-1] for passage in passages} == {"一、民生", "（一）学位", "二、治安"}
    (below,) = {passage.heading for passage in passages if passage.heading[-1] == "（一）学位"}
    assert below == ("一、民生", "（一）学位")


def test_a_table_row_is_a_passage_with_its_header_outside(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("街道,学位,车位\n甲街道,300,50\n乙街道,200,70\n", "utf-8")
    document = repair(load(tmp_path / "t.csv"), "t.csv", str(tmp_path))
    rows = [passage for passage in chunk(document) if "甲街道" in passage.text or "乙街道" in passage.text]
    assert len(rows) == 2
    for passage in rows:
        assert "学位" in passage.header and "学位" not in passage.text
        assert "学位" in context(document, passage)
        assert document.original[passage.start : passage.end] == passage.text.replace(" | ", ",")


def test_the_context_is_bounded() -> None:
    document = read("很长的标题" * 100 + "\n\n正文在这里。")
    assert all(len(context(document, passage)) <= 2 * CONTEXT_LIMIT + 1 for passage in chunk(document))


@pytest.mark.slow
def test_every_passage_fits_the_real_model(embedder: Embedder) -> None:
    """With its context and the model's prefix no passage of the demo, nor of the densest text, is cut off."""
    folders = [ROOT / "demo", *([Path(os.environ["WENJU_PAGES"])] if os.environ.get("WENJU_PAGES") else [])]
    documents = [repair(load(path), path.name, "s") for folder in folders for path in sorted(folder.iterdir())]
    documents += [read("龘靐齉爩麤鱻" * 300), read("一龘。" * 400), read("8" * 3000), read("Ünïcödé 🀄 " * 300)]
    texts = [f"{context(document, passage)}\n{passage.text}" for document in documents for passage in chunk(document)]
    longest = max(zip(embedder.count_tokens(texts), texts, strict=True))
    assert longest[0] <= embedder.max_tokens, longest
