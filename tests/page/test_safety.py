"""Hostile documents, questions and answers in a real headless Chromium, and who is let in."""

from __future__ import annotations

import base64
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium import webdriver

from rag.assemble import build_index
from rag.settings import Settings
from tests.hostile_markup import PAYLOADS
from tests.page.browser import ask, open_tab, outside, serving, wait

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_lan_asks_for_the_password_that_it_printed(index: Path, settings: Settings) -> None:
    with serving(index, settings, "--lan") as (address, lines):
        password = lines[1].strip().rsplit("：", 1)[1]
        assert len(password) >= 12
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address, timeout=10)
        assert refused.value.code == 401
        refused.value.close()
        known = base64.b64encode(f"x:{password}".encode()).decode()
        request = urllib.request.Request(address, headers={"authorization": f"Basic {known}"})
        with urllib.request.urlopen(request, timeout=30) as page:
            assert page.status == 200


@pytest.fixture(scope="module")
def hostile_address(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over documents that are nothing but attempts to run something."""
    pages = tmp_path_factory.mktemp("hostile")
    for number, payload in enumerate(PAYLOADS):
        name = "".join(c for c in payload if c not in "/\x00" and not "\ud800" <= c <= "\udfff")[:40]
        text = f"标题 {payload}\n\n第{number}号村2024年的计划是{payload}修路{number}公里。\n"
        (pages / f"{number}{name}.txt").write_text(text, "utf-8", "replace")
    mine = replace(settings, index=tmp_path_factory.mktemp("hostile-index"))
    build_index([pages], mine)
    with serving(mine.index, settings) as (address, _):
        yield address


def test_nothing_in_150_documents_runs(hostile_address: str, shared: webdriver.Chrome) -> None:
    driver = shared
    driver.get(hostile_address)
    wait(driver, "#question textarea")
    outside(driver, hostile_address)  # what was asked for before this page
    ask(driver, f"第7号村2024年的计划是什么{PAYLOADS[0]}")
    ask(driver, PAYLOADS[40])
    shown = driver.execute_async_script(OPEN_EVERY_SOURCE)
    assert shown >= 140
    open_tab(driver, 1)
    wait(driver, "#ledger tbody tr", 140)
    time.sleep(1)
    assert driver.execute_script("return window.__ran") is None
    assert driver.execute_script("return document.querySelectorAll('.frame script, .turn script').length") == 0
    assert outside(driver, hostile_address) == []


OPEN_EVERY_SOURCE = """
const done = arguments[0];
(async () => {
  const { documents } = await (await fetch("/api/documents")).json();
  const content = document.querySelector("#source .content");
  let shown = 0;
  for (const { id } of documents) {
    content.innerHTML = await (await fetch(`/pane/${id}?start=0&end=999`)).text();
    shown += content.querySelector("mark") !== null;
    for (const node of content.querySelectorAll("*")) node.dispatchEvent(new Event("mouseover", { bubbles: true }));
  }
  done(shown);
})();
"""
