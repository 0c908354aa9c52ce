"""Embedding against sentence-transformers' own `encode`: same texts, same threads, rounds that take turns."""

from __future__ import annotations

import os
import random
import statistics
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

from eval.sets import NAMES, read_set, sets_folder
from index.bundled import folder_of
from index.embed import PASSAGE_PREFIX
from index.types import Vectors
from rag.assemble import open_embedder
from rag.settings import read_settings

TEXTS = 256
SEED = 12


def measure(options: Namespace, data: Path) -> dict[str, Any]:
    """Passages and tokens a second of both, the median of the rounds, and how far their vectors agree."""
    del data
    import torch
    from sentence_transformers import SentenceTransformer

    settings = read_settings()
    ours = open_embedder(settings)
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    theirs = SentenceTransformer(str(folder_of(settings.cache) / "e5-small"), device="cpu", local_files_only=True)
    texts = _texts()
    tokens = sum(ours.count_tokens(texts))

    def encode() -> Vectors:
        prefixed = [PASSAGE_PREFIX + text for text in texts]  # `encode` sorts by length itself
        return numpy.asarray(theirs.encode(prefixed, batch_size=32, normalize_embeddings=True, prompt=""))

    seconds: dict[str, list[float]] = {"wenju": [], "encode": []}
    cosines = (ours.embed_passages(texts) * encode()).sum(axis=1)  # warms both up, too
    for _ in range(options.rounds):
        seconds["wenju"].append(_timed(lambda: ours.embed_passages(texts)))
        seconds["encode"].append(_timed(encode))
    median = {name: statistics.median(each) for name, each in seconds.items()}
    return {
        "texts": len(texts),
        "tokens": tokens,
        "threads": threads,
        "rounds": seconds,
        "passages_per_second": {name: len(texts) / each for name, each in median.items()},
        "tokens_per_second": {name: tokens / each for name, each in median.items()},
        "times_faster": median["encode"] / median["wenju"],
        "cosine_least": float(cosines.min()),
        "cosine_mean": float(cosines.mean()),
    }


def _texts() -> list[str]:
    """Paragraphs of both public sets, cut to what a passage has: lengths as they come."""
    every = [page[:300] for name in NAMES for page in read_set(sets_folder() / f"{name}.json")[0].values()]
    return random.Random(SEED).sample(every, TEXTS)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
