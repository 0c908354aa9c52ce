"""The runner against a scripted assistant: what every kind of answer scores, and why it fails."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eval import __main__ as door
from eval import corpus, report
from eval.cases import Case
from eval.compare import Comparison, compare
from eval.run import Outcome, figures, judge, run
from rag.types import Answer, Citation, Conflict, Elapsed, Reason, Retrieved, Sentence, Turn

ORIGINALS = {"a.txt": "东门街道引进19家新企业。", "b.txt": "南湖街道招引140家企业。"}
CASE = Case("x1", "东门街道引进了多少家？", answers=("19家",), documents=("a.txt",))
NONE = Case("x2", "莲塘街道引进了多少家？", answerable=False, trap="place")


def citation(document: str = "a.txt", start: int = 4, end: int = 9, **more: Any) -> Citation:
    quote = ORIGINALS[document][start:end]
    given = {"n": 1, "source": "s", "title": None, "date": None, "place": None, "heading": (), "page": None} | more
    return Citation(document=document, start=start, end=end, quote=quote, text=quote, **given)


def answered(*sentences: str, cites: Sequence[Citation] = (), **more: Any) -> Answer:
    citations = tuple(cites) or (citation(),)
    return Answer(
        "问",
        "问",
        tuple(Sentence(sentence, (1,)) for sentence in sentences),
        citations,
        (Retrieved("b.txt", 0, 5, "", 2.0), Retrieved("a.txt", 0, 5, "", 1.0)),
        elapsed=Elapsed(total=12.0),
        **more,
    )


REFUSED = Answer("问", "问", reason=Reason("no_evidence", "资料没有提到。"))


class ScriptedAssistant:
    """A fake: gives queued answers, raises queued errors, keeps the calls."""

    def __init__(self, *replies: Answer | Exception) -> None:
        self.replies = list(replies)
        self.calls: list[tuple[str, tuple[Turn, ...], date | None]] = []

    def answer(self, question: str, history: Sequence[Turn] = (), today: date | None = None) -> Answer:
        self.calls.append((question, tuple(history), today))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def test_a_right_answer_passes_with_every_score_that_applies() -> None:
    outcome = judge(CASE, answered("引进19家。"), ORIGINALS.get)
    assert outcome.why == ()
    assert outcome.passed
    assert outcome.scores == {
        "recall@1": 0.0,
        "recall@5": 1.0,
        "recall@10": 1.0,
        "mrr@10": 0.5,
        "coverage": 1.0,
        "quotes_exact": 1.0,
        "answered": 1.0,
        "answer_hit": 1.0,
        "quote_precision": 1.0,
        "document_precision": 1.0,
        "right_number_first": 1.0,
        "no_false_conflict": 1.0,
        "right_year": 1.0,
        "right_place": 1.0,
    }


@pytest.mark.parametrize(
    ("case", "answer", "why"),
    [
        (CASE, answered("引进20家。"), ("答案里没有标准答案",)),
        (CASE, answered("引进19家。", "二。", "三。"), ("答案太长",)),
        (CASE, answered("引进19家。", cites=[citation("b.txt")]), ("没有引用应当引用的文件",)),
        (CASE, REFUSED, ("资料有，却拒答（no_evidence）",)),
        (
            CASE,
            answered("引进19家。", cites=[replace(citation(), start=5, end=10)]),
            ("引文与原文不一致",),
        ),
        (
            replace(CASE, documents=("a.txt", "none.txt")),
            answered("引进19家。"),
            ("标准答案的文件 none.txt 不在索引中",),
        ),
        (NONE, answered("引进19家。"), ("引用了别的地方", "资料没有，却作了答")),
        (NONE, REFUSED, ()),
        (
            CASE,
            answered("引进19家。", cites=[citation(), citation("b.txt", place="南湖街道", n=2)]),
            ("引用了别的地方",),
        ),
        (replace(CASE, conflict=True), answered("引进19家。"), ("没有指出资料互相矛盾",)),
        (replace(CASE, conflict=True), answered("引进19家。", conflicts=(Conflict("企业", ()),)), ()),
        (replace(CASE, missing=("莲塘街道",)), answered("引进19家。"), ("没有说明缺了哪一方",)),
        (replace(CASE, missing=("莲塘街道",)), answered("引进19家。", missing=("蓮塘街道2023年",)), ()),
    ],
)
def test_a_failed_case_says_why(case: Case, answer: Answer, why: tuple[str, ...]) -> None:
    outcome = judge(case, answer, ORIGINALS.get)
    assert outcome.why == why
    assert outcome.passed is not bool(why)


def test_a_quote_of_a_document_that_nobody_has_is_not_exact() -> None:
    outcome = judge(CASE, answered("引进19家。"), {}.get)
    assert outcome.scores["quotes_exact"] == 0.0


def test_a_refusal_scores_nothing_on_what_it_does_not_have() -> None:
    assert judge(NONE, REFUSED, ORIGINALS.get).scores == {"refused": 1.0}


def test_each_case_is_asked_with_its_history_and_day() -> None:
    turn = Turn("南湖街道呢？", "有。")
    assistant = ScriptedAssistant(answered("引进19家。"))
    run(assistant, [replace(CASE, history=(turn,), today="2024-09-01")], ORIGINALS.get)
    assert assistant.calls == [(CASE.question, (turn,), date(2024, 9, 1))]


def test_a_follow_up_is_asked_as_a_whole_question_too() -> None:
    assistant = ScriptedAssistant(REFUSED, answered("引进19家。"))
    turn = Turn("南湖街道引进了多少家？", "140家。")
    [outcome] = run(
        assistant, [replace(CASE, question="东门呢？", history=(turn,), standalone=CASE.question)], ORIGINALS.get
    )
    assert assistant.calls[1] == (CASE.question, (), None)
    assert (outcome.scores["followup_hit"], outcome.scores["standalone_hit"]) == (0.0, 1.0)


def test_an_error_is_a_failed_case_and_the_run_goes_on() -> None:
    outcomes = run(ScriptedAssistant(ValueError("坏了"), REFUSED), [CASE, NONE], ORIGINALS.get)
    assert [outcome.passed for outcome in outcomes] == [False, True]
    assert outcomes[0].error == "ValueError: 坏了"
    assert outcomes[0].scores["answer_hit"] == 0.0
    assert figures(outcomes)["errors"] == 1.0


def test_the_figures_over_a_run() -> None:
    outcomes = [
        judge(CASE, answered("引进19家。"), ORIGINALS.get),
        judge(CASE, REFUSED, ORIGINALS.get),
        judge(NONE, REFUSED, ORIGINALS.get),
        judge(NONE, answered("引进140家。", cites=[citation(), citation("b.txt")]), ORIGINALS.get),
    ]
    found = figures(outcomes)
    assert found["passed"] == 0.5
    assert found["answer_hit"] == 0.5
    assert found["refusal_precision"] == 0.5
    assert found["refusal_recall"] == 0.5
    assert found["false_refusals"] == 0.5
    assert found["wrong_place"] == pytest.approx(2 / 3)
    assert found["wrong_year"] == 0.0
    assert found["conflict_found"] is None
    assert found["p95_ms"] == 12.0


def test_an_error_on_an_unanswerable_case_is_no_refusal() -> None:
    found = figures(run(ScriptedAssistant(ValueError("坏了")), [NONE], ORIGINALS.get))
    assert found["refusal_recall"] == 0.0


def outcomes_of_two() -> list[Outcome]:
    return [
        judge(CASE, answered("引进[19]家|。"), ORIGINALS.get),
        judge(NONE, answered("引进<b>140</b>家。"), ORIGINALS.get),
    ]


def test_the_report_shows_the_worst_first_and_nothing_becomes_markup(tmp_path: Path) -> None:
    outcomes = [*outcomes_of_two(), run(ScriptedAssistant(ValueError("坏了")), [CASE], ORIGINALS.get)[0]]
    text = report.markdown({"demo": outcomes}, {"demo": Comparison()}, None, {"处理器": "p"})
    worst = [line for line in text.split("\n") if line.startswith("| x")]
    assert [line.split(" | ")[-1] for line in worst] == [
        "出错：ValueError: 坏了 |",
        "引用了别的地方；资料没有，却作了答 |",
        "答案里没有标准答案 |",
    ]
    assert "引进&#60;b&#62;140&#60;/b&#62;家" in worst[1]
    assert "| 陷阱 place | 1 | 0.0 % | 不适用 | 0.0 % |" in text


def test_the_chart_is_drawn(tmp_path: Path) -> None:
    report.draw({"demo": outcomes_of_two()}, tmp_path / "chart.svg")
    drawn = (tmp_path / "chart.svg").read_text("utf-8")
    assert drawn.count("<svg") == 1
    assert "Glyph" not in drawn


def test_originals_are_read_from_the_files_themselves(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_bytes("\ufeff第一行\r\n第二行".encode())
    original = corpus.originals([tmp_path, tmp_path / "sub" / "a.txt"])
    assert original("sub/a.txt") == "第一行\r\n第二行"
    assert original("a.txt") == "第一行\r\n第二行"
    assert original("b.txt") is None


def test_without_the_real_pages_a_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert [each.name for each in door._sets([], None, None)] == ["demo", "scope", "scope-model"]
    assert capsys.readouterr().err == "跳过 pages：没有设置 WENJU_PAGES（真实页面所在的目录）\n"
    assert [each.name for each in door._sets([], None, "pages")] == ["demo", "scope", "scope-model", "pages"]


def test_named_cases_are_asked_over_the_named_index() -> None:
    [each] = door._sets([Path("mine.jsonl")], Path("dir"), "pages")
    assert (each.name, each.index, each.source) == ("mine", Path("dir"), None)


def test_a_set_may_be_named_and_the_tuning_half_is_never_asked() -> None:
    [each] = door._sets([Path("scope")], None, None)
    assert (each.name, each.tag) == ("scope", "judge")
    [demo] = door._sets([], Path("dir"), "pages")
    assert (demo.name, demo.index, demo.source) == ("demo", Path("dir"), None)


class Asked:
    """A run of the door over one index folder with two cases and a scripted assistant."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "builds" / "one").mkdir(parents=True)
        (folder / "CURRENT").write_text("one", "ascii")
        for name, text in ORIGINALS.items():
            (folder / name).write_text(text, "utf-8")
        made = {"model": "m", "fingerprint": "f", "sources": [str(folder)]}
        (folder / "builds" / "one" / "manifest.json").write_text(json.dumps(made), "utf-8")
        lines = [
            {"id": "x1", "question": CASE.question, "answers": ["19家"], "document": "a.txt"},
            {"id": "x2", "question": NONE.question, "answerable": False, "trap": "place"},
        ]
        (folder / "gold.jsonl").write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
        monkeypatch.chdir(folder)
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: str, replies: Sequence[Answer | Exception]) -> int:
        assistant = ScriptedAssistant(*replies)
        self.monkeypatch.setattr(door, "open_assistant", lambda settings, words=None: assistant)
        return door.main(["run", str(self.folder / "gold.jsonl"), "--index", str(self.folder), *arguments])


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(tmp_path, monkeypatch)


def test_json_is_all_that_stands_on_stdout(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked("--json", replies=[answered("引进19家。"), REFUSED]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["fingerprint"] == "f"
    assert record["sets"]["gold"]["figures"]["passed"] == 1.0
    assert record["sets"]["gold"]["cases"]["x2"]["code"] == "no_evidence"
    assert len(list((asked.folder / ".data" / "eval" / "runs").iterdir())) == 1


def test_a_baseline_is_written_and_held_against_the_next_run(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    path = asked.folder / "base.json"
    assert asked("--write-baseline", str(path), replies=[answered("引进19家。"), REFUSED]) == 0
    assert "引进19家" not in path.read_text("utf-8")
    capsys.readouterr()
    assert asked("--baseline", str(path), replies=[ValueError("坏了"), REFUSED]) == 1
    out = capsys.readouterr().out
    assert "- 不允许：x1 东门街道引进了多少家？：出错：ValueError: 坏了" in out
    assert "- 这题变差：x1 东门街道引进了多少家？（出错：ValueError: 坏了）" in out


def test_a_report_is_written_with_its_chart(asked: Asked) -> None:
    asked("--report", str(asked.folder / "out" / "report.md"), replies=[answered("引进19家。"), REFUSED])
    assert "![各组通过率](report.svg)" in (asked.folder / "out" / "report.md").read_text("utf-8")
    assert (asked.folder / "out" / "report.svg").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "none.jsonl", "--index", "nowhere"], "还没有索引"),
        (["run", "--baseline", "nothing.json"], "读不了基线"),
    ],
)
def test_an_error_is_one_line_and_exit_2(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    assert door.main(arguments) == 2
    assert errors.getvalue().startswith(message)
    assert errors.getvalue().count("\n") == 1


def test_a_run_without_a_shared_baseline_compares_nothing() -> None:
    assert compare(outcomes_of_two(), None) == Comparison()
