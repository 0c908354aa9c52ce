"""What the browser tests are made of: a page in a process of its own, and what one does in front of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from rag.settings import Settings

ROOT = Path(__file__).parent.parent.parent
ARTEFACTS = ROOT / ".artefacts"
QUESTION = "莲塘街道2024年的口岸计划是什么"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


@contextmanager
def serving(
    index: Path, settings: Settings, *more: str, folder: Path = ROOT, **environment: str
) -> Iterator[tuple[str, list[str]]]:
    """A page's address once it is ready, and the lines that it printed. It runs in `folder`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "WENJU_CACHE": str(settings.cache.absolute()), **environment}
    command = [sys.executable, str(ROOT / "ui.py"), "--index", str(index), "--port", str(port), *more]
    server = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        lines = [server.stdout.readline() for _ in range(1 + max(more.count("--user"), int("--lan" in more)))]
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


def wait(driver: webdriver.Chrome, selector: str, count: int = 1) -> list[WebElement]:
    """All elements of a selector, once there are so many that can be seen."""

    def found(driver: webdriver.Chrome) -> list[WebElement]:
        shown = [element for element in driver.find_elements(By.CSS_SELECTOR, selector) if element.is_displayed()]
        return shown if len(shown) >= count else []

    # An element may be drawn anew between finding it and looking at it: then look again.
    again = [StaleElementReferenceException]
    return WebDriverWait(driver, 30, 0.1, ignored_exceptions=again).until(found, f"nothing to see of {selector}")


def marked(driver: webdriver.Chrome) -> str:
    """The words that are highlighted in the source."""
    again = [StaleElementReferenceException]
    return WebDriverWait(driver, 30, 0.1, ignored_exceptions=again).until(lambda d: wait(d, "#source mark")[0].text)


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


def problems(driver: webdriver.Chrome) -> list[str]:
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def outside(driver: webdriver.Chrome, address: str) -> list[str]:
    """Every request that left for somewhere else than the page's own server."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]
    assert asked, "no requests were seen at all"
    return [url for url in asked if not url.startswith((address, "data:", "blob:", "chrome:", "about:"))]


def open_tab(driver: webdriver.Chrome, number: int) -> None:
    """Click a tab: 0 the chat, 1 the library, 2 the evaluation."""
    driver.find_elements(By.CSS_SELECTOR, '#tabs [role="tab"]')[number].click()


def press(driver: webdriver.Chrome, key: str) -> None:
    """A key, wherever the focus is."""
    driver.switch_to.active_element.send_keys(key)
