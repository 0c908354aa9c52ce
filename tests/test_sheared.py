"""Runs out of step, read in step again; and the damager that makes them."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from rapidfuzz.distance import Levenshtein

from eval.damage.sheared import Accident, damage, shear
from eval.damage.sheared_plain import WAYS, decode_pairs, lose_bytes
from eval.damage.sheared_trials import bodies, figures
from index.fold import fold
from index.gbk import pair_of, table
from index.lattice import WIDTH, Arc, Lattice
from index.likelihood import Likelihood
from index.numbering import expected_numbers
from index.offsets import Edit, apply
from index.shear_copies import read_alike
from index.shear_edits import _is_borne_out, _splits_a_word, _without_sound_tail, doubts_of
from index.shear_signals import (
    debris_until,
    find_ends,
    find_signals,
    goes_on_as_debris,
    has_debris,
    is_alone,
    lone_pairs,
    odd_openings,
    odd_questions,
    questions_beside,
    reads_as_debris,
    unread_until,
)
from index.sheared import _with_questions_before, mend_sheared

LISTED = frozenset("項設節數聯當強開發")
# The true strings of the ten runs of page 004, as their bytes were; signs outside the runs are as on the page.
RUNS = [
    ("　　（一）突出招商引資，加快", {1}, "?。ㄒ唬┩怀稣猩桃Y"),
    ("　　（二）突出項目建", {1}, "?。ǘ┩怀鲰?xiàng)目"),
    ("　　（三）突出客流引流，加強口", {1}, "?。ㄈ┩怀隹土饕鳎訌?qiáng)口"),
    ("　　（五）突出民生保障,加大", {1}, "?。ㄎ澹┩怀雒裆U?,"),
    ("　　（六）突出市容市貌,強", {1}, "?。┩怀鍪腥菔忻?,"),
    ("、景福花園項", {2}, "景?;▓@"),
    ("在景福花園棚", {2}, "景?;▓@"),
    ("進景福花園片", {2}, "景?;▓@"),
    ("展潛力指數。", set(), "展?jié)摿χ笖?shù)"),
    ("新擔當新", set(), "新?lián)?dāng)新"),
]


def page_004() -> str:
    folder = os.environ.get("WENJU_PAGES")
    if not folder:
        pytest.skip("WENJU_PAGES 未设置：指向真实网页所在的文件夹")
    return next(Path(folder).glob("004_*.txt")).read_text(encoding="utf-8")


def sets() -> Path:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS 未设置：指向公开问题集所在的文件夹")
    return Path(folder)


@pytest.mark.parametrize(("true", "slips", "damaged"), RUNS)
def test_the_damager_makes_the_ten_runs(true: str, slips: set[int], damaged: str) -> None:
    text, _ = shear(true, Accident(frozenset(slips), listed=LISTED))
    assert damaged in text


def test_the_ten_runs_stand_in_the_page() -> None:
    found = Counter(page_004().count(damaged) for _, _, damaged in RUNS)
    assert found == {1: 7, 3: 3}


def test_the_page_is_read_again() -> None:
    page = page_004()
    edits = mend_sheared(page)
    mended, _ = apply(page, edits)
    for heading in ("（一）突出招商引資", "（二）突出項目建設", "（三）突出客流", "（五）突出民生"):
        assert heading in mended.replace("(shè)", "")
    for words in ("民生保障", "引流，加強", "（六）突出市容市", "花園"):
        assert words in mended.replace("(qiáng)", "")
    assert "展潛力指數" in mended
    assert "新擔當新" in mended


def test_what_is_proved_is_certain_and_the_rest_is_a_guess() -> None:
    edits = mend_sheared("前文在此。\n?。ㄒ唬┩怀稣猩桃Y，加快轉型升級，提升產業經濟發展指數。")
    by_text = {edit.text: edit.confidence for edit in edits}
    assert {by_text[character] for character in "一招商"} == {1.0}
    assert by_text["出"] == 0.99  # what stands before it is not as certain
    assert by_text["引資"] < 1.0
    assert all(edit.kind == "sheared" for edit in edits)


def test_a_number_of_which_no_byte_is_left_is_a_guess() -> None:
    mended = mend_sheared("（五）突出民生。\n?。┩怀鍪腥菔忻?，加強管理。")
    assert [edit.confidence < 1.0 for edit in mended if "六" in edit.text] == [True]


def test_what_cannot_be_read_is_marked_and_stays() -> None:
    page = page_004()
    unread = [edit for edit in mend_sheared(page) if page[edit.start : edit.end] == "?;"]
    assert all(edit.text == "?;" and edit.confidence < 0.5 or edit.text == "福" for edit in unread)


def test_a_damager_like_every_other() -> None:
    damaged = damage("今天天氣很好，我們去花園散步。\n花園裡人很多，大家都很高興。", Random(3))
    assert damaged.data.decode("utf-8") != damaged.body
    assert "今天天氣很好" in damaged.body
    assert damaged == damage("今天天氣很好，我們去花園散步。\n花園裡人很多，大家都很高興。", Random(3))


def test_a_blind_shift_is_never_given() -> None:
    mended, _ = apply(page_004(), mend_sheared(page_004()))
    assert "襓" not in mended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "??",
        "什么?他说不知道。真的吗?;不清楚。",
        "Is it?Yes。是吗?OK，好的?A先生走了。",
        "SELECT a FROM b WHERE c=?；参数用?表示，见http://a.cn/?id=3&b=4。",
        "┌──┬──┐\n│表│格│\n└──┴──┘",
        "注音：ㄒㄧㄠˇ，ㄅㄆㄇㄈ。（ㄒㄩㄝˊ）",
        "鼐鬲甗簋簠盨敦豆爵斝觚觯觥，皆商周青铜器名。",
        "魑魅魍魉，饕餮梼杌，貔貅麒麟。",
    ],
)
def test_sound_text_stays_as_it_is(text: str) -> None:
    assert mend_sheared(text) == []


def test_sound_paragraphs_stay_as_they_are() -> None:
    texts = []
    for name in ("cmrc2018_dev.json", "drcd_dev.json"):
        data = json.loads((sets() / name).read_text(encoding="utf-8"))["data"]
        texts += [p["context"] for entry in data for p in entry["paragraphs"]]
    assert len(texts) == 1848
    assert [text for text in texts if mend_sheared(text)] == []


def test_fresh_pages_are_read_again() -> None:
    total = figures(mend_sheared, sets(), 6, seed=77)
    assert total["whole right"] / total["whole"] > 0.95
    assert total["right"] / total["characters"] > 0.75


def test_edits_are_sorted_and_stay_in_their_line() -> None:
    page = "上文。\n推進景?;▓@片區改造\n下文。"
    edits = mend_sheared(page)
    assert [edit.start for edit in edits] == sorted(edit.start for edit in edits)
    assert all("\n" not in page[edit.start : edit.end] + edit.text for edit in edits)
    assert apply(page, edits)[0].count("\n") == 2
    assert all(isinstance(edit, Edit) for edit in edits)


def test_the_code_table() -> None:
    codes = table()
    assert codes.character[0x8840] == "園"
    assert pair_of("園") == 0x8840
    assert pair_of("A") is None
    assert 0xA1 in codes.gaps[0xAA]
    assert ("；", 0xA3BB) in codes.units["；"]
    assert (";", 0xA3BB) in codes.units[";"]
    assert fold(codes.character[0xA3A8]) == "("


def test_ten_thousand_question_marks_take_linear_time() -> None:
    started = time.perf_counter()
    mend_sheared("?" * 100_000 + "是吗?好的" * 10_000)
    assert time.perf_counter() - started < 10


def test_a_letter_behind_a_question_mark_between_hanzi_is_marked_on_any_page() -> None:
    page = "這是公路運輸與鐵路運輸?g協作的一種聯合運輸。"
    edits = mend_sheared(page)
    assert any(edit.start <= page.index("?") < edit.end and edit.confidence < 1.0 for edit in edits)
    assert list(lone_pairs(page)) == [(11, 13)]
    assert list(lone_pairs("什么?他说不知道。选择?B方案。网址是?x=1。")) == []


def test_signals_stand_where_nobody_writes_them() -> None:
    assert [at for at, _ in find_signals("推進景?;▓@片區改造")][:1] == [3]
    assert list(find_signals("什么？他说不知道。")) == []
    assert is_alone("行中亞,十分?Y遇他", 6)


def test_the_next_number_is_expected_most() -> None:
    text = "（五）突出民生。\n?。┩怀鍪腥"
    expected = expected_numbers(text, text.index("?"), len(text), [])
    assert max(expected, key=lambda words: expected[words]).startswith("(六")


def test_a_word_of_the_page_is_no_evidence_for_itself() -> None:
    likelihood = Likelihood("鹓鶵之地\n鹓鶵之地")
    state, _ = likelihood.step(likelihood.start, "鹓")
    seen, _ = likelihood.step(likelihood.start, "鹓", seen=True)
    assert likelihood.step(state, "鶵")[1] > likelihood.step(seen, "鶵")[1]


def test_readings_that_the_future_cannot_tell_apart_are_one() -> None:
    likelihood = Likelihood()
    tails = []
    for before in ("我们的", "你们的"):
        state = likelihood.start
        for character in before:
            state, _ = likelihood.step(state, character)
        tails.append(state.tail)
    assert tails[0] == tails[1]


def test_a_reader_of_pairs_makes_the_runs_of_the_page_too() -> None:
    stream = "　　（一）突出招商引資，".encode("gbk")
    assert decode_pairs(stream[:2] + b"?" + stream[3:]).strip() == "?。ㄒ唬┩怀稣猩桃Y,"
    assert decode_pairs(b"\xbe\xb0?" + "福花園".encode("gbk")[1:]) == "景?;▓@"


@pytest.mark.parametrize(("way", "least"), [("indent", 0.6), ("question mark", 0.6), ("gone", 0.3)])
def test_pages_damaged_by_other_hands_are_read_again(way: str, least: float) -> None:
    before = after = lines = 0
    for number, body in enumerate(bodies(sets(), 3, 11)):
        page = lose_bytes(body, Random(number), way)
        mended, _ = apply("\n".join(page.damaged), mend_sheared("\n".join(page.damaged)))
        for damaged, meant, read, place in zip(page.damaged, page.meant, mended.split("\n"), page.places, strict=True):
            if place < 0:
                assert read == damaged
                continue
            lines += 1
            whole = fold("".join(meant.split()))
            before += Levenshtein.distance(whole, fold("".join(damaged.split())))
            after += Levenshtein.distance(whole, fold("".join(read.split())))
    assert way in WAYS
    assert lines >= 5
    assert 1 - after / before >= least


def test_what_is_odd_on_a_damaged_page_only() -> None:
    page = "《(17)攀嫜牛\n《史記》是史書。\n。他來了\n|羅馬詩歌\nW(ōu)洲國家\n正常的段落。"
    lines = {page.count("\n", 0, at) for at, _ in odd_openings(page)}
    assert lines == {0, 3, 4}


def test_a_low_byte_behind_strangers_ends_a_run() -> None:
    text = "奴隸屬於中胝w的藩國。維生素C的作用，人們買A股。"
    assert [text[at] for at, _ in find_ends(text)] == ["w"]


def test_debris_behind_what_cannot_be_read_is_marked_with_it() -> None:
    text = "吴世?lā)[继位"
    assert text[2 : debris_until(text, 6, len(text))] == "?lā)["
    assert text[unread_until("|羅馬詩歌", 0, 5) :] == text[1:]
    assert reads_as_debris("々ぉひ胱杂(10)奈恼")
    assert not reads_as_debris("公开拍卖")


def test_a_question_mark_before_a_latin_word_at_the_start_of_a_line_is_marked() -> None:
    assert list(lone_pairs("?layfish是一家公司。\n?id=3\n??\n什么?OK")) == [(0, 1)]


def test_a_state_reached_again_is_the_same_one() -> None:
    likelihood = Likelihood("深圳經濟特區")
    once, gained = likelihood.step(likelihood.start, "深")
    again, more = likelihood.step(likelihood.start, "深")
    assert once is again
    assert gained == more
    likelihood.expect({"(一)": -1.0})
    assert likelihood.start.steps == {}


def test_a_tail_whose_own_reading_shows_it_in_step_is_left_and_marked() -> None:
    page = "前?手宫(gōng)内"
    run = [Edit(1, 2, "峡", "sheared"), Edit(2, 3, "问", "sheared", 0.4), Edit(3, 4, "庸", "sheared", 0.9)]
    run.append(Edit(4, 10, "", "sheared"))
    kept = _without_sound_tail(page, run)
    assert kept[0] == run[0]
    assert [(edit.text, edit.confidence) for edit in kept[1:]] == [("手", 0.0), ("宫", 0.0), ("(gōng)", 0.0)]
    assert _without_sound_tail(page, run[:3]) == run[:3]
    assert [has_debris(stretch) for stretch in ("手沼", "?jǐ)", "w", "ok", "╓")] == [False, True, True, False, True]


def test_a_character_without_a_byte_is_read_from_its_reading() -> None:
    page = "推進景?;▓@片區改造。羅馬??(jūn)隊不僅如此，羅馬??jūn)隊也不僅如此。"
    read = [edit.text for edit in mend_sheared(page) if page[edit.start : edit.end].startswith("??")]
    assert read == ["軍", "軍"]


def test_ways_as_good_as_the_last_that_is_kept_are_kept_too() -> None:
    lattice = Lattice(0, Likelihood().start, Likelihood().grow)
    (origin,) = lattice.pop()
    for lead in range(0xB0, 0xB0 + 2 * WIDTH):
        lattice.add(origin, 1, lead, (origin.state, "", False), -6.0, "")
    lattice.add(origin, 1, None, (origin.state, "", False), -7.0, "?")
    assert len(lattice.pop()) == 2 * WIDTH


def test_a_character_is_weighed_after_the_two_before_it() -> None:
    likelihood = Likelihood()
    gained = {}
    for before in ("共和", "中和"):
        state = likelihood.start
        for character in before:
            state, _ = likelihood.step(state, character)
        gained[before] = likelihood.step(state, "国")[1]
    assert gained["共和"] > gained["中和"] + 2.0


def test_a_paragraph_ends_with_a_full_stop_rather_than_with_a_comma() -> None:
    page = "推進景?;▓@片區改造。\n他在雜誌上發表論?chēng)摹?\n邊疆地區。"
    assert [edit.text for edit in mend_sheared(page)][-1] == "。"


def test_the_same_damage_is_read_alike() -> None:
    page = "在景?;▓@旁，進景?;▓@去"
    one = [Edit(2, 4, "福", "sheared", 0.5), Edit(4, 5, "花", "sheared"), Edit(5, 6, "園", "sheared", 0.99)]
    two = [Edit(10, 12, "海", "sheared", 0.3), Edit(12, 13, "花", "sheared"), Edit(13, 14, "園", "sheared", 0.99)]
    assert [edit.text for edit in read_alike(page, [*one, *two])] == ["福", "花", "園"] * 2
    assert [edit.confidence for edit in read_alike(page, [*one, *two])] == [0.5, 1.0, 0.99] * 2
    assert read_alike(page.replace("進景", "進海"), [*one, *two]) == [*one, *two]


def test_a_numbered_line_that_goes_on_with_a_low_byte_is_odd() -> None:
    assert list(odd_openings("(16)J莾晉南北朝\n3.h理學\n3.5萬元\n(1)這是")) == [(0, True), (11, True)]


def test_a_low_byte_behind_a_question_mark_and_a_hanzi_is_marked_on_a_damaged_page() -> None:
    page = "前文在此。\n?。ㄒ唬┩怀稣猩桃Y，加快轉型升級，提升產業經濟發展指數。其中最明確?某h是讓他離開。"
    assert [page[at] for at, _ in odd_questions(page)] == ["?"]
    at = page.index("?某")
    assert any(edit.start <= at < edit.end and edit.confidence < 1.0 for edit in mend_sheared(page))
    assert mend_sheared("真的吗?第B组是谁？") == []


def test_between_two_that_lost_their_middle_bytes_nothing_is_certain() -> None:
    arcs = []
    lattice = Lattice(0, Likelihood().start, Likelihood().grow)
    (node,) = lattice.pop()
    for reading, proved in (("他", True), ("资料", False), ("存", True), ("入", True), ("了", True), ("它", True)):
        arcs.append((Arc(node, -5.0, 0, 1, reading, proved, False), 0.999))
    assert [_is_borne_out(arcs, number) for number in (0, 2, 3, 4, 5)] == [False, False, False, True, True]


def test_a_run_that_ends_without_a_trace_changes_nothing_behind_its_debris() -> None:
    page = "推進景?;▓@片區改造。\n尤以海鰻及康?dǎo)┪?wèi)主。一些扁尾海蛇亦會捕食墨魚。"
    edits = mend_sheared(page)
    assert [edit.start for edit in edits if edit.start >= page.index("主")] == []
    assert [edit.confidence < 1.0 for edit in edits if edit.start == page.index("?wèi)")] == [True]


def test_a_letter_of_a_latin_word_is_not_read_as_a_hanzi() -> None:
    page = "推進景?;▓@片區改造。\n?∪lorieta Pass戰役是一場小規模戰鬥。"
    mended, _ = apply(page, mend_sheared(page))
    assert "lorieta" in mended


def test_a_question_mark_right_before_what_cannot_be_read_is_marked_with_it() -> None:
    page = "第二背鰭和?西8.?gè)有一條帶"
    mark = Edit(page.index("?gè)"), page.index("有"), "?gè)", "sheared", 0.2)
    assert [edit.text for edit in _with_questions_before(page, [mark])] == ["?西8.", "?gè)"]
    read = replace(mark, text="各")
    assert _with_questions_before(page, [read]) == [read]


def test_a_word_in_a_foreign_script_does_not_end_a_run() -> None:
    true = "　　晨星在希腊语里写作Εωσφορος，意思是带来黎明的人，后来也指天亮以前出现的金星。"
    damaged, (run,) = shear(true, Accident(frozenset({4})))
    mended, _ = apply(damaged, mend_sheared(damaged))
    assert run.end > damaged.index("ウ")
    assert "意思是带来黎明的人" in mended
    assert "ωσφ" in mended


def test_what_reads_like_debris_behind_a_run_is_looked_at_again() -> None:
    assert goes_on_as_debris("卅姚咋薛希置嬉馑")
    assert not goes_on_as_debris("一些扁尾海蛇亦会")
    assert not goes_on_as_debris("，卅姚咋薛希置嬉")  # a sign: the reader is in step
    assert not goes_on_as_debris("卅姚咋薛")  # too little to tell
    assert not goes_on_as_debris("")


def test_a_tail_that_ends_with_a_sign_of_its_own_is_no_sound_tail() -> None:
    page = "前?手宫(gōng)疘SO组织"
    run = [Edit(1, 2, "峡", "sheared"), Edit(2, 3, "问", "sheared", 0.4), Edit(3, 4, "庸", "sheared", 0.9)]
    run += [Edit(4, 10, "", "sheared"), Edit(10, 11, "织I", "sheared", 0.9)]
    assert _without_sound_tail(page, run) == run
    assert _without_sound_tail(page, run[:4]) != run[:4]


def test_what_is_left_as_it_stands_is_marked_where_it_is_in_doubt() -> None:
    lattice = Lattice(0, Likelihood().start, Likelihood().grow)
    (node,) = lattice.pop()
    sure = Arc(node, -1.0, 0, 1, "海", True, True), 1.0
    doubtful = Arc(node, -9.0, 1, 2, "?", True, True), 0.8
    assert doubts_of("海?", [sure, doubtful]) == [Edit(1, 2, "?", "sheared", 0.0)]
    assert [at for at, _ in questions_beside("人生海?!罚N售，yes?!no")] == [3]


def test_beside_two_that_fit_badly_nothing_is_certain() -> None:
    lattice = Lattice(0, Likelihood().start, Likelihood().grow)
    (node,) = lattice.pop()
    proved = Arc(node, -1.1, 1, 2, "明", True, False), 1.0
    borne_out = [
        _is_borne_out([(Arc(node, gained, 0, 1, "，文", False, False), 0.995), proved], 1) for gained in (-12.1, -6.0)
    ]
    assert borne_out == [False, True]


def test_a_capital_of_a_latin_word_is_no_second_byte() -> None:
    unsure = Edit(2, 3, "禦", "sheared", 0.86)
    assert _splits_a_word("?《RB 0904", unsure)
    assert not _splits_a_word("?《R是", unsure)
