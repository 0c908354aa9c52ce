"""Damage: whatever happens to a file of a build, it is found before it is used, and the last good build serves."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy
import pytest

from index import arrays, manifest, store
from index.disk import DAMAGED
from index.errors import IndexDamaged, IndexMismatch, IndexMissing, WenjuError
from index.store import Index, open_build
from index.vectors import GRAPH
from index.verify import verify
from tests.corpora import fake_build, write_pages

LENGTHS, FLIPS = 20, 50  # of the plan: each file truncated at 20 lengths, with 50 flipped bits


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with two good builds; tests work on copies."""
    home = tmp_path_factory.mktemp("built")
    source = write_pages(home / "source")
    fake_build(source, home / "index")
    write_pages(source, {"new.txt": "新开的页面\n\n写着一句话。"})
    fake_build(source, home / "index")
    return home / "index"


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of the index, to be damaged."""
    return Path(shutil.copytree(built, tmp_path / "index"))


def newest(folder: Path) -> Path:
    """The folder of the build that CURRENT names."""
    return folder / "builds" / (folder / "CURRENT").read_text("ascii").strip()


def everything(index: Index) -> list[object]:
    """All that can be read of a build."""
    every = [index.texts.document(heading.id) for heading in index.headings]
    passages = [passage for heading in index.headings for passage in index.texts.passages_of(heading.id)]
    queries = numpy.asarray(index.passage_vectors[:2])
    found = [array.tolist() for array in index.vectors.search(queries, 3)]
    words = [leg.scores(["街道", "步道"]).tolist() for leg in (index.words, index.pairs)]
    sentences = [index.sentence_vectors(passage.number).tolist() for passage in passages]
    return [every, passages, index.entries, found, words, sentences, index.passage_documents.tolist()]


def damages(data: bytes, seed: int) -> Iterator[bytes]:
    """The bytes of a file cut at 20 lengths and with one of 50 bits flipped."""
    generator = random.Random(seed)
    for cut in range(LENGTHS):
        yield data[: len(data) * cut // LENGTHS]
    for _ in range(FLIPS):
        at, bit = generator.randrange(len(data)), generator.randrange(8)
        yield data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def read_or_refuse(folder: Path, expected: list[object]) -> bool:
    """Open the newest build and read all of it: True where it was refused, else all must be as it was."""
    try:
        index = Index(newest(folder))
    except WenjuError:
        return True
    try:
        assert everything(index) == expected, "damage was read as if it were data"
        return False
    except WenjuError:
        return True
    finally:
        index.close()


@pytest.mark.slow
@pytest.mark.parametrize("small", [8 << 20, 0], ids=["checked at opening", "checked at first touch"])
def test_every_kind_of_damage_is_found_before_use(
    small: int, folder: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(store, "SMALL", small)
    index = Index(newest(folder))
    expected = everything(index)
    index.close()
    unnoticed: list[str] = []
    for number, path in enumerate(sorted(newest(folder).iterdir())):
        whole = path.read_bytes()
        for damaged in damages(whole, seed=number):
            path.write_bytes(damaged)
            if not read_or_refuse(folder, expected):
                unnoticed.append(path.name)
            (newest(folder) / DAMAGED).unlink(missing_ok=True)
        path.write_bytes(whole)
    record_property("trials", (LENGTHS + FLIPS) * len(list(newest(folder).iterdir())))
    # At opening nothing passes. Row by row, damage to what SQLite itself never reads may go unread, not be misread.
    assert set(unnoticed) <= (set() if small else {"texts.sqlite", "sentences.npy"})


@pytest.mark.slow
@pytest.mark.parametrize("small", [8 << 20, 0], ids=["checked at opening", "checked at first touch"])
def test_every_kind_of_damage_to_a_graph_is_found_before_use(
    small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """FAISS itself reads most flipped bits in silence."""
    monkeypatch.setattr(arrays, "GRAPH_FROM", 2)
    monkeypatch.setattr(store, "SMALL", small)
    fake_build(write_pages(tmp_path / "source"), tmp_path / "index")
    path = newest(tmp_path / "index") / GRAPH
    whole = path.read_bytes()
    record_property("trials", LENGTHS + FLIPS)
    for damaged in damages(whole, seed=17):
        path.write_bytes(damaged)
        with pytest.raises(IndexDamaged, match=GRAPH), closing(Index(path.parent)) as index:
            everything(index)
        (path.parent / DAMAGED).unlink(missing_ok=True)
    path.write_bytes(whole)
    with closing(Index(path.parent)) as index:
        assert index.vectors.search(index.passage_vectors[1:2], 1)[0].tolist() == [[1]]


def test_verify_finds_what_first_touch_may_miss(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SMALL", 0)
    assert verify(folder).faults == ()
    for path in sorted(newest(folder).iterdir()):
        whole = path.read_bytes()
        for damaged in list(damages(whole, seed=7))[LENGTHS::10]:
            path.write_bytes(damaged)
            found = verify(folder).faults
            assert found, path.name
            (newest(folder) / DAMAGED).unlink(missing_ok=True)
        path.write_bytes(whole)


def test_the_last_good_build_serves_and_says_so(folder: Path) -> None:
    expected = sorted(path.name for path in (folder / "builds").iterdir())
    for path in sorted(newest(folder).iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        index = open_build(folder)
        assert index.folder.name == expected[0]
        assert "最新的索引不可用" in str(index.notice)
        assert [heading.path for heading in index.headings] == ["blue.txt", "red.txt", "sub/green.txt"]
        index.close()
        path.unlink()
        index = open_build(folder)
        assert index.folder.name == expected[0]
        index.close()
        path.write_bytes(whole)
    index = open_build(folder)
    assert (index.folder.name, index.notice) == (expected[1], None)
    index.close()


def test_damage_found_at_first_touch_is_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SMALL", 0)
    path = newest(folder) / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    index = open_build(folder)
    assert index.notice is None
    with pytest.raises(IndexDamaged, match="vectors.npy"):
        index.vectors.search(numpy.ones((1, 32), numpy.float32), 1)
    index.close()
    again = open_build(folder)
    assert "最新的索引不可用" in str(again.notice)
    again.close()


def test_a_graph_that_nobody_signed_is_refused(folder: Path) -> None:
    (newest(folder) / "vectors.faiss").write_bytes(b"planted")
    index = Index(newest(folder))
    with pytest.raises(IndexDamaged, match="vectors.faiss"):
        index.vectors.search(numpy.ones((1, 32), numpy.float32), 1)
    index.close()


@pytest.mark.parametrize("content", [None, b"", b"nonsense\n", b"\xff\xfe", b"../../etc\n"])
def test_a_lost_pointer_leads_to_the_newest_whole_build(content: bytes | None, folder: Path) -> None:
    name = newest(folder).name
    if content is None:
        (folder / "CURRENT").unlink()
    else:
        (folder / "CURRENT").write_bytes(content)
    index = open_build(folder)
    assert index.folder.name == name
    index.close()


def test_no_whole_build_is_one_line_and_a_rebuild_heals(folder: Path, built: Path) -> None:
    for path in (folder / "builds").glob("*/vectors.npy"):
        path.write_bytes(b"")
    with pytest.raises(IndexDamaged, match="python -m index build"):
        open_build(folder)
    fake_build(built.parent / "source", folder)
    index = open_build(folder)
    assert index.notice is None
    index.close()


def test_nothing_built_and_another_format_are_told_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexMissing, match="python -m index build"):
        open_build(folder / "elsewhere")
    monkeypatch.setattr(manifest, "FORMAT", 99)
    with pytest.raises(IndexMismatch, match="格式是 3，这个版本用 99"):
        open_build(folder)
