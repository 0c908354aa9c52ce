"""The child process: results come back whole, a hostile file ends itself and nothing else."""

from __future__ import annotations

import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import docx
import pytest

from index import html, sandbox
from index.errors import SourceError
from index.load import load
from index.sandbox import Sandbox
from tests.test_html import PAGE
from tests.test_pdf import LONG, column, pdf_bytes


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def test_what_comes_back_is_what_the_parser_made(tmp_path: Path, box: Sandbox) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(PAGE.encode("gb18030"))
    loaded = load(path, box)
    assert loaded == html.read(PAGE, "gb18030")
    assert loaded.reading.original == PAGE


def test_a_page_is_decoded_by_its_bytes_not_by_its_claim(tmp_path: Path, box: Sandbox) -> None:
    path = tmp_path / "a.htm"
    path.write_bytes(PAGE.encode("utf-8"))  # the page claims gbk
    loaded = load(path, box)
    assert (loaded.encoding, loaded.title) == ("utf-8", "梧桐街道2024年工作计划")


def test_every_format_comes_through_and_one_without_a_shared_child(tmp_path: Path, box: Sandbox) -> None:
    document = docx.Document()
    document.add_paragraph(LONG)
    document.save(str(tmp_path / "换行\n名.docx"))
    (tmp_path / "a.pdf").write_bytes(pdf_bytes([column([LONG], 700)]))
    assert load(tmp_path / "换行\n名.docx", box).reading.text == LONG
    assert load(tmp_path / "a.pdf", box).reading.text == LONG
    assert load(tmp_path / "a.pdf").reading.text == LONG


def child(box: Sandbox) -> int:
    assert box._child is not None
    return box._child.pid


def test_one_child_serves_many_files_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    with Sandbox() as box:
        good = tmp_path / "a.pdf"
        good.write_bytes(pdf_bytes([column([LONG], 700)]))
        load(good, box)
        first = child(box)
        bad = tmp_path / "b.pdf"
        bad.write_bytes(b"%PDF-1.4")
        with pytest.raises(SourceError, match="已损坏"):
            load(bad, box)
        load(good, box)
        assert child(box) == first
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        assert load(good, box).reading.text == LONG
        assert child(box) != first


@pytest.mark.parametrize("sort", ["memory", "time", "death", "sleep", "babble"])
def test_a_parser_that_runs_wild_is_stopped_and_the_next_file_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    wild = {
        "memory": "held = bytearray(2 << 30)",
        "time": "while True: pass",
        "death": "import os; os.abort()",
        "sleep": "import time; time.sleep(60)",
        "babble": "import sys; print('x' * 10_000, flush=True); raise ValueError",
    }[sort]
    runner = (
        f"from index import pdf, sandbox\ndef wild(path):\n    {wild}\n"
        "pdf.read, sandbox.MAX_CPU_SECONDS = wild, 1\nsandbox.main()\n"
    )
    start = sandbox.subprocess.Popen

    def popen(command: list[str], **options: object) -> object:
        return start([command[0], "-c", runner], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(sandbox.subprocess, "Popen", popen)
    if sort == "sleep":
        monkeypatch.setattr(sandbox, "MAX_WALL_SECONDS", 3)
    document = docx.Document()
    document.add_paragraph(LONG)
    document.save(str(tmp_path / "a.docx"))
    with Sandbox() as box:
        reason = {"memory": "内存上限", "babble": "ValueError"}.get(sort, "超出时间或内存上限")
        with pytest.raises(SourceError, match=reason):
            box.read("pdf", tmp_path / "a.pdf")
        monkeypatch.setattr(sandbox, "MAX_WALL_SECONDS", 120)
        assert box.read("docx", tmp_path / "a.docx").reading.text == LONG


def test_hostile_files_end_as_reasons(tmp_path: Path, box: Sandbox) -> None:
    def refused(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SourceError) as caught:
            load(tmp_path / name, box)
        return str(caught.value)

    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", bytes(30 << 20))
    assert "压缩比过高" in refused("bomb.docx", (tmp_path / "bomb.docx").read_bytes())
    assert "已损坏" in refused("a.xlsx", b"PK\3\4" + bytes(100))
    million = pdf_bytes([[]]).replace(b"/Count 1", b"/Count 1000000")
    assert "1000000 页" in refused("pages.pdf", million)
    with zipfile.ZipFile(tmp_path / "odd.docx", "w") as file:
        file.writestr("hello.txt", "甲")
    assert "文件已损坏或格式不合规" in refused("odd.docx", (tmp_path / "odd.docx").read_bytes())
    assert "网页里没有文字" in refused("script.html", b"<html><div id=app></div><script>draw()</script>")
    (tmp_path / "deep.html").write_bytes(b"<div>" * 100_000 + "底".encode())
    assert load(tmp_path / "deep.html", box).reading.text == "底"
    odd = "<p>甲\u202e乙\u200b丙\U000e0041\0丁&#xD800;&#0;戊</p>"
    (tmp_path / "odd.html").write_bytes(odd.encode())
    assert load(tmp_path / "odd.html", box).reading.text == "甲\u202e乙\u200b丙\U000e0041\0丁\ufffd\ufffd戊"


def test_threads_may_share_a_sandbox(tmp_path: Path, box: Sandbox) -> None:
    paths = [tmp_path / f"{number}.html" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_text(f"<p>第{number}页的内容在这里，请逐字核对。</p>", encoding="utf-8")
    texts: dict[Path, str] = {}
    threads = [Thread(target=lambda p=path: texts.update({p: load(p, box).reading.text})) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == {path: f"第{number}页的内容在这里，请逐字核对。" for number, path in enumerate(paths)}
