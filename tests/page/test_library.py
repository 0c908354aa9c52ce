"""The library in a real headless Chromium: what is indexed, uploads, the viewer, the search test."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.page.browser import ask, keep, open_tab, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_library_shows_takes_and_forgets_files(driver: webdriver.Chrome, tmp_path: Path) -> None:
    good, bad = tmp_path / "西村街道2025年工作计划.txt", tmp_path / "旧.doc"
    good.write_text("西村街道2025年工作计划\n\n一、河道\n全年清理河道11公里，新建亲水平台2处。\n", "utf-8")
    bad.write_bytes(b"\xd0\xcf\x11\xe0")
    open_tab(driver, 1)
    assert len(wait(driver, "#ledger tbody tr", 18)) == 18
    driver.find_element(By.CSS_SELECTOR, '#shelf input[type="file"]').send_keys(f"{good}\n{bad}")
    assert "旧.doc" in wait(driver, "#status .note.failed")[0].text
    assert "1" in wait(driver, "#status .note.done")[0].text
    driver.find_element(By.ID, "rebuild").click()
    WebDriverWait(driver, 90).until(lambda driver: len(driver.find_elements(By.CSS_SELECTOR, "#ledger tbody tr")) == 19)
    keep(driver, "1280-library")
    open_tab(driver, 0)
    turn = ask(driver, "西村街道2025年清理河道多少公里")
    assert "11公里" in turn.find_element(By.CSS_SELECTOR, ".said").text


def test_the_retrieval_test_shows_each_leg(driver: webdriver.Chrome) -> None:
    open_tab(driver, 1)
    wait(driver, "#ledger tbody tr", 3)
    driver.execute_script("document.querySelector('#search-test button').click()")
    box = wait(driver, "#search-test input, #search-test textarea")[0]
    box.send_keys("口岸计划", Keys.ENTER)
    cells = wait(driver, "table.hits tbody tr td.number", 6)
    assert all(float(cell.text) >= 0 for cell in cells[:6])
    keep(driver, "1280-search")
