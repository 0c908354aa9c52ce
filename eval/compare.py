"""What got worse since the baseline, case by case, and whether that is more than chance.

A metric is worse where its cases together lost more than one case's worth and the paired bootstrap
(Efron and Tibshirani 1993, chapter 16) says so at 95 %: fewer than 5 % of the resamples of the
per-case differences show no loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from eval.run import Outcome

TOLERATED_CASES = 1.0
CONFIDENCE = 0.95
RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Loss:
    """A metric that got worse beyond tolerance: its mean over the shared cases before and now."""

    metric: str
    before: float
    now: float
    cases: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run beside its baseline. `broken` needs no baseline: what may never happen, and did.

    `worse` and `better` are the outcomes that passed before and fail now, and the other way round.
    `gone` are ids that only the baseline has, `new` those that only the run has.
    """

    losses: tuple[Loss, ...] = ()
    broken: tuple[str, ...] = ()
    worse: tuple[Outcome, ...] = ()
    better: tuple[Outcome, ...] = ()
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def is_worse(self) -> bool:
        """True where the gate must close."""
        return bool(self.losses or self.broken)


def compare(outcomes: Sequence[Outcome], baseline: Mapping[str, Any] | None) -> Comparison:
    """`outcomes` of one set beside `baseline`: its {case id: {"passed", "scores"}}, or None where there is none."""
    broken = tuple(_broken(outcomes))
    if baseline is None:
        return Comparison(broken=broken)
    shared = [outcome for outcome in outcomes if outcome.case.id in baseline]
    ids = {outcome.case.id for outcome in outcomes}
    return Comparison(
        losses=tuple(_losses(shared, baseline)),
        broken=broken,
        worse=tuple(each for each in shared if not each.passed and baseline[each.case.id]["passed"]),
        better=tuple(each for each in shared if each.passed and not baseline[each.case.id]["passed"]),
        gone=tuple(name for name in baseline if name not in ids),
        new=tuple(outcome.case.id for outcome in outcomes if outcome.case.id not in baseline),
    )


def _broken(outcomes: Sequence[Outcome]) -> list[str]:
    """The things that no tolerance covers: an error, a quote that is not in the original, unreachable gold."""
    lines = []
    for outcome in outcomes:
        lines += [
            f"{outcome.case.id} {outcome.case.question}：{why}"
            for why in outcome.why
            if outcome.error is not None or why.startswith(("引文与原文不一致", "标准答案的文件"))
        ]
    return lines


def _losses(shared: Sequence[Outcome], baseline: Mapping[str, Any]) -> list[Loss]:
    losses = []
    names = {name for outcome in shared for name in outcome.scores}
    for name in ["passed", *sorted(names)]:
        before: list[float] = []
        now: list[float] = []
        for outcome in shared:
            earlier = _scores(baseline[outcome.case.id]).get(name)
            later = _scores({"passed": outcome.passed, "scores": outcome.scores}).get(name)
            if earlier is not None and later is not None:
                before.append(earlier)
                now.append(later)
        if now and is_worse(before, now):
            losses.append(Loss(name, sum(before) / len(now), sum(now) / len(now), len(now)))
    return losses


def _scores(row: Mapping[str, Any]) -> dict[str, float]:
    """The scores of a row, with whether the case passed as one of them."""
    return {"passed": float(row["passed"]), **row["scores"]}


def is_worse(before: Sequence[float], now: Sequence[float]) -> bool:
    """True where `now` lost more than one case against `before` and the paired bootstrap agrees at 95 %."""
    difference = numpy.asarray(now) - numpy.asarray(before)
    if -difference.sum() <= TOLERATED_CASES:
        return False
    drawn = numpy.random.default_rng(0).integers(0, difference.size, size=(RESAMPLES, difference.size))
    no_loss = float((difference[drawn].sum(axis=1) >= 0).mean())
    return no_loss < 1.0 - CONFIDENCE
