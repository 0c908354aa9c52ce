"""`python -m eval train-reader`: train the reader, measure it on what it has not seen."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from eval.lessons import SOURCE
from eval.reader.examples import HOME, gather
from eval.sets import NAMES
from rag.settings import read_settings

SHOWN = 100  # examples from which the int8 scales are taken


def main(arguments: Sequence[str]) -> int:
    """Train, measure, print; exit 0."""
    from eval.reader.figures import measure
    from eval.reader.network import prepared_tokenizer, rows_of
    from eval.reader.shipping import ship
    from eval.reader.training import Plan, average, train
    from index.bundled import prepare

    parser = argparse.ArgumentParser(prog="python -m eval train-reader")
    for field in fields(Plan):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    parser.add_argument("--examples", type=Path, default=HOME / "examples.jsonl")
    parser.add_argument("--output", type=Path, default=HOME / "run")
    parser.add_argument("--start", type=Path, help="the checkpoint of an earlier run to begin with")
    parser.add_argument("--kept", type=float, default=0.0, help="the share of the --start in what comes out")
    parser.add_argument("--questions", type=int, default=0, help="learn from so many only, and from all lessons")
    parser.add_argument("--ship", type=Path, help="write the reader to this file, e.g. rag/reader.onnx")
    parser.add_argument("--measured", type=int, default=300, help="measure on so many of each set")
    options = parser.parse_args(arguments)
    plan = Plan(**{field.name: getattr(options, field.name) for field in fields(Plan)})
    model = prepare(read_settings().cache)
    tokenizer = prepared_tokenizer(model)
    examples = gather(options.examples)
    learnt = examples
    if options.questions:
        lessons = [e for e in examples if e.source == SOURCE]
        others = [e for e in examples if e.source != SOURCE and e.part != plan.held_out]
        learnt = [*others[:: max(1, len(others) // options.questions)], *lessons]
    network = train(plan, learnt, options.output, model / "e5-small", tokenizer, start=options.start)
    if options.start and options.kept:
        average(network, options.start, options.kept, options.output / "averaged.safetensors")
    figures = {}
    for source in NAMES if plan.held_out >= 0 else ():
        held = [e for e in examples if e.part == plan.held_out and e.source == source][: options.measured]
        figures[source] = {k: round(v, 4) for k, v in asdict(measure(network, held, tokenizer)).items()}
        print(source, json.dumps(figures[source]), flush=True)
    if options.ship:
        shown = [row for example in learnt[:: len(learnt) // SHOWN] for row in rows_of(example, tokenizer, [0])]
        ship(network, plan, shown, figures, options.ship)
    return 0
