"""Two people at two browsers who ask in turn: each has his own conversation, and no way leads to the other's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from rag.history import History
from rag.settings import Settings
from tests.page.browser import Browser, serving, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EACH = 25  # questions, in the long tier
FEW = 5  # in each submission
ASKED = ("莲塘街道2024年的口岸计划是什么", "东门街道2023年引进了多少家企业", "南湖街道2024年的计划", "火星街道的计划")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a browser of his own: what he asks, and how a program that sits there would speak to the server."""

    driver: webdriver.Chrome
    questions: tuple[str, ...]
    client: httpx.Client

    def shown(self) -> list[str]:
        """The questions of the conversation on his page."""
        asked: list[str] = self.driver.execute_script(ASKED_SO_FAR)
        return asked

    def reopen(self, address: str) -> None:
        """Load the page anew."""
        self.driver.get(address)
        wait(self.driver, "#log .turn, #log .welcome")


def questions_of(name: str, count: int = EACH) -> tuple[str, ...]:
    """Questions in which the name of the person stands, so that a stray one is known."""
    return tuple(f"{ASKED[number % len(ASKED)]}？{name}的第{number + 1}问" for number in range(count))


def ask_in_turn(people: tuple[Person, Person]) -> None:
    """Every question is on its way before the other's is answered."""
    for number, questions in enumerate(zip(people[0].questions, people[1].questions, strict=True), start=1):
        for person, question in zip(people, questions, strict=True):
            wait(person.driver, "#question textarea")[0].send_keys(question, Keys.ENTER)
        for person in people:
            until = WebDriverWait(person.driver, 30, 0.05)
            until.until(lambda driver, number=number: driver.execute_script(ANSWERED) == number)


ASKED_SO_FAR = "return [...document.querySelectorAll('#log .turn .asked')].map((asked) => asked.innerText)"
ANSWERED = "return document.querySelectorAll('#log .turn[data-turn]').length"
# The session is the page's own key to what the server tells it; the addresses that it asked for show it.
KEYS = """
const asked = performance.getEntriesByType("resource").map((each) => new URL(each.name));
const session = asked.map((each) => each.searchParams.get("session_hash")).find(Boolean);
return [
  document.querySelector(".past .forget").dataset.conversation,
  [...document.querySelectorAll("#log .turn[data-turn]")].map((turn) => turn.dataset.turn),
  session,
];
"""


def keys_of(driver: webdriver.Chrome) -> tuple[str, list[str], str]:
    """What one would have to know of a browser to ask for what is its own: conversation, exchanges, session."""
    conversation, turns, session = driver.execute_script(KEYS)
    assert conversation and len(turns) == len(set(turns)) and session
    return conversation, turns, session


def through_gradio(client: httpx.Client, event: str, session: str, conversation: str) -> str:
    """All that an event of the page tells somebody who gives this session and this conversation as his."""
    functions = client.get("/config").json()["dependencies"]
    number = next(number for number, each in enumerate(functions) if each["api_name"] == event)
    data = {"opened": [], "asked": ["莲塘街道的计划是什么", conversation]}[event]
    body: dict[str, Any] = {"fn_index": number, "data": data, "session_hash": session}
    client.post("/gradio_api/queue/join", params={"c": conversation}, json=body).raise_for_status()
    told = []
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
        for line in lines.iter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line.removeprefix("data: ")))
                if told[-1]["msg"] in ("process_completed", "close_stream"):
                    break
    assert told[-1]["msg"] == "process_completed" and told[-1]["success"]
    return json.dumps(told, ensure_ascii=False)


def assert_apart(people: tuple[Person, Person], history: History, owners: tuple[str, str], address: str) -> None:
    """Each has exactly his own, and what is the other's is not there for him by any way."""
    keys = []
    for person in people:
        assert person.shown() == list(person.questions)
        keys.append(keys_of(person.driver))
        person.reopen(address)
        assert person.shown() == list(person.questions)
    for person, other, (conversation, turns, session) in zip(people, reversed(people), reversed(keys), strict=True):
        name = other.questions[0].rsplit("？", 1)[1][:1]
        assert f"{name}的第" not in str(person.driver.execute_script("return document.documentElement.outerHTML"))
        person.reopen(f"{address}/?c={conversation}")
        assert person.shown() == []
        for form in ("md", "docx"):
            assert {person.client.get(f"/export/{turn}.{form}").status_code for turn in turns} == {404}
        rating = {"turn": turns[0], "good": False, "correction": "不是我的"}
        assert person.client.post("/api/feedback", json=rating).status_code == 404
        assert person.client.post("/api/forget", json={"conversation": conversation}).status_code == 404
        for event in ("opened", "asked"):
            assert f"{name}的第" not in through_gradio(person.client, event, session, conversation)
        assert f"{name}的第1问" in through_gradio(other.client, "opened", "elsewhere", conversation)
    for owner, person, (conversation, turns, _) in zip(owners, people, keys, strict=True):
        kept = history.turns(owner, conversation)
        assert [(turn.id, turn.question, turn.good) for turn in kept] == [
            (turn, question, None) for turn, question in zip(turns, person.questions, strict=True)
        ]
        assert person.client.get(f"/export/{turns[0]}.md").status_code == 200


def at_a_browser(open_browser: Browser, address: str, name: str, count: int, password: str = "") -> Person:
    """Somebody who opens the page, with a password where one is asked for."""
    driver = open_browser()
    if password:  # what a browser without a window has in place of the form that asks for it
        driver.get(address.replace("://", f"://{quote(name)}:{password}@"))
    driver.get(address)
    wait(driver, ".welcome .example", 3)
    client = httpx.Client(base_url=address, timeout=30, auth=(name, password) if password else None)
    if not password:
        cookie = driver.get_cookie("wenju")
        assert cookie is not None and cookie["httpOnly"]
        client.cookies.set("wenju", cookie["value"])
    return Person(driver, questions_of(name, count), client)


def leave(people: tuple[Person, Person]) -> None:
    """Close the browsers."""
    for person in people:
        person.driver.quit()
        person.client.close()


@pytest.mark.parametrize("count", [FEW, pytest.param(EACH, marks=pytest.mark.long)])
def test_two_cookies_cross_their_questions(address: str, index: Path, open_browser: Browser, count: int) -> None:
    people = (at_a_browser(open_browser, address, "甲", count), at_a_browser(open_browser, address, "乙", count))
    ask_in_turn(people)
    owners = (people[0].client.cookies["wenju"], people[1].client.cookies["wenju"])
    assert owners[0] != owners[1]
    assert_apart(people, History(index / "page" / "history.sqlite"), owners, address)
    leave(people)


@pytest.fixture(scope="module")
def named(index: Path, settings: Settings) -> Iterator[tuple[str, dict[str, str]]]:
    """A page that only 王 and 李 may open: its address, and their passwords."""
    with serving(index, settings, "--user", "王", "--user", "李") as (address, lines):
        yield address, {name: lines[n].strip().rsplit("：", 1)[1] for n, name in enumerate(("王", "李"), 1)}


@pytest.mark.parametrize("count", [1, pytest.param(EACH, marks=pytest.mark.long)])
def test_two_named_users_log_in_and_cross_their_questions(
    named: tuple[str, dict[str, str]], index: Path, open_browser: Browser, count: int
) -> None:
    address, passwords = named
    for login in (None, ("王", passwords["李"]), ("赵", passwords["王"]), ("王", "")):
        assert httpx.get(address, auth=login).status_code == 401
    people = (
        at_a_browser(open_browser, address, "王", count, passwords["王"]),
        at_a_browser(open_browser, address, "李", count, passwords["李"]),
    )
    ask_in_turn(people)
    assert_apart(people, History(index / "page" / "history.sqlite"), ("user:王", "user:李"), address)
    forget = {"conversation": keys_of(people[0].driver)[0]}
    assert [people[0].client.post("/api/forget", json=forget).status_code for _ in range(2)] == [200, 404]
    leave(people)
