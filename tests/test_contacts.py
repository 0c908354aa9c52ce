"""Contacts that were put into sentences are found; those of the page itself are not."""

from __future__ import annotations

import time

import pytest

from index.advert import cut_adverts
from index.contacts import find_spliced
from index.fold import fold
from index.offsets import apply

BODY = "全年共走访企业两千多次，服务居民三万人，老年大学在滨河街道揭牌。"


def found(text: str) -> list[tuple[str, bool]]:
    return [(text[start:end], sure) for start, end, sure in find_spliced(text, fold(text))]


@pytest.mark.parametrize(
    "advert",
    [
        "更多资源请访问https://www.8abc.cc/",
        "办证联系QQ12345678",
        "刷单兼职加薇:abc12345",
        "代开发票vx:013896243",
        "乐鸿娱乐官网m.rgx78mo.com",
        "想看更多请加微信abc_12345",
        "最新地址hg62tt55p.vip",
        "代写论文请QQ：156391141",
    ],
)
def test_a_contact_that_runs_into_a_sentence_goes_with_what_leads_on_to_it(advert: str) -> None:
    assert found(advert + BODY) == [(advert, True)]
    text = BODY + advert + BODY
    assert apply(text, cut_adverts(text))[0] == BODY + BODY


def test_digits_of_a_date_are_the_sentence_s() -> None:
    text = "更多资源请访问http://ab1cd.net2016年9月，" + BODY
    assert found(text) == [("更多资源请访问http://ab1cd.net", True)]
    assert found("办证联系QQ5109449551948年，" + BODY) == [("办证联系QQ510944955", True)]


def test_within_a_clause_what_leads_on_is_taken_alone() -> None:
    text = "国际移民组织的前身为因西欧更多资源请访问https://www.8abc.cc/战后重建而设立的委员会，" + BODY
    assert found(text) == [("更多资源请访问https://www.8abc.cc/", True)]


@pytest.mark.parametrize(
    "text",
    [
        "详情请登录www.szlh.gov.cn查询。" + BODY,
        "更多资料请访问www.abc.com的下载栏目，" + BODY,
        "联系人QQ123456789，地址：滨河路1号。" + BODY,
        "办理请加微信abc12345 咨询，" + BODY,
        "咨询电话13800000000地址：滨河路1号，" + BODY,
        "请将简历发至hr@example.com，" + BODY,
        "微信公众号szfabu发布了消息，" + BODY,
        "www.tom.com是一家网站，" + BODY,
        "办证联系QQ12345678全年",
        "",
    ],
)
def test_a_page_s_own_contacts_are_left(text: str) -> None:
    assert found(text) == []


def test_a_contact_that_a_page_also_gives_by_itself_is_its_own() -> None:
    assert found("想看更多请加微信abc_12345" + BODY + "\n微信abc_12345，欢迎来信。") == []


def test_an_address_that_only_information_leads_on_to_is_marked_and_kept() -> None:
    text = "了解详情请登录www.bin-he.com" + BODY
    assert found(text) == [("了解详情请登录www.bin-he.com", False)]
    assert apply(text, cut_adverts(text))[0] == text


def test_a_long_line_of_contacts_takes_linear_time() -> None:
    started = time.perf_counter()
    found("请加qq123456789深圳早期建成的街道www.ab.com滨河街道" * 5_000)
    assert time.perf_counter() - started < 10
