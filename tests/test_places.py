"""Places: the dictionary, the grammar of forms, and what a corpus teaches."""

from __future__ import annotations

import time

import pytest

from index.places import bare_name, dictionary, find_places, kind_of, learn_places

GAZETTEER = dictionary().with_learnt(
    {"莲塘街道": "罗湖区", "南湖街道": "罗湖区", "东门街道": "罗湖区", "园岭街道": "福田区", "罗湖区": "深圳市"}
)


def names(text: str) -> list[str]:
    return [mention.full_name for mention in GAZETTEER.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("莲塘街道2024年的口岸计划", ["莲塘街道"]),
        ("莲塘2024年的口岸计划", ["莲塘街道"]),
        ("蓮塘街道", ["莲塘街道"]),
        ("南湖呢？", ["南湖街道"]),
        ("莲塘招商引资了多少家", ["莲塘街道"]),
        ("深圳罗湖", ["深圳市", "罗湖区"]),
        ("深圳市民中心", ["深圳市"]),
        ("比较东门街道和南湖街道", ["东门街道", "南湖街道"]),
        ("福田区园岭街道", ["福田区", "园岭街道"]),
        ("东门街道办事处", ["东门街道"]),
        ("罗湖区委区政府", ["罗湖区"]),
        ("内蒙古的草原", ["内蒙古自治区"]),
        ("浦东新区", ["浦东新区"]),
        ("恩施土家族苗族自治州", ["恩施土家族苗族自治州"]),
    ],
)
def test_known_places_are_found_in_full_and_bare(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("黄贝街道2024年的计划", ["黄贝街道"]),
        ("请问清源街道有多少人", ["清源街道"]),
        ("云溪区2023年引进了什么", ["云溪区"]),
        ("长桥镇的水库", ["长桥镇"]),
        ("石垣市在哪里", ["石垣市"]),
        ("介绍青溪街道", ["青溪街道"]),
        ("记者近日走访南屏街道，看到变化", ["南屏街道"]),
        ("望海区通报数据", ["望海区"]),
        ("华强北有多少商户", ["华强北街道"]),
        ("白塔县和青浦镇", ["白塔县", "青浦镇"]),
        ("2023年新港街道引进企业多少家", ["新港街道"]),
        ("二〇二三年望湖街道的演练", ["望湖街道"]),
        ("古城街道2023年举办了多少场演练", ["古城街道"]),
        ("2023年古城街道引进了什么", ["古城街道"]),
        ("中心街道办事处", ["中心街道"]),
        ("南屏街道属江州市望海区", ["南屏街道", "江州市", "望海区"]),
    ],
)
def test_places_that_no_dictionary_knows_are_seen_by_their_form(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "全区各街道、各社区",
        "市区、辖区、园区、小区、片区、校区",
        "推动各街道创建品牌",
        "指导街道办做好服务",
        "宽阔整洁的街道",
        "东门步行街的总投资",
        "东门商业步行街改造",
        "罗湖口岸怎么整治黑车",
        "莲塘口岸的旅客",
        "香港城市大学有几个学院",
        "湖北農業學院",
        "深圳大学",
        "众多市民参加",
        "高新区、开发区、自治区、示范区",
        "农村、乡村、城中村",
        "沿海区和洞庭湖区，贫困山区",
        "聚焦区级能力，搭建区大数据平台",
        "城镇和乡镇的节省办法",
        "光明的前途，和平与发展",
        "当日公布街道名单",
        "慰问街道老人，授予街道锦旗",
    ],
)
def test_words_that_only_look_like_places_are_none(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize("text", ["走在古城街道上", "老城街道两旁", "主要街道2023年完成整治", "2023年全街道"])
def test_a_common_word_before_street_is_no_name_where_nothing_vouches(text: str) -> None:
    assert names(text) == []


def test_offsets_are_into_the_text_as_given() -> None:
    mention = GAZETTEER.find("請看蓮塘街道")[0]
    assert (mention.start, mention.end, mention.name) == (2, 6, "莲塘街道")


def test_full_names_and_parents() -> None:
    assert GAZETTEER.canonical("莲塘") == "莲塘街道"
    assert GAZETTEER.canonical("罗湖") == "罗湖区"
    assert GAZETTEER.canonical("不知道的地方") == "不知道的地方"
    assert GAZETTEER.parents("莲塘街道") == ("罗湖区", "深圳市", "广东省")
    assert GAZETTEER.is_within("莲塘街道", "深圳市")
    assert not GAZETTEER.is_within("罗湖区", "莲塘街道")
    assert not GAZETTEER.is_within("园岭街道", "罗湖区")


def test_an_ambiguous_name_has_no_certain_parent() -> None:
    assert dictionary().parents("鼓楼区") == ()
    assert dictionary().may_be_within("鼓楼区", "南京市")
    assert not dictionary().may_be_within("鼓楼区", "深圳市")


def test_a_place_without_known_parents_may_lie_in_any_wider_one() -> None:
    assert GAZETTEER.may_be_within("清源街道", "罗湖区")
    assert not GAZETTEER.may_be_within("清源街道", "南湖街道")


def test_a_name_behind_another_parent_is_another_place() -> None:
    assert names("嘉兴市南湖街道2023年的招商") == ["嘉兴市", "嘉兴市南湖街道"]
    assert GAZETTEER.parents("嘉兴市南湖街道") == ("嘉兴市", "浙江省")
    assert names("罗湖区南湖街道") == ["罗湖区", "南湖街道"]


def test_a_corpus_teaches_its_own_parents() -> None:
    learnt = learn_places(
        [("南湖街道", "嘉兴市南湖区南湖街道。南湖区南湖街道引进三家企业。"), (None, "别的")], dictionary()
    )
    assert learnt == {"南湖街道": "南湖区"}
    assert dictionary().with_learnt(learnt).parents("南湖街道") == ("南湖区", "嘉兴市", "浙江省")


def test_learnt_names_that_are_words_are_not_learnt_bare() -> None:
    taught = dictionary().with_learnt({"光明街道": "光明区", "凤塘街道": "光明区"})
    assert [m.full_name for m in taught.find("光明的前途")] == []
    assert [m.full_name for m in taught.find("凤塘招商情况")] == ["凤塘街道"]


def test_kinds_and_bare_names() -> None:
    assert [kind_of(name) for name in ("清源街道", "云溪区", "长桥镇", "广东省", "莲塘")] == [
        "street",
        "district",
        "town",
        "province",
        None,
    ]
    assert bare_name("香蜜湖街道") == "香蜜湖"


def test_the_module_function_uses_the_dictionary() -> None:
    assert [mention.full_name for mention in find_places("福田区和台湾")] == ["福田区", "台湾"]


@pytest.mark.parametrize("text", ["区" * 50_000, "街道" * 50_000, "南湖" * 20_000, "一" * 100_000])
def test_hostile_input_takes_linear_time(text: str) -> None:
    started = time.process_time()
    GAZETTEER.find(text)
    assert time.process_time() - started < 5
