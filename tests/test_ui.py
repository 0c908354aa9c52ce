"""The page in a real headless Chromium: ask, see the answer, open a citation, see its sentence marked."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from rag.assemble import build_index
from rag.history import History
from rag.settings import Settings
from tests.hostile_markup import PAYLOADS

ROOT = Path(__file__).parent.parent
ARTEFACTS = ROOT / ".artefacts"
QUESTION = "莲塘街道2024年的口岸计划是什么"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def index(demo_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo index, copied: the page writes into it."""
    folder = tmp_path_factory.mktemp("page") / "index"
    shutil.copytree(demo_index, folder)
    return folder


@pytest.fixture(scope="module")
def address(index: Path, settings: Settings) -> Iterator[str]:
    """A page of its own process over the demo corpus."""
    with serving(index, settings) as (address, _):
        yield address


@contextmanager
def serving(index: Path, settings: Settings, *more: str) -> Iterator[tuple[str, list[str]]]:
    """A page's address once it is ready, and the lines that it printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "WENJU_CACHE": str(settings.cache)}
    command = [sys.executable, str(ROOT / "ui.py"), "--index", str(index), "--port", str(port), *more]
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        lines = [server.stdout.readline() for _ in range(2 if "--lan" in more else 1)]
        yield _when_ready(f"http://127.0.0.1:{port}", server), lines
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


def _when_ready(address: str, server: subprocess.Popen[str]) -> str:
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
            return address
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"the page did not come up (exit code {server.poll()})")


Browser = Callable[..., webdriver.Chrome]


@pytest.fixture(scope="module")
def open_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Opens browsers of given sizes, each with a profile of its own; closes them all in the end."""
    opened: list[webdriver.Chrome] = []

    def browser(width: int = 1280, height: int = 720) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        opened.append(driver)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        return driver

    yield browser
    for driver in opened:
        driver.quit()


@pytest.fixture(scope="module")
def shared(open_browser: Browser) -> webdriver.Chrome:
    """One browser for tests that begin with a new owner."""
    return open_browser()


@pytest.fixture
def driver(shared: webdriver.Chrome, address: str) -> webdriver.Chrome:
    """The page, opened by somebody who was never here."""
    shared.get(address)
    shared.delete_all_cookies()
    shared.get(address)
    wait(shared, ".welcome .example", 3)
    return shared


def wait(driver: webdriver.Chrome, selector: str, count: int = 1) -> list[WebElement]:
    """All elements of a selector, once there are so many that can be seen."""

    def found(driver: webdriver.Chrome) -> list[WebElement]:
        shown = [element for element in driver.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()]
        return shown if len(shown) >= count else []

    # An element may be drawn anew between finding it and looking at it: then look again.
    again = [StaleElementReferenceException]
    return WebDriverWait(driver, 30, ignored_exceptions=again).until(found, f"nothing to see of {selector}")


def marked(driver: webdriver.Chrome) -> str:
    """The words that are highlighted in the source."""
    again = [StaleElementReferenceException]
    return WebDriverWait(driver, 30, ignored_exceptions=again).until(lambda d: wait(d, "#source mark")[0].text)


def ask(driver: webdriver.Chrome, question: str) -> WebElement:
    """Put a question by keyboard; the exchange that it became."""
    turns = len(driver.find_elements(By.CSS_SELECTOR, "#log .turn"))
    wait(driver, "#question textarea")[0].send_keys(question, Keys.ENTER)
    return wait(driver, "#log .turn[data-turn]", turns + 1)[-1]


def keep(driver: webdriver.Chrome, name: str) -> None:
    """A screenshot to be looked at."""
    ARTEFACTS.mkdir(exist_ok=True)
    time.sleep(0.4)  # for what moves in
    driver.save_screenshot(str(ARTEFACTS / f"{name}.png"))


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1600, 1000), (390, 844)], ids=["laptop", "wide", "phone"])
def test_ask_and_open_a_citation(address: str, open_browser: Browser, width: int, height: int) -> None:
    driver = open_browser(width, height)
    driver.get(address)
    assert len(wait(driver, ".welcome .example", 3)) >= 3
    keep(driver, f"{width}-welcome")
    turn = ask(driver, QUESTION)
    cites = turn.find_elements(By.CSS_SELECTOR, ".said .cite")
    assert len(cites) >= 3
    keep(driver, f"{width}-answer")
    expected = cites[2].get_attribute("data-text")
    cites[2].click()
    assert marked(driver) == expected
    assert expected and expected in turn.text
    keep(driver, f"{width}-source")
    assert _problems(driver) == []
    assert _outside(driver, address) == []


def _problems(driver: webdriver.Chrome) -> list[str]:
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def _outside(driver: webdriver.Chrome, address: str) -> list[str]:
    """Every request that left for somewhere else than the page's own server."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]
    assert asked, "no requests were seen at all"
    return [url for url in asked if not url.startswith((address, "data:", "blob:", "chrome:", "about:"))]


def press(driver: webdriver.Chrome, key: str) -> None:
    """A key, wherever the focus is."""
    driver.switch_to.active_element.send_keys(key)


def test_sources_are_walked_by_keyboard(driver: webdriver.Chrome) -> None:
    turn = ask(driver, QUESTION)
    cites = turn.find_elements(By.CSS_SELECTOR, ".said .cite")
    texts = [cite.get_attribute("data-text") for cite in cites]
    cites[0].send_keys(Keys.ENTER)
    seen = [marked(driver)]
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT):
        before = seen[-1]
        press(driver, key)
        WebDriverWait(driver, 20).until(lambda driver, before=before: marked(driver) != before)
        seen.append(marked(driver))
    assert seen == [texts[0], texts[1], texts[2], texts[1]]
    assert driver.find_element(By.CSS_SELECTOR, "#source .count").text == "[2]"
    press(driver, Keys.ESCAPE)
    assert driver.switch_to.active_element.get_attribute("data-n") == "2"


def test_the_scope_is_taken_off_and_changed_by_its_chips(driver: webdriver.Chrome) -> None:
    turn = ask(driver, QUESTION)
    values = [chip.text for chip in turn.find_elements(By.CSS_SELECTOR, ".chip summary")]
    assert values == ["莲塘街道", "2024年"]
    turn.find_elements(By.CSS_SELECTOR, ".chip .remove")[1].click()
    second = wait(driver, "#log .turn[data-turn]", 2)[-1]
    assert second.find_element(By.CSS_SELECTOR, ".asked").text == "莲塘街道的口岸计划是什么"
    second.find_element(By.CSS_SELECTOR, ".chip summary").click()
    keep(driver, "1280-chips")
    option = next(o for o in second.find_elements(By.CSS_SELECTOR, ".chip .option") if o.text == "南湖街道")
    option.click()
    third = wait(driver, "#log .turn[data-turn]", 3)[-1]
    assert third.find_element(By.CSS_SELECTOR, ".asked").text == "南湖街道的口岸计划是什么"


def test_a_follow_up_says_how_it_was_understood(driver: webdriver.Chrome) -> None:
    ask(driver, QUESTION)
    turn = ask(driver, "那2023年呢？")
    assert "莲塘街道2023年的口岸计划是什么" in turn.find_element(By.CSS_SELECTOR, ".whole").text


def test_a_refusal_gives_its_reason_and_places_to_look(driver: webdriver.Chrome) -> None:
    turn = ask(driver, "火星街道的计划是什么")
    assert "refused" in (turn.find_element(By.CSS_SELECTOR, ".answer").get_attribute("class") or "")
    assert not turn.find_elements(By.CSS_SELECTOR, ".sources")
    near = turn.find_elements(By.CSS_SELECTOR, ".near")
    assert 1 <= len(near) <= 3
    near[0].click()
    assert marked(driver) == near[0].get_attribute("data-text")
    keep(driver, "1280-refusal")


def test_history_survives_a_reload_and_belongs_to_one_browser(
    driver: webdriver.Chrome, address: str, open_browser: Browser
) -> None:
    ask(driver, QUESTION)
    ask(driver, "那2023年呢？")
    driver.get(address)
    asked = [turn.find_element(By.CSS_SELECTOR, ".asked").text for turn in wait(driver, "#log .turn", 2)]
    assert asked == [QUESTION, "那2023年呢？"]
    link = driver.execute_script("return document.querySelector('.conversations a').href")
    stranger = open_browser()
    stranger.get(link)
    wait(stranger, ".welcome .example")
    assert stranger.find_elements(By.CSS_SELECTOR, "#log .turn") == []
    stranger.quit()
    driver.find_element(By.CSS_SELECTOR, ".past > a").click()
    wait(driver, ".welcome")
    driver.find_element(By.CSS_SELECTOR, ".past summary").click()
    keep(driver, "1280-history")
    wait(driver, ".conversations a")[0].click()
    assert len(wait(driver, "#log .turn", 2)) == 2


def test_a_judgement_and_a_correction_are_kept(driver: webdriver.Chrome, address: str, index: Path) -> None:
    turn = ask(driver, QUESTION)
    turn.find_element(By.CSS_SELECTOR, '.rate[data-good="0"]').click()
    wait(driver, ".correction textarea")[0].send_keys("少了第七项")
    turn.find_element(By.CSS_SELECTOR, ".correction .correct").click()
    WebDriverWait(driver, 20).until(lambda driver: not turn.find_element(By.CSS_SELECTOR, ".correction").is_displayed())
    driver.get(address)
    assert wait(driver, ".rate.chosen")[0].get_attribute("data-good") == "0"
    judged = [each for each in History(index / "page" / "history.sqlite").feedback() if each.correction]
    assert [(each.turn.question, each.good, each.correction) for each in judged] == [(QUESTION, False, "少了第七项")]


def test_a_link_puts_its_question(driver: webdriver.Chrome, address: str) -> None:
    turn = ask(driver, QUESTION)
    link = turn.find_element(By.CSS_SELECTOR, ".permalink").get_attribute("href")
    assert link and link.startswith(address)
    driver.delete_all_cookies()
    driver.get(link)
    again = wait(driver, "#log .turn[data-turn]")[0]
    assert again.find_element(By.CSS_SELECTOR, ".asked").text == QUESTION
    assert again.find_element(By.CSS_SELECTOR, ".said").text == turn_text(again)


def turn_text(turn: WebElement) -> str:
    """What an exchange says, as its marks tell it."""
    return "\n".join(sentence.text for sentence in turn.find_elements(By.CSS_SELECTOR, ".said .sentence"))


def test_english_by_a_switch(driver: webdriver.Chrome) -> None:
    driver.find_element(By.CSS_SELECTOR, ".masthead .language").click()
    WebDriverWait(driver, 60).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "#send"))
    assert wait(driver, "#send")[0].text == "Ask"
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    turn = ask(driver, QUESTION)
    assert turn.find_element(By.CSS_SELECTOR, ".sources h3").text == "Sources"
    keep(driver, "1280-english")


def test_the_library_shows_takes_and_forgets_files(driver: webdriver.Chrome, tmp_path: Path) -> None:
    good, bad = tmp_path / "西村街道2025年工作计划.txt", tmp_path / "旧.doc"
    good.write_text("西村街道2025年工作计划\n\n一、河道\n全年清理河道11公里，新建亲水平台2处。\n", "utf-8")
    bad.write_bytes(b"\xd0\xcf\x11\xe0")
    driver.find_elements(By.CSS_SELECTOR, '#tabs [role="tab"]')[1].click()
    assert len(wait(driver, "#ledger tbody tr", 18)) == 18
    driver.find_element(By.CSS_SELECTOR, '#shelf input[type="file"]').send_keys(f"{good}\n{bad}")
    assert "旧.doc" in wait(driver, "#status .note.failed")[0].text
    assert "1" in wait(driver, "#status .note.done")[0].text
    driver.find_element(By.ID, "rebuild").click()
    WebDriverWait(driver, 90).until(lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "#ledger tbody tr")) == 19)
    keep(driver, "1280-library")
    driver.find_elements(By.CSS_SELECTOR, '#tabs [role="tab"]')[0].click()
    turn = ask(driver, "西村街道2025年清理河道多少公里")
    assert "11公里" in turn.find_element(By.CSS_SELECTOR, ".said").text


def test_the_retrieval_test_shows_each_leg(driver: webdriver.Chrome) -> None:
    driver.find_elements(By.CSS_SELECTOR, '#tabs [role="tab"]')[1].click()
    wait(driver, "#ledger tbody tr", 3)
    driver.execute_script("document.querySelector('#search-test button').click()")
    box = wait(driver, "#search-test input, #search-test textarea")[0]
    box.send_keys("口岸计划", Keys.ENTER)
    cells = wait(driver, "table.hits tbody tr td.number", 6)
    assert all(float(cell.text) >= 0 for cell in cells[:6])
    keep(driver, "1280-search")


def test_lan_asks_for_the_password_that_it_printed(index: Path, settings: Settings) -> None:
    with serving(index, settings, "--lan") as (address, lines):
        password = lines[1].strip().rsplit("：", 1)[1]
        assert len(password) >= 12
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address, timeout=10)
        assert refused.value.code == 401
        refused.value.close()
        known = base64.b64encode(f"x:{password}".encode()).decode()
        request = urllib.request.Request(address, headers={"authorization": f"Basic {known}"})
        with urllib.request.urlopen(request, timeout=30) as page:
            assert page.status == 200


@pytest.fixture(scope="module")
def hostile_address(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over documents that are nothing but attempts to run something."""
    pages = tmp_path_factory.mktemp("hostile")
    for number, payload in enumerate(PAYLOADS):
        name = "".join(c for c in payload if c not in "/\x00" and not "\ud800" <= c <= "\udfff")[:40]
        text = f"标题 {payload}\n\n第{number}号村2024年的计划是{payload}修路{number}公里。\n"
        (pages / f"{number}{name}.txt").write_text(text, "utf-8", "replace")
    mine = replace(settings, index=tmp_path_factory.mktemp("hostile-index"))
    build_index([pages], mine)
    with serving(mine.index, settings) as (address, _):
        yield address


def test_nothing_in_150_documents_runs(hostile_address: str, shared: webdriver.Chrome) -> None:
    driver = shared
    driver.get(hostile_address)
    wait(driver, "#question textarea")
    _outside(driver, hostile_address)  # what was asked for before this page
    ask(driver, f"第7号村2024年的计划是什么{PAYLOADS[0]}")
    ask(driver, PAYLOADS[40])
    shown = driver.execute_async_script(OPEN_EVERY_SOURCE)
    assert shown >= 140
    driver.find_elements(By.CSS_SELECTOR, '#tabs [role="tab"]')[1].click()
    wait(driver, "#ledger tbody tr", 140)
    time.sleep(1)
    assert driver.execute_script("return window.__ran") is None
    assert driver.execute_script("return document.querySelectorAll('.frame script, .turn script').length") == 0
    assert _outside(driver, hostile_address) == []


OPEN_EVERY_SOURCE = """
const done = arguments[0];
(async () => {
  const { documents } = await (await fetch("/api/documents")).json();
  const content = document.querySelector("#source .content");
  let shown = 0;
  for (const { id } of documents) {
    content.innerHTML = await (await fetch(`/pane/${id}?start=0&end=999`)).text();
    shown += content.querySelector("mark") !== null;
    for (const node of content.querySelectorAll("*")) node.dispatchEvent(new Event("mouseover", { bubbles: true }));
  }
  done(shown);
})();
"""
