"""The reader: rows of tokens, stretches and spans; and the file that is shipped, as a user has it."""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path

import numpy
import pytest

from eval.reader.examples import Example
from index.bundled import prepare
from index.encoder import as_float32
from index.errors import ModelError
from rag.assemble import READER
from rag.reader import UNREAD, Reader, best_span, card, laid_out, stretches
from rag.settings import Settings

PASSAGES = [
    ["全区共有中小学四十六所。", "口岸于2007年7月1日正式通关。", "全年引进企业八十三家,其中外资九家。"],
    ["公园里种植了樱花和银杏。", "区教育局局长陈立秋出席了开园仪式。"],
]


def test_a_row_is_the_question_and_the_sentences_without_their_own_ends() -> None:
    pair = laid_out([0, 11, 12, 2], [[0, 21, 22, 2], [0, 31, 2]])
    assert pair.ids == [0, 11, 12, 2, 21, 22, 31, 2]
    assert pair.sentences == [(4, 6), (6, 7)]


def test_what_has_no_room_has_an_empty_range() -> None:
    pair = laid_out([0, 11, 2], [[0, *range(20, 30), 2], [0, 31, 2]], room=8)
    assert pair.ids == [0, 11, 2, 20, 21, 22, 23, 2]
    assert pair.sentences == [(3, 7), (7, 7)]


def test_stretches_hold_every_sentence_once_and_fit() -> None:
    lengths = [int(n) for n in numpy.random.default_rng(3).integers(1, 90, 200)]
    cut = stretches(lengths, 128)
    assert [start for start, _ in cut] == [0, *(end for _, end in cut[:-1])] and cut[-1][1] == len(lengths)
    assert all(sum(lengths[low:high]) <= 128 for low, high in cut)
    assert stretches([300], 128) == [(0, 1)] and stretches([], 128) == []


def test_a_span_ends_after_it_starts_and_is_not_too_long() -> None:
    numbers = numpy.zeros((40, 3), numpy.float32)
    numbers[5, 1], numbers[7, 2] = 3.0, 2.0
    assert best_span(numbers) == (5, 7)
    numbers[2, 2] = 4.5  # an end before every good start
    assert best_span(numbers) == (5, 7)
    numbers[35, 2] = 4.9  # too far from the good start
    assert best_span(numbers) == (5, 7)
    numbers[28, 2] = 2.5
    assert best_span(numbers) == (5, 28)


@pytest.fixture(scope="module")
def folder(settings: Settings) -> Path:
    return prepare(settings.cache)


@pytest.mark.slow
class TestShipped:
    """The file that is shipped, through ONNX Runtime."""

    @pytest.mark.parametrize(
        ("question", "passage", "sentence", "words"),
        [
            ("口岸什么时候正式通关?", 0, 1, "2007年7月1日"),
            ("全年引进了多少家企业?", 0, 2, "八十三家"),
            ("公园里种了哪些树?", 1, 0, "樱花和银杏"),
            ("教育局局长是谁?", 1, 1, "陈立秋"),
        ],
    )
    def test_it_finds_the_sentence_and_the_words(
        self, folder: Path, question: str, passage: int, sentence: int, words: str
    ) -> None:
        found = Reader(READER, folder).read(question, PASSAGES)
        scores = {(p, s): each.score for p, sentences in enumerate(found) for s, each in enumerate(sentences)}
        assert max(scores, key=lambda place: scores[place]) == (passage, sentence)
        others = [score for place, score in scores.items() if place != (passage, sentence)]
        assert scores[passage, sentence] > max(others) + 4  # log odds; of offices it is wary even where it is right
        span = found[passage][sentence].span
        assert span is not None
        said = PASSAGES[passage][sentence][slice(*span)]
        assert words in said or said in words

    def test_what_is_asked_for_and_not_there_is_no_answer(self, folder: Path) -> None:
        reader = Reader(READER, folder)

        def best(question: str) -> float:
            return max(each.score for sentences in reader.read(question, PASSAGES) for each in sentences)

        assert best("公园的设计院是哪一家?") < -4
        assert best("公园的园长是谁?") < best("教育局局长是谁?") - 2

    def test_a_passage_reads_alike_in_any_company_and_on_any_number_of_cores(self, folder: Path) -> None:
        together = Reader(READER, folder, threads=2).read("口岸什么时候通关?", PASSAGES)
        alone = [Reader(READER, folder, threads=1).read("口岸什么时候通关?", [each])[0] for each in PASSAGES]
        assert together == alone

    def test_a_sentence_without_room_counts_as_unread(self, folder: Path) -> None:
        (read,) = Reader(READER, folder).read("口岸?", [["", "口岸开通。"]])
        assert read[0].score == UNREAD and read[1].score > UNREAD

    def test_the_file_is_the_one_that_its_card_names(self) -> None:
        content = READER.read_bytes()
        assert len(content) <= 25_000_000
        assert zlib.crc32(content) == card(READER)["crc32"]

    def test_a_damaged_file_is_not_read(self, folder: Path, tmp_path: Path) -> None:
        copy = tmp_path / "reader.onnx"
        content = bytearray(READER.read_bytes())
        content[len(content) // 2] ^= 1
        copy.write_bytes(content)
        shutil.copy(READER.with_suffix(".json"), copy.with_suffix(".json"))
        with pytest.raises(ModelError, match="已损坏"):
            Reader(copy, folder).read("口岸?", PASSAGES)
        copy.with_suffix(".json").write_text("{}", encoding="utf-8")
        with pytest.raises(ModelError, match="说明"):
            Reader(copy, folder)

    def test_in_float32_it_says_nearly_the_same(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import onnxruntime

        graph = READER.read_bytes()
        wide = onnxruntime.InferenceSession(as_float32(graph), providers=["CPUExecutionProvider"])
        assert "DynamicQuantizeMatMul" not in _operators(as_float32(graph))
        reader = Reader(READER, folder)
        narrow = reader.read("口岸什么时候通关?", PASSAGES)
        monkeypatch.setattr(reader, "_session", wide)
        for one, other in zip(narrow, reader.read("口岸什么时候通关?", PASSAGES), strict=True):
            assert [each.score for each in one] == pytest.approx([each.score for each in other], abs=0.8)


def _operators(graph: bytes) -> list[str]:
    import onnx

    return [node.op_type for node in onnx.load_model_from_string(graph).graph.node]


@pytest.mark.slow
def test_training_goes_on_where_it_stopped_and_comes_to_the_same(folder: Path, tmp_path: Path) -> None:
    """Six steps at once, and three, an interruption and three more: the same weights to the bit."""
    import torch

    from eval.reader.network import prepared_tokenizer
    from eval.reader.training import Plan, train

    torch.set_num_threads(1)
    tokenizer = prepared_tokenizer(folder)
    examples = [
        Example(
            "own",
            0,
            f"第{n}年引进了多少家企业?",
            [[f"第{n}年引进企业{n}家。", "另有公园。"], ["别的。"]],
            0,
            [0],
            f"{n}家",
        )
        for n in range(3, 15)
    ]
    plan = Plan(layers=2, frozen=0, epochs=3.0, batch=6, saved_every=3)

    def weights(stopped: bool) -> list[bytes]:
        home = tmp_path / str(stopped)
        if stopped:
            train(plan, examples, home, folder / "e5-small", tokenizer, until=3)
        network = train(plan, examples, home, folder / "e5-small", tokenizer)
        return [p.detach().numpy().tobytes() for p in network.parameters() if p.requires_grad]

    assert weights(stopped=True) == weights(stopped=False)


@pytest.mark.slow
def test_the_mean_of_two_lessons(folder: Path, tmp_path: Path) -> None:
    """A quarter of the start and three of what was learnt, in the network and in the file for the next lesson."""
    import torch
    from safetensors.torch import load_file, save_file

    from eval.reader.network import ReaderNetwork
    from eval.reader.training import average

    network = ReaderNetwork(folder / "e5-small", layers=2, frozen=1)
    earlier = {f"network.{n}": torch.full_like(p, 8.0) for n, p in network.named_parameters() if p.requires_grad}
    learnt = network.head.weight.detach().clone()
    save_file(earlier, tmp_path / "start.safetensors")
    average(network, tmp_path / "start.safetensors", 0.25, tmp_path / "mean.safetensors")
    assert torch.allclose(network.head.weight, 0.75 * learnt + 2.0)
    written = load_file(tmp_path / "mean.safetensors")
    assert torch.equal(written["network.head.weight"], network.head.weight) and written.keys() == earlier.keys()
