"""Runs on disk: the committed baseline, which holds no text of any document, and every run as JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.compare import Comparison
from eval.run import Outcome, figures
from index.errors import CaseError


def read_baseline(path: Path) -> dict[str, Any]:
    """A baseline as `as_baseline` made it. Raises CaseError where it cannot be read."""
    try:
        read = json.loads(path.read_text("utf-8"))
        if not isinstance(read["sets"], dict):
            raise ValueError("sets")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaseError(f"读不了基线 {path}：请用 --write-baseline 重写一份") from error
    return dict(read)


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write a baseline or a run, one line a value, so that a change of it reads well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")


def as_baseline(results: Mapping[str, Sequence[Outcome]], about: Mapping[str, str]) -> dict[str, Any]:
    """What is committed: figures and per-case scores, no text of any document."""
    sets = {
        name: {
            "figures": figures(outcomes),
            "cases": {each.case.id: {"passed": each.passed, "scores": _rounded(each.scores)} for each in outcomes},
        }
        for name, outcomes in results.items()
    }
    return {
        "processor": about["处理器"],
        "model": about.get("向量模型"),
        "fingerprint": about.get("模型指纹"),
        "sets": sets,
    }


def as_record(
    results: Mapping[str, Sequence[Outcome]], compared: Mapping[str, Comparison], about: Mapping[str, str]
) -> dict[str, Any]:
    """The run as JSON: the baseline's fields and, for every case, what was asked, got and why it failed."""
    record = as_baseline(results, about) | {"time": about["时间"]}
    for name, outcomes in results.items():
        for outcome in outcomes:
            record["sets"][name]["cases"][outcome.case.id] |= {
                "question": outcome.case.question,
                "expected": outcome.case.expected,
                "got": outcome.got,
                "refused": outcome.refused,
                "code": outcome.code,
                "why": list(outcome.why),
                "sources": list(outcome.sources),
                "elapsed_ms": outcome.elapsed,
                "error": outcome.error,
            }
        comparison = compared[name]
        record["sets"][name] |= {
            "is_worse": comparison.is_worse,
            "broken": list(comparison.broken),
            "losses": {loss.metric: {"before": loss.before, "now": loss.now} for loss in comparison.losses},
            "worse": [each.case.id for each in comparison.worse],
            "better": [each.case.id for each in comparison.better],
        }
    return record


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {name: round(score, 4) for name, score in scores.items()}


def processor() -> str:
    """The name of this machine's processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").split("\n")
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
