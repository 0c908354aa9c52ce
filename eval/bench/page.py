"""docs/bench.md and its plots, from the figures that the parts left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]

HEAD = """# 测出来的数字

这一页与图由 `python -m eval bench` 写成，不要手改。数字只与同一张表里的数字可比；每张表下面写着测量时的机器与负载，
负载高于 1 时各项都偏慢，并排的两列受同样的影响。没有量过的写“未测”。
"""


def write_page(found: Mapping[str, Figures | None], folder: Path) -> None:
    """Write the page and the plots; a part that was not measured yet is said to be so."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = [HEAD]
    for name, title, section in (
        ("rivals", "与一段普通的 LangChain 程序相比", _rivals),
        ("encoding", "与 sentence-transformers 的 encode 相比", _encoding),
        ("growth", "语料变大时", _growth),
        ("multiplying", "与这台机器相比", _multiplying),
    ):
        figures = found[name]
        sections.append(f"## {title}\n\n" + (section(figures) + _machine(figures) if figures else "未测。\n"))
    growth = found["growth"]
    if growth and growth["sizes"]:
        _draw(growth["sizes"], folder / "bench-growth.svg")
        sections.append("![语料变大时的时间与空间](bench-growth.svg)\n")
    (folder / "bench.md").write_text("\n".join(sections), "utf-8")


def _machine(figures: Figures) -> str:
    about = figures["machine"]
    return (
        f"\n（{about['processor']}，{about['cores']} 核；负载 {about['load']} → {figures['load_after']}；"
        f"{about['time']} UTC，提交 {about['commit']}）\n"
    )


def _rivals(figures: Figures) -> str:
    lines = []
    rows = (
        ("冷启动：从命令到回答（秒，中位数）", "cold_seconds", ".2f"),
        ("冷启动内存峰值（MB）", "cold_mb", ",.0f"),
        ("热：p50（毫秒）", "p50_ms", ".1f"),
        ("热：p95（毫秒）", "p95_ms", ".1f"),
        ("问答进程内存峰值（MB）", "warm_mb", ",.0f"),
        ("建索引（秒）", "build_seconds", ".1f"),
        ("建索引内存峰值（MB）", "build_mb", ",.0f"),
        ("recall@5（按文档）", "recall_5", ".3f"),
    )
    for name, of in figures["sets"].items():
        ours, theirs = of["wenju"], of["langchain"]
        lines += [f"{name}：{of['pages']} 页，{of['questions']} 题", "", "| | 问据 | LangChain |", "|---|---|---|"]
        for title, key, form in rows:
            other = format(theirs[key], form) if key in theirs else "未测"
            lines.append(f"| {title} | {format(ours[key], form)} | {other} |")
        if "error" in theirs:
            lines += ["", f"LangChain 一栏未测：{theirs['error']}"]
        else:
            lines += ["", f"冷启动是它的 1/{theirs['cold_seconds'] / ours['cold_seconds']:.1f}。"]
        lines.append("")
    note = "问据的回答含检索、重排、判断有无证据、作答与引用；LangChain 一栏只到检索出 5 段为止。"
    return "\n".join([*lines, note, ""])


def _encoding(figures: Figures) -> str:
    speed, tokens = figures["passages_per_second"], figures["tokens_per_second"]
    return "\n".join(
        [
            f"{figures['texts']} 段，{figures['tokens']:,} 个 token，{figures['threads']} 线程，"
            f"交替 {len(figures['rounds']['wenju'])} 轮取中位数。",
            "",
            "| | 问据（int8） | encode（float32） |",
            "|---|---|---|",
            f"| 段/秒 | {speed['wenju']:.1f} | {speed['encode']:.1f} |",
            f"| token/秒 | {tokens['wenju']:,.0f} | {tokens['encode']:,.0f} |",
            "",
            f"快 {figures['times_faster']:.2f} 倍；向量的余弦平均 {figures['cosine_mean']:.4f}，"
            f"最低 {figures['cosine_least']:.4f}。",
            "",
        ]
    )


def _growth(figures: Figures) -> str:
    lines = [
        "| 段 | 文档 | 句 | 建索引（秒） | 建索引峰值（MB） | 磁盘（MB） | 冷启动（秒） | p50（毫秒） | p95（毫秒） "
        "| 问答进程自己的内存（MB） | 含映射的峰值（MB） | 向量 |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for of in figures["sizes"]:
        kind = "加噪声" if of["is_perturbed"] else "真实"
        peak = f"{of['build_mb']:,.0f}" if of["build_mb"] else "未测"
        lines.append(
            f"| {of['passages']:,} | {of['documents']:,} | {of['sentences']:,} | {of['build_seconds']:,.0f} | {peak} "
            f"| {of['disk_mb']:,.0f} | {of['cold_seconds']:.2f} | {of['p50_ms']:.1f} | {of['p95_ms']:.1f} "
            f"| {of['own_mb']:,.0f} | {of['peak_mb']:,.0f} | {kind} |"
        )
    lines += ["", "精确检索与图（HNSW，8 位）在哪里相交，每次一题，前 10：", ""]
    lines += [
        "| 向量 | 精确（毫秒） | 图（毫秒） | 图的 recall@10 | 建图（秒） | 图（MB） |",
        "|---|---|---|---|---|---|",
    ]
    for graph in [graph for of in figures["sizes"] for graph in of["graphs"]]:
        lines.append(
            f"| {graph['passages']:,} | {graph['exact_ms']:.2f} | {graph['graph_ms']:.2f} | {graph['recall']:.4f} "
            f"| {graph['graph_seconds']:,.0f} | {graph['graph_mb']:,.0f} |"
        )
    return "\n".join([*lines, ""])


def _multiplying(figures: Figures) -> str:
    names = list(next(iter(figures["rates"].values())))
    lines = [
        f"一个线程，{figures['tokens']} 个 token；每秒 10⁹ 次乘加。",
        "",
        f"| 矩阵 | {' | '.join(names)} |",
        "|---" * (len(names) + 1) + "|",
    ]
    for shape, rates in figures["rates"].items():
        lines.append(f"| {shape} | " + " | ".join(f"{rates.get(name, 0):.0f}" for name in names) + " |")
    spent = "，".join(f"{kind} {share:.0%}" for kind, share in list(figures["profile"].items())[:8])
    return "\n".join(
        [
            *lines,
            "",
            f"按每个形状里最快的一种，编码器的矩阵乘至少要 {figures['ideal_ms']:.2f} 毫秒；整个编码器用 "
            f"{figures['encoder_ms']:.2f} 毫秒，是它的 {figures['share']:.0%}。",
            f"时间花在：{spent}。",
            "",
        ]
    )


def _draw(sizes: list[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(12, 3.4))
    passages = [of["passages"] for of in sizes]
    for axis, title, lines in (
        (axes[0], "answer, warm (ms)", {"p50": "p50_ms", "p95": "p95_ms"}),
        (axes[1], "build (s)", {"build": "build_seconds"}),
        (axes[2], "space (MB)", {"disk": "disk_mb", "memory of its own": "own_mb"}),
    ):
        for label, key in lines.items():
            axis.plot(passages, [of[key] for of in sizes], marker="o", label=label)
        axis.set(xscale="log", yscale="log", xlabel="passages", title=title)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
