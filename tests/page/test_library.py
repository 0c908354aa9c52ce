"""The library in a real headless Chromium: what is indexed, uploads, the viewer, the search test."""

from __future__ import annotations

import time
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


def test_a_folder_keeps_its_folders_is_looked_at_and_deleted(
    driver: webdriver.Chrome, address: str, tmp_path: Path
) -> None:
    for name, count in (("甲村", 31), ("乙村", 32)):
        (tmp_path / "年报" / name).mkdir(parents=True)
        text = f"{name}2025年年报\n\n一、道路\n{name}全年修路{count}公里，种树九百棵。\n"
        (tmp_path / "年报" / name / "总结.txt").write_text(text, "utf-8")
    open_tab(driver, 1)
    wait(driver, "#ledger tbody tr", 3)
    driver.find_elements(By.CSS_SELECTOR, '#shelf input[type="file"]')[1].send_keys(str(tmp_path / "年报"))
    assert "2" in wait(driver, "#status .note.done")[0].text
    rebuild(driver)
    files = {cell.text for cell in driver.find_elements(By.CSS_SELECTOR, "#ledger td.file")}
    assert {"年报/甲村/总结.txt", "年报/乙村/总结.txt"} <= files

    driver.find_element(By.CSS_SELECTOR, "#viewer > button").click()
    wait(driver, "#viewed input")[0].send_keys("年报/乙村", Keys.ENTER)
    assert "乙村全年修路32公里" in wait(driver, "article.viewer pre")[0].text
    folds = driver.find_elements(By.CSS_SELECTOR, "article.viewer summary")
    folds[2].click()
    assert "修路32公里" in wait(driver, "article.viewer .passage p")[-1].text
    keep(driver, "1280-viewer")

    driver.find_element(By.CSS_SELECTOR, "#delete > button").click()
    box = wait(driver, "#delete input")[0]
    for name in ("年报/甲村", "年报/乙村"):
        box.send_keys(name, Keys.ENTER)
    box.send_keys(Keys.ESCAPE)
    driver.find_element(By.CSS_SELECTOR, "#delete button.lg").click()
    WebDriverWait(driver, 30).until(lambda driver: "2" in driver.find_element(By.CSS_SELECTOR, "#status").text)
    rebuild(driver)
    files = {cell.text for cell in driver.find_elements(By.CSS_SELECTOR, "#ledger td.file")}
    assert files and not any(name.startswith("年报") for name in files)


def rebuild(driver: webdriver.Chrome) -> None:
    """Renew the index and wait until that is told."""
    driver.find_element(By.ID, "rebuild").click()
    WebDriverWait(driver, 90).until(lambda driver: "索引已更新" in driver.find_element(By.ID, "status").text)
    time.sleep(0.5)  # for the ledger, which is drawn with it
