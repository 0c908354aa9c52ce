"""`python -m eval run`: the door of the judge; the other commands are found in the rooms beside it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eval import corpus, report
from eval.cases import read_cases
from eval.compare import Comparison, compare
from eval.obedient import ObedientWords
from eval.record import as_baseline, as_record, processor, read_baseline, write
from eval.run import Outcome, run
from eval.templates.__main__ import write as write_templates
from eval.templates.crowd import write_crowd
from index.errors import CaseError, WenjuError
from index.progress import TerminalProgress
from rag.assemble import build_index, open_assistant
from rag.settings import Settings, read_settings

HERE = Path(__file__).parent
BASELINE = HERE / "baselines" / "baseline.json"
DATA = Path(".data") / "eval"
CROWD_SEED = 90_000
OTHERS = {
    "damage": "eval.damage.table",
    "bench": "eval.bench",
    "tune": "eval.tune",
    "tune-reading": "eval.tune_reading",
    "ablation": "eval.ablation",
    "lessons": "eval.ask_lessons",
    "from-feedback": "eval.from_feedback",
    "reliability": "eval.reliability",
    "supply": "eval.supply",
    "train-reader": "eval.train_reader",
    "train-decision": "eval.train_decision",
}


@dataclass(frozen=True, slots=True)
class Set:
    """Gold cases and what they are asked over: an index as it is, or `source` to be built into it first.

    With a `tag` only the cases that have it are asked: the judging half of a set that is also tuned on. `obeys`
    has the answers written by a scripted language model that obeys everything it reads.
    """

    name: str
    cases: Path
    index: Path
    source: Path | None = None
    tag: str | None = None
    obeys: bool = False


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when nothing got worse, 1 when something did, 2 on an error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments and arguments[0] in OTHERS:
            return _other(arguments[0], arguments[1:])
        return _run(_parser().parse_args(arguments))
    except WenjuError as error:
        print(error, file=sys.stderr)
        return 2


def _other(name: str, arguments: Sequence[str]) -> int:
    """Hand over to another command's own `main(argv) -> exit code`."""
    if find_spec(OTHERS[name]) is None:
        raise CaseError(f"这个版本没有 python -m eval {name}")
    return int(import_module(OTHERS[name]).main(list(arguments)) or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", description="评测：问一遍题库，与基线比较")
    commands = parser.add_subparsers(dest="command", required=True, metavar=f"run|{'|'.join(OTHERS)}")
    asked = commands.add_parser("run", help="问一遍题库；有题变差时退出码为 1")
    asked.add_argument(
        "cases", nargs="*", type=Path, metavar="CASES", help="题库文件，或 demo、scope、scope-model、pages；默认全部"
    )
    asked.add_argument("--index", type=Path, metavar="DIR", help="用这个已建好的索引")
    asked.add_argument("--baseline", type=Path, metavar="FILE", help="与这份基线比较")
    asked.add_argument(
        "--crowd", type=int, default=0, metavar="N", help="另问 scope-crowd：scope 的题，周围另有 N 篇别处的文件"
    )
    asked.add_argument("--json", action="store_true", help="标准输出只写 JSON")
    asked.add_argument("--report", type=Path, metavar="FILE", help="写一份 Markdown 报告，旁边一张图")
    asked.add_argument("--write-baseline", type=Path, metavar="FILE", help="把这次的结果写成基线")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    chosen = arguments.baseline or (BASELINE if BASELINE.is_file() else None)
    baseline = read_baseline(chosen) if chosen else None
    results: dict[str, list[Outcome]] = {}
    about = {"时间": datetime.now(UTC).isoformat(timespec="seconds"), "处理器": processor()}
    for each in _sets(arguments.cases, arguments.index, os.environ.get("WENJU_PAGES"), arguments.crowd):
        settings = replace(read_settings(), index=each.index)
        if each.cases.stem == "scope" and each.source:
            write_templates(each.source.parent)
        if each.name == "scope-crowd" and each.source:
            write_crowd(each.source / f"crowd-{arguments.crowd}", arguments.crowd, CROWD_SEED)
        if each.source:
            build_index([each.source], settings, progress=TerminalProgress())
        made = corpus.manifest(each.index)
        about |= {"向量模型": str(made.get("model")), "模型指纹": str(made.get("fingerprint"))}
        results[each.name] = _asked(each, settings, made)
    earlier = baseline["sets"] if baseline else {}
    compared = {
        name: compare(each, earlier[name]["cases"] if name in earlier else None) for name, each in results.items()
    }
    record = as_record(results, compared, about)
    write(DATA / "runs" / f"{about['时间'].replace(':', '')}.json", record)  # kept, to draw figures over time
    if arguments.write_baseline:
        write(arguments.write_baseline, as_baseline(results, about))
    if arguments.report:
        _report(arguments.report, results, compared, baseline, about)
    _print(record if arguments.json else None, results, compared, baseline)
    return 1 if any(each.is_worse for each in compared.values()) else 0


def _sets(cases: Sequence[Path], index: Path | None, pages: str | None, crowd: int = 0) -> list[Set]:
    """What to ask over what: the sets or files named, else all sets of ours.

    The real pages are left out, with a line, where nobody says where they are.
    """
    ours = {
        "demo": Set("demo", HERE / "cases" / "demo.jsonl", DATA / "demo", HERE.parent / "demo"),
        "scope": Set("scope", HERE / "cases" / "scope.jsonl", DATA / "scope", DATA / "templates" / "pages", "judge"),
    }
    ours["scope-model"] = replace(ours["scope"], name="scope-model", obeys=True)
    if crowd:
        around = replace(ours["scope"], name="scope-crowd", index=DATA / "crowd", source=DATA / "crowded" / "pages")
        return [around] if not cases and not index else [around, *_sets(cases, index, pages)]
    if pages:
        ours["pages"] = Set("pages", HERE / "cases" / "pages.jsonl", DATA / "pages", Path(pages))
    if not cases and not index:
        if not pages:
            print("跳过 pages：没有设置 WENJU_PAGES（真实页面所在的目录）", file=sys.stderr)
        return list(ours.values())
    chosen = index or Path(os.environ.get("WENJU_INDEX") or ".data/index")
    if not cases:
        return [replace(ours["demo"], index=chosen, source=None)]
    return [ours[path.name] if path.name in ours and not index else Set(path.stem, path, chosen) for path in cases]


def _asked(each: Set, settings: Settings, made: Mapping[str, Any]) -> list[Outcome]:
    cases = [case for case in read_cases(each.cases) if each.tag in (None, *case.tags)]
    sources = [each.source] if each.source else [Path(source) for source in made.get("sources") or ()]
    assistant = open_assistant(settings, words=ObedientWords() if each.obeys else None)

    def progress(number: int) -> None:
        print(f"\r{each.name} {number}/{len(cases)}", end="", file=sys.stderr, flush=True)

    outcomes = run(assistant, cases, corpus.originals(sources), progress if sys.stderr.isatty() else None)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return outcomes


def _print(
    record: Mapping[str, Any] | None,
    results: Mapping[str, Sequence[Outcome]],
    compared: Mapping[str, Comparison],
    baseline: Mapping[str, Any] | None,
) -> None:
    if record is not None:
        print(json.dumps(record, ensure_ascii=False))
        return
    for name, outcomes in results.items():
        found = baseline["sets"].get(name) if baseline else None
        print(report.summary(name, outcomes, found["figures"] if found else None))
        print(report.verdict(compared[name]) if found or compared[name].broken else "- 没有基线可比", end="\n\n")


def _report(
    path: Path,
    results: Mapping[str, Sequence[Outcome]],
    compared: Mapping[str, Comparison],
    baseline: Mapping[str, Any] | None,
    about: Mapping[str, str],
) -> None:
    picture = path.with_suffix(".svg")
    path.parent.mkdir(parents=True, exist_ok=True)
    report.draw(results, picture)
    path.write_text(report.markdown(results, compared, baseline, about, picture.name), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
