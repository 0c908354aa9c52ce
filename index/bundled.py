"""The model that needs no download: prepared once, from a package, into a cache folder."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.embed import PASSAGE_PREFIX, BundledEmbedder
from index.embeddings import write_embeddings
from index.encoder import write_encoder
from index.errors import ModelError
from index.prepared import is_prepared, making, seal
from index.tokenizer import write_pieces
from index.unpack import read_weights, weights_file, write_folder

_FORMAT = 2
_SAMPLE = ("全区共设立便民服务点二百三十六个。", "去年的財政收入是多少？", "The port opened to passengers in 2007.")
_AGREEMENT = 0.99  # the least cosine between the encoder and its original

Report = Callable[[str, float], None]


def prepare(cache: Path, report: Report | None = None) -> Path:
    """The folder of the bundled model under `cache`, made where it is missing, half-made or outdated.

    Holds `e5-small/` (for sentence-transformers), `encoder-<variant>.onnx`, `words.npy` (word embeddings, packed in
    4 bits), `positions.npy` and the arrays of the tokenizer. `report` gets each step and the fraction of it that is
    done; nothing is reported where there was nothing to do. Takes a quarter of a minute, or else a millisecond: what
    was damaged since is found by whoever reads it.

    Raises ModelError where the package is missing or damaged, or where the encoder disagrees with its original.
    """
    folder = folder_of(cache)
    variant = variant_for(processor_flags())
    source = {"format": _FORMAT, "bytes": weights_file().stat().st_size, "variant": variant}
    if not is_prepared(folder, source):
        with making(folder) as aside:
            model = _build(aside, variant, report or (lambda step, fraction: None))
            seal(aside, source, {"variant": variant})
            _check(model, aside)
    return folder


def folder_of(cache: Path) -> Path:
    """Where `prepare` puts the variant of the model that is right for this processor."""
    return cache / f"multilingual-e5-small-{variant_for(processor_flags())}"


def variant_for(flags: frozenset[str] | None) -> str:
    """int8 where products of unsigned and signed bytes are summed exactly, else float32.

    Without VNNI an x86 processor adds pairs of such products in 16 bits, which saturate: 255 * 127 * 2 > 32767.
    `flags` is None where the processor is not an x86; those multiply bytes exactly.
    """
    return "int8" if flags is None or flags & {"avx512_vnni", "avx_vnni"} else "float32"


def processor_flags() -> frozenset[str] | None:
    """The instruction sets of an x86 processor (empty where they cannot be read), None for any other."""
    if platform.machine().lower() not in ("x86_64", "amd64", "i686", "x86"):
        return None
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def _build(folder: Path, variant: str, report: Report) -> Any:
    """Fill the folder; the model as sentence-transformers loads it."""
    packed = read_weights(weights_file())
    write_folder(packed, folder / "e5-small", lambda fraction: report("解开权重", fraction))
    report("生成编码器", 0.0)
    model = _load(folder)
    tensors = {name: tensor.numpy() for name, tensor in model[0].auto_model.state_dict().items()}
    report("生成编码器", 0.5)
    write_encoder(tensors, packed.shape, folder / f"encoder-{variant}.onnx", int8=variant == "int8")
    write_embeddings(packed, folder)
    write_pieces(packed.pieces, packed.scores.tolist(), packed.replacements, folder)
    report("生成编码器", 1.0)
    return model


def _load(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(str(folder / "e5-small"), device="cpu", local_files_only=True)


def _check(model: Any, folder: Path) -> None:
    expected = model.encode([PASSAGE_PREFIX + text for text in _SAMPLE], show_progress_bar=False)
    cosines = (BundledEmbedder(folder).embed_passages(_SAMPLE) * expected).sum(axis=1)
    if not cosines.min() >= _AGREEMENT:
        raise ModelError(f"转换后的模型与原模型不一致（余弦 {cosines.min():.4f}）：请报告处理器型号")
