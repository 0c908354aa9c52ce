"""`python -m eval train-decision`: the model that decides whether there is evidence, from our own data.

Every question of the public sets is asked twice: with its page in the index, and with that page
taken out; and again over small corpora of a few dozen pages drawn at random, so that the decision
holds on 20 files as on 2,000. The tuning half of the scope cases adds questions about places and
years, and the lessons that the reader did not learn from add how people ask. What is learnt goes
to `rag/decision.json`; the curve to `docs/`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy
from numpy.typing import NDArray

from eval.cases import Case, read_cases
from eval.lessons import SOURCE, in_fives, read_lessons
from eval.reader.examples import Example
from eval.reader.traps import traps
from eval.sets import NAMES, SetQuestion
from eval.templates.__main__ import write
from eval.tune import open_set, sample, unlearnt
from index.fold import fold
from index.store import Index, open_build
from index.types import Passage
from rag.answer import Assistant
from rag.assemble import assistant_over, build_index, open_cutter, open_embedder
from rag.decide import FEATURES, READ, DecisionWeights, weigh
from rag.scope import sides
from rag.settings import Settings, read_settings

TODAY = date(2024, 12, 31)
FALSE_REFUSALS = (
    0.05  # of the answerable, each source counting alike: on people's questions as many errors of each kind
)
SMALL = (12, 25, 60)  # pages of the small corpora
HERE = Path(__file__).parent
DATA = Path(".data") / "eval"
SHRINKAGE = 60.0  # the largest that costs nothing on held-out fifths
AGAINST = ("unseen", "contrary")  # what never speaks for an answer; all else but EITHER never speaks against one
EITHER = ("words",)
OUTPUT = HERE.parent / "rag" / "decision.json"

UNDECIDED = DecisionWeights((), (), 0.0, 0.0)  # answers whatever it is asked: what is gathered is what it would weigh

Row = tuple[tuple[float, ...], int, str]  # features, 1 where there is an answer, where it comes from


def set_rows(name: str, index: Index, questions: Sequence[SetQuestion], assistant: Assistant, seed: int) -> list[Row]:
    """Six rows a question: with its page and without, in the set and in few pages; with the page but no answer.

    And one where something else is asked of the page: another year, another subject, its rent.
    """
    generator = numpy.random.default_rng(seed)
    number_of = {heading.path: heading.id for heading in index.headings}
    owners = numpy.asarray(index.passage_documents)
    rows: list[Row] = []
    trap_of = _traps(index, number_of, questions, seed)
    for question in questions:
        right = number_of.get(question.document)
        if right is None:
            continue
        some = generator.choice(len(number_of), size=int(generator.choice(SMALL)), replace=False)
        few = numpy.isin(owners, some)
        answers = [fold(answer) for answer in question.answers]
        for mask, answerable, silent in (
            (numpy.ones(len(owners), bool), 1, False),
            (owners != right, 0, False),
            (few | (owners == right), 1, False),
            (few & (owners != right), 0, False),
            (numpy.ones(len(owners), bool), 0, True),  # the page is there, the sentences that answer are not
        ):
            rows.append((_features(assistant, question.question, mask, answers if silent else []), answerable, name))
        if question.id in trap_of:
            rows.append((_features(assistant, trap_of[question.id], few | (owners == right), []), 0, name))
    return rows


def _traps(index: Index, number_of: Mapping[str, int], questions: Sequence[SetQuestion], seed: int) -> dict[str, str]:
    """A question that looks answered and is not for most questions, by their ids."""
    known = [question for question in questions if question.document in number_of]
    examples = [
        Example(question.id, 0, fold(question.question), [[fold(passage.text) for passage in passages]], 0, [], None)
        for question in known
        if (passages := index.texts.passages_of(number_of[question.document]))
    ]
    return {trap.source: trap.question for trap in traps(examples, 1.0, seed)}


def _features(
    assistant: Assistant, question: str, mask: NDArray[numpy.bool_], silenced: Sequence[str]
) -> tuple[float, ...]:
    """The evidence for a question when sentences that hold one of `silenced` are not there."""
    asked = assistant.finder.retriever.take_apart(question)
    retrieval = assistant.finder.retriever.retrieve(asked, 10, mask)

    def admits(passage: Passage, sentence: str) -> bool:
        folded = fold(sentence)
        return not any(answer in folded for answer in silenced)

    candidates = assistant.finder.reader.read(asked, retrieval, admits)
    return weigh(asked, retrieval, candidates, assistant.finder.retriever.unseen(asked, mask)).values(FEATURES + READ)


def case_rows(cases: Sequence[Case], assistant: Assistant, source: str) -> list[Row]:
    """One row a case that is asked without history and inside one scope."""
    rows: list[Row] = []
    for case in cases:
        if case.history:
            continue
        today = date.fromisoformat(case.today) if case.today else TODAY
        scope = assistant.bounds.of_question(case.question, today)
        if sides(case.question, scope):
            continue
        found = assistant.finder.find(case.question, scope, today)
        if not found.asked.is_overview:
            rows.append((found.evidence.values(FEATURES + READ), int(case.answerable), source))
    return rows


def fit(rows: Sequence[Row], weights: Sequence[float], features: Sequence[str]) -> NDArray[numpy.float64]:
    """Weights and bias of the logistic model with the highest weighted likelihood, shrunk as far as costs nothing.

    Shrunk, features that say nearly the same share the weight, and none decides alone on a folder of another kind.
    No feature may count against its meaning, however it is entangled with the others: in a folder that is unlike
    all that was trained on, more of the question met must still be more evidence.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    signs = numpy.array([features for features, _, _ in rows])
    signs = numpy.hstack([signs, numpy.ones((len(signs), 1))])
    labels = numpy.array([label for _, label, _ in rows], float)
    importance = numpy.array(weights, float)

    def loss(model: NDArray[numpy.float64]) -> tuple[float, NDArray[numpy.float64]]:
        values = signs @ model
        chance = 1 / (1 + numpy.exp(-values))
        total = (importance * (numpy.logaddexp(0, values) - labels * values)).sum() + SHRINKAGE / 2 * (
            model[:-1] ** 2
        ).sum()
        slope = signs.T @ (importance * (chance - labels))
        slope[:-1] += SHRINKAGE * model[:-1]
        return float(total), slope

    model: NDArray[numpy.float64] = minimize(
        loss, numpy.zeros(signs.shape[1]), jac=True, method="L-BFGS-B", bounds=[*map(_bounds, features), (None, None)]
    ).x
    return model


def _bounds(feature: str) -> tuple[float | None, float | None]:
    if feature in EITHER:
        return None, None
    return (None, 0.0) if feature in AGAINST else (0.0, None)


def refused_at(rows: Sequence[Row], values: NDArray[numpy.float64], false_refusals: float) -> float:
    """The share of unanswerable questions refused at the threshold that refuses this share of the answerable."""
    labels = numpy.array([label for _, label, _ in rows])
    threshold = numpy.quantile(values[labels == 1], false_refusals)
    return float((values[labels == 0] < threshold).mean())


def main(arguments: Sequence[str]) -> int:
    """Gather, fit five-fold, print, write the model and its curve; exit 0."""
    parser = argparse.ArgumentParser(prog="python -m eval train-decision")
    parser.add_argument("--questions", type=int, default=800, help="so many of each public set")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--reader", choices=("on", "off"), default="on", help="the model with the reader, or without")
    parser.add_argument("--again", action="store_true", help="use the rows of the last run")
    options = parser.parse_args(arguments)
    kept = DATA / f"decision_rows_{options.reader}.json"
    if not options.again:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(_gather(options)), encoding="utf-8")
    rows: list[Row] = [(tuple(f), label, name) for f, label, name in json.loads(kept.read_text("utf-8"))]
    _show(rows, numpy.array([features[0] for features, _, _ in rows]), "by the best cosine alone")
    plain = [(features[: len(FEATURES)], label, name) for features, label, name in rows]
    if options.reader == "off":
        _report(plain, options.seed, FEATURES, "plain")
        return 0
    _show(plain, _held_out_values(plain, options.seed, FEATURES), "without the reader's features")
    _report(rows, options.seed, FEATURES + READ, "reader")
    return 0


def _gather(options: argparse.Namespace) -> list[Row]:
    settings = replace(read_settings(), reader=options.reader)
    embedder, cutter = open_embedder(settings), open_cutter(settings)
    rows: list[Row] = []
    for name in NAMES:
        index, questions = open_set(name, settings)
        assistant = assistant_over(index, embedder, cutter, settings, decision=UNDECIDED)
        chosen = sample(unlearnt(questions, settings), options.questions, options.seed)
        rows += set_rows(name, index, chosen, assistant, options.seed)
    home = DATA / "template_tuning"  # of another seed than the one that judges
    write(home, options.seed)
    templates = [case for case in read_cases(home / "scope.jsonl") if "tune" in case.tags]
    rows += case_rows(templates, _over([home / "pages"], home / "index", settings), "scope")
    for number, (pages, asked) in enumerate(in_fives([each for each in read_lessons() if not each.is_the_readers])):
        assistant = _over(pages, DATA / SOURCE / str(number), settings)
        rows += case_rows([lesson.case for lesson in asked], assistant, SOURCE)
    return rows


def _over(sources: Sequence[Path], home: Path, settings: Settings) -> Assistant:
    """An assistant over these pages that weighs whatever it is asked and refuses nothing."""
    settings = replace(settings, index=home)
    build_index(list(sources), settings)
    embedder, cutter = open_embedder(settings), open_cutter(settings)
    return assistant_over(open_build(home), embedder, cutter, settings, decision=UNDECIDED)


def _importance(rows: Sequence[Row]) -> list[float]:
    """A weight a row, so that each source counts alike, however many rows it has."""
    counts = Counter(name for _, _, name in rows)
    return [len(rows) / len(counts) / counts[name] for _, _, name in rows]


def _held_out_values(rows: Sequence[Row], seed: int, features: Sequence[str]) -> NDArray[numpy.float64]:
    """The log odds of every row under a model that was fitted to the other four fifths."""
    importance = _importance(rows)
    fold_of = numpy.random.default_rng(seed).integers(0, 5, len(rows))
    held = numpy.zeros(len(rows))
    signs = numpy.hstack([numpy.array([f for f, _, _ in rows]), numpy.ones((len(rows), 1))])
    for number in range(5):
        inside = [(row, weight) for row, weight, f in zip(rows, importance, fold_of, strict=True) if f != number]
        model = fit([row for row, _ in inside], [weight for _, weight in inside], features)
        held[fold_of == number] = signs[fold_of == number] @ model
    return held


def _show(rows: Sequence[Row], held: NDArray[numpy.float64], title: str) -> None:
    print(title)
    for source in sorted({name for _, _, name in rows}):
        chosen = numpy.array([name == source for _, _, name in rows])
        part = [row for row in rows if row[2] == source]
        print(
            f"  {source}: {len(part)} rows; refused at 3 % false refusals {refused_at(part, held[chosen], 0.03):.3f}, "
            f"at 5 % {refused_at(part, held[chosen], 0.05):.3f}"
        )


def _report(rows: Sequence[Row], seed: int, features: Sequence[str], mode: str) -> None:
    held = _held_out_values(rows, seed, features)
    _show(rows, held, f"the model as it is kept ({mode})")
    labels = numpy.array([label for _, label, _ in rows])
    sources = numpy.array([name for _, _, name in rows])
    grid = numpy.linspace(-6, 3, 361)
    refused = [
        numpy.mean([(held[(sources == name) & (labels == 1)] < at).mean() for name in set(sources)]) for at in grid
    ]
    threshold = float(grid[int(numpy.searchsorted(refused, FALSE_REFUSALS))])
    model = fit(rows, _importance(rows), features)
    value = {
        "features": features,
        "weights": [round(float(w), 4) for w in model[:-1]],
        "bias": round(float(model[-1]), 4),
        "threshold": round(1 / (1 + numpy.exp(-threshold)), 4),
    }
    print(json.dumps(value))
    models = json.loads(OUTPUT.read_text("utf-8")) | {mode: value}
    OUTPUT.write_text(json.dumps(models, indent=1) + "\n", encoding="utf-8")
    _curve(held, labels)


def _curve(values: NDArray[numpy.float64], labels: NDArray[numpy.int64]) -> None:
    """The calibration curve as a picture: what was promised against what came true."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    chance = 1 / (1 + numpy.exp(-values))
    bins = numpy.clip((chance * 10).astype(int), 0, 9)
    xs = [chance[bins == number].mean() for number in range(10) if (bins == number).any()]
    ys = [labels[bins == number].mean() for number in range(10) if (bins == number).any()]
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="#bbb")
    axes.plot(xs, ys, marker="o", color="#1f6f54")
    axes.set_xlabel("probability of an answer, as decided")
    axes.set_ylabel("share that had an answer")
    figure.tight_layout()
    figure.savefig(HERE.parent / "docs" / "decision.svg")
    pyplot.close(figure)
