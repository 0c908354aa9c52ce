"""A language model behind the page in a real headless Chromium: sentences as they are verified, stop, failure."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from rag.settings import Settings
from tests.fakes import DONE, ScriptedModel, event, head, send
from tests.page.browser import QUESTION, Browser, keep, serving, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_EVIDENCE = re.compile(r"^\[(\d+)\] (.*?)（出自：", re.M)


class PacedModel(ScriptedModel):
    """A fake that says the first sentences of its evidence again, two characters every `seconds`."""

    def __init__(self, seconds: float = 0.05, sentences: int = 4) -> None:
        super().__init__()
        self.seconds = seconds
        self._sentences = sentences

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        prompt = "\n".join(message["content"] for message in body["messages"])
        said = "\n".join(f"{text}[{n}]" for n, text in _EVIDENCE.findall(prompt)[: self._sentences])
        try:
            head(handler)
            for start in range(0, len(said), 2):
                send(handler, event(said[start : start + 2]))
                self.pause(self.seconds)
                if self.is_leaving:
                    break
            send(handler, event(None), DONE)
        except (BrokenPipeError, ConnectionResetError):
            self.closed.set()
        handler.close_connection = True


@pytest.fixture(scope="module")
def model() -> Iterator[PacedModel]:
    with PacedModel() as model:
        yield model


@pytest.fixture(scope="module")
def spoken(index: Path, settings: Settings, model: PacedModel) -> Iterator[str]:
    """A page whose answers a slow model writes."""
    told = {"WENJU_LLM_BASE_URL": model.base_url, "WENJU_LLM_MODEL": "scripted", "WENJU_LLM_API_KEY": "k"}
    with serving(index, settings, **told) as (address, _):
        yield address


@pytest.fixture
def driver(spoken: str, open_browser: Browser) -> Iterator[webdriver.Chrome]:
    driver = open_browser()
    driver.get(spoken)
    wait(driver, ".welcome .example", 3)
    yield driver
    driver.quit()


def put(driver: webdriver.Chrome) -> None:
    driver.find_element(By.CSS_SELECTOR, "#question textarea").send_keys(QUESTION)
    driver.find_element(By.ID, "send").click()


def test_a_sentence_stands_there_while_the_next_is_written_and_stop_ends_it(
    driver: webdriver.Chrome, model: PacedModel
) -> None:
    model.seconds = 0.15
    put(driver)
    first = wait(driver, "#live .turn .sentence")[0].text
    assert first.endswith("1") and "口岸" in first
    keep(driver, "1280-streaming")
    driver.find_element(By.ID, "stop").click()
    wait(driver, "#live .stopped")
    wait(driver, "#send")
    keep(driver, "1280-stopped")
    stood = len(driver.find_elements(By.CSS_SELECTOR, "#live .sentence"))
    assert model.closed.wait(20), "the model was not hung up on"
    assert len(driver.find_elements(By.CSS_SELECTOR, "#live .sentence")) == stood
    assert driver.find_elements(By.CSS_SELECTOR, "#log .turn[data-turn]") == []


def test_what_a_model_wrote_is_cited_and_the_next_question_is_answered(
    driver: webdriver.Chrome, model: PacedModel
) -> None:
    model.seconds = 0.02
    put(driver)
    turn = wait(driver, "#log .turn[data-turn]")[0]
    assert [cite.text for cite in turn.find_elements(By.CSS_SELECTOR, ".said .cite")] == ["1", "2", "3", "4"]
    WebDriverWait(driver, 10).until(lambda driver: not driver.find_elements(By.CSS_SELECTOR, "#live .turn"))
    time.sleep(0.2)
    put(driver)
    assert len(wait(driver, "#log .turn[data-turn]", 2)) == 2
