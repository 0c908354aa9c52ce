"""`ask` as a user runs it: exit codes, one line on standard error, JSON of the contract, batches."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index.errors import IndexDamaged
from rag import cli
from rag.types import Answer, Citation, Reason, Sentence

ROOT = Path(__file__).parent.parent
QUESTION = "莲塘街道2024年的口岸计划是什么"
HEAVY = ("torch", "sentence_transformers", "transformers", "langchain", "langchain_core", "gradio", "jieba", "faiss")


def ask(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `ask` as a process of its own, warnings as errors."""
    command = [sys.executable, "-W", "error", "-m", "rag.cli", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, env={**os.environ, **environment})


def lines(output: bytes) -> list[Any]:
    """The JSON values of an output, one a line."""
    return [json.loads(line) for line in output.decode("utf-8").split("\n") if line]


def assert_one_line(text: str, *parts: str) -> None:
    """One line of Chinese that says `ask` and holds `parts`; no traceback."""
    assert text.count("\n") == 1 and text.endswith("\n"), text
    assert text.startswith("ask：")
    for part in parts:
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "请写下问题"),
        (["  "], "请写下问题"),
        (["--foo"], "没有选项 --foo"),
        (["问", "--top-k", "x"], "--top-k 应是整数"),
        (["问", "--top-k", "0"], "1 到 100"),
        (["问", "--top-k", "101"], "1 到 100"),
        (["问", "--index"], "--index 后面缺少值"),
        (["问", "--json=1"], "--json 不带值"),
        (["问", "--today", "2024-13-01"], "YYYY-MM-DD"),
        (["问", "--today", "20240825"], "YYYY-MM-DD"),
        (["问", "--today", ""], "YYYY-MM-DD"),
        (["--batch", "f"], "--json"),
        (["问", "--batch", "f", "--json"], "只能写一个"),
        (["问", "--index", "没有这个目录"], "python -m index build"),
        (["--batch", "没有这个文件", "--json"], "读不了 没有这个文件"),
        (["--batch", ".", "--json"], "读不了 ."),
        (["两\n行", "--index", "两\n行"], "还没有索引（两 行）"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "tests")
    assert cli.main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert_one_line(output.err, said)


def test_a_batch_that_is_no_text_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "questions.txt").write_bytes("问题一\n".encode("utf-16"))
    assert cli.main(["--json", "--batch", str(tmp_path / "questions.txt")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert_one_line(output.err, "不是 UTF-8 文本")


def test_a_bad_setting_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENJU_LLM_TIMEOUT_SECONDS", "soon")
    assert cli.main(["问"]) == 2
    assert_one_line(capsys.readouterr().err, "llm.timeout_seconds", "float")


class FakeAssistant:
    """Answers every question with itself, refuses 不说, fails at 坏, and remembers what it was asked."""

    def __init__(self, notice: str | None = None) -> None:
        self.notice = notice
        self.asked: list[tuple[str, int, str | None]] = []

    def answer(self, question: str, history: Any = (), today: Any = None) -> Answer:
        self.asked.append((question, len(history), today and today.isoformat()))
        if question == "坏":
            raise RuntimeError("第一行\n第二行")
        if question == "不说":
            return Answer(question, question, reason=Reason("no_evidence", "资料没有说。"))
        citation = Citation(1, "甲\n乙.txt", "s", "题\x1b[31m", None, None, (), None, 0, 2, "原文", "原文")
        return Answer(question, question, (Sentence(question, (1,)),), (citation,))


@pytest.fixture
def assistant(monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    """A fake in the place of the assistant; the command line around it is the real one."""
    fake = FakeAssistant()
    monkeypatch.setattr(cli, "_assistant", lambda options: fake)
    return fake


def run_batch(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[Any]]:
    """The exit code and the JSON lines of a batch with these bytes."""
    (tmp_path / "batch").write_bytes(data)
    code = cli.main(["--json", "--batch", str(tmp_path / "batch")])
    output = capsys.readouterr()
    assert output.err == ""
    return code, [json.loads(line) for line in output.out.split("\n") if line]


def test_exit_codes_are_those_of_grep(assistant: FakeAssistant, capsys: pytest.CaptureFixture[str]) -> None:
    assert (cli.main(["问"]), cli.main(["不说"]), cli.main(["坏"])) == (0, 1, 2)
    assert_one_line(capsys.readouterr().err, "RuntimeError：第一行 第二行", "请报告")


def test_names_and_titles_cannot_write_to_the_terminal(
    assistant: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["问"]) == 0
    shown = capsys.readouterr().out
    assert "[1] 甲 乙.txt（题�[31m；" in shown
    assert "\x1b" not in shown


def test_bare_questions_objects_and_ids(
    assistant: FakeAssistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = (
        "\ufeff第一问\n"
        '{"id": 7, "question": "第二问", "today": "2024-08-25", "history": [{"question": "前", "answer": "后"}]}\r\n'
        "\n"
        '{"id": {"a": [1]}, "question": "不说"}'
    )
    code, results = run_batch(batch.encode("utf-8"), tmp_path, capsys)
    assert code == 0
    assert assistant.asked == [("第一问", 0, None), ("第二问", 1, "2024-08-25"), ("不说", 0, None)]
    assert [result["question"] for result in results] == ["第一问", "第二问", "不说"]
    assert [result.get("id", "none") for result in results] == ["none", 7, {"a": [1]}]
    assert [result["refused"] for result in results] == [False, False, True]


@pytest.mark.parametrize(
    ("line", "name", "said"),
    [
        (b'{"id": "a", "question": ', None, "JSON"),
        (b'{"id": "a"}', "a", "question"),
        (b'{"id": "a", "question": " "}', "a", "question"),
        (b'{"id": "a", "question": 5}', "a", "question"),
        (b'{"id": "a", "question": "q", "history": 5}', "a", "history"),
        (b'{"id": "a", "question": "q", "history": "abc"}', "a", "history"),
        (b'{"id": "a", "question": "q", "today": "tomorrow"}', "a", "YYYY-MM-DD"),
        (b'{"id": "a", "question": "q", "today": 20240825}', "a", "YYYY-MM-DD"),
        (b'{"id": NaN, "question": ""}', None, "question"),
        (b"\xc4\xe3\xba\xc3", None, "UTF-8"),
        (b"{" * 5000, None, "JSON"),
        ('{"id": "a", "question": "坏"}'.encode(), "a", "RuntimeError：第一行 第二行"),
    ],
)
def test_a_bad_line_says_so_and_the_run_goes_on(
    line: bytes, name: object, said: str, assistant: FakeAssistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, results = run_batch("前\n".encode() + line + "\n后\n".encode(), tmp_path, capsys)
    assert code == 2
    assert [result.get("question") for result in results] == ["前", None, "后"]
    assert set(results[1]) == {"id", "error"}
    assert results[1]["id"] == name
    assert said in results[1]["error"] and "\n" not in results[1]["error"]


def test_a_batch_from_standard_input(
    assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeff一\n二".encode())))
    assert cli.main(["--json", "--batch", "-", "--today", "2024-08-25"]) == 0
    assert assistant.asked == [("一", 0, "2024-08-25"), ("二", 0, "2024-08-25")]
    assert capsys.readouterr().out.count("\n") == 2


def test_what_has_no_utf8_is_still_json(
    assistant: FakeAssistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, results = run_batch(b'{"id": "\\udc80", "question": "q\\ud800"}', tmp_path, capsys)
    assert (results[0]["id"], results[0]["question"]) == ("\udc80", "q\ud800")


def test_a_build_found_damaged_only_now_gives_way_to_the_last_good_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Damaged(FakeAssistant):
        def answer(self, question: str, history: Any = (), today: Any = None) -> Answer:
            raise IndexDamaged("坏了")

    opened: list[FakeAssistant] = [Damaged(), FakeAssistant("正在使用上一次的好索引")]
    monkeypatch.setattr(cli, "_assistant", lambda options: opened.pop(0))
    assert cli.main(["问", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["degraded"] == "正在使用上一次的好索引"
    assert answer["refused"] is False


def test_help_is_chinese_and_loads_nothing_heavy() -> None:
    program = (
        "import sys; from rag.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: print(end.code, [name for name in ('numpy', 'sqlite3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, check=True)
    text = done.stdout.decode("utf-8")
    assert text.startswith("用法：ask")
    assert text.endswith("\n0 []\n")
    assert "usage" not in text and "options" not in text


def test_whoever_stops_reading_gets_no_traceback(assistant: FakeAssistant, tmp_path: Path) -> None:
    program = (
        "import sys; from rag import cli; from tests.test_cli import FakeAssistant\n"
        "cli._assistant = lambda options: FakeAssistant(); sys.exit(cli.main(sys.argv[1:]))"
    )
    (tmp_path / "batch").write_text("问\n" * 3000, "utf-8")
    command = [sys.executable, "-c", program, "--json", "--batch", str(tmp_path / "batch")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert json.loads(process.stdout.readline())["question"] == "问"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 2


CONTRACT: dict[str, Any] = {
    "question": str,
    "standalone_question": str,
    "answer": str,
    "refused": bool,
    "reason": (dict, type(None)),
    "citations": list,
    "passages": list,
    "nearest": list,
    "scope": dict,
    "missing": list,
    "conflicts": list,
    "generator": str,
    "degraded": (str, type(None)),
    "elapsed_ms": dict,
}
CITATION: dict[str, Any] = {
    "n": int,
    "document": str,
    "source": str,
    "title": (str, type(None)),
    "date": (str, type(None)),
    "place": (str, type(None)),
    "heading": list,
    "page": (int, type(None)),
    "start": int,
    "end": int,
    "quote": str,
    "text": str,
}
PASSAGE: dict[str, Any] = {"document": str, "start": int, "end": int, "text": str, "score": float}
NEAREST: dict[str, Any] = {
    "document": str,
    "title": (str, type(None)),
    "date": (str, type(None)),
    "place": (str, type(None)),
    "years": list,
    "start": int,
    "end": int,
    "quote": str,
    "text": str,
    "why": str,
}
ISO_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def assert_shape(value: dict[str, Any], shape: dict[str, Any]) -> None:
    """Every key of the contract, of its type."""
    for key, kind in shape.items():
        assert isinstance(value[key], kind), (key, value[key])


def assert_contract(answer: dict[str, Any], originals: dict[str, str]) -> None:
    """An answer keeps DESIGN section 4, and its quotes stand in the originals."""
    assert_shape(answer, CONTRACT)
    for citation in answer["citations"]:
        assert_shape(citation, CITATION)
        assert originals[citation["document"]][citation["start"] : citation["end"]] == citation["quote"]
        assert citation["date"] is None or ISO_DATE.fullmatch(citation["date"])
    for passage in answer["passages"]:
        assert_shape(passage, PASSAGE)
    for near in answer["nearest"]:
        assert_shape(near, NEAREST)
        assert originals[near["document"]][near["start"] : near["end"]] == near["quote"]
    assert [citation["n"] for citation in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
    scores = [passage["score"] for passage in answer["passages"]]
    assert scores == sorted(scores, reverse=True)
    assert set(answer["elapsed_ms"]) == {"load", "retrieve", "read", "write", "total"}
    assert set(answer["scope"]) == {"places", "years", "relaxed"}
    if answer["refused"]:
        assert answer["answer"] == answer["reason"]["message"] != ""
        assert answer["citations"] == []
        assert len(answer["nearest"]) <= 3
    else:
        assert answer["reason"] is None
        assert answer["citations"]


@pytest.fixture(scope="session")
def originals(demo_index: Path) -> dict[str, str]:
    """The original of every document of the demo index, as the build keeps it."""
    from index.store import open_build

    index = open_build(demo_index)
    documents = [index.texts.document(heading.id) for heading in index.headings]
    index.close()
    return {document.path: document.original for document in documents}


@pytest.mark.slow
def test_an_answered_question_keeps_the_contract(demo_index: Path, originals: dict[str, str]) -> None:
    done = ask(QUESTION, "--json", "--top-k", "4", "--no-llm", "--index", str(demo_index))
    assert (done.returncode, done.stderr) == (0, b"")
    (answer,) = lines(done.stdout)
    assert_contract(answer, originals)
    assert answer["question"] == QUESTION
    assert answer["generator"] == "extractive"
    assert answer["scope"] == {"places": ["莲塘街道"], "years": [2024], "relaxed": False}
    assert len(answer["passages"]) == 4
    assert {citation["document"] for citation in answer["citations"]} == {"liantang-2024-plan.txt"}
    texts = [citation["text"] for citation in answer["citations"]]
    assert [sentence["text"] for sentence in answer["sentences"]] == texts


@pytest.mark.slow
def test_a_question_that_the_documents_do_not_answer_ends_with_1(demo_index: Path, originals: dict[str, str]) -> None:
    done = ask("火星基地什么时候开工？", "--json", WENJU_INDEX=str(demo_index))
    assert (done.returncode, done.stderr) == (1, b"")
    (answer,) = lines(done.stdout)
    assert_contract(answer, originals)


@pytest.mark.slow
def test_the_day_that_counts_as_today_moves_the_year(demo_index: Path) -> None:
    batch = json.dumps({"id": "own", "question": "莲塘街道今年的口岸计划是什么？", "today": "2024-03-01"}) + "\n"
    batch += "莲塘街道今年的口岸计划是什么？\n"
    done = ask("--batch", "-", "--json", "--today", "2031-03-01", "--index", str(demo_index), stdin=batch.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    first, second = lines(done.stdout)
    assert (first["id"], first["scope"]["years"], second["scope"]["years"]) == ("own", [2024], [2031])
    assert {citation["document"] for citation in first["citations"]} == {"liantang-2024-plan.txt"}
    assert "liantang-2024-plan.txt" not in {citation["document"] for citation in second["citations"]}


@pytest.mark.slow
def test_the_text_for_a_terminal_has_sources_and_no_colours_in_a_pipe(demo_index: Path) -> None:
    done = ask(QUESTION, "--index", str(demo_index), LC_ALL="C", PYTHONIOENCODING="utf-8")
    text = done.stdout.decode("utf-8")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "出处：\n  [1] liantang-2024-plan.txt（" in text
    assert "\x1b" not in text


@pytest.mark.slow
def test_the_default_path_loads_no_heavy_package(demo_index: Path) -> None:
    program = (
        "import sys; from rag.cli import main; code = main(sys.argv[1:]);"
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, QUESTION, "--index", str(demo_index)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT)
    assert done.stderr.decode("utf-8") == "0 []\n"
