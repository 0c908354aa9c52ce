"""The page by keyboard alone, in a real headless Chromium: no mouse is touched, and one always sees where one is."""

from __future__ import annotations

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.page.browser import QUESTION, marked, press, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST = 40  # presses of Tab from anywhere to anywhere


def tab_to(driver: webdriver.Chrome, selector: str, backwards: bool = False) -> WebElement:
    """Press Tab until the focus is on `selector`; everything on the way shows that it has the focus."""
    for _ in range(MOST):
        keys = ActionChains(driver)
        (
            keys.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT) if backwards else keys.send_keys(Keys.TAB)
        ).perform()
        assert driver.execute_script(IS_SEEN), driver.switch_to.active_element.get_attribute("outerHTML")
        if driver.execute_script("return document.activeElement.matches(arguments[0])", selector):
            return driver.switch_to.active_element
    raise AssertionError(f"{selector} is not reached by {MOST} presses of Tab")


# The box of the question shows its focus by the frame around it.
IS_SEEN = """
const at = document.activeElement;
const box = at.getBoundingClientRect();
if (at === document.body) return true;
if (box.width === 0 || box.bottom < 0 || box.top > innerHeight) return false;
return at.matches("#question textarea") || getComputedStyle(at).outlineStyle !== "none";
"""


def test_ask_read_the_sources_and_go_on_to_the_library(driver: webdriver.Chrome) -> None:
    assert driver.execute_script("return document.activeElement.matches('#question textarea')")
    press(driver, QUESTION)
    press(driver, Keys.ENTER)
    cites = [cite.get_attribute("data-text") for cite in wait(driver, "#log .turn[data-turn] .said .cite", 3)]

    first = tab_to(driver, ".said .cite", backwards=True)  # the talk stands before the box where one types
    number = int(str(first.get_attribute("data-n")))
    press(driver, Keys.ENTER)
    assert marked(driver) == cites[number - 1]
    for key, step in ((Keys.ARROW_LEFT, -1), (Keys.ARROW_LEFT, -1), (Keys.ARROW_RIGHT, 1)):
        press(driver, key)
        number += step
        WebDriverWait(driver, 20, 0.1).until(lambda driver, number=number: marked(driver) == cites[number - 1])
    assert driver.find_element(By.CSS_SELECTOR, "#source .count").text == f"[{number}]"
    press(driver, Keys.ESCAPE)
    assert "source-open" not in str(driver.find_element(By.TAG_NAME, "body").get_attribute("class"))
    assert driver.switch_to.active_element.get_attribute("data-n") == str(number)

    assert tab_to(driver, "[role='tab']:nth-child(2)", backwards=True).text == "资料库"
    press(driver, Keys.ENTER)
    assert len(wait(driver, "#ledger tbody tr", 18)) >= 18
    tab_to(driver, "#ledger .scroll")  # what scrolls is reached, and so scrolled
    tab_to(driver, "#viewer > button")
    press(driver, Keys.ENTER)
    wait(driver, "#viewed input")


def test_an_example_a_chip_and_the_buttons_of_a_source(driver: webdriver.Chrome) -> None:
    example = tab_to(driver, ".welcome .example", backwards=True).text
    press(driver, Keys.ENTER)
    turn = wait(driver, "#log .turn[data-turn]")[0]
    assert turn.find_element(By.CSS_SELECTOR, ".asked").text == example
    tab_to(driver, ".said .cite", backwards=True)
    press(driver, Keys.ENTER)
    sentence = marked(driver)
    WebDriverWait(driver, 10, 0.1).until(
        lambda d: d.execute_script("return document.activeElement.matches('.content')")
    )
    tab_to(driver, "#source .close", backwards=True)
    if len(turn.find_elements(By.CSS_SELECTOR, ".said .cite")) > 1:
        tab_to(driver, "#source .previous", backwards=True)
        press(driver, Keys.SPACE)
        WebDriverWait(driver, 10, 0.1).until(lambda driver: marked(driver) != sentence)
    tab_to(driver, ".chip .remove", backwards=True)
    press(driver, Keys.ENTER)
    assert len(wait(driver, "#log .turn[data-turn]", 2)) == 2
