"""The generated corpus: enough of every case, each one true of the pages, and the same from the same seed."""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from eval.cases import TRAPS, read_cases
from eval.templates.__main__ import SEED, as_line, generate, write
from eval.templates.world import draw, lines
from index.load import load
from tests.test_demo import DEMO, ROOT, demo_text, longest_shared, raw_cases, squeezed

CASES = ROOT / "eval" / "cases"
# Words that any two sentences may have in common: they ask or bind, and say nothing of their own.
FUNCTION_WORDS = (
    "为什么|什么|多少|几何|怎么样|怎么|怎样|如何|为何|何种|何处|哪里|哪一位|哪位|哪个|哪些|谁|哪|几|啥|吗|呢|吧|"
    "的|了|是|在|有|和|与|被|把|也|都|不|没"
)
BREAK = re.compile(f"{FUNCTION_WORDS}|[0-9.]+|[零一二三四五六七八九十百千万亿两]+|[^\u4e00-\u9fff]")


@cache
def texts() -> dict[str, str]:
    """The generated pages by file name."""
    return generate(SEED)[0]


def content_pairs(text: str, names: tuple[str, ...]) -> set[str]:
    """Pairs of neighbouring characters of `text`, without function words, numbers and `names`."""
    for name in names:
        text = text.replace(name, " ")
    runs = BREAK.split(text)
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}


def test_content_pairs_leave_out_names_numbers_and_function_words() -> None:
    assert content_pairs("柳桥街道引进了19家企业", ("柳桥街道",)) == {"引进", "家企", "企业"}
    assert content_pairs("为什么是三十二棵？", ()) == set()


def test_the_corpus_repeats_its_templates_over_units_and_years() -> None:
    pages = texts()
    assert len(pages) >= 60
    reports = Counter(
        match.group(1)
        for text in pages.values()
        for match in [re.search(r"(?m)^(\w+(?:街道|镇))20\d\d年工作总结$", text)]
        if match
    )
    assert len(reports) >= 12
    assert sum("全年引进企业" in text for text in pages.values()) >= 8
    assert sum("江州日报" in text for text in pages.values()) >= 10
    assert sum("今年以来" in text for text in pages.values()) >= 10
    assert sum("去年，" in text for text in pages.values()) >= 5
    assert sum("目标与措施" in text for text in pages.values()) >= 10
    assert sum(re.search(r"20\d\d", text) is None for text in pages.values()) >= 6


def test_the_committed_cases_are_those_of_the_seed(tmp_path: Path) -> None:
    write(tmp_path, SEED)
    for name in ("scope.jsonl", "paraphrase.jsonl"):
        assert (tmp_path / name).read_text("utf-8") == (CASES / name).read_text("utf-8"), name
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "pages").iterdir()} == texts()


def test_a_seed_gives_one_corpus_and_another_seed_another() -> None:
    first, again, other = generate(7), generate(7), generate(8)
    assert first[0] == again[0]
    assert [as_line(case) for case in first[1]] == [as_line(case) for case in again[1]]
    assert first[0] != other[0]


def test_scope_cases_are_enough_of_each_sort() -> None:
    cases = read_cases(CASES / "scope.jsonl")
    tags = Counter(tag for case in cases for tag in case.tags)
    assert len(cases) >= 240
    assert 0.47 <= sum(not case.answerable for case in cases) / len(cases) <= 0.53
    assert tags["followup"] >= 40 and tags["conflict"] >= 20 and tags["compare"] >= 20 and tags["agree"] >= 6
    assert tags["plan"] + tags["goals"] + tags["how"] >= 40
    assert all(len(case.all_of) >= 3 for case in cases if {"plan", "goals", "how"} & set(case.tags))
    assert sum(bool(case.missing) for case in cases) >= 5
    assert abs(tags["tune"] - tags["judge"]) <= 24
    assert tags["tune"] + tags["judge"] == len(cases)
    for half in ("tune", "judge"):
        assert {case.trap for case in cases if half in case.tags} == {*TRAPS, None}
    assert all(case.standalone and case.history for case in cases if "followup" in case.tags)
    assert all(
        case.conflict and len(case.documents) == len(case.all_of) == 2 for case in cases if "conflict" in case.tags
    )
    assert sum(case.today is not None for case in cases) >= 20


def test_every_answer_stands_in_its_document() -> None:
    pages = {name: squeezed(text) for name, text in texts().items()}
    for name in ("scope.jsonl", "paraphrase.jsonl"):
        for case in read_cases(CASES / name):
            found = [pages[document] if document in pages else demo_text(document) for document in case.documents]
            if case.answers:
                assert all(any(squeezed(answer) in text for answer in case.answers) for text in found), case.id
            for part in case.all_of:
                assert any(squeezed(part) in text for text in found), (case.id, part)


def test_a_conflict_has_one_value_in_each_document() -> None:
    for case in read_cases(CASES / "scope.jsonl"):
        if case.conflict:
            first, second = (texts()[document] for document in case.documents)
            assert case.all_of[0] in first and case.all_of[1] in second, case.id
            assert case.all_of[0] != case.all_of[1], case.id


def test_a_gap_is_a_gap_in_every_page_of_that_unit_and_year() -> None:
    world = draw(SEED)
    for case in read_cases(CASES / "scope.jsonl"):
        if case.trap != "year" or not case.places:
            continue
        unit, year = case.places[0], str(case.years[0])
        question = case.standalone or case.question
        asked = [which for which in world.attributes.values() if which.object in question]
        stating = [re.escape(sentence).replace(r"\{n\}", "[0-9.]+") for which in asked for sentence in which.sentences]
        for text in texts().values():
            if text.startswith(f"{unit}{year}年工作总结") or f"{unit}{year}年工作总结\n" in text:
                assert not any(re.search(pattern, text) for pattern in stating), case.id


def test_unknown_places_stand_in_no_page() -> None:
    everything = "\n".join(texts().values())
    for case in read_cases(CASES / "scope.jsonl"):
        if case.trap == "place":
            assert case.places[0] not in everything, case.id


def test_paraphrases_have_no_content_pair_in_common_with_their_sentence() -> None:
    texts_of_demo = {path.name: demo_text(path.name) for path in DEMO.iterdir()}
    paraphrases = generate(SEED)[2]
    assert len(paraphrases) >= 200
    assert len({paraphrase.sentence for paraphrase in paraphrases}) >= 60
    for paraphrase in paraphrases:
        question, names = paraphrase.case["question"], paraphrase.names
        assert content_pairs(question, names) & content_pairs(paraphrase.sentence, names) == set(), question
        for document in paraphrase.case["documents"]:
            text = texts_of_demo.get(document) or squeezed(texts()[document])
            assert squeezed(paraphrase.sentence) in text, question


def test_no_question_or_id_stands_twice() -> None:
    for name in ("scope.jsonl", "paraphrase.jsonl", "demo.jsonl"):
        cases = raw_cases(CASES / name)
        assert len({case["id"] for case in cases}) == len(cases)
        asked = Counter((case["question"], str(case.get("history")), case.get("today")) for case in cases)
        assert [key for key, count in asked.items() if count > 1] == []


def test_no_long_stretch_of_the_real_pages_stands_in_the_corpus() -> None:
    folder = os.environ.get("WENJU_PAGES")
    if not folder:
        pytest.skip("WENJU_PAGES is not set: no real pages to compare with")
    pages = "\n".join(squeezed(load(path).reading.text) for path in sorted(Path(folder).glob("*.txt")))
    templates = {path.name: "".join(lines(path.name)) for path in (ROOT / "eval" / "templates").glob("*.txt")}
    for name, text in {**texts(), **templates}.items():
        assert longest_shared(squeezed(text), pages, 24) == [], name
