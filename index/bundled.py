"""The model that needs no download: prepared once, from a package, into a cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy

from index.embed import PASSAGE_PREFIX, BundledEmbedder
from index.encoder import Tensors, write_encoder
from index.errors import ModelError
from index.tokenizer import write_pieces
from index.unpack import Packed, read_weights, weights_file, write_folder

_FORMAT = 1
_MANIFEST = "manifest.json"
_CHECK = ("全区共设立便民服务点二百三十六个。", "去年的財政收入是多少？", "The port opened to passengers in 2007.")

Report = Callable[[str, float], None]


def prepare(cache: Path, report: Report | None = None) -> Path:
    """The folder of the bundled model under `cache`, made where it is missing, damaged or of another format.

    Holds `e5-small/` (for sentence-transformers), `encoder-<variant>.onnx`, `words.npy` (word embeddings, packed in
    4 bits), `positions.npy`, the arrays of the tokenizer and `manifest.json` with the SHA-256 of every file. Nothing
    half-made is ever visible: the folder is built aside, synced and renamed. `report` gets each step and the fraction
    of it that is done.

    Raises ModelError where the package is missing or damaged, or where the int8 model disagrees with its original.
    """
    report = report or (lambda step, fraction: None)
    folder = folder_of(cache)
    if is_whole(folder, report):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".preparing-", dir=cache))
    try:
        _build(aside, folder.name.rsplit("-", 1)[1], report)
        _publish(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def folder_of(cache: Path) -> Path:
    """Where `prepare` puts the variant of the model that is right for this processor."""
    return cache / f"multilingual-e5-small-{variant_for(processor_flags())}"


def variant_for(flags: frozenset[str] | None) -> str:
    """int8 where products of unsigned and signed bytes are summed exactly, else float32.

    Without VNNI an x86 processor adds pairs of such products in 16 bits, which saturate: 255 * 127 * 2 > 32767.
    `flags` is None where the processor is not an x86; those multiply bytes exactly.
    """
    return "int8" if flags is None or flags & {"avx512_vnni", "avx_vnni", "avx512vnni", "avxvnni"} else "float32"


def processor_flags() -> frozenset[str] | None:
    """The instruction sets of an x86 processor (empty where they cannot be read), None for any other."""
    if platform.machine().lower() not in ("x86_64", "amd64", "i686", "x86"):
        return None
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def is_whole(folder: Path, report: Report | None = None) -> bool:
    """Whether every file of the prepared model is there and has the checksum that the manifest states."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != _FORMAT or manifest["source"] != weights_file().stat().st_size:
            return False
        files: dict[str, dict[str, int | str]] = manifest["files"]
        if any((folder / name).stat().st_size != entry["bytes"] for name, entry in files.items()):
            return False
        for number, (name, entry) in enumerate(files.items()):
            if _sha256(folder / name) != entry["sha256"]:
                return False
            if report:
                report("核对模型", (number + 1) / len(files))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(files)


def _build(folder: Path, variant: str, report: Report) -> None:
    packed = read_weights(weights_file())
    write_folder(packed, folder / "e5-small", lambda fraction: report("解开权重", fraction))
    model = _load(folder / "e5-small")
    report("生成编码器", 0.0)
    write_encoder(_tensors(model), packed.shape, folder / f"encoder-{variant}.onnx", int8=variant == "int8")
    _write_tables(packed, folder)
    report("生成编码器", 1.0)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {}
    for number, path in enumerate(files):
        entries[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        report("计算校验和", (number + 1) / len(files))
    manifest = {
        "format": _FORMAT,
        "variant": variant,
        "source": weights_file().stat().st_size,
        "fingerprint": hashlib.sha256(json.dumps([_FORMAT, variant, entries]).encode()).hexdigest(),
        "files": entries,
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    _check(model, BundledEmbedder(folder))
    report("核对模型", 1.0)


def _load(folder: Path):  # type: ignore[no-untyped-def]
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def _tensors(model) -> Tensors:  # type: ignore[no-untyped-def]
    return {name: tensor.numpy() for name, tensor in model[0].auto_model.state_dict().items()}


def _write_tables(packed: Packed, folder: Path) -> None:
    numpy.save(folder / "words.npy", packed.words())
    write_pieces(packed.pieces, packed.scores.tolist(), packed.replacements, folder)
    types = packed.matrix("emb.type").reshape(-1, packed.shape.hidden)  # one segment only: every token is of type 0
    numpy.save(folder / "positions.npy", packed.matrix("emb.pos").reshape(-1, packed.shape.hidden) + types[0])


def _check(model, embedder: BundledEmbedder) -> None:  # type: ignore[no-untyped-def]
    expected = model.encode([PASSAGE_PREFIX + text for text in _CHECK], show_progress_bar=False)
    cosines = (embedder.embed_passages(_CHECK) * expected).sum(axis=1)
    if not cosines.min() >= 0.99:
        raise ModelError(f"转换后的模型与原模型不一致（余弦 {cosines.min():.4f}）：请报告处理器型号")


def _publish(aside: Path, folder: Path) -> None:
    """Sync and rename into place; a damaged folder that stands there gives way."""
    for path in [*aside.rglob("*"), aside]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    if folder.exists() and not is_whole(folder):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        aside.rename(folder)
    except OSError as error:
        if not is_whole(folder):  # another process was faster, or the disk does not let us
            raise ModelError(f"无法写入模型文件夹 {folder}（{error.strerror}）：请检查磁盘空间和权限") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
