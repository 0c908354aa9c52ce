"""The prompt's budget: counted offline, with a reserve."""

from __future__ import annotations

import socket

import pytest

from rag import budget
from rag.budget import count_tokens, fitting, room_for_evidence


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vocabulary is read anew, and any socket is an error."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the budget reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


def test_the_vocabulary_comes_from_the_package(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    budget._encoding.cache_clear()
    # cl100k_base counts these so everywhere: "hello world" is its textbook example.
    assert [count_tokens(text) for text in ("hello world", "", "街道")] == [2, 0, 3]


def test_control_tokens_are_counted_as_letters() -> None:
    assert count_tokens("<|endoftext|>") > 1


def test_a_million_characters_are_counted_in_slices() -> None:
    assert count_tokens("啊" * 1_000_000) == 1_000_000 // budget.LONGEST_RUN * count_tokens("啊" * budget.LONGEST_RUN)


def test_room_is_the_window_without_reserve_answer_and_messages() -> None:
    taken = count_tokens("只说资料里有的。") + budget.MESSAGE_TOKENS
    assert room_for_evidence(1000, 200, ["只说资料里有的。"]) == 850 - 200 - taken
    assert room_for_evidence(100, 200, []) == 0


def test_what_fits_is_taken_from_the_first_on() -> None:
    texts = ["上半年招来新企业27家。", "腾出楼面8600平方米。", "好" * 5000, "短"]
    first, second = count_tokens(texts[0]) + 1, count_tokens(texts[1]) + 1
    assert fitting(texts, first - 1) == 0
    assert fitting(texts, first) == 1
    assert fitting(texts, first + second) == 2
    assert fitting(texts, first + second + 100) == 2
    assert fitting(texts[:2], 10_000) == 2
