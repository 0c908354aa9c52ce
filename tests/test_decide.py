"""The decision: the file it is read from, and that evidence counts the right way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import SettingsError
from rag.decide import FEATURES, Evidence, probability, read_decision, refusal
from rag.question import take_apart

SHIPPED = Path(__file__).parent.parent / "rag" / "decision.json"
PLENTY = Evidence(0.4, 0.5, 1.0, 1.0, 1.0, 0.8, 1.0, 1.4, 0.4, 0.0, 0.0, 1.0)
NOTHING = Evidence(0.1, 0.1, 0.0, 0.1, 0.0, 0.2, 0.0, 0.3, 0.15, 0.8, 0.0, 0.0)


def test_the_shipped_model_answers_on_plenty_and_refuses_on_nothing() -> None:
    model = read_decision(SHIPPED, with_reader=False)
    asked = take_apart("引进多少家企业", lambda text: [text])
    assert refusal(asked, PLENTY, model) is None
    reason = refusal(asked, NOTHING, model)
    assert reason is not None and reason.code in ("off_topic", "absent_subject")
    assert probability(PLENTY, model) > model.threshold > probability(NOTHING, model)


def test_more_of_the_question_met_never_counts_against_it() -> None:
    model = read_decision(SHIPPED, with_reader=False)
    for low, high in ((0.2, 0.4), (0.5, 0.9)):
        less = replace(PLENTY, cover=low, context=low)
        more = replace(PLENTY, cover=high, context=high)
        assert probability(more, model) > probability(less, model)


def test_a_date_is_not_answered_without_a_date() -> None:
    asked = take_apart("什么时候开始", lambda text: [text])
    reason = refusal(asked, replace(PLENTY, kind=0.0), read_decision(SHIPPED, with_reader=False))
    assert reason is not None and reason.code == "wrong_kind"


@pytest.mark.parametrize(
    "broken", ["{", "{}", json.dumps({"plain": {"features": ["x"], "weights": [1], "bias": 0, "threshold": 0.5}})]
)
def test_another_versions_model_is_refused(tmp_path: Path, broken: str) -> None:
    (tmp_path / "decision.json").write_text(broken, "utf-8")
    with pytest.raises(SettingsError, match="train-decision"):
        read_decision(tmp_path / "decision.json", with_reader=False)


def test_the_file_names_its_features() -> None:
    assert tuple(json.loads(SHIPPED.read_text("utf-8"))["plain"]["features"]) == FEATURES
