"""Tuning: what stands behind the sentence "fusion is no worse than its better leg"."""

from __future__ import annotations

import numpy

from eval.tune import difference, figures


def test_figures_of_known_ranks() -> None:
    assert figures(numpy.array([0, 1, 4, 9, 10])) == (0.2, 0.6, (1 + 1 / 2 + 1 / 5 + 1 / 10) / 5)


def test_the_bootstrap_pairs_fusion_with_the_better_leg() -> None:
    fused = numpy.array([0] * 90 + [3] * 10)
    worse, better = numpy.full(100, 7), numpy.array([0] * 80 + [3] * 20)
    (first, low, high), (five, five_low, five_high), _ = difference(fused, numpy.stack([worse, better], 1), seed=1)
    assert round(first, 6) == 0.1
    assert 0.03 < low < 0.1 < high < 0.17
    assert (five, five_low, five_high) == (0.0, 0.0, 0.0)


def test_a_fusion_that_loses_is_seen_to_lose() -> None:
    fused, leg = numpy.array([1] * 50 + [0] * 50), numpy.zeros((100, 1), dtype=int)
    (mean, low, high), *_ = difference(fused, leg, seed=1)
    assert mean == -0.5 and low < high < -0.3
