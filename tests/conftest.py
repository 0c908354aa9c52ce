"""What many tests need: the real model and words, the demo index, and a word on browsers that are missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.types import Cutter, Embedder
from rag.settings import Settings, read_settings
from tests.trials import Trials

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
_not_run: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--go-on", action="store_true", help="leave out what has passed on this very code")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Trials(config.getoption("--go-on")), "trials")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take browser tests out where there is no browser; with WENJU_CI=1 they stay in and fail."""
    if (CHROMIUM and CHROMEDRIVER) or os.environ.get("WENJU_CI") == "1":
        return
    missing = [item for item in items if item.get_closest_marker("browser")]
    _not_run.extend(item.nodeid for item in missing)
    items[:] = [item for item in items if item not in missing]
    config.hook.pytest_deselected(items=missing)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run, and how to have it run."""
    if _not_run:
        terminalreporter.write_line(f"NOT RUN: {len(_not_run)} browser tests (apt install chromium chromium-driver)")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with the shared model cache and an index folder of this run's own."""
    from dataclasses import replace

    return replace(read_settings({**os.environ}), index=tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="session")
def embedder(settings: Settings) -> Embedder:
    """The real bundled model."""
    from rag.assemble import open_embedder

    return open_embedder(settings)


@pytest.fixture(scope="session")
def cutter(settings: Settings) -> Cutter:
    """The real words."""
    from rag.assemble import open_cutter

    return open_cutter(settings)


@pytest.fixture(scope="session")
def demo_index(settings: Settings) -> Iterator[Path]:
    """The demo corpus, built once for all tests that only read it."""
    from rag.assemble import build_index

    build_index([ROOT / "demo"], settings)
    yield settings.index
