"""axe in the real Chromium: nothing serious in what we draw; Gradio's own is listed, a list that may only shrink."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.page.browser import QUESTION, Browser, ask, marked, open_tab, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KNOWN = Path(__file__).parent / "gradio_findings.json"
# Ours is what stands in one of these; what is around them is Gradio's.
OURS = "#masthead .masthead, .past, #talk .html-container, #source .frame, #status, #ledger, .viewer, .hits, #runs"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core: the package that carries it has it for another driver, and only the script is used."""
    carrier = distribution("axe-playwright-python")
    return Path(str(carrier.locate_file("axe_playwright_python/axe.min.js"))).read_text("utf-8")


def findings(driver: webdriver.Chrome, axe: str) -> tuple[list[str], set[str]]:
    """Serious findings in what is ours, each with its element, and the ids of those in what is Gradio's."""
    driver.execute_script(axe)
    result: dict[str, Any] = driver.execute_async_script(RUN, OURS)
    ours = [f"{each['id']}: {each['html']}" for each in result["found"] if each["ours"] and each["impact"] in SERIOUS]
    theirs = {each["id"] for each in result["found"] if not each["ours"] and each["impact"] in SERIOUS}
    assert result["passes"] > 10
    return ours, theirs


RUN = """
const [ours, done] = arguments;
axe.run(document, { resultTypes: ["violations", "passes"] }).then(({ violations, passes }) => done({
  passes: passes.length,
  found: violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => ({
    id, impact, html: node.html.slice(0, 200), ours: document.querySelector(node.target[0])?.closest(ours) !== null,
  }))),
}));
"""


def views(driver: webdriver.Chrome, size: str) -> Any:
    """Every view of the page, one after the other, by name."""
    yield "welcome"
    turn = ask(driver, QUESTION)
    turn.find_element(By.CSS_SELECTOR, '.rate[data-good="0"]').click()
    turn.find_element(By.CSS_SELECTOR, ".chip summary").click()
    yield "answer"
    turn.find_element(By.CSS_SELECTOR, ".chip summary").click()
    turn.find_element(By.CSS_SELECTOR, ".said .cite").click()
    marked(driver)
    yield "source"
    if size == "phone":
        driver.find_element(By.CSS_SELECTOR, "#source .close").click()
    ask(driver, "火星街道的计划是什么")
    driver.find_element(By.CSS_SELECTOR, ".past summary").click()
    yield "refusal"
    open_tab(driver, 1)
    wait(driver, "#ledger tbody tr", 3)
    yield "library"
    open_tab(driver, 2)
    wait(driver, "#runs .card")
    driver.execute_script("document.querySelectorAll('#runs details').forEach((each) => (each.open = true))")
    yield "evaluation"


@pytest.mark.parametrize(
    ("colours", "size", "width"),
    [
        ("light", "laptop", 1280),
        ("dark", "phone", 390),
        pytest.param("dark", "laptop", 1280, marks=pytest.mark.long),
        pytest.param("light", "phone", 390, marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_serious(
    address: str, open_browser: Browser, axe: str, size: str, width: int, colours: str
) -> None:
    driver = open_browser(width, 800)
    driver.set_script_timeout(60)
    driver.get(f"{address}/?__theme={colours}")
    wait(driver, ".welcome .example")
    WebDriverWait(driver, 20).until(
        lambda driver: bool(driver.find_elements(By.CSS_SELECTOR, "body.dark")) == (colours == "dark")
    )
    known = set(json.loads(KNOWN.read_text("utf-8")))
    ours: list[str] = []
    theirs: set[str] = set()
    for view in views(driver, size):
        mine, others = findings(driver, axe)
        ours += [f"{view}: {each}" for each in mine]
        theirs |= others
    driver.quit()
    assert ours == []
    assert theirs <= known
