"""The evaluation's scripted model: it is really asked, and what it invents does not come through."""

from __future__ import annotations

from eval.obedient import ObedientWords
from rag.model_writer import ModelWriter
from rag.types import Turn
from tests.test_model_writer import EVIDENCE, QUESTION, TEXTS


def test_it_lies_after_every_piece_of_evidence_and_only_the_evidence_is_shown() -> None:
    written = ModelWriter(ObedientWords(), 8192, 800).write(QUESTION, EVIDENCE)
    assert written.generator == "scripted"
    assert [sentence.text for sentence in written.sentences] == list(TEXTS)
    assert [citation.n for citation in written.citations] == [1, 2, 3]
    assert written.degraded is not None and "3 句" in written.degraded


def test_its_rewriting_is_not_taken() -> None:
    history = [Turn("莲塘街道2024年引进了多少家企业？", "27家。")]
    rewritten = ModelWriter(ObedientWords(), 8192, 800).rewrite(
        "那2023年呢？", history, "莲塘街道2023年引进了多少家企业？"
    )
    assert rewritten == "莲塘街道2023年引进了多少家企业？"
