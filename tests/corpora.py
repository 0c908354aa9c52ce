"""Small corpora that tests write themselves, and how they are built with the fakes."""

from __future__ import annotations

from pathlib import Path

from index.build import BuildReport, build
from index.disk import Disk
from index.milvus import Milvus
from tests.fake_models import FakeCutter, FakeEmbedder

PAGES = {
    "red.txt": "红星街道2023年工作总结\n\n全年修缮楼道三十二处，新增车位一百零五个。\n\n"
    "辖区共有七个社区，常住人口四万二千人。",
    "blue.txt": "蓝湾街道2024年工作计划\n\n一、修建滨海步道\n\n计划修建滨海步道五公里，六月底前开工。\n\n"
    "二、改造菜市场\n\n改造两处菜市场，引入电子秤八十台。",
    "sub/green.txt": "绿谷街道垃圾分类通知\n\n自三月一日起，每天早晚两次定时投放。\n\n督导员共有六十名。",
}


def write_pages(folder: Path, pages: dict[str, str] = PAGES) -> Path:
    """Write pages under `folder`, by their relative paths."""
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def fake_build(
    source: Path | list[Path],
    folder: Path,
    embedder: FakeEmbedder | None = None,
    disk: Disk | None = None,
    workers: int = 1,
    server: Milvus | None = None,
) -> BuildReport:
    """A real build with a fake model and fake words."""
    sources = source if isinstance(source, list) else [source]
    return build(
        sources, folder, embedder or FakeEmbedder(), FakeCutter(), disk or Disk(), workers=workers, server=server
    )
