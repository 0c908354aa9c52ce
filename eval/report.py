"""What a person reads after a run: figures, what got worse, the worst cases first, a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.compare import Comparison
from eval.metrics import mean
from eval.run import Outcome, figures

NAMES = {
    "cases": "题数",
    "passed": "通过",
    "recall@1": "recall@1（按文档）",
    "recall@5": "recall@5（按文档）",
    "recall@10": "recall@10（按文档）",
    "mrr@10": "MRR@10（按文档）",
    "answer_hit": "答案命中",
    "quote_precision": "引文含答案",
    "document_precision": "引文出自正确文档",
    "coverage": "有引文的句子",
    "quotes_exact": "引文与原文一致",
    "refusal_precision": "拒答精确率",
    "refusal_recall": "拒答召回率",
    "false_refusals": "误拒（可答题）",
    "wrong_year": "引错年份",
    "wrong_place": "引错地方",
    "wrong_number": "错数在前",
    "conflict_found": "指出矛盾",
    "false_conflicts": "误报矛盾",
    "followup_hit": "追问答对",
    "standalone_hit": "同题完整问法答对",
    "errors": "出错",
    "length": "答案长度（字）",
    "p50_ms": "用时 p50（毫秒）",
    "p95_ms": "用时 p95（毫秒）",
    "answered": "作答（可答题）",
    "refused": "拒答（不可答题）",
    "right_year": "年份正确的引文",
    "right_place": "地方正确的引文",
    "right_number_first": "正确数字在前",
    "no_false_conflict": "未误报矛盾",
    "gap_named": "说明缺口",
}
ESCAPES = {ord(character): f"&#{ord(character)};" for character in "\\|<>[]`*_!&"}  # what Markdown reads as markup
PLAIN = ("cases", "errors", "length", "p50_ms", "p95_ms")  # numbers, not shares


def shown(name: str, value: float | None) -> str:
    """A figure as a report prints it: a share with one decimal, a count as it is, 不适用 where nothing applies."""
    if value is None:
        return "不适用"
    return f"{value:.0f}" if name in PLAIN else f"{100 * value:.1f} %"


def summary(name: str, outcomes: Sequence[Outcome], before: Mapping[str, float | None] | None) -> str:
    """The figures of one set as a Markdown table, beside those of the baseline where there is one."""
    rows = [f"| {name} | 这次 | 基线 |", "|---|---:|---:|"]
    for key, value in figures(outcomes).items():
        earlier = shown(key, before.get(key)) if before else ""
        rows.append(f"| {NAMES[key]} | {shown(key, value)} | {earlier} |")
    return "\n".join(rows)


def verdict(comparison: Comparison) -> str:
    """What the gate says about one set, with the questions that got worse."""
    lines = [f"- 不允许：{line}" for line in comparison.broken]
    lines += [
        f"- 变差：{NAMES.get(loss.metric, loss.metric)} 由 {100 * loss.before:.1f} % 降到 {100 * loss.now:.1f} %"
        f"（{loss.cases} 题，超出容差）"
        for loss in comparison.losses
    ]
    for label, cases in (("这题变差", comparison.worse), ("这题变好", comparison.better)):
        lines += [f"- {label}：{outcome.case.id} {outcome.case.question}{_because(outcome.why)}" for outcome in cases]
    lines += (
        [f"- 基线中的 {len(comparison.gone)} 题这次没有问：{'、'.join(comparison.gone)}"] if comparison.gone else []
    )
    lines += [f"- 基线中没有的 {len(comparison.new)} 题"] if comparison.new else []
    return "\n".join(lines) if lines else "- 没有变差"


def _because(why: Sequence[str]) -> str:
    return f"（{'；'.join(why)}）" if why else ""


def groups(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes by trap (answerable cases without one under 可答), then by tag."""
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        trap = outcome.case.trap
        found.setdefault(f"陷阱 {trap}" if trap else "可答" if outcome.case.answerable else "不可答", []).append(
            outcome
        )
    for outcome in outcomes:
        for tag in outcome.case.tags:
            found.setdefault(f"标签 {tag}", []).append(outcome)
    return found


def worst_first(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The failed cases: errors, then inexact quotes, then wrong answers, then false refusals."""
    return sorted((outcome for outcome in outcomes if not outcome.passed), key=_badness)


def _badness(outcome: Outcome) -> tuple[bool, bool, bool, bool, str]:
    return (
        outcome.error is None,
        outcome.scores.get("quotes_exact", 1.0) == 1.0,
        not (outcome.wrong_years or outcome.wrong_places),
        outcome.refused,
        outcome.case.id,
    )


def markdown(
    sets: Mapping[str, Sequence[Outcome]],
    comparisons: Mapping[str, Comparison],
    baseline: Mapping[str, Any] | None,
    about: Mapping[str, str],
    chart: str | None = None,
) -> str:
    """The whole report. `chart` is the picture's file name, relative to the report."""
    parts = ["# 问据评测报告", "\n".join(f"- {key}：{value}" for key, value in about.items())]
    if chart:
        parts.append(f"![各组通过率]({chart})")
    for name, outcomes in sets.items():
        before = (baseline or {}).get("sets", {}).get(name, {}).get("figures")
        parts += [f"## {name}", summary(name, outcomes, before), f"### {name}：与基线相比", verdict(comparisons[name])]
        parts += [f"### {name}：分组", _table_of_groups(outcomes), f"### {name}：最差的在前", _table_of_worst(outcomes)]
    return "\n\n".join(parts) + "\n"


def _table_of_groups(outcomes: Sequence[Outcome]) -> str:
    rows = ["| 组 | 题数 | 通过 | 答案命中 | 拒答 |", "|---|---:|---:|---:|---:|"]
    for name, members in groups(outcomes).items():
        passed = mean(float(outcome.passed) for outcome in members)
        hit = mean(outcome.scores.get("answer_hit") for outcome in members)
        refused = mean(float(outcome.refused) for outcome in members)
        cells = [shown("passed", passed), shown("answer_hit", hit), shown("refused", refused)]
        rows.append(f"| {name} | {len(members)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _table_of_worst(outcomes: Sequence[Outcome]) -> str:
    rows = ["| 题 | 问题 | 应答 | 实答 | 为何不过 |", "|---|---|---|---|---|"]
    for outcome in worst_first(outcomes):
        case = outcome.case
        cells = [case.id, case.question, case.expected, outcome.got or "（无）", "；".join(outcome.why)]
        rows.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(rows) if len(rows) > 2 else "全部通过。"


def _cell(text: str) -> str:
    """Text made safe for one cell of a Markdown table: nothing in it becomes markup."""
    return " ".join(text.translate(ESCAPES).split())


def draw(sets: Mapping[str, Sequence[Outcome]], path: Path) -> None:
    """Draw, for each set, the share of passed cases group by group, into `path` (.png or .svg)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 1 + sum(0.3 * len(groups(each)) + 1 for each in sets.values())), layout="constrained")
    axes = figure.subplots(len(sets), 1, squeeze=False)[:, 0]
    for axis, (name, outcomes) in zip(axes, sets.items(), strict=True):
        found = groups(outcomes)
        axis.barh(_latin(found), [100 * (mean(float(each.passed) for each in group) or 0) for group in found.values()])
        axis.invert_yaxis()
        axis.set_xlim(0, 100)
        axis.set_xlabel("passed, %")
        axis.set_title(name)
    figure.savefig(path)


def _latin(found: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """The groups' names in letters that every font has, with their sizes."""
    words = {"陷阱": "trap", "标签": "tag", "可答": "answerable", "不可答": "unanswerable"}
    labels = (" ".join(words.get(word, word) for word in name.split(" ")) for name in found)
    return [f"{label} ({len(group)})" for label, group in zip(labels, found.values(), strict=True)]
