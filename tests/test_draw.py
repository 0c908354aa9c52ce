"""What is drawn holds nothing but our own elements, whatever stands in documents, names, questions or answers."""

from __future__ import annotations

import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from index.offsets import Edit
from index.texts import Entry, Heading
from index.types import Document, Guess, Paragraph, Reading
from rag import draw, runs, shelf
from rag.export import as_docx, as_markdown
from rag.history import Conversation, KeptTurn
from rag.pages import STATIC, read_words
from rag.pane import lost, pane, reading_span
from rag.search import Found
from rag.untrusted import ATTRIBUTES, TAGS, text
from tests.hostile_markup import PAYLOADS

WORDS = read_words("zh")
VOID = {"br", "img", "input"}


class Elements(HTMLParser):
    """Every element of a piece of HTML, and whether all that was opened was closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def check(html: str) -> Elements:
    """That every element, attribute and link is one that our own drawing makes."""
    elements = Elements(html)
    for tag, attributes in elements.found:
        assert tag in TAGS, f"<{tag}>"
        for name, value in attributes.items():
            allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | {"rel"}
            assert name in allowed or name.startswith(("data-", "aria-")), f"{tag} {name}"
            if name == "href":
                assert value is not None and value.startswith("/") and not value.startswith(("//", "/\\")), value
    return elements


def cited(payload: str, **more: Any) -> dict[str, Any]:
    return {
        "n": 1, "document": payload, "source": payload, "title": payload, "date": payload, "place": payload,
        "heading": [payload], "page": 1, "start": 0, "end": 9, "quote": payload, "text": payload, "document_id": 0,
        "years": [], "why": payload,
    } | more  # fmt: skip


def answer(payload: str, refused: bool) -> dict[str, Any]:
    return {
        "question": payload,
        "standalone_question": payload + "?",
        "answer": payload,
        "refused": refused,
        "reason": {"code": "no_evidence", "message": payload} if refused else None,
        "citations": [] if refused else [cited(payload)],
        "nearest": [cited(payload)] if refused else [],
        "sentences": [{"text": payload, "marks": [1]}, {"text": payload, "marks": []}, {"text": payload, "marks": [9]}],
        "conflicts": [{"subject": payload, "values": [{"value": payload, "date": payload, "n": 1}]}],
        "missing": [payload],
        "degraded": payload,
        "as_of": payload,
    }


def turn(payload: str, refused: bool = False) -> KeptTurn:
    chip = {"value": payload, "without": payload, "instead": [[payload, payload]]}
    return KeptTurn(payload, payload, answer(payload, refused), {"sources": {"0": payload}, "chips": [chip]}, False)


def document(text: str) -> Document:
    reading = Reading.of(text)
    paragraph = Paragraph(text, 0, len(text), 0, 0, (text,), text, 1)
    return Document(text, text, text, text, reading.map, "utf-8", (paragraph,), title=text, date=text, place=text)


def test_there_are_150_payloads() -> None:
    assert len(set(PAYLOADS)) == 150


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(150))
def test_no_payload_becomes_an_element(payload: str) -> None:
    entry = Entry(payload, payload, "0", 1, "failed", payload, payload)
    heading = Heading(0, payload, payload, payload, payload, payload, (), payload, payload, "clean", 0)
    hit = Found(
        payload, payload, payload, payload, payload, (payload,), 1, 0, 9, payload, 1.0, {"dense": 0.5}, (0, 3), 0
    )
    page = document(payload)
    for html in (
        draw.conversation([turn(payload), turn(payload, refused=True)], WORDS),
        draw.live(payload, [{"text": payload, "marks": [1]}], WORDS, payload),
        draw.trouble(payload, payload, WORDS),
        draw.conversations([Conversation(payload, payload)], "/", WORDS),
        draw.welcome(1, 1, payload, [payload], WORDS),
        draw.nothing(payload, WORDS),
        pane(page, payload, 0, len(payload), WORDS),
        lost(payload, payload, WORDS),
        shelf.ledger([entry, Entry(payload, payload, "0", 1, "indexed", document=0)], [heading], {}, WORDS),
        shelf.one_file(page, [], payload, WORDS),
        shelf.hits([hit], {0: payload}, WORDS),
        shelf.notes([payload], payload),
    ):
        check(html)


@pytest.mark.parametrize("payload", PAYLOADS[:70:7])
def test_no_case_of_a_run_becomes_an_element(payload: str) -> None:
    case = {"question": payload, "passed": False, "why": [payload], "expected": payload, "got": payload}
    run = {"time": payload, "processor": payload, "sets": {payload: {"cases": {payload: case}, "worse": [payload]}}}
    check(runs.overview([run], WORDS))


def test_text_reads_as_it_stands() -> None:
    payload = "<b>1 & 2</b> \"引\" '号'"
    said = check(draw.live(payload, [], WORDS)).said
    assert payload in said


def test_what_could_mislead_the_eye_is_shown() -> None:
    assert text("a\u202eb\x00c\ud800d\u3000e\u00a0f\n") == "a�b�c�d\u3000e\u00a0f\n"


def test_every_sentence_has_its_marks_or_is_grey() -> None:
    shown = answer("甲", False) | {"degraded": None, "conflicts": [], "missing": []}
    html = draw.conversation([KeptTurn("t", "问", shown, {"sources": {"0": "abc"}})], WORDS)
    elements = check(html)
    classes = [attributes.get("class") or "" for tag, attributes in elements.found if tag == "p"]
    said = [each for each in classes if "sentence" in each]
    assert said == ["sentence", "sentence uncited", "sentence"]
    cites = [a for tag, a in elements.found if tag == "button" and a.get("class") == "cite"]
    assert [cite["data-source"] for cite in cites] == ["abc", "abc"]  # in the sentence and in the list of sources


@pytest.mark.parametrize(
    ("bold", "html"),
    [
        (None, '共60家<span class="end">。<button'),
        ([1, 4], '共<strong>60家</strong><span class="end">。<button'),
        ([1, 5], '共<strong>60家。</strong><span class="end"><button'),
    ],
)
def test_a_mark_stays_with_the_last_character_and_the_answer_is_bold(bold: list[int] | None, html: str) -> None:
    shown = answer("共60家。", False) | {"citations": [cited("共60家。", bold=bold)]}
    assert f'<p class="sentence">{html}' in draw.conversation([KeptTurn("t", "问", shown, {})], WORDS)


def test_a_refusal_names_places_to_look_and_no_sources() -> None:
    html = draw.conversation([turn("甲", refused=True)], WORDS)
    assert 'class="near"' in html
    assert 'class="sources"' not in html


def test_a_file_without_a_title_is_named_once_and_a_heading_that_is_the_title_is_left_out() -> None:
    plain = cited("句。", document="a.txt", title=None, heading=["一、招商"], page=None)
    titled = cited("句。", document="b.txt", title="计划", heading=["计划", "二、口岸"], page=None, source="another")
    shown = answer("句。", False) | {"citations": [plain, titled | {"n": 2}], "conflicts": [], "missing": []}
    said = check(draw.conversation([KeptTurn("t", "问", shown, {})], WORDS)).said
    assert said.count("a.txt") == 1 and said.count("b.txt") == 1
    near = answer("句。", True) | {"nearest": [titled]}
    assert "句。 · 二、口岸" in check(draw.conversation([KeptTurn("t", "问", near, {})], WORDS)).said
    assert draw.heading_path(["计划 ", "一、招商", "（一）园区"], "计划") == "一、招商 › （一）园区"


def test_nothing_indexed_and_an_index_that_cannot_be_used_are_two_things() -> None:
    assert "还没有可以回答的资料" in draw.nothing("", WORDS)
    broken = check(draw.nothing("索引文件 vectors.npy 已损坏", WORDS)).said
    assert "现在不能回答" in broken and "vectors.npy" in broken and "还没有可以回答的资料" not in broken
    assert check(shelf.ledger([], [], {}, WORDS)).said == WORDS["shelf_empty"]
    assert check(shelf.nothing("坏了", WORDS)).said == "坏了"


def test_one_file_is_told_in_the_language_of_the_page() -> None:
    reading = Reading.of("甲乙丙丁").edited([Edit(0, 1, "申", "sheared", 0.9)])
    guesses = (Guess(0, 1, "甲", "申", 0.9), Guess(2, 3, "丙", "丙", 0.2))
    page = Document(
        "", "s", "甲乙丙丁", reading.text, reading.map, "utf-8", (), title="计划", place="甲街道", unit="甲街道",
        kind="plan", repairs=reading.repairs, guesses=guesses,
    )  # fmt: skip
    said = check(shelf.one_file(page, [], "id", WORDS)).said
    assert said.startswith("计划 · 甲街道 · utf-8 · 修复 残字 1 · 打开原文")
    assert "甲 → 申 把握 90% · 第 0–1 字" in said
    assert "丙 缺字，无法补回 · 第 2–3 字" in said


def test_a_run_is_headed_by_what_its_set_is_and_when() -> None:
    sets = {name: {"figures": {}, "cases": {}} for name in ("demo", "mine")}
    said = check(runs.overview([{"time": "2026-01-02T08:30:00+00:00", "processor": "机器", "sets": sets}], WORDS)).said
    assert "示例文档2026-01-02 08:30 · 机器" in said
    assert "mine2026-01-02 08:30" in said


def test_the_pane_marks_the_reading_and_shows_the_damaged_original() -> None:
    reading = Reading.of("桂園(yuán)街道。計劃(huà)引進。").edited(
        [Edit(2, 8, "", "pinyin"), Edit(13, 18, "", "pinyin")]
    )
    whole = reading.text
    paragraph = Paragraph(whole, 0, len(reading.original), 0)
    page = Document("甲.txt", "", reading.original, whole, reading.map, "utf-8", (paragraph,), repairs=reading.repairs)
    start = reading.original.index("計劃")
    low, high = reading_span(page, start, len(reading.original))
    assert whole[low:high] == "計劃引進。"
    html = pane(page, "id", start, len(reading.original), WORDS)
    assert ">計劃引進。</mark>" in html
    assert '<pre class="quote">計劃<span class="was">(huà)</span>引進。</pre>' in html
    assert "<pre>計劃引進。</pre>" in html
    assert WORDS["repaired_note"] in html


def test_a_quote_over_two_paragraphs_is_marked_in_both() -> None:
    text = "第一段。\n第二段。"
    reading = Reading.of(text)
    parts = (Paragraph("第一段。", 0, 4, 0), Paragraph("第二段。", 5, 9, 5))
    page = Document("甲.txt", "", text, text, reading.map, "utf-8", parts)
    html = pane(page, "id", 2, 7, WORDS)
    assert html.count("<mark") == 2
    assert ">段。</mark>" in html and ">第二</mark>" in html


@pytest.mark.parametrize(("start", "end"), [(0, 0), (9, 3), (10**9, 10**9 + 5)])
def test_a_place_that_is_none_marks_nothing(start: int, end: int) -> None:
    assert "<mark" not in pane(document("一句话。"), "id", start, end, WORDS)


def test_a_million_characters_are_drawn_in_part() -> None:
    text = "字" * 1_000_000
    paragraph = Paragraph(text, 0, len(text), 0)
    page = Document("甲.txt", "", text, text, Reading.of(text).map, "utf-8", (paragraph,))
    html = pane(page, "id", 500_000, 500_010, WORDS)
    assert f">{'字' * 10}</mark>" in html
    assert len(html) < 10_000
    assert len(shelf.one_file(page, [], "id", WORDS)) < 130_000


def test_both_languages_say_the_same_things() -> None:
    words = tomllib.loads((STATIC / "words.toml").read_text("utf-8"))
    assert set(words["zh"]) == set(words["en"])
    for name, said in words["zh"].items():
        slots = {part.split("}")[0] for part in said.split("{")[1:]}
        assert slots == {part.split("}")[0] for part in words["en"][name].split("{")[1:]}, name


def test_the_page_loads_nothing_from_outside() -> None:
    for path in (STATIC / "page.css", STATIC / "page.js"):
        said = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in said and "https:" not in said and "@import" not in said


@pytest.mark.parametrize("payload", PAYLOADS[:60:6])
def test_exports_hold_text_only(payload: str) -> None:
    whole = as_markdown(answer(payload, False))
    assert not any("<" in line.replace("\\<", "") for line in whole.split("\n"))
    assert "](" not in whole.replace("\\](", "").replace("\\]\\(", "")
    assert as_docx(answer(payload, False))[:2] == b"PK"


def test_markdown_reads_as_it_should(tmp_path: Path) -> None:
    shown = {
        **answer("莲塘街道引进60家。", False),
        "question": "引进多少家",
        "standalone_question": "引进多少家",
        "sentences": [{"text": "莲塘街道引进60家。", "marks": [1]}],
        "as_of": "2024-08-27",
    }
    lines = as_markdown(shown).split("\n")
    assert lines[0] == "## 引进多少家"
    assert lines[2] == "莲塘街道引进60家。[1]"
    assert lines[-2] == "资料截至 2024-08-27"
    assert "   > 莲塘街道引进60家。" in lines


def test_what_was_shown_stays_when_an_answer_is_stopped() -> None:
    shown = draw.live("问？", ({"text": "第一句。", "marks": [1]},), WORDS)
    stopped = draw.stopped(shown, WORDS)
    assert "第一句。" in check(stopped).said and WORDS["stopped"] in stopped
    assert WORDS["working"] not in stopped
    assert draw.stopped(shown + "<script>x()</script><img src=x onerror=x()>", WORDS) == stopped
    assert WORDS["stopped"] in draw.stopped("", WORDS)
