"""`python -m eval tune-reading`: the weights by which sentences are ranked, five-fold on the public sets.

Where the reader is on, only the questions of the fifth count that it was not trained on.

A conditional logit: the probability of a sentence is the softmax, over the sentences of the
retrieved passages, of the weighted sum of its signs; the weights maximise the likelihood of the
sentences that hold an answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from eval.sets import FOLDS, NAMES
from eval.tune import open_set, sample, unlearnt
from index.fold import fold
from rag.assemble import assistant_over, open_cutter, open_embedder
from rag.candidate import SIGNS
from rag.read import WITH_READER
from rag.settings import read_settings

READ_GRID = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)  # times the reader's weights, beside the others as they are
READER_SIGNS = 3  # the last ones

Question = tuple[NDArray[numpy.float64], NDArray[numpy.bool_]]  # signs (sentences, SIGNS); which hold an answer


def fit(questions: Sequence[Question]) -> NDArray[numpy.float64]:
    """The weights with the highest likelihood, slightly shrunk."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    usable = [question for question in questions if question[1].any()]

    def loss(weights: NDArray[numpy.float64]) -> tuple[float, NDArray[numpy.float64]]:
        total, slope = 0.05 * float(weights @ weights), 0.1 * weights
        for signs, right in usable:
            values = signs @ weights
            values = numpy.exp(values - values.max())
            chance = values / values.sum()
            among = chance * right
            total -= float(numpy.log(among.sum() + 1e-12))
            slope += signs.T @ chance - signs.T @ (among / among.sum())
        return total, slope

    result = minimize(loss, numpy.zeros(len(SIGNS)), jac=True, method="L-BFGS-B")
    weights: NDArray[numpy.float64] = result.x
    return weights


def right_first(questions: Sequence[Question], weights: NDArray[numpy.float64], among: int) -> float:
    """The share of all questions whose `among` best sentences hold an answer."""
    hits = [bool(right[numpy.argsort(-(signs @ weights), kind="stable")[:among]].any()) for signs, right in questions]
    return float(numpy.mean(hits))


def main(arguments: Sequence[str]) -> int:
    """Measure, fit, print; exit 0."""
    parser = argparse.ArgumentParser(prog="python -m eval tune-reading")
    parser.add_argument("--questions", type=int, default=1000, help="so many of each public set")
    options = parser.parse_args(arguments)
    settings = read_settings()
    embedder, cutter = open_embedder(settings), open_cutter(settings)
    everything: list[Question] = []
    for name in NAMES:
        index, entries = open_set(name, settings)
        assistant = assistant_over(index, embedder, cutter, settings)
        questions: list[Question] = []
        for entry in sample(unlearnt(entries, settings), options.questions, 7):
            asked = assistant.finder.retriever.take_apart(entry.question)
            candidates = assistant.finder.reader.read(asked, assistant.finder.retriever.retrieve(asked, 10))
            answers = [fold(answer) for answer in entry.answers]
            right = [
                index.headings[c.passage.document].path == entry.document and any(a in c.folded for a in answers)
                for c in candidates
            ]
            if candidates:
                questions.append((numpy.array([c.signs for c in candidates]), numpy.array(right)))
        fold_of = numpy.random.default_rng(7).integers(0, FOLDS, len(questions))
        held = [
            right_first(
                [q for q, f in zip(questions, fold_of, strict=True) if f == number],
                fit([q for q, f in zip(questions, fold_of, strict=True) if f != number]),
                among,
            )
            for among in (1, 2, 3)
            for number in range(FOLDS)
        ]
        shares = [float(numpy.mean(held[at : at + FOLDS])) for at in range(0, len(held), FOLDS)]
        print(f"{name}: right sentence first {shares[0]:.3f}, among two {shares[1]:.3f}, among three {shares[2]:.3f}")
        everything.extend(questions)
        for weight in READ_GRID if assistant.finder.reader.has_reader else ():
            own = numpy.array(WITH_READER.weights[-READER_SIGNS:])
            tried = numpy.array([*WITH_READER.weights[:-READER_SIGNS], *(weight * own)])
            two = [right_first(questions, tried, among) for among in (1, 2)]
            print(f"  with the reader times {weight:.2f}: first {two[0]:.3f}, among two {two[1]:.3f}", flush=True)
    weights = fit(everything)
    print("weights:", dict(zip(SIGNS, (round(float(w), 3) for w in weights / weights[0]), strict=True)))
    return 0
