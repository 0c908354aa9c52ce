"""What one takes away from the page, in a real headless Chromium: copied, saved, printed, or passed on as a link."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from rag.export import as_markdown
from rag.history import History
from tests.page.browser import QUESTION, Browser, ask, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def kept(driver: webdriver.Chrome, index: Path) -> tuple[WebElement, dict[str, Any]]:
    """An exchange on the page, and its Answer as the server kept it."""
    turn = ask(driver, QUESTION)
    cookie = driver.get_cookie("wenju")
    assert cookie is not None
    found = History(index / "page" / "history.sqlite").turn(cookie["value"], str(turn.get_attribute("data-turn")))
    assert found is not None and len(found.answer["citations"]) >= 3
    return turn, found.answer


def said(turn: WebElement) -> list[str]:
    """The sentences of an answer with their marks, as one reads them."""
    return [each.text.replace("\n", "") for each in turn.find_elements(By.CSS_SELECTOR, ".said .sentence")]


def test_copied(driver: webdriver.Chrome, kept: tuple[WebElement, dict[str, Any]]) -> None:
    turn, answer = kept
    driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
    turn.find_element(By.CSS_SELECTOR, ".copy").click()
    WebDriverWait(driver, 10, 0.1).until(lambda _: turn.find_element(By.CSS_SELECTOR, ".thanks").text == "已复制")
    copied = driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == as_markdown(answer)
    for citation in answer["citations"]:
        assert f"{citation['n']}. {citation['title']}" in copied


def test_saved(driver: webdriver.Chrome, kept: tuple[WebElement, dict[str, Any]], tmp_path: Path) -> None:
    turn, answer = kept
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    for form in ("md", "docx"):
        turn.find_element(By.CSS_SELECTOR, f'.tools a[href$=".{form}"]').click()
        WebDriverWait(driver, 20, 0.1).until(lambda _, form=form: list(tmp_path.glob(f"*.{form}")))
    (markdown,), (word,) = tmp_path.glob("*.md"), tmp_path.glob("*.docx")
    assert markdown.stem == word.stem == QUESTION
    assert markdown.read_text("utf-8") == as_markdown(answer)
    paragraphs = [paragraph.text for paragraph in docx.Document(str(word)).paragraphs]
    marked = ["".join([each["text"], *(f"[{n}]" for n in each["marks"])]) for each in answer["sentences"]]
    assert paragraphs[: 1 + len(marked)] == [QUESTION, *marked]
    assert [text for text in paragraphs if text in {each["quote"].strip() for each in answer["citations"]}] == [
        each["quote"].strip() for each in answer["citations"]
    ]


def test_printed(driver: webdriver.Chrome, kept: tuple[WebElement, dict[str, Any]]) -> None:
    """The button asks the browser to print; what the browser then prints is the answer and its sources alone."""
    turn, answer = kept
    driver.execute_script("window.print = () => { window.printed = (window.printed ?? 0) + 1; }")
    turn.find_element(By.CSS_SELECTOR, ".print").click()
    assert driver.execute_script("return window.printed") == 1
    printed = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"]
    with pypdfium2.PdfDocument(base64.b64decode(printed)) as pages:
        flat = "".join("".join(page.get_textpage().get_text_range() for page in pages).split())
    for sentence in answer["sentences"]:
        assert "".join(sentence["text"].split()) in flat
    assert [each["title"] for each in answer["citations"] if each["title"] not in flat] == []
    assert not any(button in flat for button in ("复制", "提问", "新对话", "资料库", "English"))


def test_passed_on(
    driver: webdriver.Chrome, kept: tuple[WebElement, dict[str, Any]], address: str, open_browser: Browser
) -> None:
    turn, _ = kept
    link = str(turn.find_element(By.CSS_SELECTOR, ".permalink").get_attribute("href"))
    assert link.startswith(f"{address}/?q=")
    other = open_browser()
    other.get(link)
    again = wait(other, "#log .turn[data-turn]")[0]
    assert again.find_element(By.CSS_SELECTOR, ".asked").text == QUESTION
    assert said(again) == said(turn)
    assert again.get_attribute("data-turn") != turn.get_attribute("data-turn")
    other.quit()
