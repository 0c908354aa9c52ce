"""The composition root: settings to the objects that do the work. Nothing else builds them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import IndexMismatch, ModelError
from rag.settings import ModelSettings, Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.build import BuildReport, Tokens
    from index.intake import Progress
    from index.milvus import Milvus
    from index.places import Gazetteer
    from index.store import Index
    from index.types import Cutter, Embedder
    from index.workers import ClusterEmbedder
    from rag.answer import Assistant
    from rag.decide import DecisionWeights
    from rag.model_writer import ModelWriter, Words
    from rag.reader import Reader

Report = Callable[[str, float], None]
READER = Path(__file__).with_name("reader.onnx")


def open_assistant(
    settings: Settings | None = None, report: Report | None = None, words: Words | None = None
) -> Assistant:
    """An assistant over the index that the settings name; `words` are a language model's, instead of theirs.

    Raises IndexMissing where nothing was built, IndexMismatch where the index was built with
    another model or dictionary.
    """
    started = time.perf_counter()
    settings = settings or read_settings()
    from index.store import open_build

    index = open_build(settings.index)
    embedder = open_embedder(settings, report)
    cutter = open_cutter(settings)
    check_match(index, embedder, cutter)
    assistant = assistant_over(index, embedder, cutter, settings, words)
    assistant.loaded_ms = (time.perf_counter() - started) * 1000
    return assistant


def assistant_over(
    index: Index,
    embedder: Embedder,
    cutter: Cutter,
    settings: Settings,
    words: Words | None = None,
    decision: DecisionWeights | None = None,
    opened_reader: Reader | None = None,
) -> Assistant:
    """An assistant over an index that is already open; with another decision than the shipped one where given.

    `opened_reader` is shared by those who serve several builds: each of its own would hold the graph once more.
    """
    from index.places import dictionary
    from rag.answer import Assistant
    from rag.decide import read_decision, second_opinion
    from rag.find import Finder
    from rag.read import WITH_READER, WITHOUT_READER, SentenceReader
    from rag.retrieve import FusionWeights, Retriever
    from rag.within import Bounds
    from rag.write import WritingWeights

    if index.manifest.collection and index.server is None:
        from index.milvus import MilvusVectors

        index.server = MilvusVectors(
            open_server(settings), index.manifest.collection, index.passage_vectors, index.passage_documents
        )
    gazetteer = dictionary().with_learnt(index.manifest.places)
    retriever = Retriever(index, embedder, cutter, FusionWeights())
    close = opened_reader or open_reader(settings)
    reader = SentenceReader(index, retriever, WITH_READER if close else WITHOUT_READER, close)
    trained = Path(__file__).with_name("decision.json")
    finder = Finder(
        index,
        retriever,
        reader,
        Bounds(index, gazetteer),
        decision or read_decision(trained, with_reader=close is not None),
        settings.passages,
        second_opinion(trained) if close and not decision else None,
    )
    assistant = Assistant(index, finder, WritingWeights(), open_writer(settings.llm, gazetteer, words))
    if settings.log or settings.spans:
        from rag.journal import Journal

        assistant.note = Journal(
            *(Path(name).expanduser() if name else None for name in (settings.log, settings.spans))
        )
    return assistant


def open_writer(settings: ModelSettings, gazetteer: Gazetteer, words: Words | None = None) -> ModelWriter | None:
    """The language model's writer; None where there are no words and no endpoint. Nothing is connected yet."""
    if words is None and not settings.is_configured:
        return None
    from rag.model_writer import ModelWriter

    if words is None:
        from rag.generate import Endpoint

        words = Endpoint(settings)
    return ModelWriter(words, settings.window_tokens, settings.answer_tokens, gazetteer, settings.timeout_seconds)


def open_embedder(settings: Settings, report: Report | None = None) -> Embedder:
    """The embedder that the settings name; the bundled one is prepared where that was not done yet."""
    if settings.embedder == "bundled":
        from index.bundled import prepare
        from index.embed import BundledEmbedder

        return BundledEmbedder(prepare(settings.cache, report), settings.threads or None)
    from index.embed import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(settings.embedder)


def embed_on_worker(model: str, fingerprint: str, texts: list[str]) -> bytes:
    """What a worker of a cluster does: vectors of passages as raw little-endian float32, by its own copy of the model.

    Raises ModelError where that is not the model of `fingerprint`.
    """
    embedder = _worker_embedder(model)
    if embedder.fingerprint != fingerprint:
        raise ModelError(f"worker 上的模型 {model} 与建索引的机器上的不同：请在每台机器上安装同一个版本")
    return embedder.embed_passages(texts).astype("<f4").tobytes()


@cache
def _worker_embedder(model: str) -> Embedder:
    """One embedder a worker process, for all its threads; each text is run on the thread that asks."""
    return open_embedder(replace(read_settings(), embedder=model, threads=1))


def open_cluster(address: str, embedder: Embedder, settings: Settings) -> ClusterEmbedder:
    """The embedder whose passages the Dask cluster at `address` embeds."""
    from index.workers import Certificates, ClusterEmbedder

    dask = settings.dask
    files = Certificates(dask.authority, dask.certificate, dask.key) if dask.is_encrypted else None
    return ClusterEmbedder(address, embedder, embed_on_worker, settings.embedder, files)


def open_server(settings: Settings) -> Milvus:
    """The vector server that the settings name. Nothing is connected yet."""
    from index.milvus import Milvus

    return Milvus(settings.milvus.uri, settings.milvus.token, settings.milvus.timeout_seconds)


def open_reader(settings: Settings) -> Reader | None:
    """The reader that is shipped; None where it is switched off. Its file is mapped when it first reads."""
    if settings.reader == "off" or not READER.is_file():
        return None
    from index.bundled import prepare
    from rag.reader import Reader

    return Reader(READER, prepare(settings.cache), settings.threads or None)


def held_out(settings: Settings) -> int | None:
    """The fifth of the public sets that the reader was not trained on; None where it is off or learnt from all."""
    if settings.reader == "off" or not READER.is_file():
        return None
    from rag.reader import card

    part = int(card(READER)["held_out"])
    return part if part >= 0 else None


def open_cutter(settings: Settings) -> Cutter:
    """The cutter of words, its dictionary prepared where that was not done yet."""
    from index.words import Words, prepare_words

    return Words(prepare_words(settings.cache))


def check_match(index: Index, embedder: Embedder, cutter: Cutter) -> None:
    """Refuse an index that was built with another model or dictionary."""
    if index.manifest.fingerprint != embedder.fingerprint:
        raise IndexMismatch(
            f"这个索引是用模型 {index.manifest.model} 建的，现在的模型是 {embedder.name}（版本不同）："
            "请换回原来的模型，或重建（python -m index build 目录）"
        )
    if index.manifest.words != cutter.fingerprint:
        raise IndexMismatch("这个索引是用另一部词典建的：请重建（python -m index build 目录）")


def build_index(
    sources: Sequence[Path],
    settings: Settings,
    report: Report | None = None,
    progress: Progress | None = None,
    workers: int = 1,
    tokens: Tokens | None = None,
    cluster: str = "",
) -> BuildReport:
    """Build or renew the index that the settings name; `workers` processes read the files.

    Where `cluster` names a Dask scheduler (dask://host:port), its workers embed.
    """
    from index.build import build
    from index.disk import Disk

    embedder = open_embedder(settings, report)
    cutter = open_cutter(settings)
    disk = Disk(settings.crash_at or None)
    seen, counted = progress or (lambda step, done, total: None), tokens or (lambda count: None)
    server = open_server(settings) if settings.store == "milvus" else None
    if cluster:
        distributed = open_cluster(cluster, embedder, settings)
        try:
            return build(sources, settings.index, distributed, cutter, disk, seen, workers, counted, server)
        finally:
            distributed.close()
    return build(sources, settings.index, embedder, cutter, disk, seen, workers, counted, server)
