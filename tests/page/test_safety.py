"""Who is let in."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from rag.settings import Settings
from tests.page.browser import serving

pytestmark = pytest.mark.slow


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
