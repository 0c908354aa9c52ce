"""What gold cases are asked over: a published build, and the files it was made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from eval.run import Original
from index.errors import IndexDamaged, IndexMissing
from index.load import load


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the published build in `folder`. Raises IndexMissing or IndexDamaged."""
    try:
        name = (folder / "CURRENT").read_text("ascii").strip()
        read = json.loads((folder / "builds" / name / "manifest.json").read_text("utf-8"))
    except OSError as error:
        raise IndexMissing(f"还没有索引（{folder}）：请先运行 python -m index build 目录") from error
    except ValueError as error:
        raise IndexDamaged(f"索引的清单读不了（{folder}）：请重建（python -m index build 目录）") from error
    if not isinstance(read, dict):
        raise IndexDamaged(f"索引的清单读不了（{folder}）：请重建（python -m index build 目录）")
    return read


def originals(sources: Sequence[Path]) -> Original:
    """The originals of the files in `sources`, read afresh: not what the index remembers of them."""

    @cache
    def original(document: str) -> str | None:
        for source in sources:
            path = source / document if source.is_dir() else source
            if path.is_file() and (source.is_dir() or source.name == document):
                return load(path).reading.original
        return None

    return original
