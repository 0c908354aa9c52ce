"""The evaluation tab in a real headless Chromium: figures over time, what got worse, and its question asked again."""

from __future__ import annotations

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.page.browser import QUESTION, keep, open_tab, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_got_worse_is_asked_again_by_one_click(driver: webdriver.Chrome) -> None:
    open_tab(driver, 2)
    cards = {card.find_element(By.TAG_NAME, "figcaption").text: card for card in wait(driver, "#runs .card", 5)}
    assert cards["答对"].text.split("\n")[1] == "92.5 % -2.5"
    assert cards["最慢的 5 %"].text.split("\n")[1] == "180 ms -30.0"
    points = cards["答对"].find_element(By.TAG_NAME, "polyline").get_attribute("points")
    assert points and len(points.split()) == 2
    worse = driver.find_elements(By.CSS_SELECTOR, "#runs details")[0]
    assert worse.find_element(By.TAG_NAME, "summary").text == "变差的题 1"
    worse.find_element(By.TAG_NAME, "summary").click()
    keep(driver, "1280-evaluation")
    worse.find_element(By.CSS_SELECTOR, ".ask").click()
    turn = wait(driver, "#log .turn[data-turn]")[0]
    assert turn.find_element(By.CSS_SELECTOR, ".asked").text == QUESTION
