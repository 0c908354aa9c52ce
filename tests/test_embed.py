"""One text, one vector: in any company, of any length, without anything heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from index.bundled import prepare
from index.embed import BundledEmbedder, SentenceTransformerEmbedder
from index.errors import ModelError
from rag.settings import Settings

pytestmark = pytest.mark.slow
TEXTS = ["口岸", "海湾区2025年新建公园三十处。" * 12, "", "短句子。", "In 2007 the port opened.", "臺北的捷運" * 30]


@pytest.fixture(scope="module")
def folder(settings: Settings) -> Path:
    return prepare(settings.cache)


@pytest.fixture(scope="module")
def bundled(folder: Path) -> BundledEmbedder:
    return BundledEmbedder(folder, threads=2)


def test_a_text_has_the_same_vector_alone_and_in_any_company(bundled: BundledEmbedder) -> None:
    together = bundled.embed_passages(TEXTS)
    assert together.dtype == numpy.float32
    assert numpy.linalg.norm(together, axis=1) == pytest.approx(numpy.ones(len(TEXTS)), abs=1e-5)
    for text, vector in zip(TEXTS, together, strict=True):
        assert (bundled.embed_passages([text])[0] == vector).all()
    assert (bundled.embed_passages(TEXTS[::-1])[::-1] == together).all()


def test_the_number_of_threads_changes_nothing(bundled: BundledEmbedder, folder: Path) -> None:
    assert (BundledEmbedder(folder, threads=1).embed_passages(TEXTS) == bundled.embed_passages(TEXTS)).all()


def test_no_texts_give_no_vectors(bundled: BundledEmbedder) -> None:
    assert bundled.embed_passages([]).shape == (0, 384)
    assert bundled.embed_questions([]).shape == (0, 384)
    assert bundled.count_tokens([]) == []


def test_what_exceeds_512_tokens_is_cut_off(bundled: BundledEmbedder) -> None:
    long = "口岸计划" * 400
    assert bundled.count_tokens([long])[0] > 512
    assert (bundled.embed_passages([long]) == bundled.embed_passages([long + "另外还有许多"])).all()


def test_a_question_lies_nearest_to_its_answer(bundled: BundledEmbedder) -> None:
    answers = ["口岸于2007年正式通关。", "全区共有中小学四十六所。", "公园里种植了樱花和银杏。"]
    questions = ["口岸什么时候开通的？", "有多少所学校？", "公园种了哪些树？"]
    scores = bundled.embed_questions(questions) @ bundled.embed_passages(answers).T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]


def test_questions_and_passages_have_prefixes_of_their_own(bundled: BundledEmbedder) -> None:
    cosine = float((bundled.embed_questions(["口岸"]) * bundled.embed_passages(["口岸"])).sum())
    assert 0.7 < cosine < 0.999


def test_sentence_transformers_agrees_on_the_same_folder(bundled: BundledEmbedder, folder: Path) -> None:
    other = SentenceTransformerEmbedder(str(folder / "e5-small"))
    assert (other.dimension, other.max_tokens) == (384, 512)
    assert other.fingerprint != bundled.fingerprint
    assert (other.embed_passages(TEXTS) * bundled.embed_passages(TEXTS)).sum(axis=1).min() > 0.99
    assert (other.embed_questions(TEXTS) * bundled.embed_questions(TEXTS)).sum(axis=1).min() > 0.99
    assert other.embed_passages([]).shape == (0, 384)
    prefixes = bundled.count_tokens([""])[0] - 2
    assert [count + prefixes for count in other.count_tokens(TEXTS)] == bundled.count_tokens(TEXTS)


def test_a_model_that_is_not_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="无法载入"):
        SentenceTransformerEmbedder(str(tmp_path / "missing"))
    with pytest.raises(ModelError, match="缺失"):
        BundledEmbedder(tmp_path)


def test_a_question_imports_nothing_heavy(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from index.embed import BundledEmbedder;"
        f"BundledEmbedder(Path({str(folder)!r})).embed_questions(['口岸计划是什么']);"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers', 'tokenizers', 'onnx', 'faiss')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
