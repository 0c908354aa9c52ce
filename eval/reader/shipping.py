"""A trained network as the file that is shipped: int8, without the word embeddings, with its checksum beside it."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.reader.network import ReaderNetwork
from eval.reader.training import Plan
from index.encoder import write_reader
from index.unpack import Shape

LARGEST = 25_000_000  # bytes


def ship(network: ReaderNetwork, plan: Plan, figures: dict[str, Any], graph: Path) -> None:
    """Write `graph` and its card; `figures` are those of the questions held out, by set."""
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
    tensors = {name.removeprefix("encoder."): tensor for name, tensor in _named(network).items()}
    write_reader(tensors, shape, graph, int8=True)
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


def _named(network: ReaderNetwork) -> dict[str, Any]:
    """The tensors by the names that the graph is written from: `encoder.layer.0…` as in BertModel, and `head`."""
    return {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
