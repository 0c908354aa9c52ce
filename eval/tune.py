"""`python -m eval tune`: the weights of fusion and of reading, by five-fold cross-validation on the public sets."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from eval.sets import FOLDS, NAMES, SetQuestion, lay_out, part_of, read_set, sets_folder
from index.store import Index, open_build
from rag.assemble import assistant_over, build_index, held_out, open_cutter, open_embedder
from rag.retrieve import RESCORED, FusionWeights, Retriever
from rag.settings import Settings, read_settings

LEGS = ("dense", "words", "pairs", "sentence_dense", "sentence_pairs")
TRIALS = 400
RESAMPLES = 2000
FIGURES = ("R@1", "R@5", "MRR@10")
DEPTH = 40  # passages kept a question


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the legs gave for every question of a set.

    `scores` (questions, DEPTH, legs), `gold` (questions, DEPTH) bool: whether the passage is of the right
    document; `single` (questions, 3): rank of the right document in each leg alone.
    """

    name: str
    scores: NDArray[numpy.float32]
    gold: NDArray[numpy.bool_]
    single: NDArray[numpy.int64]


def open_set(name: str, settings: Settings) -> tuple[Index, list[SetQuestion]]:
    """The index of one public set, built where it is missing or stale, and its questions."""
    from dataclasses import replace

    pages, questions = read_set(sets_folder() / f"{name}.json")
    home = Path(".data/eval") / name
    settings = replace(settings, index=home / "index")
    build_index([lay_out(pages, home / "pages")], settings)
    return open_build(settings.index), questions


def unlearnt(questions: Sequence[SetQuestion], settings: Settings) -> list[SetQuestion]:
    """The questions that the reader of these settings was not trained on: all, where it is off."""
    held = held_out(settings)
    return [question for question in questions if held in (None, part_of(question.document))]


def sample(questions: Sequence[SetQuestion], count: int, seed: int) -> list[SetQuestion]:
    """So many of the questions, drawn by seed, in order."""
    generator = numpy.random.default_rng(seed)
    chosen = generator.permutation(len(questions))[:count]
    return [questions[int(number)] for number in sorted(chosen)]


def measure(name: str, index: Index, questions: Sequence[SetQuestion], retriever: Retriever) -> Sheet:
    """Every leg's scores for every question."""
    documents = [heading.path for heading in index.headings]
    scores = numpy.zeros((len(questions), DEPTH, len(LEGS)), numpy.float32)
    gold = numpy.zeros((len(questions), DEPTH), bool)
    single = numpy.zeros((len(questions), 3), numpy.int64)
    owners = numpy.asarray(index.passage_documents)
    for row, question in enumerate(questions):
        asked = retriever.take_apart(question.question)
        query = retriever.embed(asked)[0]
        legs = retriever.legs(asked, query)
        right = documents.index(question.document) if question.document in documents else -1
        for leg in range(3):
            single[row, leg] = _rank(legs[leg], owners, right)
        union = numpy.argsort(-(legs[0] + legs[1] + legs[2]))[:DEPTH]
        detail = retriever.sentence_legs(asked, query, [int(n) for n in union[:RESCORED]])
        width = len(union)
        scores[row, :width, :3] = numpy.stack([leg[union] for leg in legs], axis=1)
        scores[row, : len(detail), 3:] = detail
        gold[row, :width] = owners[union] == right
    return Sheet(name, scores, gold, single)


def _rank(scores: NDArray[numpy.float32], owners: NDArray[Any], right: int) -> int:
    mine = scores[owners == right]
    if not len(mine):
        return 10**6
    return len(numpy.unique(owners[scores > mine.max()]))


def figures(ranks: NDArray[numpy.int64]) -> tuple[float, float, float]:
    """Recall at 1 and 5 and MRR at 10 from ranks counted from 0."""
    reciprocal = numpy.where(ranks < 10, 1 / (ranks + 1), 0)
    return float((ranks < 1).mean()), float((ranks < 5).mean()), float(reciprocal.mean())


def fused_ranks(sheet: Sheet, weights: NDArray[numpy.float64]) -> NDArray[numpy.int64]:
    """The rank of the right document under these weights: the best RESCORED first, their order then by all legs."""
    first = sheet.scores[:, :, :3] @ weights[:3]
    order = numpy.argsort(-first, axis=1, kind="stable")
    head = order[:, :RESCORED]
    total = numpy.take_along_axis(sheet.scores @ weights, head, axis=1)
    again = numpy.take_along_axis(head, numpy.argsort(-total, axis=1, kind="stable"), axis=1)
    right = numpy.take_along_axis(sheet.gold, again, axis=1)
    return numpy.where(right.any(axis=1), right.argmax(axis=1), 10**6)


def search(sheets: Sequence[Sheet], rows: Sequence[NDArray[numpy.bool_]], seed: int) -> NDArray[numpy.float64]:
    """The weights with the best mean of MRR and recall at 1 on the chosen rows: random search, then refinement."""
    generator = numpy.random.default_rng(seed)
    parts = [Sheet(s.name, s.scores[r], s.gold[r], s.single[r]) for s, r in zip(sheets, rows, strict=True)]

    def quality(weights: NDArray[numpy.float64]) -> float:
        values = [figures(fused_ranks(part, weights)) for part in parts]
        return float(numpy.mean([r1 + mrr for r1, _, mrr in values]))

    best = numpy.array([getattr(FusionWeights(), field.name) for field in fields(FusionWeights)])
    value = quality(best)
    for trial in range(TRIALS):
        spread = 1.0 if trial < TRIALS // 2 else 0.25
        tried = best * numpy.exp(generator.normal(0, spread, len(best)))
        tried[0] = max(tried[0], 0.05)  # a corpus of paraphrases needs the dense leg; these sets cannot show it
        found = quality(tried)
        if found > value:
            best, value = tried, found
    scaled: NDArray[numpy.float64] = best / best[:3].sum()
    return scaled


def difference(
    fused: NDArray[numpy.int64], single: NDArray[numpy.int64], seed: int
) -> list[tuple[float, float, float]]:
    """Fusion minus the best leg in each of the three figures: the mean and the 95 % interval of a paired bootstrap.

    `fused` (questions,) and `single` (questions, legs) are ranks from 0. The questions are resampled, the same for
    both sides (Efron and Tibshirani 1993, chapter 16); the best leg is the best on all questions.
    """
    generator = numpy.random.default_rng(seed)
    rows = generator.integers(0, len(fused), (RESAMPLES, len(fused)))
    found = []
    for gains in (lambda r: r < 1, lambda r: r < 5, lambda r: numpy.where(r < 10, 1 / (r + 1), 0.0)):
        best = max((gains(single[:, leg]).astype(float) for leg in range(single.shape[1])), key=numpy.mean)
        apart = gains(fused).astype(float) - best
        low, high = numpy.quantile(apart[rows].mean(axis=1), (0.025, 0.975))
        found.append((float(apart.mean()), float(low), float(high)))
    return found


def _row(title: str, values: tuple[float, float, float]) -> str:
    return "  {:22} R@1 {:.3f}  R@5 {:.3f}  MRR@10 {:.3f}".format(title, *values)


def main(arguments: Sequence[str]) -> int:
    """Tune, print the table, exit 0."""
    parser = argparse.ArgumentParser(prog="python -m eval tune")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--questions", type=int, default=10**6, help="so many of each set")
    options = parser.parse_args(arguments)
    settings = read_settings()
    embedder, cutter = open_embedder(settings), open_cutter(settings)
    sheets = []
    for name in NAMES:
        index, questions = open_set(name, settings)
        questions = sample(questions, options.questions, options.seed)
        sheets.append(
            measure(name, index, questions, assistant_over(index, embedder, cutter, settings).finder.retriever)
        )
    generator = numpy.random.default_rng(options.seed)
    folds = [generator.integers(0, FOLDS, len(sheet.gold)) for sheet in sheets]
    ranks = [numpy.zeros(len(sheet.gold), numpy.int64) for sheet in sheets]
    for fold_number in range(FOLDS):
        weights = search(sheets, [fold_of != fold_number for fold_of in folds], options.seed)
        for sheet, fold_of, held in zip(sheets, folds, ranks, strict=True):
            chosen = fold_of == fold_number
            part = Sheet(sheet.name, sheet.scores[chosen], sheet.gold[chosen], sheet.single[chosen])
            held[chosen] = fused_ranks(part, weights)
    for sheet, held in zip(sheets, ranks, strict=True):
        print(sheet.name)
        for leg, title in enumerate(("dense", "words", "pairs")):
            print(_row(title, figures(sheet.single[:, leg])))
        print(_row("fused, five-fold", figures(held)))
        apart = difference(held, sheet.single, options.seed)
        told = (
            f"{name} {mean:+.4f} [{low:+.4f}, {high:+.4f}]"
            for name, (mean, low, high) in zip(FIGURES, apart, strict=True)
        )
        print(f"  {'fused - best leg':22} " + "  ".join(told))
    final = search(sheets, [numpy.ones(len(sheet.gold), bool) for sheet in sheets], options.seed)
    print("weights:", dict(zip(LEGS, (round(float(w), 3) for w in final), strict=True)))
    return 0
