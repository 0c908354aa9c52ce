"""HTML of the evaluation tab: the judge's runs as its files tell them, figures over time, cases that got worse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rag.draw import Words, ask_button
from rag.untrusted import cleaned, text

FIGURES = (
    "answer_hit",
    "refusal_recall",
    "false_refusals",
    "recall@5",
    "mrr@10",
    "document_precision",
    "wrong_year",
    "p95_ms",
)
SHOWN = 40  # runs in a figure
WIDTH, HEIGHT = 180, 44  # of a figure, in pixels

Json = Mapping[str, Any]


def read_runs(folder: Path, limit: int = SHOWN) -> list[dict[str, Any]]:
    """The newest runs under `folder`, oldest first; a file that is no run is passed over."""
    runs = []
    for path in sorted(folder.glob("*.json"))[-limit:] if folder.is_dir() else []:
        try:
            run = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(run, dict) and isinstance(run.get("sets"), dict):
            runs.append(run)
    return runs


def overview(runs: Sequence[Json], words: Words) -> str:
    """Every set of cases: its figures over time, and what got worse in its last run."""
    if not runs:
        return cleaned(f'<p class="none">{text(words["runs_none"])}</p>')
    names = dict.fromkeys(name for run in reversed(runs) for name in run["sets"])
    return "".join(_set(name, [run for run in runs if name in run["sets"]], words) for name in names)


def _set(name: str, runs: Sequence[Json], words: Words) -> str:
    last = runs[-1]
    cards = "".join(
        _card(key, [run["sets"][name].get("figures", {}).get(key) for run in runs], words) for key in FIGURES
    )
    head = cleaned(
        f"<h3>{text(words.get('set_' + name, name))}</h3>"
        f"<p><small>{text(_when(last))} · {text(last.get('processor', ''))}</small></p>"
    )
    worse = cleaned(_cases(last["sets"][name], words))
    # The figures hold numbers of ours only; they are drawn beside what is cleaned, which knows no pictures.
    return f'<section class="run">{head}<div class="figures">{cards}</div>{worse}</section>'


def _when(run: Json) -> str:
    """“2026-01-02 08:30” of a time in ISO form."""
    return str(run.get("time", ""))[:16].replace("T", " ")


def _card(key: str, values: Sequence[object], words: Words) -> str:
    known = [float(value) for value in values if isinstance(value, int | float)]
    if not known:
        return ""
    unit = 1.0 if key == "p95_ms" else 100.0
    shown = f"{known[-1]:.0f} ms" if key == "p95_ms" else f"{known[-1] * unit:.1f} %"
    change = (known[-1] - known[-2]) * unit if len(known) > 1 else 0.0
    moved = f"{change:+.1f}" if abs(change) >= 0.05 else "="
    return (
        f'<figure class="card"><figcaption>{escape(words["figure_" + key])}</figcaption>'
        f"<strong>{shown}</strong> <small>{moved}</small>{_line(known)}</figure>"
    )


def _line(values: list[float]) -> str:
    if len(values) == 1:
        values = [values[0], values[0]]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 1.0, high + 1.0
    span = high - low
    across = WIDTH / max(1, len(values) - 1)
    points = " ".join(
        f"{number * across:.1f},{HEIGHT - 4 - (value - low) / span * (HEIGHT - 8):.1f}"
        for number, value in enumerate(values)
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
    )


def _cases(judged: Json, words: Words) -> str:
    """The cases that got worse; where there are none, those that failed, each with a way to ask it again."""
    cases: Mapping[str, Json] = judged.get("cases", {})
    worse = [(name, cases[name]) for name in judged.get("worse", ()) if name in cases]
    failed = [(name, case) for name, case in cases.items() if not case.get("passed")]
    parts = [f"<p>{text(words['none_worse'])}</p>"] if not worse else []
    for label, chosen in ((words["worse"], worse), (words["failed_cases"], failed)):
        rows = "".join(_case(name, case, words) for name, case in chosen[:60] if case.get("question"))
        if rows:
            parts.append(f"<details><summary>{text(label)} {len(chosen)}</summary><ul>{rows}</ul></details>")
    return "".join(parts)


def _case(name: str, case: Json, words: Words) -> str:
    why = "；".join(str(reason) for reason in case.get("why", ()))
    return (
        f"<li><strong>{text(case['question'])}</strong> {ask_button(case['question'], words['ask_again'], 'plain')}"
        f"<br><small>{text(name)} · {text(why)}<br>{text(words['expected'])}：{text(case.get('expected', ''))}<br>"
        f"{text(words['got'])}：{text(str(case.get('got', ''))[:300])}</small></li>"
    )
