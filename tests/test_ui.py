"""The page in a real headless Chromium: ask, see the answer, open a citation, see its sentence marked."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from rag.settings import Settings

ROOT = Path(__file__).parent.parent
ARTEFACTS = ROOT / ".artefacts"
QUESTION = "莲塘街道2024年的口岸计划是什么"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(demo_index: Path, settings: Settings) -> Iterator[str]:
    """A page of its own process over the demo corpus."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "WENJU_CACHE": str(settings.cache)}
    command = [sys.executable, str(ROOT / "ui.py"), "--index", str(demo_index), "--port", str(port)]
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield _when_ready(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _when_ready(address: str, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
            return address
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"the page did not come up (exit code {server.poll()})")


@pytest.fixture
def open_browser(tmp_path: Path) -> Iterator[Callable[[int, int], webdriver.Chrome]]:
    """Opens browsers of given sizes, each with a profile of its own; closes them all in the end."""
    opened: list[webdriver.Chrome] = []

    def browser(width: int = 1280, height: int = 720) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for flag in (*FLAGS, f"--user-data-dir={tmp_path / str(len(opened))}"):
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


def wait(driver: webdriver.Chrome, selector: str, count: int = 1) -> list[WebElement]:
    """All elements of a selector, once there are so many that can be seen."""

    def found(driver: webdriver.Chrome) -> list[WebElement]:
        shown = [element for element in driver.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()]
        return shown if len(shown) >= count else []

    return WebDriverWait(driver, 60, ignored_exceptions=None).until(found, f"nothing to see of {selector}")


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
def test_ask_and_open_a_citation(
    address: str, open_browser: Callable[[int, int], webdriver.Chrome], width: int, height: int
) -> None:
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
    assert wait(driver, "#source mark")[0].text == expected
    assert expected and expected in turn.text
    keep(driver, f"{width}-source")
    assert _problems(driver) == []
    assert _outside(driver, address) == []


def _problems(driver: webdriver.Chrome) -> list[str]:
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def _outside(driver: webdriver.Chrome, address: str) -> list[str]:
    """Every request that left for somewhere else than the page's own server."""
    import json

    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]
    assert asked, "no requests were seen at all"
    return [url for url in asked if not url.startswith((address, "data:", "blob:", "chrome:", "about:"))]
