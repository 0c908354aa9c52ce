"""The chat in a real headless Chromium: ask, see the answer, open a citation, see its sentence marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from rag.history import History
from tests.page.browser import QUESTION, Browser, ask, keep, marked, outside, press, problems, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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
    assert problems(driver) == []
    assert outside(driver, address) == []


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
    again = [StaleElementReferenceException]
    WebDriverWait(driver, 60, ignored_exceptions=again).until(
        lambda driver: driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    )
    wait(driver, ".welcome .example", 3)  # until then the new page does not listen
    assert wait(driver, "#send")[0].text == "Ask"
    turn = ask(driver, QUESTION)
    assert turn.find_element(By.CSS_SELECTOR, ".sources h3").text == "Sources"
    keep(driver, "1280-english")
