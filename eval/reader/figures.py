"""What a trained reader reaches on examples that it has not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import torch

from eval.reader.examples import Example
from eval.reader.network import ReaderNetwork, Row, batch_of, rows_of
from index.tokenizer import Tokenizer
from rag.reader import best_span


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of the questions: right sentence first and among three, over all passages; exact span and its F1,
    inside the right passage; right passage first by its best sentence; area under the curve of knowing that the
    right passage without its answer does not answer."""

    questions: int
    first: float
    among_three: float
    exact: float
    f1: float
    passage: float
    silence: float


@torch.no_grad()
def measure(network: ReaderNetwork, examples: Sequence[Example], tokenizer: Tokenizer) -> Figures:
    """The figures over examples with an answer."""
    network.eval()
    rows: list[tuple[float, ...]] = []
    with_answer, without = [], []
    for example in examples:
        if example.gold is None:
            continue
        laid = rows_of(example, tokenizer, [*range(len(example.passages)), -1])
        outputs = _outputs(network, laid)
        scores = [
            (float(out[s:e, 0].mean()), number, at in row.right)
            for number, (row, out) in enumerate(zip(laid[:-1], outputs[:-1], strict=True))
            for at, (s, e) in enumerate(row.pair.sentences)
            if e > s
        ]
        scores.sort(reverse=True)
        silent = [float(outputs[-1][s:e, 0].mean()) for s, e in laid[-1].pair.sentences if e > s]
        with_answer.append(scores[0][0])
        without.append(max(silent, default=-9.0))
        exact, f1 = _span(laid[example.gold], outputs[example.gold], example, tokenizer)
        rows.append((scores[0][2], any(right for _, _, right in scores[:3]), exact, f1, scores[0][1] == example.gold))
    first, among_three, exact, f1, passage = map(float, numpy.nanmean(numpy.array(rows, dtype=float), axis=0))
    return Figures(len(rows), first, among_three, exact, f1, passage, _area(with_answer, without))


def _outputs(network: ReaderNetwork, rows: Sequence[Row]) -> list[numpy.ndarray]:
    outputs: list[numpy.ndarray] = [numpy.empty(0)] * len(rows)
    order = sorted(range(len(rows)), key=lambda number: len(rows[number].pair.ids))
    for at in range(0, len(order), 4):
        part = order[at : at + 4]
        for number, output in zip(part, network(*batch_of([rows[n] for n in part])).numpy(), strict=True):
            outputs[number] = output[: len(rows[number].pair.ids)]
    return outputs


def _span(row: Row, output: numpy.ndarray, example: Example, tokenizer: Tokenizer) -> tuple[float, float]:
    """Exact match and F1 over characters, as the sets' own scripts count; NaN where there is no span."""
    if row.span is None or example.span is None:
        return float("nan"), float("nan")
    start = row.pair.sentences[0][0]
    first, last = best_span(output[start:-1])
    pieces = tokenizer.text_of(row.pair.ids[start + first : start + last + 1])
    said, right = "".join(pieces.split()), "".join(example.span.split())
    common = sum((Counter(said) & Counter(right)).values())
    if not common:
        return float(said == right), 0.0
    precision, recall = common / len(said), common / len(right)
    return float(said == right), 2 * precision * recall / (precision + recall)


def _area(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that one of the positive stands above one of the negative."""
    ranks = numpy.argsort(numpy.argsort(numpy.array([*positive, *negative])))
    below = ranks[: len(positive)].sum() - len(positive) * (len(positive) - 1) / 2
    return float(below / (len(positive) * len(negative)))
