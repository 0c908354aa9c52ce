"""What the SQLite file of a build gives back is what was put in, whatever characters that were."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunk import chunk
from index.errors import IndexDamaged
from index.offsets import OffsetMap, Piece
from index.repair import repair
from index.texts import (
    Entry,
    Texts,
    TextsWriter,
    document_from_json,
    document_to_json,
    heading_for,
    pack_map,
    unpack_map,
)
from index.types import Document, Guess, Loaded, Reading

PAGE = "甲街道2023年工作总结\n\n一、民生\n\n(一)新增学位(wèi)三百个；\n\n(二)修缮楼道十处。"
PAGE += (
    "\n\n二、治安\n\n" + "".join(f"第{number}项是巡逻，每晚{number}班。" for number in range(40)) + "\n\n来源：甲街道办"
)


def a_document(text: str = PAGE) -> Document:
    """A page as read."""
    return repair(Loaded(Reading.of(text), "utf-8"), "甲\udc80\n.txt", "/资料")


def stored(folder: Path, document: Document) -> Texts:
    """A build's texts with one document in it."""
    writer = TextsWriter(folder / "texts.sqlite")
    passages = chunk(document)
    writer.add_document(0, document)
    writer.add_passages(passages)
    writer.add_headings([heading_for(0, document, 0, 0, len(passages))])
    writer.add_entries([Entry("/资料", document.path, "ab", 9, "indexed", document=0, passages=len(passages))])
    assert writer.text(0) == document.text
    writer.connection.commit()
    writer.connection.close()
    return Texts(folder / "texts.sqlite")


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    document = a_document()
    texts = stored(tmp_path, document)
    assert texts.document(0) == document
    assert texts.passages_of(0) == chunk(document)
    assert texts.passages([1, 0, 1]) == [chunk(document)[number] for number in (1, 0, 1)]
    assert [entry.path for entry in texts.entries()] == [document.path]
    assert texts.heading(0) == texts.headings()[0]
    assert (texts.heading(0).place, texts.heading(0).years) == (document.place, document.years)
    texts.close()


def test_a_document_travels_as_json() -> None:
    document = a_document()
    assert document_from_json(json.loads(json.dumps(document_to_json(document)))) == document


@settings(deadline=None)
@given(st.text(st.characters() | st.sampled_from("\n 。甲\ud800\udfff"), max_size=80))
def test_any_text_can_be_stored(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    document = a_document(text)
    texts = stored(tmp_path_factory.mktemp("t"), document)
    assert texts.document(0) == document
    assert texts.passages_of(0) == chunk(document)
    texts.close()


def test_guesses_and_removed_stretches_come_back(tmp_path: Path) -> None:
    from dataclasses import replace

    document = replace(a_document(), guesses=(Guess(1, 3, "旧", "新", 0.25),), derived=("date",), furniture=((0, 2),))
    texts = stored(tmp_path, document)
    assert texts.document(0) == document
    texts.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE passages SET row = (SELECT row FROM passages WHERE id = 1) WHERE id = 0",
        "UPDATE passages SET row = 'text' WHERE id = 0",
        "UPDATE passages SET row = x'00' WHERE id = 0",
        "DELETE FROM passages WHERE id = 0",
    ],
)
def test_a_row_that_is_not_what_was_stored_is_refused(damage: str, tmp_path: Path) -> None:
    stored(tmp_path, a_document()).close()
    connection = sqlite3.connect(tmp_path / "texts.sqlite")
    connection.execute(damage)
    connection.commit()
    connection.close()
    told: list[bool] = []
    texts = Texts(tmp_path / "texts.sqlite", lambda: told.append(True))
    with pytest.raises(IndexDamaged, match="请重建"):
        texts.passages_of(0)
    assert told == [True]
    assert texts.document(0) == a_document()
    texts.close()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans())))
def test_maps_come_back(parts: list[tuple[int, int, int, bool]]) -> None:
    pieces, at, old = [], 0, 0
    for length, gap, old_length, copied in parts:
        old += gap
        pieces.append(Piece(at, at + length, old, old + old_length, copied))
        at, old = at + length, old + old_length
    way = OffsetMap(tuple(pieces))
    assert unpack_map(pack_map(way)) == way
