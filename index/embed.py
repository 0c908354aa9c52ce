"""Texts to unit vectors: the bundled model through ONNX Runtime, any other through sentence-transformers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy

from index.embeddings import TokenEmbeddings
from index.errors import ModelError
from index.prepared import Prepared
from index.tokenizer import Tokenizer
from index.types import Vectors

QUESTION_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "


class BundledEmbedder:
    """multilingual-e5-small from the folder that `index.bundled.prepare` made; needs neither torch nor transformers.

    Every text is a run of its own, on one core; `threads` (all cores, if None) texts run at a time. So nothing is
    padded, no core waits for another inside a run, the working set stays in the cache, and, as activations are
    quantised with one scale a run, a text has the same vector, bit for bit, alone and in any company.

    Raises ModelError where the folder is missing or not whole.
    """

    name = "multilingual-e5-small"
    dimension = 384
    max_tokens = 512

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self._prepared = Prepared(folder)
        self.fingerprint = self._prepared.fingerprint
        self._tokenizer = Tokenizer(self._prepared)
        self._embeddings = TokenEmbeddings(self._prepared)
        self._threads = threads or len(os.sched_getaffinity(0))

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, 384) of questions."""
        return self._embed([QUESTION_PREFIX + text for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, 384) of passages or sentences; what exceeds 512 tokens is cut off."""
        return self._embed([PASSAGE_PREFIX + text for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has as a passage, prefix and ends included."""
        return [len(ids) for ids in self._tokenizer.encode([PASSAGE_PREFIX + text for text in texts])]

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return numpy.zeros((0, self.dimension), dtype=numpy.float32)
        vectors = numpy.empty((len(texts), self.dimension), dtype=numpy.float32)
        tokens = [self._truncated(ids) for ids in self._tokenizer.encode(texts)]
        session = self._session

        def run(row: int) -> None:
            vectors[row] = session.run(None, {"embedded": self._embeddings.of(tokens[row])[None]})[0][0]

        run_each(run, [len(ids) for ids in tokens], self._threads)
        return vectors

    def _truncated(self, ids: list[int]) -> list[int]:
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]

    @cached_property
    def _session(self) -> Any:
        graph = self._prepared.bytes(f"encoder-{self._prepared.notes['variant']}.onnx")
        return open_graph(graph)


def open_graph(graph: bytes) -> Any:
    """An ONNX Runtime session on one core."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The graph is written as it shall run. Optimising it would take as long as loading it, and slow it down.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def run_each(run: Callable[[int], None], lengths: Sequence[int], threads: int) -> None:
    """Call `run` with every row, `threads` at a time; the longest rows first, so that all cores end together."""
    longest_first = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    if len(lengths) < 2 or threads == 1:
        for row in longest_first:
            run(row)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, longest_first))


class SentenceTransformerEmbedder:
    """Any other model, through sentence-transformers: a Hugging Face name that is already local, or a folder.

    Prefixes are the model's own prompts, where it has any. Raises ModelError where the model cannot be loaded.
    """

    def __init__(self, name_or_folder: str, threads: int | None = None) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        if threads:
            torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(name_or_folder, device="cpu", local_files_only=True)
        except Exception as error:  # whatever a foreign model folder makes the libraries raise
            raise ModelError(
                f"模型 {name_or_folder} 无法载入：请给出 sentence-transformers 模型的文件夹，或先把它下载到本机"
            ) from error
        self.name = name_or_folder
        self.dimension = int(self._model.get_embedding_dimension())
        self.max_tokens = int(self._model.max_seq_length or 512)
        self.fingerprint = _weights_hash(self._model)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, dimension) of questions."""
        return self._embed(texts, "query")

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, dimension) of passages."""
        return self._embed(texts, "passage")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens the model's own tokenizer makes of each text."""
        return [len(ids) for ids in self._model.tokenizer(list(texts), truncation=False)["input_ids"]] if texts else []

    def _embed(self, texts: Sequence[str], kind: str) -> Vectors:
        if not texts:
            return numpy.zeros((0, self.dimension), dtype=numpy.float32)
        prompt = (self._model.prompts or {}).get(kind) or ""
        return numpy.asarray(
            self._model.encode(list(texts), prompt=prompt, normalize_embeddings=True, show_progress_bar=False),
            dtype=numpy.float32,
        )


def _weights_hash(model: Any) -> str:
    import hashlib

    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().float().numpy().tobytes())
    return digest.hexdigest()
