"""Gradio's unsafe defaults are off: no open API, no files from this machine, no word to anybody outside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.settings import Settings
from tests.page.browser import serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(demo_index: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    index = tmp_path_factory.mktemp("gradio") / "index"
    shutil.copytree(demo_index, index)
    with serving(index, settings) as (address, _), httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture(params=["", "/en"], ids=["chinese", "english"])
def root(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_happens_on_the_page_is_no_api(client: httpx.Client, root: str) -> None:
    config: dict[str, Any] = client.get(f"{root}/config").json()
    assert config["analytics_enabled"] is False
    assert len(config["dependencies"]) >= 10
    assert {each["api_visibility"] for each in config["dependencies"]} == {"private"}
    described = client.get(f"{root}/gradio_api/info").json()
    assert described == {"named_endpoints": {}, "unnamed_endpoints": {}}


FILES = ["/etc/passwd", "pyproject.toml", "../../etc/passwd", "/proc/self/environ", "https://evil.example/x"]


@pytest.mark.parametrize("path", FILES)
def test_no_file_of_this_machine_is_served(client: httpx.Client, root: str, path: str) -> None:
    for address in (f"{root}/gradio_api/file={path}", f"{root}/file={path}", f"{root}/gradio_api/proxy={path}"):
        answer = client.get(address)
        assert answer.status_code in (400, 403, 404, 405, 422), address
        assert "root:" not in answer.text and "[project]" not in answer.text


def test_the_page_names_no_host_but_its_own(client: httpx.Client, root: str) -> None:
    client.cookies.clear()
    page = client.get(f"{root}/")
    assert page.status_code == 200
    for tag in ("script", "link"):
        for part in page.text.split(f"<{tag}")[1:]:
            head = part.split(">", 1)[0]
            assert "//" not in head.replace(str(client.base_url).rstrip("/"), ""), head
    assert "HttpOnly" in page.headers["set-cookie"]
