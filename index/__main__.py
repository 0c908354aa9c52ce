"""`python -m index`: a door for whoever keeps the documents: build, status, show, verify."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from index.errors import CaseError, IndexDamaged
from index.terminal import CommandParser, one_line, run, visible, write_bytes, write_json

STATES = {"indexed": "已索引", "duplicate": "重复", "quarantined": "已隔离", "failed": "未能读取"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 2 with one line that says what is wrong."""

    def command() -> int:
        options = _options(arguments)
        return int(options.run(options))

    return run("index", command)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = CommandParser(prog="python -m index", description="建索引、看状态、看一个文件被怎样读。")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令", title="命令")
    build = commands.add_parser("build", help="读取文件或目录，建立或更新索引")
    build.add_argument("sources", nargs="+", metavar="SOURCE", type=Path, help="文件或目录")
    build.add_argument("--index", metavar="DIR", type=Path, help="索引所在的目录（默认 .data/index，或 WENJU_INDEX）")
    build.add_argument("--store", choices=("faiss", "milvus"), help="向量存在哪里（默认 faiss）")
    build.add_argument(
        "--workers", metavar="N", default="1", help="用几个进程读文件（默认 1）；或 dask://主机:端口，由 Dask 集群嵌入"
    )
    build.set_defaults(run=_build)
    status = commands.add_parser("status", help="账本：每个文件的状态与原因")
    status.add_argument("--index", metavar="DIR", type=Path, help="索引所在的目录")
    status.add_argument("--json", action="store_true", help="只输出 JSON")
    status.set_defaults(run=_status)
    show = commands.add_parser("show", help="一个文件被怎样读")
    show.add_argument("file", metavar="FILE", type=Path, help="一个文件")
    how = show.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="只输出 JSON")
    how.add_argument("--original", action="store_true", help="只输出原文（UTF-8）")
    show.set_defaults(run=_show)
    verify = commands.add_parser("verify", help="核对索引里的每一个字节与账本")
    verify.add_argument("--index", metavar="DIR", type=Path, help="索引所在的目录")
    verify.set_defaults(run=_verify)
    options = parser.parse_args(arguments)
    if options.command == "build":
        options.workers, options.cluster = _workers(parser, options.workers)
    return options


def _workers(parser: argparse.ArgumentParser, given: str) -> tuple[int, str]:
    """How many processes read, and the address of the cluster that embeds, or nothing."""
    if given.startswith("dask://"):
        return len(os.sched_getaffinity(0)), given
    if not given.lstrip("-").isdecimal():
        parser.error(f"--workers 应是整数或 dask://主机:端口，不是 {given!r}")
    if not 1 <= int(given) <= 64:
        parser.error("--workers 应在 1 到 64 之间")
    return int(given), ""


def _settings(options: argparse.Namespace) -> Any:
    from rag.settings import read_settings

    settings = read_settings()
    if options.index:
        settings = replace(settings, index=options.index)
    if getattr(options, "store", None):
        settings = replace(settings, store=options.store)
    return settings


def _build(options: argparse.Namespace) -> int:
    from index.progress import TerminalProgress
    from rag.assemble import build_index

    for source in options.sources:
        if not source.exists():
            raise CaseError(f"没有 {source}：请检查路径")
    progress = TerminalProgress()
    settings = _settings(options)
    report = build_index(
        options.sources, settings, _prepared, progress, options.workers, progress.tokens, options.cluster
    )
    for entry in report.entries:
        if entry.state == "failed":
            print(f"未能读取 {one_line(entry.path)}：{entry.reason}", file=sys.stderr)
    manifest = report.manifest
    states = "，".join(f"{STATES[state]} {count}" for state, count in manifest.states.items())
    print(
        f"索引已建好：{manifest.documents} 篇文档，{manifest.passages} 段（{states}）；"
        f"新嵌入 {report.embedded} 段句，沿用 {report.reused}"
    )
    return 0


def _prepared(step: str, fraction: float) -> None:
    end = "\n" if fraction >= 1 else ""
    if sys.stderr.isatty():
        print(f"\r准备模型：{step} {fraction:.0%}", end=end, file=sys.stderr, flush=True)


def _status(options: argparse.Namespace) -> int:
    from index.store import open_build

    index = open_build(_settings(options).index)
    entries = index.texts.entries()
    if options.json:
        manifest = index.manifest
        write_json(
            {
                "index": str(index.folder),
                "created": manifest.created,
                "model": manifest.model,
                "documents": manifest.documents,
                "passages": manifest.passages,
                "as_of": manifest.as_of,
                "notice": index.notice,
                "states": manifest.states,
                "files": [asdict(entry) for entry in entries],
            }
        )
        return 0
    if index.notice:
        print(f"注意：{index.notice}")
    print(
        f"{index.manifest.documents} 篇文档，{index.manifest.passages} 段，"
        f"资料截至 {index.manifest.as_of or '（无日期）'}"
    )
    for entry in entries:
        why = entry.reason or (f"与 {entry.duplicate_of} 相同" if entry.duplicate_of else f"{entry.passages} 段")
        print(f"{STATES[entry.state]}  {one_line(entry.path)}  {one_line(why)}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from index.load import load
    from index.repair import repair

    path: Path = options.file
    if not path.is_file():
        raise CaseError(f"没有文件 {path}：请检查路径，一次看一个文件")
    document = repair(load(path), path.name, str(path.parent.resolve()))
    if options.original:
        write_bytes(document.original.encode("utf-8", "surrogatepass"))
        return 0
    if options.json:
        value = asdict(document)
        kept = ("encoding", "title", "date", "years", "place", "unit", "kind", "verdict", "reason")
        write_json(
            {
                "document": document.path,
                **{name: value[name] for name in kept},
                "repairs": [{"kind": kind, "count": count} for kind, count in document.repairs],
                "guesses": value["guesses"],
                "furniture": [{"start": start, "end": end} for start, end in document.furniture],
                "text": document.text,
                "paragraphs": [
                    {
                        "start": paragraph.start,
                        "end": paragraph.end,
                        "text": paragraph.text,
                        "heading": paragraph.heading,
                        "level": paragraph.level,
                        "page": paragraph.page,
                    }
                    for paragraph in document.paragraphs
                ],
                "derived": document.derived,
            }
        )
        return 0
    about = (document.title, document.date, document.place, document.unit, document.kind)
    print(f"{one_line(document.path)}  {document.encoding}  {document.verdict}")
    print("，".join(part for part in about if part) or "（没有题名、日期与地点）")
    print("修复：" + ("，".join(f"{kind} {count}" for kind, count in document.repairs) or "无"))
    for guess in document.guesses:
        change = f"{one_line(guess.original)} → {one_line(guess.text)}"
        print(f"猜测 {guess.start}–{guess.end}：{change}（{guess.confidence:.2f}）")
    for start, end in document.furniture:
        print(f"略去 {start}–{end}：{one_line(document.original[start:end])[:60]}")
    print()
    print(visible(document.text))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from index.verify import verify

    report = verify(_settings(options).index)
    if report.faults:
        for fault in report.faults:
            print(one_line(fault))
        raise IndexDamaged(f"索引有 {len(report.faults)} 处不符：请重建（python -m index build 目录）")
    for path in report.changed:
        print(f"建索引以后有变化：{one_line(path)}")
    print(
        f"索引完好：{report.files} 个文件，账本 {report.entries} 项，{report.documents} 篇文档，"
        f"{report.passages} 段、{report.sentences} 句都在原文里"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
