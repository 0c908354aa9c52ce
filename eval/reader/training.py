"""The loop: deterministic from its seed, resumable from checkpoints, one progress line."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file

from eval.lessons import SOURCE
from eval.reader.examples import Example, shuffled
from eval.reader.network import ReaderNetwork, Row, batch_of, rows_of
from eval.reader.traps import traps
from index.errors import CaseError
from index.tokenizer import Tokenizer

NEIGHBOURS = 64  # batches among which examples are sorted by length


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training run is made of: everything that its result depends on, beside the examples."""

    layers: int = 12
    frozen: int = 3
    room: int = 144  # tokens of a row
    epochs: float = 3.0
    batch: int = 8  # questions
    negatives: int = 1  # other passages a question
    silent: float = 0.35  # of the negatives, how many are the right passage without its answer
    rate: float = 2e-4
    head_rate: float = 1e-3
    warm_up: float = 0.05  # of the steps
    cool_down: float = 0.4  # of the steps, at the end
    seed: int = 2026
    traps: float = 0.0  # questions without an answer made from those with one, for each of these
    lessons: int = 1  # how often the lessons are gone through while the rest is gone through once; 0 for not at all
    saved_every: int = 100  # steps
    held_out: int = -1  # the fifth of the public sets that is not learnt from


def train(
    plan: Plan,
    examples: Sequence[Example],
    folder: Path,
    model: Path,
    tokenizer: Tokenizer,
    until: int | None = None,
    start: Path | None = None,
) -> ReaderNetwork:
    """Train to the end of the plan, from the checkpoint in `folder` if it is one of this plan, of whatever length.

    `until` stops after so many steps, to be gone on with later. `start` is the checkpoint of another run, whose
    weights one begins with: an earlier lesson.
    """
    learnt = [
        example
        for example in examples
        if (example.part != plan.held_out or plan.held_out < 0) and (plan.lessons or example.source != SOURCE)
    ]
    learnt += traps(learnt, plan.traps, plan.seed)
    learnt += [example for example in learnt if example.source == SOURCE] * (plan.lessons - 1)
    torch.manual_seed(plan.seed)  # for the head
    network = ReaderNetwork(model, plan.layers, plan.frozen)
    heads = [p for name, p in network.named_parameters() if name.startswith("head.")]
    body = [p for name, p in network.named_parameters() if not name.startswith("head.") and p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": plan.rate}, {"params": heads, "lr": plan.head_rate}], weight_decay=0.01
    )
    peaks = [plan.rate, plan.head_rate]
    steps = int(plan.epochs * (len(learnt) // plan.batch))
    if start is not None:
        load_trained(network, _of_network(load_file(start)))
    done = _resume(folder, plan, network, optimiser)
    network.train()
    started, first = time.monotonic(), done
    recent: list[float] = []
    for epoch in range(math.ceil(plan.epochs)):
        batches = _batches(plan, learnt, epoch)
        for step, batch in enumerate(batches, start=epoch * len(batches)):
            if not done <= step < min(steps, steps if until is None else until):
                continue
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * _schedule(step / steps, plan)
            generator = numpy.random.default_rng((plan.seed, step))  # the step's own, wherever one resumes
            rows = [_drawn(plan, example, tokenizer, generator) for example in batch]
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(network, rows)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            recent = [*recent[-99:], float(loss.detach())]
            if (step + 1) % plan.saved_every == 0 or step + 1 == steps:
                _save(folder, plan, network, optimiser, step + 1)
            _report(step + 1, steps, first, started, recent)
    network.eval()
    return network


def average(network: ReaderNetwork, start: Path, kept: float, path: Path) -> None:
    """Mix the trained weights with the `kept` share of those in the checkpoint `start`, and write them to `path`.

    A lesson that teaches something else unlearns a little of the lesson before; the mean of both keeps more of each
    (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    """
    earlier, later = _of_network(load_file(start)), _trained(network)
    mixed = {name: kept * earlier[name] + (1 - kept) * tensor for name, tensor in later.items()}
    load_trained(network, mixed)
    save_file({f"network.{name}": tensor.contiguous() for name, tensor in mixed.items()}, path)


def loss_of(network: ReaderNetwork, groups: Sequence[Sequence[Row]]) -> torch.Tensor:
    """The mean over questions of four losses.

    Listwise: the answering sentences against all sentences of all the question's passages. Pointwise: each sentence
    by itself, so that its score is a probability. The passage by its first token. The span, inside the right passage.
    """
    rows = [row for group in groups for row in group]
    ids, mask = batch_of(rows)
    output = network(ids, mask)
    at = 0
    losses = []
    for group in groups:
        scores, right, passages = [], [], []
        spans = output.new_zeros(())
        for row in group:
            numbers = output[at]
            at += 1
            for sentence, (start, end) in enumerate(row.pair.sentences):
                if end > start:
                    scores.append(numbers[start:end, 0].mean())
                    right.append(float(sentence in row.right))
            passages.append((numbers[0, 0], float(bool(row.right))))
            if row.span:
                inside = slice(row.pair.sentences[0][0], len(row.pair.ids) - 1)
                for channel, place in zip((1, 2), row.span, strict=True):
                    target = torch.tensor(place - inside.start)
                    spans = spans + 0.5 * torch.nn.functional.cross_entropy(numbers[inside, channel], target)
        losses.append(_ranking(torch.stack(scores), torch.tensor(right)) + _standing(passages) + spans)
    return torch.stack(losses).mean()


def _ranking(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    alone = torch.nn.functional.binary_cross_entropy_with_logits(scores, right, reduction="none")
    share = alone.sum() / max(1.0, float(right.sum())) / 2
    if not right.any():
        return alone.sum() / 2
    chance = torch.log_softmax(scores, 0)
    return share - torch.logsumexp(chance[right > 0], 0)


def _standing(passages: Sequence[tuple[torch.Tensor, float]]) -> torch.Tensor:
    scores, labels = torch.stack([score for score, _ in passages]), torch.tensor([label for _, label in passages])
    return 0.5 * torch.nn.functional.binary_cross_entropy_with_logits(scores, labels)


def _batches(plan: Plan, examples: Sequence[Example], epoch: int) -> list[list[Example]]:
    """The batches of an epoch: of like length, in an order that seed and epoch decide."""
    order = shuffled(len(examples), plan.seed * 1009 + epoch)
    window = plan.batch * NEIGHBOURS
    batches = []
    for start in range(0, len(order), window):
        near = sorted(order[start : start + window], key=lambda number: _length(examples[number]))
        batches += [near[at : at + plan.batch] for at in range(0, len(near), plan.batch)]
    batches = [batch for batch in batches if len(batch) == plan.batch][: len(examples) // plan.batch]
    mixed = shuffled(len(batches), plan.seed * 2003 + epoch)
    return [[examples[number] for number in batches[at]] for at in mixed]


def _length(example: Example) -> int:
    gold = example.gold or 0
    return sum(map(len, example.passages[gold]))


def _drawn(plan: Plan, example: Example, tokenizer: Tokenizer, generator: numpy.random.Generator) -> list[Row]:
    """The right passage and as many others as the plan says, harder ones more often."""
    others = [number for number in range(len(example.passages)) if number != example.gold]
    chosen = [] if example.gold is None else [example.gold]
    can_be_silent = example.gold is not None and len(example.passages[example.gold]) > len(example.right)
    for _ in range(plan.negatives if chosen else plan.negatives + 1):  # as many rows for every question
        if can_be_silent and -1 not in chosen and (generator.random() < plan.silent or not others):
            chosen.append(-1)
        elif others:
            chosen.append(others.pop(min(int(generator.geometric(0.4)) - 1, len(others) - 1)))
    return rows_of(example, tokenizer, chosen, plan.room)


def _schedule(done: float, plan: Plan) -> float:
    """The share of the peak rate: up, level, and down to nothing, so that a run can be lengthened while it is level."""
    return min(1.0, done / plan.warm_up, (1 - done) / plan.cool_down)


def _save(folder: Path, plan: Plan, network: ReaderNetwork, optimiser: torch.optim.Optimizer, step: int) -> None:
    """A checkpoint beside the last one, then in its place: plain tensors, nothing pickled."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"network.{name}": value for name, value in _trained(network).items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
    aside = folder / "checkpoint.aside"
    about = {"plan": json.dumps(asdict(plan)), "step": str(step)}
    save_file({name: value.contiguous() for name, value in tensors.items()}, aside, metadata=about)
    os.replace(aside, folder / "checkpoint.safetensors")


def _resume(folder: Path, plan: Plan, network: ReaderNetwork, optimiser: torch.optim.Optimizer) -> int:
    """The step to go on from; 0 where there is no checkpoint of this plan."""
    from safetensors import safe_open

    path = folder / "checkpoint.safetensors"
    if not path.is_file():
        return 0
    with safe_open(str(path), "pt") as opened:
        about = opened.metadata()
    if json.loads(about["plan"]) | {"epochs": plan.epochs} != asdict(plan):
        return 0
    tensors = load_file(path)
    load_trained(network, _of_network(tensors))
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(about["step"])


def _trained(network: ReaderNetwork) -> dict[str, torch.Tensor]:
    """What training changes: everything but the shared tables."""
    return {name: p.detach() for name, p in network.named_parameters() if p.requires_grad}


def _of_network(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The network's own of a checkpoint's tensors."""
    return {n.removeprefix("network."): t for n, t in tensors.items() if n.startswith("network.")}


def load_trained(network: ReaderNetwork, tensors: dict[str, torch.Tensor]) -> None:
    """Put trained tensors back. Raises CaseError where they are of another network."""
    if tensors.keys() != _trained(network).keys():
        raise CaseError("检查点不是这个网络的：请换一个 --output，或删掉旧的检查点")
    network.load_state_dict(tensors, strict=False)


def _report(step: int, steps: int, first: int, started: float, recent: Sequence[float]) -> None:
    if step % 20 and step != steps:
        return
    left = (time.monotonic() - started) / (step - first) * (steps - step) / 60
    line = f"{step}/{steps}  loss {sum(recent) / len(recent):.3f}  还需约 {left:.0f} 分钟"
    print(f"\r{line}" if sys.stderr.isatty() else line, end="" if sys.stderr.isatty() else "\n", file=sys.stderr)
    sys.stderr.flush()
