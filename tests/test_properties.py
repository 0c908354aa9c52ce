"""What holds of any input: cleaning loses nothing, fusion is fair, and no command ever ends in a traceback.

The maps, chunking, the manifest and the rest have such properties beside their other tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import index.__main__ as index_command
from index.chunk import chunk
from index.repair import REPAIRS, repair
from index.store import Index, open_build
from index.types import Loaded, Reading
from index.verify import STATES, verify
from rag import assemble, cli
from rag.retrieve import FusionWeights, Retriever
from tests.corpora import PAGES, fake_build, write_pages
from tests.fake_models import FakeCutter, FakeEmbedder

# What damage is made of: text, marks of sheared runs, UTF-8 read as Latin, readings in brackets, advertising, controls.
PIECES = (
    "街道办事处今年修缮楼道三十二处。",
    "莲塘(liántáng)街道",
    "（jiēdào）",
    "ä¸å½",
    "锟斤拷",
    "?????",
    "¡£",
    "甲(B乙",
    "~}!#",
    "責任編輯：張三",
    "加微信领取福利",
    "一、",
    "2024年1月22日",
    "\ufeff",
    "\u202e",
    "\x00",
    "\ud800",
    "\r",
    "\n",
    "\n\n",
    "　",
    "|",
)
unhurried = settings(deadline=None)  # tables are made at the first example
damaged = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=30).map("".join)


@unhurried
@given(damaged)
def test_cleaning_keeps_the_original_and_leads_back_to_it(text: str) -> None:
    document = repair(Loaded(Reading.of(text), "utf-8"), "a.txt", "/")
    assert document.original == text
    assert "\n".join(paragraph.text for paragraph in document.paragraphs) == document.text
    at = 0
    for piece in document.map.pieces:
        assert piece.start == at and 0 <= piece.old_start <= piece.old_end <= len(text)
        if piece.copied:
            assert document.text[piece.start : piece.end] == text[piece.old_start : piece.old_end]
        at = piece.end
    assert at == len(document.text)
    for passage in chunk(document):
        assert document.text[passage.text_start : passage.text_end] == passage.text


@unhurried
@given(damaged)
def test_no_repair_adds_or_removes_a_line(text: str) -> None:
    reading = Reading.of(text)
    for step in REPAIRS:
        edits = step(reading.text)
        assert all(0 <= edit.start <= edit.end <= len(reading.text) for edit in edits)
        lines = reading.text.count("\n")
        reading = reading.edited(edits)
        assert reading.text.count("\n") == lines
        assert reading.original == text


@unhurried
@given(damaged)
def test_cleaning_is_the_same_every_time(text: str) -> None:
    loaded = Loaded(Reading.of(text), "utf-8")
    assert repair(loaded, "a.txt", "/") == repair(loaded, "a.txt", "/")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """A few pages, all of whose passages are rescored."""
    home = tmp_path_factory.mktemp("properties")
    more = {f"{year}.txt": f"红星街道{year}年情况\n\n修缮楼道{year - 2000}处，清运垃圾。" for year in range(2014, 2024)}
    fake_build(write_pages(home / "source", PAGES | more), home / "index")
    opened = open_build(home / "index")
    assert 12 <= opened.passages <= 20
    yield opened
    opened.close()


asked = st.lists(
    st.sampled_from(("红星街道", "蓝湾", "垃圾", "步道", "多少", "2024年", "？", " ", "a", "\ud800"))
    | st.text(max_size=4),
    max_size=8,
).map("".join)


@unhurried
@given(asked, st.data())
def test_fusion_is_ordered_and_fair_whatever_is_asked(index: Index, question: str, data: st.DataObject) -> None:
    retriever = Retriever(index, FakeEmbedder(), FakeCutter(), FusionWeights())
    taken = retriever.take_apart(question)
    every = retriever.retrieve(taken, index.passages).hits
    scores = {hit.passage.number: hit.score for hit in every}
    assert len(scores) == len(every) > 0 and numpy.isfinite(list(scores.values())).all()
    assert [hit.score for hit in every] == sorted(scores.values(), reverse=True)
    mask = data.draw(st.lists(st.booleans(), min_size=index.passages, max_size=index.passages))
    some = retriever.retrieve(taken, index.passages, numpy.array(mask)).hits
    assert {hit.passage.number for hit in some} == {number for number in scores if mask[number]}
    # What a passage is worth does not depend on which others may be looked at, nor on who was there before it.
    assert all(hit.score == pytest.approx(scores[hit.passage.number], abs=1e-6) for hit in some)


names = st.sampled_from(("甲.txt", "乙.txt", "夹/丙.txt", "夹/丁\n.csv", "-戊.html", "己", "庚.pdf", "辛.docx"))
contents = damaged.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.sampled_from(
    (b"", bytes(600), b"%PDF-1.4", b"PK\x03\x04", PAGES["red.txt"].encode("utf-8"), PAGES["blue.txt"].encode("gbk"))
)
folders = st.dictionaries(names, contents, min_size=1)


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples // 5, deadline=None)
@given(st.lists(folders, min_size=2, max_size=2))
def test_every_file_is_in_exactly_one_state_whatever_is_there(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, bytes]]
) -> None:
    """Of a folder as it is first built from, and as it is after files came, changed and went."""
    home = tmp_path_factory.mktemp("ledger")
    for files in states:
        shutil.rmtree(home / "source", ignore_errors=True)
        for name, data in files.items():
            (home / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            (home / "source" / name).write_bytes(data)
        entries = fake_build(home / "source", home / "index").entries
        assert sorted(entry.path for entry in entries) == sorted(files)
        assert {entry.state for entry in entries} <= set(STATES)
        assert all(entry.reason for entry in entries if entry.state in ("failed", "quarantined"))
        found = verify(home / "index")
        assert (found.faults, found.changed, found.entries) == ((), (), len(files))
    shutil.rmtree(home)


WORDS = (
    *("build", "status", "show", "verify", "--index", "--index=", "--store", "faiss", "milvus", "--workers", "0", "2"),
    *(
        "--json",
        "--original",
        "-h",
        "--help",
        "--",
        "-",
        "",
        "没有.txt",
        "空",
        "甲\n乙",
        "\udcff",
        "--top-k",
        "-1",
        "101",
    ),
    *(
        "--today",
        "2024-02-30",
        "2024-02-28",
        "--batch",
        "批.jsonl",
        "--no-llm",
        "问题",
        "一" * 2000,
        "--verify",
        "٣",
        "1e9",
    ),
)
arguments = st.lists(st.sampled_from(WORDS) | st.text("ab-=，\x1b\u202e \n", max_size=5), max_size=6)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with nothing built in it and nothing heavy to be opened."""
    (tmp_path / "空").mkdir()
    monkeypatch.chdir(tmp_path / "空")
    for name in ("index", "cache"):
        monkeypatch.setenv(f"WENJU_{name.upper()}", str(tmp_path / name))
    monkeypatch.setattr(assemble, "open_embedder", lambda settings, report=None: FakeEmbedder())
    monkeypatch.setattr(assemble, "open_cutter", lambda settings: FakeCutter())
    return tmp_path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(arguments)
def test_no_command_ever_ends_in_a_traceback(
    outside: Path, capsys: pytest.CaptureFixture[str], given_arguments: list[str]
) -> None:
    for command in (index_command.main, cli.main):
        try:
            code = command(given_arguments)
        except SystemExit as left:  # --help
            assert left.code == 0
            code = 0
        told = capsys.readouterr()
        assert code in (0, 1, 2)
        assert "Traceback" not in told.err and "程序出错" not in told.err
        assert code != 2 or told.err.count("\n") == 1
        assert "\x1b" not in told.err and "\u202e" not in told.err
