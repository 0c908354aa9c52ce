"""A trained network as the file that is shipped: int8, without the word embeddings, with its checksum beside it."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from eval.reader.network import ReaderNetwork, Row, batch_of
from eval.reader.training import Plan
from index.encoder import write_reader
from index.unpack import Shape

LARGEST = 25_000_000  # bytes


def ship(network: ReaderNetwork, plan: Plan, rows: Sequence[Row], figures: dict[str, Any], graph: Path) -> None:
    """Write `graph` and its card; `rows` show how far the inputs of its matrices reach, `figures` what it is worth."""
    config = network.encoder.config
    shape = Shape(
        config.hidden_size,
        plan.layers,
        config.num_attention_heads,
        config.intermediate_size,
        config.vocab_size,
        config.max_position_embeddings,
        config.type_vocab_size,
        config.layer_norm_eps,
    )
    tensors = {_short(name): tensor.detach().numpy() for name, tensor in network.state_dict().items()}
    write_reader(tensors, shape, graph, reach_of(network, rows))
    content = graph.read_bytes()
    if len(content) > LARGEST:
        raise ValueError(f"{graph.name} has {len(content)} bytes, more than {LARGEST}")
    about = {
        "bytes": len(content),
        "crc32": zlib.crc32(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **asdict(plan),
        "figures": figures,
    }
    graph.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


@torch.no_grad()
def reach_of(network: ReaderNetwork, rows: Sequence[Row]) -> dict[str, NDArray[numpy.float32]]:
    """The greatest distance from zero of every input of every linear layer, over some rows."""
    found: dict[str, NDArray[numpy.float32]] = {}

    def look(name: str, layer: torch.nn.Module, states: tuple[torch.Tensor, ...]) -> None:
        del layer
        far = states[0].abs().flatten(0, -2).amax(0).numpy()
        found[name] = numpy.maximum(found.get(name, far), far)

    hooks = [
        module.register_forward_pre_hook(partial(look, _short(name)))
        for name, module in network.encoder.encoder.named_modules(prefix="encoder.encoder")
        if isinstance(module, torch.nn.Linear)
    ]
    for row in rows:
        network(*batch_of([row]))
    for hook in hooks:
        hook.remove()
    return found


def _short(name: str) -> str:
    """The name of a tensor as the graph is written from it: `encoder.layer.0…` as in BertModel, and `head`."""
    return name.removeprefix("encoder.")
