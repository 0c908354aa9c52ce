"""The tokenizer that starts at once gives the ids of the library's."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
import tokenizers

from index.charsmap import compile_charsmap
from index.errors import ModelError
from index.prepared import Prepared, making, seal
from index.tokenizer import PieceTokenizer, Tokenizer, write_pieces
from index.types import Embedder

PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "▁口岸",
    "口",
    "岸",
    "计划",
    "计",
    "划",
    "是什么",
    "▁plan",
    "s",
    "2",
    "0",
    "20",
]
SCORES = [0, 0, 0, 0, -2.0, -8.0, -6.0, -6.5, -7.0, -5.0, -5.0, -9.0, -6.0, -3.0, -3.0, -3.0, -4.0]
REPLACEMENTS = {"２": "2", "０": "0", "\u3000": " ", "\n": " ", "\r": " ", "\t": " ", "\u00b2": "2", "\u200b": " "}


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> PieceTokenizer:
    folder = tmp_path_factory.mktemp("pieces") / "pieces"
    with making(folder) as aside:
        write_pieces(PIECES, SCORES, REPLACEMENTS, aside)
        seal(aside, {}, {})
    return PieceTokenizer(Prepared(folder))


@pytest.fixture(scope="module")
def library() -> tokenizers.Tokenizer:
    library = tokenizers.Tokenizer(
        tokenizers.models.Unigram(list(zip(PIECES, SCORES, strict=True)), unk_id=3, byte_fallback=False)
    )
    library.normalizer = tokenizers.normalizers.Precompiled(compile_charsmap(REPLACEMENTS))
    library.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [tokenizers.pre_tokenizers.WhitespaceSplit(), tokenizers.pre_tokenizers.Metaspace()]
    )
    return library


def named(ids: list[int] | None) -> list[str]:
    return [] if ids is None else [PIECES[number] for number in ids]


def test_the_best_sum_of_scores_wins_and_unknown_characters_are_one(pieces: PieceTokenizer) -> None:
    assert named(pieces.encode("口岸计划是什么")) == ["<s>", "▁口岸", "计划", "是什么", "</s>"]
    assert named(pieces.encode("岸２０２\u3000plans")) == ["<s>", "▁", "岸", "20", "2", "▁plan", "s", "</s>"]
    assert named(pieces.encode("计不知道划")) == ["<s>", "▁", "计", "<unk>", "划", "</s>"]


@pytest.mark.parametrize("text", ["", " ", "\r\n", "\u200b\u3000"])
def test_nothing_is_only_the_two_ends(pieces: PieceTokenizer, text: str) -> None:
    assert pieces.encode(text) == [0, 2]


def test_a_mark_upon_a_replaced_character_is_left_to_the_library(pieces: PieceTokenizer) -> None:
    assert pieces.encode("²\u0301") is None
    assert pieces.encode("s\u0301 ²") is not None


def test_random_text_is_cut_as_the_library_cuts_it(pieces: PieceTokenizer, library: tokenizers.Tokenizer) -> None:
    source = random.Random(7)
    pool = "口岸计划是什么plans20２０² \u3000\r\n\t\u0301不知"
    compared = 0
    for _ in range(5000):
        text = "".join(source.choice(pool) for _ in range(source.randint(0, 20)))
        ids = pieces.encode(text)
        if ids is not None:
            compared += 1
            assert ids[1:-1] == library.encode(text).ids, ascii(text)
    assert compared > 3000


def test_a_vocabulary_that_it_could_not_cut_by_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        write_pieces(["a▁b"], [-1.0], {}, tmp_path)
    with pytest.raises(ModelError):
        write_pieces(["a" * 17], [-1.0], {}, tmp_path)


@pytest.fixture(scope="module")
def model(embedder: Embedder, settings) -> Prepared:  # type: ignore[no-untyped-def]
    from index.bundled import prepare

    return Prepared(prepare(settings.cache))


@pytest.mark.slow
def test_the_bundled_vocabulary_gives_the_ids_of_the_library_on_any_unicode(model: Prepared) -> None:
    tokenizer = Tokenizer(model)
    pieces = PieceTokenizer(model)
    source = random.Random(5)
    special = "\u0301\u200d\u200c\u3099\uff9e\r\n\u00a0▁ ①½ªㅤ가<s></s>"
    ranges = ((0x1, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0x4E00, 0x9FFF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))
    texts = ["<unk>", "<s>a</s>", "a<mask>b", "▁▁"]
    for _ in range(5000):
        parts = [chr(source.randint(*source.choice(ranges))) for _ in range(source.randint(0, 25))]
        parts += source.sample(special, source.randint(0, 3))
        source.shuffle(parts)
        texts.append("".join(parts))
    at_once = [pieces.encode(text) for text in texts]
    expected = tokenizer._by_library(texts)
    differing = [ascii(text) for text, a, b in zip(texts, at_once, expected, strict=True) if a is not None and a != b]
    assert differing == []
    assert sum(ids is None for ids in at_once) < len(texts) / 5
    assert tokenizer.encode(texts[:500]) == expected[:500]


@pytest.mark.slow
def test_the_bundled_vocabulary_gives_the_ids_of_the_library_on_all_questions(model: Prepared) -> None:
    if not os.environ.get("WENJU_SETS"):
        pytest.skip("WENJU_SETS is not set: no public question sets to cut")
    questions = [
        "query: " + question["question"]
        for path in sorted(Path(os.environ["WENJU_SETS"]).glob("*.json"))
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]
    assert len(questions) > 6000
    pieces = PieceTokenizer(model)
    assert [pieces.encode(question) for question in questions] == Tokenizer(model)._by_library(questions)
