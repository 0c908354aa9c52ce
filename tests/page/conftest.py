"""One page and one browser for all the browser tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from rag.settings import Settings
from tests.page.browser import FLAGS, QUESTION, Browser, serving, wait


@pytest.fixture(scope="session")
def index(demo_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo index, copied: the page writes into it."""
    folder = tmp_path_factory.mktemp("page") / "index"
    shutil.copytree(demo_index, folder)
    return folder


@pytest.fixture(scope="package")
def address(index: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of its own process over the demo corpus, with two runs of the judge."""
    folder = tmp_path_factory.mktemp("folder")
    runs = folder / ".data" / "eval" / "runs"
    runs.mkdir(parents=True)
    for name, run in RUNS.items():
        (runs / f"{name}.json").write_text(json.dumps(run), "utf-8")
    with serving(index, settings, folder=folder) as (address, _):
        yield address


def _run(hit: float, p95: float, worse: list[str]) -> dict[str, Any]:
    failed = {"passed": False, "question": QUESTION, "expected": "20个", "got": "12名", "why": ["没有答出：20个"]}
    figures = {"answer_hit": hit, "refusal_recall": 0.9, "false_refusals": 0.02, "recall@5": 1.0, "p95_ms": p95}
    cases = {"case-1": failed, "case-2": {"passed": True, "question": "另一问"}}
    judged = {"figures": figures, "cases": cases, "worse": worse, "better": []}
    return {"time": "2026-01-01T00:00:00", "processor": "一台机器", "model": "e5", "sets": {"demo": judged}}


RUNS = {"2026-01-01": _run(0.95, 210.0, []), "2026-01-02": _run(0.925, 180.0, ["case-1"])}


@contextmanager
def _browsers(profiles: pytest.TempPathFactory) -> Iterator[Browser]:
    """Opens browsers of given sizes, each with a profile of its own; closes them all in the end.

    One that only waits still takes a tenth of a processor.
    """
    opened: list[webdriver.Chrome] = []

    def browser(width: int = 1280, height: int = 720) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for flag in (*FLAGS, f"--user-data-dir={profiles.mktemp('profile')}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        opened.append(driver)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        return driver

    try:
        yield browser
    finally:
        for driver in opened:
            driver.quit()


@pytest.fixture
def open_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Opens browsers for one test."""
    with _browsers(tmp_path_factory) as opener:
        yield opener


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One browser for tests that begin with a new owner."""
    with _browsers(tmp_path_factory) as opener:
        yield opener()


@pytest.fixture
def driver(shared: webdriver.Chrome, address: str) -> webdriver.Chrome:
    """The page, opened by somebody who was never here."""
    shared.get(address)
    shared.delete_all_cookies()
    shared.get(address)
    wait(shared, ".welcome .example", 3)
    return shared
